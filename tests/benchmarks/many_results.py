"""Measures a scene with very many results: how long it takes to open, how it scrolls, what the window's process needs.

    python -m tests.benchmarks.many_results [--results 1000] [--frames 400]

Two fresh windows off screen, one with 200 results (its memory is the figure that is promised) and one with as many as
asked. Opening goes from the order to open the file until its pictures are listed and painted; scrolling is a wheel
event posted until the list is painted, strip and lines, one event per sixtieth of a second, with thumbnails arriving in
between. Beside the time on the clock stands that of the processor, which other programs do not lengthen. Prints one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageOps

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.requests import RenderRecord, RenderRequest
from lmd_desktop.domain.scene import Scene, edit_layout
from lmd_desktop.storage.png_metadata import write_plain_png
from lmd_desktop.storage.scene_file import SceneContent
from lmd_desktop.storage.scene_saving import save_scene

RESULTS, FRAMES = 1000, 400
RESULTS_FOR_MEMORY = 200
SIDE = 512
OPEN_LIMIT_S, WINDOW_LIMIT_MB = 1.5, 250.0
MEDIAN_LIMIT_MS, P99_LIMIT_MS = 8.0, 16.0
FRAME_S = 1 / 60
AFTER_HEADER = 33  # bytes of a PNG file: signature and header
TIMEOUT_S = 600
METHODS = ("lmd_plus", "lmd", "gligen", "plain")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=RESULTS)
    parser.add_argument("--frames", type=int, default=FRAMES, help="wheel events, half of them in each arrangement")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        return _child(options.child, options.frames)
    with tempfile.TemporaryDirectory() as home:
        few = _measure(Path(home), RESULTS_FOR_MEMORY, options.frames)
        many = _measure(Path(home), options.results, options.frames)
    report = {
        "benchmark": "many_results",
        "results": options.results,
        "open_s": many["open_s"],
        "open_processor_s": many["open_processor_s"],
        "thumbnails_s": many["thumbnails_s"],
        "scroll": many["scroll"],
        "window_mb": few["window_mb"],
        "window_mb_with_all": many["window_mb"],
        "limits": {
            "open_s": OPEN_LIMIT_S,
            "median_ms": MEDIAN_LIMIT_MS,
            "p99_ms": P99_LIMIT_MS,
            "window_mb": WINDOW_LIMIT_MB,
        },
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }
    report["is_within_limits"] = (
        many["open_s"] <= OPEN_LIMIT_S
        and few["window_mb"] <= WINDOW_LIMIT_MB
        and all(one["median_ms"] <= MEDIAN_LIMIT_MS for one in many["scroll"].values())
        and all(one["p99_ms"] <= P99_LIMIT_MS for one in many["scroll"].values())
    )
    print(json.dumps(report, indent=2))
    return 0 if report["is_within_limits"] else 1


def _measure(home: Path, results: int, frames: int) -> dict:
    path = home / f"{results}.lmdscene"
    _make_scene(path, results)
    environment = os.environ | {"LMD_HOME": str(home / f"home {results}")}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-m", "tests.benchmarks.many_results", "--child", str(path), "--frames", str(frames)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def _make_scene(path: Path, results: int) -> None:
    """Pictures that are all different, of a few layouts, methods and seeds."""
    layout = Layout(background_prompt="a harbour at dusk")
    scene = Scene(start=layout)
    for number in range(8):
        layout = add_box(layout, f"thing number {number}", Rect(20 + 50 * number, 40, 40, 300))
        scene = edit_layout(scene, layout, coalesce=False)
    turns = scene.dialog.turns
    pictures: dict[str, bytes] = {}
    records: list[RenderRecord] = []
    size = Size(SIDE, SIDE)
    pixels = ImageOps.colorize(Image.radial_gradient("L").resize((SIDE, SIDE)), "#28405a", "#ffd0a0").tobytes()
    plain = write_plain_png(size, pixels)
    for number in range(results):
        turn = turns[number % len(turns)]
        request = RenderRequest(turn.layout, METHODS[number % len(METHODS)], seed=number)
        # Another text makes another file; packing the same pixels a thousand times would only take time.
        png = plain[:AFTER_HEADER] + _text_chunk(f"number {number}") + plain[AFTER_HEADER:]
        name = sha256(png).hexdigest()
        pictures[name] = png
        record = RenderRecord(name, turn.id, request, size, "a harbour", "", "starter", "1" * 64, "cpu")
        records.append(replace(record, is_starred=number % 50 == 0))
    save_scene(path, SceneContent(scene, tuple(records)), pictures.__getitem__, thumbnail=None)


def _text_chunk(text: str) -> bytes:
    body = b"tEXtComment\0" + text.encode("latin-1")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _child(path: Path, frames: int) -> int:
    import psutil
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtTest import QTest

    from lmd_desktop.ui.application import make_application, make_window

    application = make_application()
    window = make_window(None)
    window.show()
    QTest.qWaitForWindowExposed(window)
    application.processEvents()
    panel, thumbnails = window.results_panel, window.workspace.thumbnails
    viewport = panel.view.viewport()

    class Paints(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    paints = Paints()
    viewport.installEventFilter(paints)

    def settle(limit_s: float = 20.0) -> None:
        """Until every thumbnail in view is there."""
        end = time.perf_counter() + limit_s
        while time.perf_counter() < end:
            application.processEvents()
            shown = [panel.view.indexAt(QPoint(x, y)) for x in range(60, viewport.width(), 60) for y in (40, 200, 400)]
            records = [panel.model.record(index) for index in shown if index.isValid()]
            if all(thumbnails.get(record.sha256) is not None for record in records):
                return
            time.sleep(0.002)

    started, of_processor = time.perf_counter(), time.thread_time()
    window.workspace.document.open(path)
    application.processEvents()
    while not paints.count:
        application.processEvents()
    opened, opened_of_processor = time.perf_counter() - started, time.thread_time() - of_processor
    settle()
    complete = time.perf_counter() - started

    bars = (panel.view.horizontalScrollBar(), panel.view.verticalScrollBar())

    def is_at_end() -> bool:
        return all(bar.value() == bar.maximum() for bar in bars)

    def is_at_start() -> bool:
        return all(bar.value() == bar.minimum() for bar in bars)

    def scroll(count: int) -> dict[str, float]:
        times: list[float] = []
        of_processor: list[float] = []
        for number in range(count):
            begun, begun_of_processor, before = time.perf_counter(), time.thread_time(), paints.count
            # There and back, by a notch of the wheel; at an end nothing would be painted.
            notch = 120 if is_at_end() else -120 if is_at_start() or number % 100 < 70 else 120
            place = QPointF(viewport.rect().center())
            wheel = QWheelEvent(
                place,
                QPointF(viewport.mapToGlobal(place)),
                QPoint(),
                QPoint(0, notch),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QCoreApplication.postEvent(viewport, wheel)
            while paints.count == before and time.perf_counter() < begun + 1:
                application.processEvents()
            times.append((time.perf_counter() - begun) * 1000)
            of_processor.append((time.thread_time() - begun_of_processor) * 1000)
            while time.perf_counter() < begun + FRAME_S:
                application.processEvents()
                time.sleep(0.0005)
        ordered = sorted(times)
        return {
            "median_ms": round(statistics.median(ordered), 2),
            "p99_ms": round(ordered[math.ceil(0.99 * len(ordered)) - 1], 2),
            "max_ms": round(ordered[-1], 2),
            "median_processor_ms": round(statistics.median(of_processor), 2),
            "max_processor_ms": round(max(of_processor), 2),
        }

    strip = scroll(frames // 2)
    panel.bar.grid.setChecked(True)
    dock = next(dock for dock in window.docks if dock.widget() is panel)
    window.resizeDocks([dock], [420], Qt.Orientation.Vertical)
    settle()
    lines = scroll(frames // 2)
    settle()
    told = {
        "open_s": round(opened, 3),
        "open_processor_s": round(opened_of_processor, 3),
        "thumbnails_s": round(complete, 3),
        "scroll": {"strip": strip, "lines": lines},
        "window_mb": round(psutil.Process().memory_info().rss / 2**20, 1),
    }
    print(json.dumps(told), flush=True)
    # Nothing of Qt's teardown is measured.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
