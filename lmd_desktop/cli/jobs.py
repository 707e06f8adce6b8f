"""Runs jobs in a worker process and waits for them; Ctrl-C cancels the job and then the command."""

from __future__ import annotations

import contextlib
import logging
import queue
import uuid
from typing import Literal, Self

from lmd_desktop.cli.progress import ProgressLine
from lmd_desktop.domain.errors import Cancelled, ExitCode, UserError
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import PlanRequest, PlanResult, RenderRequest, RenderResult
from lmd_desktop.storage.paths import cache_folder, logs_folder
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.messages import (
    Died,
    Event,
    Failed,
    JobCancelled,
    Loaded,
    Loading,
    PlanJob,
    Planned,
    Ready,
    Rendered,
    RenderJob,
    Retried,
)

log = logging.getLogger(__name__)

AS_IT_IS = PainterParts()
LOOK_INTERVAL_S = 0.5  # Windows hears Ctrl-C only between two waits


class Worker:
    """One worker process for the time of a ``with`` block."""

    def __init__(self, kind: Literal["planner", "renderer"], progress: ProgressLine) -> None:
        self._kind = kind
        self._progress = progress
        self._events: queue.Queue[Event] = queue.Queue()
        self._client = WorkerClient(kind, self._events.put, log_folder=logs_folder())
        self._ready: Ready | None = None
        self.loaded: Loaded | None = None
        self.loading: Loading | None = None

    def __enter__(self) -> Self:
        self._client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.clear()
        self._client.close()

    def ready(self) -> Ready:
        """What the worker announces once its libraries are imported."""
        while self._ready is None:
            self._next_event()
        return self._ready

    def say(self, sentence: str) -> None:
        self._progress.say(sentence)

    def plan(self, model: str, request: PlanRequest) -> PlanResult:
        event = self._finish(PlanJob(uuid.uuid4().hex, model, request, cache_folder=str(cache_folder())))
        if not isinstance(event, Planned):
            raise TypeError(f"the planner answered with {type(event).__name__}")
        return event.result

    def render(
        self,
        model: str,
        request: RenderRequest,
        *,
        device: str,
        parts: PainterParts = AS_IT_IS,
        more_seeds: tuple[int, ...] = (),
        memory_level: int = 0,
        explains: bool = False,
    ) -> tuple[RenderResult, ...]:
        """The picture of the request, and those of the other seeds."""
        job = RenderJob(
            uuid.uuid4().hex,
            model,
            request,
            device,
            wants_preview=False,
            memory_level=memory_level,
            parts=parts,
            more_seeds=more_seeds,
            explains=explains,
        )
        event = self._finish(job)
        if not isinstance(event, Rendered):
            raise TypeError(f"the renderer answered with {type(event).__name__}")
        return event.result, *event.more

    def _finish(self, job: PlanJob | RenderJob) -> Event:
        self._client.submit(job)
        try:
            return self._wait_for_end()
        except KeyboardInterrupt:
            self._progress.say("Stopping …")
            self._client.cancel(job.job_id)
            # Whatever the job still says, it was the person who ended it.
            with contextlib.suppress(Cancelled, UserError):
                self._wait_for_end()
            raise

    def _wait_for_end(self) -> Event:
        while True:
            event = self._next_event()
            if isinstance(event, Planned | Rendered):
                self._progress.clear()
                return event
            if isinstance(event, JobCancelled):
                raise Cancelled

    def _next_event(self) -> Event:
        while True:
            try:
                event = self._events.get(timeout=LOOK_INTERVAL_S)
            except queue.Empty:
                continue
            self._progress.show(event)
            match event:
                case Failed():
                    log.debug("%s", event.details)
                    raise UserError(event.cause, event.next_step, exit_code=ExitCode(event.exit_code))
                case Died():
                    raise UserError(event.cause, "Try again.")
                case Ready():
                    self._ready = event
                case Loading():
                    self.loading = event
                    self._progress.say(event.summary)
                case Loaded():
                    self.loaded = event
                case Retried():
                    self._progress.say(f"{event.cause} {event.measure}")
                case JobCancelled(note=note) if note:
                    self._progress.say(note)
                case _:
                    pass
            return event
