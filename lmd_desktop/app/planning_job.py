"""Stage 1 as jobs: a sentence becomes a Request turn, its boxes stream in, the answer becomes a Plan turn."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.jobs import Job, JobKind, JobList, new_job_id
from lmd_desktop.app.session import Session
from lmd_desktop.app.worker_bridge import WorkerBridge
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.requests import MAX_SEED, PlanRequest, PlanResult
from lmd_desktop.domain.scene import Request, Scene, add_plan, add_request, go_to

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, Failed

log = logging.getLogger(__name__)
UNDO_TEXT_LENGTH = 40


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


def draw_seed() -> int:
    return random.SystemRandom().randrange(MAX_SEED)


class PlanningJobs(QObject):
    """Sends requests to the planner, one at a time, and commits its answers to the session."""

    state_changed = Signal()
    model_loaded = Signal(object)
    load_failed = Signal(object)

    def __init__(
        self,
        session: Session,
        jobs: JobList,
        *,
        bridge: WorkerBridge,
        model: Callable[[], Path],
        device: Callable[[], str],
        seed: Callable[[], int] = draw_seed,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._bridge = bridge
        self._model = model
        self._device = device
        self._seed = seed
        self._state = PlanningState()
        bridge.event_arrived.connect(self._on_event)

    @property
    def state(self) -> PlanningState:
        return self._state

    def load(self) -> None:
        """Load the model ahead of the first request."""
        from lmd_desktop.workers.messages import Load

        job = Job(new_job_id(), JobKind.LOAD)
        self._jobs.add(job)
        self._bridge.submit(Load(job.id, str(self._model()), self._device()))

    def send(self, text: str) -> None:
        """The person's sentence becomes a turn and goes to the planner."""
        self._must_be_free()
        scene = add_request(self._session.scene, text)
        head = scene.dialog.turn(scene.dialog.head or "")
        asked = head.text if isinstance(head, Request) else text
        shortened = asked if len(asked) <= UNDO_TEXT_LENGTH else f"{asked[:UNDO_TEXT_LENGTH].rstrip()}…"
        self._session.commit(self.tr("Ask: {0}").format(shortened), scene)
        self._submit(scene, head.id)

    def plan_again(self, request_id: str) -> None:
        """Another answer to a request that is there, with a new seed: a branch beside the earlier ones."""
        self._must_be_free()
        scene = go_to(self._session.scene, request_id)
        self._session.commit(self.tr("Go back to the request"), scene)
        self._submit(scene, request_id)

    def stop(self) -> None:
        if self._state.job_id is not None:
            self._jobs.mark_stopping(self._state.job_id)
            self._bridge.cancel(self._state.job_id)

    def forget(self) -> None:
        """Another scene was opened: stop, and let go of what belonged to the old one."""
        self.stop()
        self._show(PlanningState())

    def _must_be_free(self) -> None:
        if self._state.is_planning:
            raise UserError("The LLM is still answering.", "Wait for its boxes, or stop it first.")

    def _submit(self, scene: Scene, request_id: str) -> None:
        from lmd_desktop.workers.messages import PlanJob

        request = scene.dialog.turn(request_id)
        text = request.text if isinstance(request, Request) else ""
        path = scene.dialog.path(request_id)
        plan_request = PlanRequest(path=path, layout=request.layout, text=text, seed=self._seed())
        job = Job(new_job_id(), JobKind.PLAN)
        self._jobs.add(job)
        self._show(PlanningState(job_id=job.id, request_id=request_id))
        self._bridge.submit(PlanJob(job.id, str(self._model()), plan_request, self._device()))

    def _on_event(self, event: Event) -> None:
        from lmd_desktop.workers.messages import BoxPlanned, Failed, JobCancelled, JobEvent, Loaded, Planned

        job = self._jobs.apply(event) if isinstance(event, JobEvent) else None
        if job is None:
            return
        if isinstance(event, Loaded):
            self.model_loaded.emit(event)
        if job.kind is JobKind.LOAD and isinstance(event, Failed):
            self.load_failed.emit(event)
        if job.id != self._state.job_id:
            return
        match event:
            case BoxPlanned():
                self._show(replace(self._state, boxes=(*self._state.boxes, event.box)))
            case Planned():
                self._commit(event.result)
            case JobCancelled():
                self._show(PlanningState(request_id=self._state.request_id, was_stopped=True))
            case Failed():
                log.warning("planning failed: %s", event.cause)
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
        notes = result.notes
        if scene.dialog.head != request_id:
            scene = go_to(scene, request_id)
            notes = (*notes, "The canvas was changed meanwhile; those changes are kept as a branch beside this plan.")
        after = add_plan(
            scene,
            result.layout,
            raw=result.raw,
            model=result.model,
            model_sha256=result.model_sha256,
            seed=result.seed,
            notes=notes,
        )
        self._session.commit(self.tr("Plan"), after)

    def _show(self, state: PlanningState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit()
