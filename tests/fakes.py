"""Small real worker processes for the tests of the window: they answer at once, and fail on demand.

The small planner adds a box per phrase between commas; the small renderer paints one colour that depends on the seed.
A sentence (or an overall prompt) with "wait", "die" or "fail" in it does so after the first sign of life.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import shiboken6

from lmd_desktop.app.workspace import Clients, Workspace
from lmd_desktop.domain.edits import add_box, set_background
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.domain.requests import BoxAttention, MethodSpec, Parameter, PlanResult, RenderRequest, RenderResult
from lmd_desktop.domain.scene import CanvasEdit
from lmd_desktop.workers.child import ChildMain, Job, Pipe, serve
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.messages import (
    BoxPlanned,
    Event,
    ForeseeJob,
    Foreseen,
    Judged,
    JudgeJob,
    Load,
    Loaded,
    PartRendered,
    PlanJob,
    Planned,
    Preview,
    Ready,
    Rendered,
    RenderJob,
    WorkJob,
)

SIDE = 64
METHODS = (
    MethodSpec(
        "lmd_plus",
        "LMD+",
        "Guides attention into the boxes.",
        (
            Parameter("strength", "Strength", "How hard it pulls.", "float", 1.0, 0.0, 2.0),
            Parameter("frozen_steps", "Frozen steps", "How long the boxes are held.", "int", 5, 0, 50),
            Parameter("schedule", "Schedule", "When it acts.", "choice", "early", choices=("early", "late")),
            Parameter("per_box", "Paint each box first", "The per-box stage.", "bool", True),
        ),
    ),
    MethodSpec("plain", "Plain", "Words only, boxes are ignored.", smallest_box=0.0),
)


class SmallPlanner:
    """The raw answer says which boxes and notes reached it."""

    def ready(self) -> Ready:
        return Ready(devices=("cpu",))

    def run(self, command: WorkJob, job: Job) -> Event:
        if isinstance(command, Load):
            if "broken" in command.model:
                raise UserError("The file “broken.gguf” is not a GGUF model.", "Choose another.")
            return Loaded(job.id, command.model, "", "small")
        assert isinstance(command, PlanJob)
        request = command.request
        job.progress("prompt", 1, 1, 0)
        layout = request.layout
        for number, phrase in enumerate(request.text.split(",")):
            layout = _with_box(layout, phrase, number)
            job.send(BoxPlanned(job.id, layout.boxes[-1]))
            _misbehave(request.text, job)
        layout = set_background(layout, "a room")
        heard = [f"{box.phrase} {box.rect.x} {box.rect.y}" for box in request.layout.boxes]
        notes = [turn.note for turn in request.path if isinstance(turn, CanvasEdit) and turn.note]
        ways = [request.template] * bool(request.template) + ["counts forced"] * request.counts_are_forced
        return Planned(job.id, PlanResult(layout, "; ".join(heard + notes + ways), "small", "0" * 64, request.seed))


class SmallRenderer:
    """Its judge finds every box, but some by their phrases.

    It never finds "a stubborn …", "a lost …" only if it has a seed of its own, "a shy …" only if no box has one; of
    "a proud …" it is surer if one has. "a strange …" it cannot read.
    """

    def __init__(self) -> None:
        self._painted: set[str] = set()  # phrases of boxes

    def ready(self) -> Ready:
        return Ready(devices=("cpu",), methods=METHODS)

    def run(self, command: WorkJob, job: Job) -> Event:
        if isinstance(command, Load):
            return Loaded(job.id, command.model, "", "small painter on cpu", Size(SIDE, SIDE))
        if isinstance(command, ForeseeJob):
            boxes = {box.id: box.phrase in self._painted for box in command.request.layout.enabled_boxes}
            found = tuple(box_id for box_id, is_found in boxes.items() if is_found)
            return Foreseen(job.id, found, tuple(box_id for box_id, is_found in boxes.items() if not is_found))
        if isinstance(command, JudgeJob):
            if all(box.phrase.startswith("a strange ") for box in command.layout.enabled_boxes):
                raise UserError("The judge knows nothing here.", "Choose another one.", exit_code=ExitCode.USAGE)
            return Judged(job.id, tuple(_judged(box, command.layout) for box in command.layout.enabled_boxes))
        assert isinstance(command, RenderJob)
        *others, last = (command.request, *command.more_requests)
        for request in others:
            job.send(PartRendered(job.id, self._paint_seeds(request, command, job)))
        first, *more = self._paint_seeds(last, command, job)
        return Rendered(job.id, first, tuple(more))

    def _paint_seeds(self, request: RenderRequest, command: RenderJob, job: Job) -> tuple[RenderResult, ...]:
        self._painted.update(box.phrase for box in request.layout.enabled_boxes)
        seeds = (request.seed, *command.more_seeds)
        painted = tuple(self._paint(replace(request, seed=seed), job) for seed in seeds)
        sheet = (Size(2, 1), bytes(6)) if command.explains else None
        seen = (BoxAttention(("1",), Size(2, 2), bytes((0, 90, 160, 255))),) if command.explains else ()
        return tuple(replace(result, explanation=sheet, attention=seen) for result in painted)

    def _paint(self, request: RenderRequest, job: Job) -> RenderResult:
        colour = bytes((request.seed % 256, 90, 200 - request.seed % 200))
        rgb = colour * (SIDE * SIDE)
        for step in range(1, request.num_inference_steps + 1):
            job.check()
            job.progress("denoise", step, request.num_inference_steps, step)
            job.send(Preview(job.id, Size(SIDE, SIDE), rgb))
            _misbehave(request.prompt or "", job)
        seconds = (("denoise", 0.1),)
        return RenderResult(request, Size(SIDE, SIDE), rgb, "a prompt", "", "small", "1" * 64, "cpu", seconds)


def _judged(box: Box, layout: Layout) -> BoxMark:
    kind = box.phrase.removeprefix("a ").split(" ")[0]
    has_seeds = any(one.seed is not None for one in layout.boxes)
    if {"lost": box.seed is None, "shy": has_seeds, "stubborn": True}.get(kind, False):
        return BoxMark(box.id, box.phrase, "missing")
    return BoxMark(box.id, box.phrase, "found", 0.95 if kind == "proud" and has_seeds else 0.9, box.rect)


def run_small_planner(connection: Pipe) -> None:
    serve(connection, SmallPlanner)


def run_small_renderer(connection: Pipe) -> None:
    serve(connection, SmallRenderer)


class SharedWorker:
    """One real process for many tests; each test's client hears only of its own jobs."""

    def __init__(self, kind: Literal["planner", "renderer"], main: ChildMain) -> None:
        self._listeners: dict[str, SharedClient] = {}
        self._ready: Ready | None = None
        self._present: SharedClient | None = None
        self.client = WorkerClient(kind, self._hear, main=main)

    def attach(self, on_event: Callable[[Event], None]) -> SharedClient:
        self._present = SharedClient(self, on_event)
        return self._present

    def start(self, listener: SharedClient) -> None:
        if self._ready is not None and self.client.is_running:
            listener.on_event(self._ready)
        self.client.start()

    def submit(self, job: WorkJob, listener: SharedClient) -> None:
        self._listeners[job.job_id] = listener
        self.client.submit(job)

    def detach(self, listener: SharedClient) -> None:
        for job_id, owner in list(self._listeners.items()):
            if owner is listener:
                del self._listeners[job_id]
                self.client.cancel(job_id)
        if self._present is listener:
            self._present = None

    def _hear(self, event: Event) -> None:
        """Runs in the thread of the client."""
        if isinstance(event, Ready):
            self._ready = event
        job_id = getattr(event, "job_id", "")
        listener = self._listeners.get(job_id) if job_id else self._present
        if listener is not None:
            listener.on_event(event)


