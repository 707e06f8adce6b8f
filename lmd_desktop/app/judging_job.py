"""Looking at finished pictures as jobs of the renderer, and new seeds for the boxes that did not come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.job_queue import JobQueue
from lmd_desktop.app.jobs import Job, JobKind, JobList, new_job_id
from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.marks import BoxMark, Mark, new_seed, rank, with_new_seeds
from lmd_desktop.domain.requests import MethodSpec, RenderRecord, RenderRequest

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event

# What methods that paint boxes alone call the switch for it, and how far a box's noise is its own.
ALONE, OWN_NOISE = "per_box", "own_noise"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Names of pictures: the one that is looked at, and the one that it shall be better than (or nothing).

    ``is_routine``: nobody asked for this very look.
    """

    sha256: str
    before: str
    is_routine: bool


class JudgingJobs(QObject):
    """``judged`` carries the record with its marks, once the session has it.

    ``compared`` carries the picture that was to be bettered, and the one that was to be better, both with their marks.
    ``noted`` carries why a routine look was not possible: no reason to stand in the way after every picture.
    """

    judged = Signal(object)
    compared = Signal(object, object)
    noted = Signal(str)
    problem_occurred = Signal(object)

    def __init__(
        self,
        session: Session,
        jobs: JobList,
        *,
        queue: JobQueue,
        pictures: Pictures,
        judge: Callable[[], Path],
        device: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._queue = queue
        self._pictures = pictures
        self._judge = judge
        self._device = device
        self._asked: dict[str, _Asked] = {}  # by the id of the job
        queue.event_arrived.connect(self._take)
        jobs.job_removed.connect(lambda job_id: self._asked.pop(job_id, None))

    def check(self, record: RenderRecord, *, before: str = "", is_routine: bool = False) -> str:
        """Ask which boxes of a picture came out; returns the id of the job. UserError if there is no picture.

        ``before`` is the sha256 of the picture that this one shall be better than. A routine look is one of those after
        every picture.
        """
        from lmd_desktop.workers.messages import JudgeJob

        if not record.request.layout.enabled_boxes:
            raise UserError(
                "This picture has no boxes to look for.", "Draw boxes and render again.", exit_code=ExitCode.USAGE
            )
        judge = self._judge()
        command = JudgeJob(
            new_job_id(), str(judge), self._pictures.get(record.sha256), record.request.layout, self._device()
        )
        title = self.tr("Look for the boxes in the picture of seed {0}").format(record.request.seed)
        self._asked[command.job_id] = _Asked(record.sha256, before, is_routine)
        self._queue.submit(Job(command.job_id, JobKind.JUDGE, "renderer", title, cost=f"judge {judge}"), command)
        return command.job_id

    def try_again(self, job_id: str) -> None:
        """Look once more after it failed; nothing happens if the picture is gone."""
        asked = self._asked[job_id]
        self._jobs.remove(job_id)
        record = self._record(asked.sha256)
        if record is not None:
            self.check(record, before=asked.before, is_routine=asked.is_routine)

    def _record(self, sha256: str) -> RenderRecord | None:
        return next((record for record in self._session.renders if record.sha256 == sha256), None)

    def _take(self, job: Job, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, Judged

        if job.kind is not JobKind.JUDGE:
            return
        if isinstance(event, Failed):
            asked = self._asked.get(job.id)
            if asked is not None and asked.is_routine and event.exit_code == ExitCode.USAGE:
                self.noted.emit(event.cause)
            else:
                self.problem_occurred.emit(event)
        elif isinstance(event, Judged):
            asked = self._asked.pop(job.id)
            self._mark(asked, event.marks)

    def _mark(self, asked: _Asked, marks: tuple[BoxMark, ...]) -> None:
        record, before = self._record(asked.sha256), self._record(asked.before)
        if record is None:
            return  # another scene was opened meanwhile
        marked = replace(record, marks=marks)
        self._session.replace_render(marked)
        self.judged.emit(marked)
        if before is not None and before.sha256 != marked.sha256:
            self.compared.emit(before, marked)


def seeds_for_what_failed(session: Session, record: RenderRecord, methods: tuple[MethodSpec, ...], text: str) -> int:
    """Give the boxes of a picture that did not come out other seeds, as a hand edit; returns the picture's next seed.

    It stays where the seeds of the boxes change the picture, so that what was found stays too; else the picture as a
    whole gets another one.
    """
    attempt = len(session.renders)
    seed = record.request.seed
    session.edit(text, with_new_seeds(session.layout, record.marks, seed=seed, attempt=attempt))
    failed = tuple(mark.box_id for mark in failed_boxes(record.marks))
    return seed if changes_with_box_seeds(record.request, failed, methods) else new_seed(seed, str(attempt))


def changes_with_box_seeds(request: RenderRequest, box_ids: tuple[str, ...], methods: tuple[MethodSpec, ...]) -> bool:
    """Whether the picture would be another one if these boxes had other seeds; yes for a method that nobody announced.

    Most methods let a box with a seed start from noise of its own. Those that paint boxes alone (``per_box``) use the
    seed there and nowhere else, and ``plain`` gives boxes no place at all.
    """
    boxes = [box for box in request.layout.enabled_boxes if box.id in box_ids]
    spec = next((spec for spec in methods if spec.name == request.method), None)
    if spec is None or not boxes:
        return bool(boxes)
    values = {parameter.name: parameter.default for parameter in spec.parameters} | dict(request.parameters)
    if ALONE in values:
        return bool(values[ALONE] and values.get(OWN_NOISE, 1.0)) and any(box.strength > 0 for box in boxes)
    return spec.smallest_box > 0


def standing_marks(record: RenderRecord, layout: Layout) -> dict[str, Mark]:
    """What the judge said of the boxes that are still what was painted, by their ids; others have none."""
    painted = {box.id: (box.phrase, box.rect) for box in record.request.layout.boxes}
    marks: dict[str, Mark] = {mark.box_id: mark.mark for mark in record.marks}
    return {
        box.id: marks[box.id]
        for box in layout.boxes
        if box.id in marks and painted.get(box.id) == (box.phrase, box.rect)
    }


def is_better(record: RenderRecord, before: RenderRecord) -> bool:
    """Whether a picture obeys its boxes better than the one before; of equal ones the one before is kept."""
    return rank(record.marks) > rank(before.marks)


def failed_boxes(marks: tuple[BoxMark, ...]) -> tuple[BoxMark, ...]:
    return tuple(mark for mark in marks if mark.mark != "found")
