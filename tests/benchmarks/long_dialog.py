"""Measures a dialog of 2,000 turns: opening its scene file in the real window, and scrolling through it.

    python -m tests.benchmarks.long_dialog

Opening is measured from the command to the first picture of the window with the turns in it; scrolling from each
scrolled step to the painted viewport, by steps of the mouse wheel and by jumps. No worker is started.
Prints one JSON object, with times on the wall and (``cpu``) of the process alone, which other work hardly changes.
The bars, on the wall: 1.5 s to open; for a scrolled step a median under 8 ms, the 99th percentile under 16 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from lmd_desktop.app.workspace import Workspace, default_folders
from lmd_desktop.domain import edits
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import Scene, add_request, edit_layout, go_to
from lmd_desktop.storage.scene_file import SceneContent
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.theme import apply_theme

TURNS = 2000
BOXES = 6
STEPS = 400
WHEEL_PIXELS = 60
BAR_OPEN_S, BAR_MEDIAN_MS, BAR_P99_MS = 1.5, 8.0, 16.0
THINGS = ("a red car", "a lighthouse on the rocks", "一艘红色的船", "قارب أحمر", "a very small blue cup", "a dog")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LMD_HOME"] = folder
        path = Path(folder, "long.lmdscene")
        scene = long_scene(options.turns)
        save_scene(path, SceneContent(scene), lambda _sha256: None, thumbnail=None)
        application = QApplication([])
        apply_theme(application, "light")
        window = MainWindow(Workspace(default_folders()))
        window.show()
        application.processEvents()
        result = {"turns": len(scene.dialog.turns)} | measured(application, window, path, steps=options.steps)
        window.workspace.close()
        print(json.dumps(result), flush=True)
        is_fast = result["open_s"] < BAR_OPEN_S
        is_smooth = result["scroll_median_ms"] < BAR_MEDIAN_MS and result["scroll_p99_ms"] < BAR_P99_MS
    sys.stdout.flush()
    os._exit(0 if is_fast and is_smooth else 1)


def measured(application: QApplication, window: MainWindow, path: Path, *, steps: int) -> dict[str, float]:
    with Stopwatch() as opening:
        with Stopwatch() as reading:
            window.workspace.document.open(path)
        application.processEvents()
        window.grab()
    turns = window.dialog_panel.turns
    bar = turns.verticalScrollBar()
    wheel = scrolled(application, window, [bar.maximum() - WHEEL_PIXELS * step for step in range(1, steps)])
    rng = random.Random(7)
    jumps = scrolled(application, window, [rng.randrange(bar.maximum()) for _ in range(steps // 10)])
    session = window.workspace.session
    with Stopwatch() as editing:
        session.edit("Move box", edits.nudge_boxes(session.layout, [session.layout.boxes[0].id], 8, 0))
    return {
        "file_s": round(reading.seconds, 3),
        "open_s": round(opening.seconds, 3),
        "open_cpu_s": round(opening.cpu_seconds, 3),
        "scroll_median_ms": ms(statistics.median(watch.seconds for watch in wheel)),
        "scroll_p99_ms": ms(statistics.quantiles([watch.seconds for watch in wheel], n=100)[98]),
        "scroll_cpu_median_ms": ms(statistics.median(watch.cpu_seconds for watch in wheel)),
        "scroll_cpu_p99_ms": ms(statistics.quantiles([watch.cpu_seconds for watch in wheel], n=100)[98]),
        "jump_median_ms": ms(statistics.median(watch.seconds for watch in jumps)),
        "jump_cpu_median_ms": ms(statistics.median(watch.cpu_seconds for watch in jumps)),
        "edit_cpu_ms": ms(editing.cpu_seconds),
        "cards": len(turns.cards),
    }


class Stopwatch:
    """Seconds on the wall, and of this process: beside other work only these tell what the program itself takes."""

    seconds = cpu_seconds = 0.0

    def __enter__(self) -> Stopwatch:
        self._started = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_error: object) -> None:
        self.seconds = time.perf_counter() - self._started[0]
        self.cpu_seconds = time.process_time() - self._started[1]


def scrolled(application: QApplication, window: MainWindow, values: list[int]) -> list[Stopwatch]:
    """How long each scrolled step takes until it is painted; idle work is done in between, as between two frames."""
    turns = window.dialog_panel.turns
    bar = turns.verticalScrollBar()
    result: list[Stopwatch] = []
    for value in values:
        with Stopwatch() as watch:
            bar.setValue(max(0, value))
            turns.viewport().repaint()
        result.append(watch)
        application.processEvents()
    return result


def ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


def long_scene(turns: int) -> Scene:
    """Requests, plans and hand edits in turn, with a branch now and then."""
    rng = random.Random(1)
    layout = Layout(background_prompt="a harbour at dusk")
    for number in range(BOXES):
        rect = Rect(20 + 70 * number, 40 + 60 * (number % 4), 64, 96)
        layout = edits.add_box(layout, THINGS[number % len(THINGS)], rect)
    scene = Scene(start=layout)
    number = 0
    while len(scene.dialog.turns) < turns:
        number += 1
        box_id = layout.boxes[rng.randrange(BOXES)].id
        moved = edits.move_box(scene.layout, box_id, rng.randrange(400), rng.randrange(400))
        scene = add_request(scene, f"request {number}: move {scene.layout.box(box_id).phrase} somewhere else, please")
        scene = add_answer(scene, PlanResult(moved, "box 1 a red car | 8 8 64 64\n", "starter", "", number))
        scene = edit_layout(scene, edits.nudge_boxes(scene.layout, [box_id], 3, 5), coalesce=False)
        if number % 50 == 0:
            plan = scene.dialog.path()[-2]
            scene = add_request(go_to(scene, plan.id), "as it was, but bluer")
    return scene


if __name__ == "__main__":
    sys.exit(main())
