"""Hours of work in one set of processes: plans, edits, paints and saves, and watches what each process takes.

python -m tests.benchmarks.soak [--minutes 90] [--steps 4] [--rounds-per-scene 10]

The real window off screen, the starter models, one to three pictures a round, one new scene every few rounds, as a
person would. Prints one JSON object: per process what its memory grows by in MB per 100 pictures, with the 95 %
interval, and the first and last numbers of its file handles and threads. The growth is the least-squares line through
the medians of blocks of 20 rounds: single values jump by what the allocator happens to hold. It is fitted after the
warm-up: a quarter of the run, and long enough that what is kept by number is full (300 small pictures in the window,
256 painted boxes in the renderer).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from lmd_desktop.app.workspace import Workspace
    from lmd_desktop.workers.client import WorkerClient

MB = 1_000_000
WAIT_S = 600.0
LOOK_MS = 20
WARM_UP, WARM_UP_PICTURES = 0.25, 320
BLOCK = 20  # rounds
TWO_SIGMA = 1.96
REQUESTS = (
    "a red car on the left of a blue cup, without cats",
    "two green trees and a yellow ball on a grass field",
    "a white house behind a black dog",
    "add a purple lamp",
    "a blue boat, a red star and a green cup",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--steps", type=int, default=4, help="denoising steps of a picture")
    parser.add_argument("--rounds-per-scene", type=int, default=10, help="rounds before a new scene is begun")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="lmd-soak-") as folder:
        os.environ["LMD_HOME"] = folder
        print(json.dumps(soak(Path(folder), args.minutes * 60, args.steps, args.rounds_per_scene), indent=2))


def soak(folder: Path, seconds: float, steps: int, rounds_per_scene: int) -> dict[str, object]:
    """The report of a run of so many seconds."""
    import shiboken6
    from PySide6.QtWidgets import QApplication

    from lmd_desktop.app.workspace import Clients, Workspace, default_folders
    from lmd_desktop.ui.main_window import MainWindow
    from lmd_desktop.workers.client import WorkerClient

    application = QApplication.instance() or QApplication([])
    clients: dict[str, WorkerClient] = {}

    def make(logs: Path) -> Clients:
        def maker(kind: str) -> Callable[..., WorkerClient]:
            def start(on_event: Callable[..., None]) -> WorkerClient:
                clients[kind] = WorkerClient(kind, on_event, log_folder=logs)  # type: ignore[arg-type]
                return clients[kind]

            return start

        return Clients(planner=maker("planner"), renderer=maker("renderer"))

    workspace = Workspace(default_folders(), make)
    window = MainWindow(workspace)
    window.show()
    samples: dict[str, list[Sample]] = {}
    pids: dict[str, set[int]] = {}
    started, rounds, pictures = time.monotonic(), 0, 0
    try:
        while time.monotonic() - started < seconds or rounds == 0:
            pictures += one_round(workspace, folder, rounds, steps=steps, rounds_per_scene=rounds_per_scene)
            rounds += 1
            application.processEvents()
            for name, pid in [("window", os.getpid()), *((kind, client.pid) for kind, client in clients.items())]:
                if pid is not None:
                    samples.setdefault(name, []).append(_look_at(pid, pictures))
                    pids.setdefault(name, set()).add(pid)
            if rounds % BLOCK == 0:
                memory = {name: round(median(_mb(values[-BLOCK:])), 1) for name, values in samples.items()}
                took = time.monotonic() - started
                print(f"{rounds} rounds, {pictures} pictures, {took:.0f} s, {memory}", file=sys.stderr, flush=True)
        failed = len(workspace.jobs.failed())
    finally:
        workspace.close()
        window.close()
        # Here and now: at the interpreter's end the application may be gone before its windows.
        shiboken6.delete(window)
        shiboken6.delete(workspace)
    return {
        "minutes": round((time.monotonic() - started) / 60, 1),
        "rounds": rounds,
        "pictures": pictures,
        "failed": failed,
        "processes": {name: describe(values, restarts=len(pids[name]) - 1) for name, values in samples.items()},
    }


def one_round(workspace: Workspace, folder: Path, number: int, *, steps: int, rounds_per_scene: int) -> int:
    """A request, a hand edit, one to three pictures, a save; now and then a new scene. Returns how many pictures."""
    # Not above: the workers import this file too, and would take Qt with it.
    from lmd_desktop.app.rendering_job import Order
    from lmd_desktop.domain.edits import nudge_boxes

    session = workspace.session
    if number % rounds_per_scene == 0:
        workspace.document.new()
    before = len(session.renders)
    workspace.planning.send(REQUESTS[number % len(REQUESTS)])
    _wait(lambda: not workspace.planning.state.is_planning)
    if session.layout.boxes:
        session.edit("Move", nudge_boxes(session.layout, [session.layout.boxes[0].id], 8, 8))
    session.set_render_settings(replace(session.render_settings, num_inference_steps=steps, seed=10 * number))
    workspace.rendering.render(Order(count=1 + number % 3))
    _wait(lambda: not workspace.rendering.is_rendering)
    workspace.document.save(folder / f"soak-{number // rounds_per_scene % 3}.lmdscene", overwrites=True)
    return len(session.renders) - before


@dataclass(frozen=True, slots=True)
class Sample:
    """A process after a round: pictures made so far, its own memory in bytes, file handles, threads."""

    pictures: int
    memory: int
    handles: int
    threads: int


def describe(values: list[Sample], *, restarts: int) -> dict[str, object]:
    """What a process takes, and what its memory grows by."""
    made = values[-1].pictures
    begins = max(int(made * WARM_UP), min(WARM_UP_PICTURES, made // 2))
    steady = [value for value in values if value.pictures >= begins]
    blocks = [steady[i : i + BLOCK] for i in range(0, len(steady) - BLOCK + 1, BLOCK)] or [steady]
    points = [(median([value.pictures for value in block]), median(_mb(block))) for block in blocks]
    slope, error = _line(points)
    memories = {"first": values[0], "after_warm_up": steady[0], "last": steady[-1]}
    return {
        "memory_mb": {name: round(value.memory / MB, 1) for name, value in memories.items()},
        "measured_pictures": made - steady[0].pictures,
        "slope_mb_per_100_pictures": round(100 * slope, 2),
        "interval_95": [round(100 * (slope + side * TWO_SIGMA * error), 2) for side in (-1, 1)],
        "block_medians_mb": [round(memory, 1) for _, memory in points],
        "handles": [steady[0].handles, steady[-1].handles],
        "threads": [steady[0].threads, steady[-1].threads],
        "restarts": restarts,
    }


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Least squares: the slope, and its standard error (both 0 if there are too few points)."""
    if len(points) < 3:
        return 0.0, 0.0
    middle, mean = (sum(column) / len(points) for column in zip(*points, strict=True))
    across = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - mean) for x, y in points) / across
    rest = sum((y - mean - slope * (x - middle)) ** 2 for x, y in points)
    return slope, (rest / (len(points) - 2) / across) ** 0.5


def _mb(samples: list[Sample]) -> list[float]:
    return [sample.memory / MB for sample in samples]


def _look_at(pid: int, pictures: int) -> Sample:
    """Shared pages of libraries are counted once, not for each process."""
    process = psutil.Process(pid)
    with process.oneshot():
        memory = process.memory_info()
        own = memory.rss - getattr(memory, "shared", 0)
        handles = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        return Sample(pictures, own, handles, process.num_threads())


def _wait(is_done: Callable[[], bool]) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    end = time.monotonic() + WAIT_S
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if is_done() or time.monotonic() > end else None)
    timer.start(LOOK_MS)
    if not is_done():
        loop.exec()
    if not is_done():
        raise TimeoutError("a job did not end")


if __name__ == "__main__":
    main()