class SharedClient:
    """What one workspace sees of a shared worker."""

    def __init__(self, worker: SharedWorker, on_event: Callable[[Event], None]) -> None:
        self._worker = worker
        self.on_event = on_event

    @property
    def is_running(self) -> bool:
        return self._worker.client.is_running

    @property
    def pid(self) -> int | None:
        return self._worker.client.pid

    def start(self) -> None:
        self._worker.start(self)

    def submit(self, job: WorkJob) -> None:
        self._worker.submit(job, self)

    def cancel(self, job_id: str) -> None:
        self._worker.client.cancel(job_id)

    def free(self) -> None:
        self._worker.client.free()

    def close(self) -> None:
        self._worker.detach(self)


class SharedWorkers:
    """Both small workers, for a whole test session."""

    def __init__(self) -> None:
        self._planner = SharedWorker("planner", run_small_planner)
        self._renderer = SharedWorker("renderer", run_small_renderer)

    def clients(self, _logs: Path) -> Clients:
        return Clients(planner=self._planner.attach, renderer=self._renderer.attach)

    def close(self) -> None:
        self._planner.client.close()
        self._renderer.client.close()


class NoWorker:
    """A client that never starts anything, for tests in which no worker has a part."""

    is_running = False
    pid: int | None = None

    def __init__(self) -> None:
        self.submitted: list[WorkJob] = []
        self.cancelled: list[str] = []
        self.tell: Callable[[Event], None] = lambda _event: None

    def start(self) -> None:
        pass

    def submit(self, job: WorkJob) -> None:
        self.submitted.append(job)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def free(self) -> None:
        pass

    def close(self) -> None:
        pass


def no_clients(_logs: Path) -> Clients:
    return Clients(planner=lambda _on_event: NoWorker(), renderer=lambda _on_event: NoWorker())


def dispose(workspace: Workspace) -> None:
    """End the workers and destroy the objects here and now: Python's collector might do it in a worker's thread."""
    workspace.close()
    shiboken6.delete(workspace)


def _with_box(layout: Layout, phrase: str, number: int) -> Layout:
    return add_box(layout, phrase, Rect(20 + 90 * (number % 5), 100, 80, 80))


def _misbehave(text: str, job: Job) -> None:
    if "die" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "fail" in text:
        raise UserError("The model wrote nothing usable.", "Say it in other words.")
    if "wait" in text:
        pause = threading.Event()
        while True:
            job.check()
            pause.wait(0.005)
