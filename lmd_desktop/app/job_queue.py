"""The one queue of plans and pictures: sends each job to its worker when its turn comes, and goes on after failures.

Each worker has one job at a time. Whether the two work side by side or take turns is decided before each job from the
memory that is free then; making room means ending the other worker's process.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.estimates import Estimate, estimate_all
from lmd_desktop.app.jobs import Job, JobKind, JobList, JobState
from lmd_desktop.app.worker_bridge import WorkerBridge

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, ForeseeJob, WorkerKind, WorkJob

log = logging.getLogger(__name__)
SHARED_MEMORY = ("cpu", "mps")  # on a Mac the graphics processor has none of its own


@dataclass(slots=True)
class _Worker:
    """What the queue knows of one worker. ``is_up`` is true from the first job on, also while the process starts."""

    kind: WorkerKind
    bridge: WorkerBridge
    running: str | None = None
    is_up: bool = False
    is_ready: bool = False
    is_being_freed: bool = False
    devices: tuple[str, ...] = ()
    loaded: str | None = None

    def forget_process(self) -> None:
        self.is_up = self.is_ready = self.is_being_freed = False
        self.loaded = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    job_id: str
    worker: WorkerKind
    command: WorkJob = field(compare=False)


class JobQueue(QObject):
    """``event_arrived`` carries (Job, Event) for every event of a job that is not over; late ones are dropped.

    ``answer_arrived`` carries what came to a question (``ask``), ``process_ready`` (worker, Ready), ``told`` what
    happened to a worker, in words.
    """

    event_arrived = Signal(object, object)
    answer_arrived = Signal(object)
    process_ready = Signal(str, object)
    told = Signal(str)

    def __init__(
        self,
        jobs: JobList,
        *,
        planner: WorkerBridge,
        renderer: WorkerBridge,
        free_ram: Callable[[], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._free_ram = free_ram
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._workers: dict[WorkerKind, _Worker] = {
            "planner": _Worker("planner", planner),
            "renderer": _Worker("renderer", renderer),
        }
        self._free_on_device: int | None = None
        self._room_made_for = ""
        self._usual: dict[str, float] = {}
        self.takes_turns = False
        planner.event_arrived.connect(lambda event: self._on_event(self._workers["planner"], event))
        renderer.event_arrived.connect(lambda event: self._on_event(self._workers["renderer"], event))

    @property
    def order(self) -> tuple[Job, ...]:
        """Running jobs, then the waiting ones in the order in which their turn comes."""
        running = [job for job in self._jobs.active() if not job.is_waiting]
        waiting = [self._jobs.get(entry.job_id) for entry in self._waiting]
        return (*running, *(job for job in waiting if job is not None))

    def estimate(self) -> Estimate | None:
        """About how long until everything is done; None while nothing is known."""
        return estimate_all(self.order, self._clock(), self._usual, takes_turns=self.takes_turns)

    def start(self, kind: WorkerKind) -> None:
        """Bring a process up before there is a job for it."""
        self._workers[kind].is_up = True
        self._workers[kind].bridge.start()

    def submit(self, job: Job, command: WorkJob) -> None:
        """Take a job up. A plan goes before waiting pictures: it is short, and the person waits for it."""
        entry = _Waiting(job.id, job.worker, command)
        pictures = (i for i, other in enumerate(self._waiting) if other.worker == "renderer")
        place = next(pictures, len(self._waiting)) if job.kind is JobKind.PLAN else len(self._waiting)
        self._waiting.insert(place, entry)
        self._jobs.add(job)
        self._send_what_is_due()

    def ask(self, question: ForeseeJob) -> bool:
        """Put a short question to the renderer, which is no job; False if it is busy or not up."""
        renderer = self._workers["renderer"]
        is_wanted = any(entry.worker == "renderer" for entry in self._waiting)
        if renderer.running is not None or not renderer.is_ready or renderer.is_being_freed or is_wanted:
            return False
        renderer.running = question.job_id
        renderer.bridge.submit(question)
        return True

    def stop(self, job_id: str) -> None:
        """Stop a job now: a running one ends within moments and the queue goes on, a waiting one is taken back."""
        job = self._jobs.get(job_id)
        if job is None or job.is_over:
            return
        if job.is_waiting:
            self._take_back(job_id)
        else:
            self._jobs.mark_stopping(job_id)
            self._workers[job.worker].bridge.cancel(job_id)

    def skip(self) -> None:
        """Stop what runs now and go on with the next job."""
        for job in self._jobs.active():
            if not job.is_waiting:
                self.stop(job.id)

    def stop_after_this(self) -> None:
        """Let what runs now come to its end, and take everything back that waits."""
        for entry in reversed(list(self._waiting)):
            self._take_back(entry.job_id)

    def stop_all(self) -> None:
        self.stop_after_this()
        self.skip()

    def _take_back(self, job_id: str) -> None:
        from lmd_desktop.workers.messages import JobCancelled

        self._waiting = [entry for entry in self._waiting if entry.job_id != job_id]
        self._apply(JobCancelled(job_id))

    def _on_event(self, worker: _Worker, event: Event) -> None:
        from lmd_desktop.workers.messages import (
            DeviceMemory,
            Died,
            Failed,
            Freed,
            JobCancelled,
            JobEvent,
            Loaded,
            Loading,
            Ready,
            Retried,
        )

        match event:
            case Ready():
                worker.is_up = worker.is_ready = True
                worker.devices = event.devices
                self.process_ready.emit(worker.kind, event)
            case DeviceMemory():
                self._free_on_device = event.free
            case Freed():
                worker.forget_process()
            case Died():
                worker.forget_process()
                self.told.emit(event.cause)
            case Failed(job_id=""):
                worker.is_up = worker.bridge.is_running
                self.told.emit(f"{event.cause} {event.next_step}".strip())
            case Retried():
                worker.is_ready, worker.loaded = False, None
                self.told.emit(f"{event.cause} {event.measure}")
                if event.is_for_memory:
                    self._make_room(self._other(worker))
            case Loading() if not event.fits:
                self.told.emit(event.summary)
            case Loaded():
                worker.loaded = event.model
            case JobCancelled() if event.note:
                self.told.emit(event.note)
            case _:
                pass
        if isinstance(event, JobEvent) and event.job_id == worker.running and self._jobs.get(event.job_id) is None:
            self._take_answer(worker, event)
        elif isinstance(event, JobEvent):
            self._apply(event)
        self._send_what_is_due()

    def _take_answer(self, worker: _Worker, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, Foreseen, JobCancelled

        if isinstance(event, Foreseen | Failed | JobCancelled):
            worker.running = None
            self.answer_arrived.emit(event)

    def _apply(self, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, JobEvent

        job = self._jobs.apply(event) if isinstance(event, JobEvent) else None
        if job is None:
            return
        if job.is_over:
            for worker in self._workers.values():
                if worker.running == job.id:
                    worker.running = None
                    worker.is_up = worker.bridge.is_running if isinstance(event, Failed) else worker.is_up
            if job.state is JobState.DONE and job.started is not None:
                self._usual[job.cost] = self._clock() - job.started
        self.event_arrived.emit(job, event)

    def _send_what_is_due(self) -> None:
        for entry in tuple(self._waiting):
            worker, other = self._workers[entry.worker], self._other(self._workers[entry.worker])
            if worker.running is not None or worker.is_being_freed or entry not in self._waiting:
                continue
            if other.is_up and not self._fits_beside(worker, entry.command):
                if other.running is not None or other.is_being_freed:
                    # It is the other's turn; nothing behind this job goes first.
                    return
                if other.is_ready:
                    self._make_room(other)
                    self._room_made_for = entry.job_id
                    return
            self._waiting.remove(entry)
            worker.running, worker.is_up = entry.job_id, True
            has_room_made = self._room_made_for == entry.job_id
            note = self.tr("The {0} was ended to make room; it starts again with its next job.").format(other.kind)
            self._jobs.mark_started(entry.job_id, self._clock(), note if has_room_made else "")
            worker.bridge.submit(entry.command)

    def _fits_beside(self, worker: _Worker, command: WorkJob) -> bool:
        from lmd_desktop.workers.memory import FreeMemory, Policy, decide, free_ram, need_of, weights_on_disk

        is_on_device = _is_on_device(worker.devices, command.device)
        need = need_of(
            worker.kind,
            weights_on_disk(Path(command.model), is_on_device=is_on_device),
            is_up=worker.is_up,
            is_loaded=worker.loaded == command.model,
            is_on_device=is_on_device,
        )
        free = FreeMemory((self._free_ram or free_ram)(), self._free_on_device)
        policy = decide(free, need)
        self.takes_turns = policy is Policy.ONE_AT_A_TIME
        log.info("%s needs %s, %s: %s", worker.kind, need, free, policy.value)
        return policy is Policy.KEEP_BOTH

    def _make_room(self, worker: _Worker) -> None:
        """End an idle process for its memory; the queue goes on once it is gone."""
        if worker.is_ready and worker.running is None and not worker.is_being_freed:
            worker.is_being_freed = True
            worker.bridge.free()

    def _other(self, worker: _Worker) -> _Worker:
        return self._workers["renderer" if worker.kind == "planner" else "planner"]


def _is_on_device(announced: tuple[str, ...], asked: str) -> bool:
    """Whether a model lies in the memory of a graphics card; unknown until the process has announced its devices."""
    best = announced[0] if announced else "cpu"
    return asked not in SHARED_MEMORY and best not in SHARED_MEMORY
