"""What is queued, running or over: one small record per job, moved on by the events of the workers."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Failed, JobEvent, WorkerKind

KEPT_OVER = 50


def new_job_id() -> str:
    return os.urandom(8).hex()


class JobKind(Enum):
    LOAD = "load"
    PLAN = "plan"
    RENDER = "render"
    JUDGE = "judge"


class JobState(Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that a worker was asked to do. ``is_stopping`` is true from the click on Stop until it is over.

    ``title`` is for people; jobs with the same ``cost`` take about the same time. ``started`` is when it was sent to
    its worker (seconds of the monotonic clock), None while it waits. ``notes`` tell what happened to it on the way.
    """

    id: str
    kind: JobKind
    worker: WorkerKind = "planner"
    title: str = ""
    cost: str = ""
    started: float | None = None
    state: JobState = JobState.QUEUED
    stage: str = ""
    step: int = 0
    total: int = 0
    seconds_left: float | None = None
    is_stopping: bool = False
    error: Failed | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_waiting(self) -> bool:
        return self.state is JobState.QUEUED

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


def advanced(job: Job, event: JobEvent) -> Job:
    """The job after the event."""
    # Where there is an event, its module is loaded already; before the first paint it would only cost time.
    from lmd_desktop.workers.messages import (
        BoxPlanned,
        Failed,
        Foreseen,
        JobCancelled,
        Judged,
        Loaded,
        Loading,
        PartRendered,
        Planned,
        Preview,
        Progress,
        Rendered,
        Retried,
    )

    match event:
        case Progress():
            return replace(
                job,
                state=JobState.RUNNING,
                stage=event.stage,
                step=event.step,
                total=event.total,
                seconds_left=event.seconds_left,
            )
        case BoxPlanned() | Preview() | PartRendered():
            return replace(job, state=JobState.RUNNING)
        case Loading():
            return replace(job, state=JobState.RUNNING, notes=(*job.notes, event.summary))
        case Loaded():
            # A plan or a render goes on after its model is loaded; for a Load job this is the end.
            return replace(job, state=JobState.DONE if job.kind is JobKind.LOAD else JobState.RUNNING)
        case Planned() | Rendered() | Judged() | Foreseen():
            return replace(job, state=JobState.DONE, is_stopping=False)
        case JobCancelled():
            notes = (*job.notes, event.note) if event.note else job.notes
            return replace(job, state=JobState.CANCELLED, is_stopping=False, notes=notes)
        case Retried():
            note = f"{event.cause} {event.measure}"
            return replace(job, stage="", step=0, total=0, seconds_left=None, notes=(*job.notes, note))
        case Failed():
            return replace(job, state=JobState.FAILED, is_stopping=False, error=event)


class JobList(QObject):
    """The jobs that are not over, and the last ones that are. ``job_changed`` carries the job after every change."""

    job_changed = Signal(object)
    job_removed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[str, Job] = {}

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def active(self, *kinds: JobKind) -> tuple[Job, ...]:
        """Jobs that are not over, in the order they were asked for; of these kinds, or of all."""
        return tuple(job for job in self._jobs.values() if not job.is_over and (not kinds or job.kind in kinds))

    def failed(self) -> tuple[Job, ...]:
        """Jobs that failed and were not put away since, in the order they were asked for."""
        return tuple(job for job in self._jobs.values() if job.state is JobState.FAILED)

    def add(self, job: Job) -> None:
        self._keep(job)

    def apply(self, event: JobEvent) -> Job | None:
        """Move a job on. None: the event is late (its job is over or unknown) and must be dropped."""
        job = self._jobs.get(event.job_id)
        if job is None or job.is_over:
            return None
        after = advanced(job, event)
        self._keep(after)
        return after

    def mark_stopping(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is not None and not job.is_over:
            self._keep(replace(job, is_stopping=True))

    def mark_started(self, job_id: str, now: float, note: str = "") -> None:
        """The job was sent to its worker, which may still have to start."""
        job = self._jobs.get(job_id)
        if job is not None and not job.is_over:
            notes = (*job.notes, note) if note else job.notes
            self._keep(replace(job, state=JobState.RUNNING, started=now, notes=notes))

    def remove(self, job_id: str) -> None:
        """Put a job away that is over."""
        job = self._jobs.get(job_id)
        if job is not None and job.is_over:
            del self._jobs[job_id]
            self.job_removed.emit(job_id)

    def _keep(self, job: Job) -> None:
        if self._jobs.get(job.id) != job:
            self._jobs[job.id] = job
            self.job_changed.emit(job)
            over = [kept.id for kept in self._jobs.values() if kept.is_over] if job.is_over else []
            for job_id in over[:-KEPT_OVER]:
                self.remove(job_id)
