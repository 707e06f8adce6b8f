"""Peak memory of the app's processes together while LMD+ paints three boxes and the planner stays loaded.

    python -m tests.benchmarks.render_memory [--painter DIR] [--steps 20]

Proportional memory (PSS) counts a page shared by n processes as 1/n in each, so the sum is what the machine really
gives: the window (offscreen without a display), planner with its model, renderer with its model. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.domain.requests import RenderRecord

BAR_MB = 2500
SAMPLE_INTERVAL_S = 0.1  # the kernel needs milliseconds for each answer
WAIT_S = 600.0
LAYOUT = Layout(
    boxes=(
        Box("1", "a red car", Rect(16, 288, 208, 128), "#0072B2"),
        Box("2", "a blue cup", Rect(304, 304, 96, 128), "#E69F00"),
        Box("3", "a green tree", Rect(384, 80, 112, 192), "#009E73"),
    ),
    background_prompt="a grass field",
)


@dataclass
class Sampler(threading.Thread):
    """Adds up the PSS of this process and all below it, ten times a second."""

    peak_mb: float = 0.0
    parts_mb: dict[str, float] = field(default_factory=dict)
    samples: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        me = psutil.Process()
        while not self.is_over.wait(SAMPLE_INTERVAL_S):
            parts = {f"{p.pid} {_role(p, me)}": _pss_mb(p.pid) for p in [me, *me.children(recursive=True)]}
            self.samples += 1
            if sum(parts.values()) > self.peak_mb:
                self.peak_mb = sum(parts.values())
                self.parts_mb = {name: round(mb, 1) for name, mb in parts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--painter", type=Path, default=starter_painter())
    parser.add_argument("--steps", type=int, default=20)
    args = parser.parse_args()
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sampler = Sampler()
    with tempfile.TemporaryDirectory() as home:
        os.environ["LMD_HOME"] = home
        sampler.start()
        record, seconds = paint_in_window(args.painter, args.steps)
        sampler.is_over.set()
        sampler.join()
    report = {
        "peak_pss_mb": round(sampler.peak_mb, 1),
        "bar_mb": BAR_MB,
        "is_reached": sampler.peak_mb < BAR_MB,
        "processes_mb": sampler.parts_mb,
        "samples": sampler.samples,
        "seconds_with_start_and_load": round(seconds, 2),
        "stages": {stage: round(value, 2) for stage, value in record.seconds},
        "renderer_says_peak_mb": round(record.peak_mb, 1),
        "size": [record.size.width, record.size.height],
        "steps": args.steps,
    }
    print(json.dumps(report, indent=2))


def paint_in_window(painter: Path, steps: int) -> tuple[RenderRecord, float]:
    """The real window with its real workers, both models loaded, painting one picture."""
    from PySide6.QtCore import QEventLoop, QTimer

    from lmd_desktop.app.workspace import Workspace, default_folders
    from lmd_desktop.ui.application import make_application
    from lmd_desktop.ui.main_window import MainWindow

    application = make_application()
    workspace = Workspace(default_folders())
    workspace.models.choose_painter(painter)
    window = MainWindow(workspace)
    window.show()
    application.processEvents()
    workspace.session.edit("Draw boxes", LAYOUT)
    settings = workspace.session.render_settings
    workspace.session.set_render_settings(replace(settings, method="lmd_plus", num_inference_steps=steps, seed=0))
    done: list[RenderRecord] = []
    problems: list[object] = []
    loop = QEventLoop()
    workspace.rendering.picture_finished.connect(lambda record: (done.append(record), loop.quit()))
    workspace.rendering.problem_occurred.connect(lambda problem: (problems.append(problem), loop.quit()))
    QTimer.singleShot(int(WAIT_S * 1000), loop.quit)
    started = time.perf_counter()
    workspace.start_workers()
    workspace.rendering.render()
    loop.exec()
    seconds = time.perf_counter() - started
    workspace.close()
    if not done:
        raise RuntimeError(f"no picture: {problems or 'it took too long'}")
    return done[0], seconds


def _role(process: psutil.Process, me: psutil.Process) -> str:
    if process.pid == me.pid:
        return "window"
    with contextlib.suppress(psutil.Error):
        if "resource_tracker" in " ".join(process.cmdline()):
            return "tracker of spawned processes"
    return "worker"


def _pss_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    line = next((line for line in text.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
