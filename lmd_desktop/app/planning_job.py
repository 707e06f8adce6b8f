"""Stage 1 as jobs: a sentence becomes a Request turn, its boxes stream in, the answer becomes a Plan turn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from lmd_desktop.app.jobs import Job, JobKind, new_job_id
from lmd_desktop.app.worker_jobs import WorkerJobs
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import USUAL_CANDIDATES, PlanRequest, PlanResult
from lmd_desktop.domain.scene import Request, Scene, add_request, go_to
from lmd_desktop.domain.undo_request import answer_undo
from lmd_desktop.storage.paths import cache_folder

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, Failed

log = logging.getLogger(__name__)
UNDO_TEXT_LENGTH = 40
USUAL_TEMPERATURE = 0.25  # LMD's
AGAIN_TEMPERATURE = 0.6  # whoever asks for another answer does not want the same one; a small model would give it


@dataclass(frozen=True, slots=True)
class PlanningState:
    """What the planner is doing for which request; ``problem`` and ``was_stopped`` tell how the last one ended."""

    job_id: str | None = None
    request_id: str | None = None
    boxes: tuple[Box, ...] = ()
    problem: Failed | None = None
    was_stopped: bool = False

    @property
    def is_planning(self) -> bool:
        return self.job_id is not None


class PlanningJobs(WorkerJobs):
    """Sends requests to the planner, one at a time, and commits its answers to the session.

    ``template`` gives the text of the person's own instructions, empty for the usual ones; it may raise UserError.
    """

    state_changed = Signal()

    worker = "planner"

    def __init__(
        self,
        *args: Any,
        template: Callable[[], str] = lambda: "",
        forces_counts: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._template = template
        self._forces_counts = forces_counts
        self._state = PlanningState()
        self._requests: dict[str, str] = {}  # of jobs that can be tried again
        self._jobs.job_removed.connect(lambda job_id: self._requests.pop(job_id, None))

    @property
    def state(self) -> PlanningState:
        return self._state

    def send(self, text: str, *, beside: str | None = None) -> None:
        """The person's sentence becomes a turn and goes to the planner; one that only takes back is answered here.

        ``beside`` is an earlier request that is asked in other words: the new one starts a branch there.
        """
        self._must_be_free()
        before = self._session.scene
        if beside is not None:
            before = go_to(before, before.dialog.turn(beside).parent)
        undone = answer_undo(before, text)
        if undone is not None:
            self._show(PlanningState())
            self._session.commit(self.tr("Undo by a request"), undone)
            return
        template = self._template()
        scene = add_request(before, text)
        head = scene.dialog.turn(scene.dialog.head or "")
        asked = head.text if isinstance(head, Request) else text
        self._session.commit(self.tr("Ask: {0}").format(shortened(asked)), scene)
        self._submit(scene, head.id, template)

    def plan_again(self, request_id: str) -> None:
        """Another answer to a request that is there, with a new seed: a branch beside the earlier ones."""
        self._must_be_free()
        template = self._template()
        scene = go_to(self._session.scene, request_id)
        self._session.commit(self.tr("Go back to the request"), scene)
        self._submit(scene, request_id, template, temperature=AGAIN_TEMPERATURE)

    def try_again(self, job_id: str) -> None:
        """Ask for what failed once more; it is a new job with a new seed."""
        request_id = self._requests[job_id]
        self.plan_again(request_id)
        self._jobs.remove(job_id)

    def stop(self) -> None:
        if self._state.job_id is not None:
            self._queue.stop(self._state.job_id)

    def forget(self) -> None:
        """Another scene was opened: stop, and let go of what belonged to the old one."""
        self.stop()
        for job in self._jobs.failed():
            if job.id in self._requests:
                self._jobs.remove(job.id)
        self._show(PlanningState())

    def _must_be_free(self) -> None:
        if self._state.is_planning:
            raise UserError("The LLM is still answering.", "Wait for its boxes, or stop it first.")

    def _submit(self, scene: Scene, request_id: str, template: str, *, temperature: float = USUAL_TEMPERATURE) -> None:
        from lmd_desktop.workers.messages import PlanJob

        request = scene.dialog.turn(request_id)
        text = request.text if isinstance(request, Request) else ""
        path = scene.dialog.path(request_id)
        plan_request = PlanRequest(
            path=path,
            layout=request.layout,
            text=text,
            seed=self._seed(),
            temperature=temperature,
            candidates=USUAL_CANDIDATES,
            template=template,
            counts_are_forced=self._forces_counts(),
        )
        model = str(self._model())
        job = Job(new_job_id(), JobKind.PLAN, self.worker, shortened(text), cost=f"plan {model}")
        self._requests[job.id] = request_id
        self._show(PlanningState(job_id=job.id, request_id=request_id))
        command = PlanJob(job.id, model, plan_request, self._device(), cache_folder=str(cache_folder()))
        self._queue.submit(job, command)

    def _take(self, job: Job, event: Event) -> None:
        from lmd_desktop.workers.messages import BoxPlanned, Failed, JobCancelled, Planned, Retried

        if job.is_over and not isinstance(event, Failed):
            self._requests.pop(job.id, None)
        if job.id != self._state.job_id:
            return
        match event:
            case BoxPlanned():
                self._show(replace(self._state, boxes=(*self._state.boxes, event.box)))
            case Retried():
                # The next attempt draws its boxes from the start.
                self._show(replace(self._state, boxes=()))
            case Planned():
                self._commit(event.result)
            case JobCancelled():
                self._show(PlanningState(request_id=self._state.request_id, was_stopped=True))
            case Failed():
                log.warning("planning failed, exit code %d", event.exit_code)
                log.debug("%s", event.cause)
                self._show(PlanningState(request_id=self._state.request_id, problem=event))
            case _:
                self.state_changed.emit()

    def _commit(self, result: PlanResult) -> None:
        request_id = self._state.request_id
        scene = self._session.scene
        # The answer goes first, so that pending boxes are gone when the canvas draws the real ones.
        self._show(PlanningState(request_id=request_id))
        if request_id is None or all(turn.id != request_id for turn in scene.dialog.turns):
            log.info("the request was undone before its answer came")
            return
        notes: tuple[str, ...] = ()
        if scene.dialog.head != request_id:
            scene = go_to(scene, request_id)
            notes = ("The canvas was changed meanwhile; those changes are kept as a branch beside this plan.",)
        after = add_answer(scene, result, notes=notes)
        self._session.commit(self.tr("Plan"), after)

    def _show(self, state: PlanningState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit()


def shortened(text: str) -> str:
    return text if len(text) <= UNDO_TEXT_LENGTH else f"{text[:UNDO_TEXT_LENGTH].rstrip()}…"
