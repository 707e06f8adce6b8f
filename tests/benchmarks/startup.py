"""How long until the window is really painted, against a bare PySide6 window: ``python -m tests.benchmarks.startup``.

Each run is a fresh process; the two kinds take turns, so that whatever else the machine does hits both. The time goes
from the start of the process to the end of the first paint of canvas and panels (bare: of its one label). Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 2.5
RUNS = 9
TIMEOUT_S = 120
HEAVY = ("torch", "llama_cpp", "diffusers", "transformers")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each kind")
    parser.add_argument("--child", choices=("bare", "ours"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return _bare() if arguments.child == "bare" else _ours()
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    heavy: set[str] = set()
    painted: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as home:
        for kind in ("bare", "ours"):
            _measure(kind, home)  # fills the disk cache and the compiled modules
        for _ in range(arguments.runs):
            for kind in ("bare", "ours"):
                seconds, told = _measure(kind, home)
                times[kind].append(seconds)
                heavy.update(told["heavy"])
                painted = told.get("painted", painted)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    ratio = medians["ours"] / medians["bare"]
    result = {
        "bare_s": _summary(times["bare"]),
        "ours_s": _summary(times["ours"]),
        "ratio_of_medians": round(ratio, 3),
        "limit": LIMIT,
        "painted": painted,
        "heavy_modules_in_the_window": sorted(heavy),
        "platform": os.environ.get("QT_QPA_PLATFORM", "default"),
        "is_within_limit": ratio <= LIMIT and not heavy and all(painted.values()),
    }
    print(json.dumps(result, indent=2))
    return 0 if result["is_within_limit"] else 1


def _measure(kind: str, home: str) -> tuple[float, dict]:
    """Seconds from just before the process is made to the first paint, by the one clock of the machine."""
    # Compiled modules are kept, as they are in any installed program (the first run of each kind fills the cache).
    environment = os.environ | {"LMD_HOME": home, "PYTHONPYCACHEPREFIX": str(Path(home) / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and sys.platform == "linux":
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-m", "tests.benchmarks.startup", "--child", kind]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the {kind} window failed:\n{done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])
    return told["painted_at"] - started, told


def _bare() -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    application = QApplication([])
    painted: list[float] = []

    class Label(QLabel):
        def paintEvent(self, event: object) -> None:
            super().paintEvent(event)
            if not painted:
                painted.append(0.0)
                QTimer.singleShot(0, lambda: (painted.append(time.monotonic()), application.quit()))

    window = QMainWindow()
    window.setCentralWidget(Label("hello"))
    window.resize(1280, 800)
    window.show()
    application.exec()
    _tell({"painted_at": painted[-1]})
    return 0


def _ours() -> int:
    from lmd_desktop.ui import application as start

    application = start.make_application()
    window = start.make_window(None)
    told: dict = {}

    def finish() -> None:
        told["painted_at"] = time.monotonic()
        # Looked at afterwards, outside of the measured time: no blank frame.
        panels = {panel.objectName(): panel for panel in window.panels}
        told["painted"] = {name: panel.isVisible() and _has_content(panel) for name, panel in panels.items()}
        application.quit()

    window.do_after_first_paint(finish)
    window.show()
    application.exec()
    _tell(told)
    return 0


def _has_content(widget: object) -> bool:
    """Whether the widget shows more than one colour."""
    image = widget.grab().toImage()
    step = 4
    colours = {image.pixel(x, y) for x in range(0, image.width(), step) for y in range(0, image.height(), step)}
    return len(colours) > 2


def _tell(values: dict) -> None:
    heavy = [name for name in HEAVY if name in sys.modules]
    print(json.dumps(values | {"heavy": heavy}), flush=True)
    # The figure is taken; the teardown of Qt is not part of it.
    os._exit(0)


def _summary(values: list[float]) -> dict:
    return {
        "median": round(statistics.median(values), 3),
        "lowest": round(min(values), 3),
        "highest": round(max(values), 3),
        "runs": len(values),
    }


if __name__ == "__main__":
    sys.exit(main())
