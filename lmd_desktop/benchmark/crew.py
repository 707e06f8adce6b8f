"""Several workers of one kind that share a list of jobs; the results come back as they are finished."""

from __future__ import annotations

import os
import queue
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, Self

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.environment import usable_cores
from lmd_desktop.workers.messages import Event, Failed, PlanJob, Planned, Ready, Rendered, RenderJob

LOOK_INTERVAL_S = 0.5  # Windows hears Ctrl-C only between two waits

Job = PlanJob | RenderJob
Result = Planned | Rendered


class Crew:
    """``size`` worker processes for the time of a ``with`` block; never more than there are cores."""

    def __init__(self, kind: Literal["planner", "renderer"], size: int, log_folder: Path) -> None:
        self._size = max(1, min(size, usable_cores()))
        self._events: queue.Queue[tuple[int, Event]] = queue.Queue()
        self._clients: list[WorkerClient] = []
        for number in range(self._size):
            folder = log_folder / f"{kind}-{number + 1}"
            folder.mkdir(parents=True, exist_ok=True)
            self._clients.append(WorkerClient(kind, partial(self._hear, number), log_folder=folder))
        self._ready: Ready | None = None
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        self._exit.enter_context(_threads_each(max(1, usable_cores() // self._size)))
        for client in self._clients:
            self._exit.callback(client.close)
            client.start()
        try:
            self.ready()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def ready(self) -> Ready:
        """What the first worker announced once its libraries were imported; waits until all have done so."""
        waiting = set(range(self._size)) if self._ready is None else set[int]()
        while waiting:
            number, event = self._next()
            match event:
                case Ready():
                    waiting.discard(number)
                    self._ready = self._ready or event
                case Failed():
                    raise _error(event)
                case _:
                    pass
        if self._ready is None:
            raise RuntimeError("no worker is ready")
        return self._ready

    def results(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
        """Every job with its result, in the order of their ends. Raises UserError if one fails for good."""
        waiting = iter(jobs)
        running: dict[int, Job] = {}
        for number in range(self._size):
            self._give(number, next(waiting, None), running)
        while running:
            number, event = self._next()
            job = running.get(number)
            if job is None:
                continue
            match event:
                case Planned() | Rendered():
                    # The worker goes on while whoever asked looks at the result.
                    self._give(number, next(waiting, None), running)
                    yield job, event
                case Failed():
                    raise _error(event)
                case _:
                    pass

    def _give(self, number: int, job: Job | None, running: dict[int, Job]) -> None:
        running.pop(number, None)
        if job is not None:
            running[number] = job
            self._clients[number].submit(job)

    def _hear(self, number: int, event: Event) -> None:
        self._events.put((number, event))

    def _next(self) -> tuple[int, Event]:
        while True:
            try:
                return self._events.get(timeout=LOOK_INTERVAL_S)
            except queue.Empty:
                continue


def _error(event: Failed) -> UserError:
    return UserError(event.cause, event.next_step, exit_code=ExitCode(event.exit_code))


@contextmanager
def _threads_each(count: int) -> Generator[None]:
    """Processes that start inside share the cores instead of each taking all of them."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(count)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = before
