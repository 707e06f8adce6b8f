"""What the tests of the client share: a listener that can be waited on, and a job."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import PlanRequest, RenderRequest
from lmd_desktop.workers.messages import Event, Failed, JobCancelled, PlanJob, Planned, Rendered, RenderJob

WAIT_S = 300.0  # importing torch takes minutes on a machine that is busy with training


class Listener:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self._arrived: queue.Queue[Event] = queue.Queue()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._arrived.put(event)

    def wait_for(self, *kinds: type) -> Any:
        """The next event of one of these kinds; the others on the way are kept in ``events``."""
        while True:
            event = self._arrived.get(timeout=WAIT_S)
            if isinstance(event, kinds):
                return event

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """For what another process leaves in a folder and nobody announces."""
        end = time.monotonic() + WAIT_S
        while not is_true():
            if time.monotonic() > end:
                raise AssertionError("it never came")
            threading.Event().wait(0.01)

    def wait_for_end(self) -> Any:
        return self.wait_for(Planned, Rendered, Failed, JobCancelled)


def job(text: str, job_id: str = "job", *, model: str = "model.gguf") -> PlanJob:
    return PlanJob(job_id, model, PlanRequest((), Layout(), text, seed=7))


def picture(text: str, job_id: str = "job", *, model: str = "painter") -> RenderJob:
    return RenderJob(job_id, model, RenderRequest(Layout(), "plain", prompt=text))
