"""Hours of work in one set of processes: plans, edits, paints and saves, and watches what each process takes.

python -m tests.benchmarks.soak [--minutes 90] [--steps 4] [--per-scene 10]

The real window off screen, the starter models, one new scene every few pictures, as a person would. Prints one JSON
object: per process the slope of its memory in MB per 100 pictures (least squares), and the first and last numbers of
its file handles and threads. All but the first line are of the time after the warm-up: a quarter of the run, and long
enough that what is kept by number is full (300 small pictures in the window, 256 painted boxes in the renderer).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from lmd_desktop.app.workspace import Workspace
    from lmd_desktop.workers.client import WorkerClient

MB = 1_000_000
WAIT_S = 600.0
LOOK_MS = 20
WARM_UP, WARM_UP_PICTURES = 0.25, 320
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
    parser.add_argument("--per-scene", type=int, default=10, help="pictures before a new scene is begun")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="lmd-soak-") as folder:
        os.environ["LMD_HOME"] = folder
        print(json.dumps(soak(Path(folder), args.minutes * 60, steps=args.steps, per_scene=args.per_scene), indent=2))


def soak(folder: Path, seconds: float, *, steps: int, per_scene: int) -> dict[str, object]:
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
    samples: dict[str, list[tuple[int, int, int]]] = {}
    pids: dict[str, set[int]] = {}
    started, pictures = time.monotonic(), 0
    try:
        while time.monotonic() - started < seconds or pictures == 0:
            one_picture(workspace, folder, pictures, steps=steps, per_scene=per_scene)
            pictures += 1
            application.processEvents()
            for name, pid in [("window", os.getpid()), *((kind, client.pid) for kind, client in clients.items())]:
                if pid is not None:
                    samples.setdefault(name, []).append(_look_at(pid))
                    pids.setdefault(name, set()).add(pid)
            if pictures % 20 == 0:
                memory = {name: round(values[-1][0] / MB, 1) for name, values in samples.items()}
                print(f"{pictures} pictures, {time.monotonic() - started:.0f} s, {memory}", file=sys.stderr, flush=True)
        failed = len(workspace.jobs.failed())
    finally:
        workspace.close()
        window.close()
        # Here and now: at the interpreter's end the application may be gone before its windows.
        shiboken6.delete(window)
        shiboken6.delete(workspace)
    return {
        "minutes": round((time.monotonic() - started) / 60, 1),
        "pictures": pictures,
        "failed": failed,
        "processes": {name: describe(values, restarts=len(pids[name]) - 1) for name, values in samples.items()},
    }


def one_picture(workspace: Workspace, folder: Path, number: int, *, steps: int, per_scene: int) -> None:
    """One round: a request, a hand edit, a picture, a save; every ``per_scene`` rounds a new scene."""
    from lmd_desktop.domain.edits import nudge_boxes

    session = workspace.session
    if number % per_scene == 0:
        workspace.document.new()
    workspace.planning.send(REQUESTS[number % len(REQUESTS)])
    _wait(lambda: not workspace.planning.state.is_planning)
    if session.layout.boxes:
        session.edit("Move", nudge_boxes(session.layout, [session.layout.boxes[0].id], 8, 8))
    session.set_render_settings(replace(session.render_settings, num_inference_steps=steps, seed=number))
    workspace.rendering.render()
    _wait(lambda: not workspace.rendering.is_rendering)
    workspace.document.save(folder / f"soak-{number // per_scene % 3}.lmdscene", overwrites=True)


def describe(values: list[tuple[int, int, int]], *, restarts: int) -> dict[str, object]:
    """Of (memory, handles, threads) after each picture."""
    warm_up = max(int(len(values) * WARM_UP), min(WARM_UP_PICTURES, len(values) // 2))
    steady = values[warm_up:]
    memories = {"first": values[0][0], "after_warm_up": steady[0][0], "last": values[-1][0]}
    return {
        "memory_mb": {name: round(memory / MB, 1) for name, memory in memories.items()},
        "measured_pictures": len(steady),
        "slope_mb_per_100_pictures": round(100 * _slope([memory / MB for memory, _, _ in steady]), 2),
        "handles": [steady[0][1], steady[-1][1]],
        "threads": [steady[0][2], steady[-1][2]],
        "restarts": restarts,
    }


def _slope(values: list[float]) -> float:
    """Least squares: what each value has more than the one before it."""
    count = len(values)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    across = sum((i - middle) ** 2 for i in range(count))
    return sum((i - middle) * (value - mean) for i, value in enumerate(values)) / across


def _look_at(pid: int) -> tuple[int, int, int]:
    """Memory of its own (bytes; shared pages of libraries are counted once), file handles, threads."""
    process = psutil.Process(pid)
    with process.oneshot():
        memory = process.memory_info()
        own = memory.rss - getattr(memory, "shared", 0)
        handles = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        return own, handles, process.num_threads()


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
