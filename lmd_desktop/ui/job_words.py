"""What a job is doing, in words: for the status bar and the list of jobs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lmd_desktop.app.jobs import Job, JobKind, JobState
from lmd_desktop.ui.table_words import told_reason

MINUTE_S = 60


def _tr(text: str) -> str:
    return QCoreApplication.translate("JobWords", text)


def describe(job: Job) -> str:
    """One line: the stage, how far it is, the time that is left; or how the job ended."""
    match job.state:
        case JobState.QUEUED:
            return _tr("Waiting")
        case JobState.DONE:
            return _tr("Done")
        case JobState.CANCELLED:
            return _tr("Stopped")
        case JobState.FAILED:
            reason = told_reason(job.error.cause, job.error.next_step) if job.error else ""
            return _tr("Failed: {0}").format(reason)
        case JobState.RUNNING:
            return _describe_running(job)


def clock(seconds: float) -> str:
    """Minutes and seconds, for example 2:05."""
    whole = max(0, round(seconds))
    return f"{whole // MINUTE_S}:{whole % MINUTE_S:02d}"


def _describe_running(job: Job) -> str:
    if job.is_stopping:
        return _tr("Stopping…")
    names = {
        "load": _tr("Loading the model"),
        "prompt": _tr("Reading the request"),
        "boxes": _tr("Drawing boxes"),
        "encode": _tr("Reading the phrases"),
        "compose": _tr("Putting the things together"),
        "per_box": _tr("Painting each box by itself"),
        "denoise": _tr("Painting"),
        "decode": _tr("Finishing the picture"),
        "judge": _tr("Looking for the boxes"),
    }
    is_of_planner = job.kind is JobKind.PLAN or job.worker == "planner"
    starting = _tr("Waiting for the planner") if is_of_planner else _tr("Waiting for the renderer")
    text = names.get(job.stage, job.stage or starting)
    if job.total > 1:
        text = _tr("{0} {1}/{2}").format(text, job.step, job.total)
    if job.seconds_left is not None:
        text = _tr("{0} · {1} left").format(text, clock(job.seconds_left))
    return text
