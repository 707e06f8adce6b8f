"""What plans and pictures have in common as jobs of one worker: its model, loading it, and which events are theirs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.job_queue import JobQueue
from lmd_desktop.app.jobs import Job, JobKind, JobList, new_job_id
from lmd_desktop.app.session import Session
from lmd_desktop.domain.requests import MAX_SEED
from lmd_desktop.storage.paths import cache_folder

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, WorkerKind


def draw_seed() -> int:
    return random.SystemRandom().randrange(MAX_SEED)


class WorkerJobs(QObject):
    """Base of PlanningJobs and RenderingJobs, which say what an event means for the scene in ``_take``."""

    model_loaded = Signal(object)
    load_failed = Signal(object)

    worker: WorkerKind

    def __init__(
        self,
        session: Session,
        jobs: JobList,
        *,
        queue: JobQueue,
        model: Callable[[], Path],
        device: Callable[[], str],
        seed: Callable[[], int] = draw_seed,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._queue = queue
        self._model = model
        self._device = device
        self._seed = seed
        queue.event_arrived.connect(self._on_event)

    def load(self) -> None:
        """Load the model ahead of the next job, for example after another one was chosen."""
        from lmd_desktop.workers.messages import Load

        model = self._model()
        title = self.tr("Load {0}").format(model.stem)
        job = Job(new_job_id(), JobKind.LOAD, self.worker, title, cost=f"load {model}")
        self._queue.submit(job, Load(job.id, str(model), self._device(), cache_folder=str(cache_folder())))

    def _take(self, job: Job, event: Event) -> None:
        """What an event means for the plan or picture that was asked for."""
        raise NotImplementedError

    def _on_event(self, job: Job, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, Loaded

        if job.worker != self.worker:
            return
        if isinstance(event, Loaded):
            self.model_loaded.emit(event)
        if job.kind is not JobKind.LOAD:
            self._take(job, event)
        elif isinstance(event, Failed):
            self.load_failed.emit(event)
