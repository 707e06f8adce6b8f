"""What scene files and the journal cost, and what becomes of them when things go wrong.

python -m tests.benchmarks.storage [--pictures 500]          how long save, open and the journal take
python -m tests.benchmarks.storage --hard [--gigabytes 2]    disk full, folders that vanish, clocks, very large scenes

Prints one JSON object; the exit code is 1 if a bound is missed or an outcome is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image

from lmd_desktop.app.workspace import Folders, Workspace
from lmd_desktop.domain.edits import move_box
from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.requests import RenderRecord, RenderRequest
from lmd_desktop.domain.scene import CanvasEdit, Dialog, Scene
from lmd_desktop.storage.scene_file import SceneContent
from lmd_desktop.storage.scene_saving import save_scene

SAVE_BOUND_S, OPEN_BOUND_S, JOURNAL_BOUND_MS = 1.0, 1.0, 2.0
PICTURE_BYTES = 100_000
TRIALS = 5
EDITS, PAUSE_S = 400, 0.004
BOXES = 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--gigabytes", type=float, default=2.0, help="of the large scene of --hard")
    args = parser.parse_args()
    if args.hard:
        from tests.benchmarks.storage_hard import outcomes

        with tempfile.TemporaryDirectory(prefix="lmd-storage-") as folder:
            report: dict[str, Any] = outcomes(Path(folder), gigabytes=args.gigabytes)
        is_good = all(outcome["is_good"] for outcome in report.values())
    else:
        report = measured(args.pictures)
        is_good = (
            report["save_s"] < SAVE_BOUND_S
            and report["open_s"] < OPEN_BOUND_S
            and report["journal_ms_p99"] < JOURNAL_BOUND_MS
        )
    print(json.dumps(report | {"is_within_bounds": is_good}, indent=2))
    return 0 if is_good else 1


def measured(pictures: int) -> dict[str, Any]:
    """Seconds as a person waits, in the program's own parts; no window is painted."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory(prefix="lmd-storage-") as name:
        folder = Path(name)
        path = folder / "scene.lmdscene"
        made = made_pictures(pictures, PICTURE_BYTES)
        begun = time.perf_counter()
        save_scene(path, content_of(made), made.__getitem__, thumbnail=None)
        first = time.perf_counter() - begun
        workspace = make_workspace(folder / "home")
        saves: list[tuple[float, float]] = []
        opens: list[tuple[float, float]] = []
        for trial in range(TRIALS):
            opens.append(_timed(lambda: workspace.document.open(path)))
            edit(workspace, trial)
            saves.append(_timed(workspace.document.save))
        journal = journal_costs(application, workspace)
        long_dialog = journal_costs(application, workspace, long_scene(10_000))
        close(workspace)
        return {
            "pictures": pictures,
            "file_mb": round(path.stat().st_size / 1e6, 1),
            **_summed("save", saves),
            "first_save_s": round(first, 3),
            **_summed("open", opens),
            **journal,
            **{f"{key}_10000_turns": value for key, value in long_dialog.items()},
        }


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds as a person waits, and of the processor: on a busy machine the second says what is ours."""
    begun, worked = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - begun, time.process_time() - worked


def _summed(name: str, times: list[tuple[float, float]]) -> dict[str, float]:
    waited, worked = [wall for wall, _ in times], [cpu for _, cpu in times]
    return {
        f"{name}_s": round(statistics.median(waited), 3),
        f"{name}_s_max": round(max(waited), 3),
        f"{name}_cpu_s": round(statistics.median(worked), 3),
    }


def journal_costs(application: Any, workspace: Workspace, scene: Scene | None = None) -> dict[str, Any]:
    """What handing a change to the journal takes of the window's thread, and how soon it is on disk."""
    if scene is not None:
        workspace.document.new(scene)
    journal = workspace.journal
    journal.discard()
    handed: list[float] = []
    worked: list[float] = []
    own: list[float] = []

    def timed() -> None:
        delayed = _kept_waiting_s()
        begun, worked_before = time.perf_counter(), time.thread_time()
        journal._hand_over()
        waited = time.perf_counter() - begun
        worked.append(1000 * (time.thread_time() - worked_before))
        handed.append(1000 * waited)
        own.append(1000 * max(0.0, waited - (_kept_waiting_s() - delayed)))

    index_changed = workspace.session.undo_stack.indexChanged
    index_changed.disconnect(journal._hand_over)
    index_changed.connect(timed)
    delays: list[float] = []
    for number in range(EDITS):
        edit(workspace, number)
        deadline = time.perf_counter() + PAUSE_S
        while time.perf_counter() < deadline:
            application.processEvents()
        if number % 50 == 49:
            asked = time.perf_counter()
            journal.flush()
            delays.append(time.perf_counter() - asked)
    index_changed.disconnect(timed)
    index_changed.connect(journal._hand_over)
    handed.sort()
    worked.sort()
    own.sort()
    return {
        # On a busy machine: the processor time of the window's thread, and what it waited for but other programs (its
        # own threads, locks, the disk). The others are what a person waits.
        "journal_cpu_ms_p99": round(worked[int(0.99 * len(worked))], 3),
        "journal_without_other_programs_ms_p99": round(own[int(0.99 * len(own))], 3),
        "journal_ms_median": round(statistics.median(handed), 3),
        "journal_ms_p99": round(handed[int(0.99 * len(handed))], 3),
        "journal_ms_max": round(handed[-1], 3),
        "on_disk_s_max": round(max(delays), 3),
    }


def _kept_waiting_s() -> float:
    """How long this thread could have run while the system let other programs run (Linux; 0 elsewhere)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


def edit(workspace: Workspace, number: int) -> None:
    session = workspace.session
    session.edit("Move box", move_box(session.layout, "1", number % 200, 10 + number // 200))


def made_pictures(count: int, size: int) -> dict[str, bytes]:
    """PNG files of noise, which cannot be compressed: each about ``size`` bytes."""
    dice = random.Random(1)
    side = math.isqrt(size // 3)
    datas: list[bytes] = []
    for _ in range(count):
        buffer = io.BytesIO()
        Image.frombytes("RGB", (side, side), dice.randbytes(3 * side * side)).save(buffer, "PNG", compress_level=0)
        datas.append(buffer.getvalue())
    return {hashlib.sha256(data).hexdigest(): data for data in datas}


def content_of(pictures: dict[str, bytes] | list[str], scene: Scene | None = None) -> SceneContent:
    scene = scene or long_scene(20)
    size = Size(512, 512)
    request = RenderRequest(scene.layout)
    records = tuple(
        RenderRecord(sha256, scene.dialog.head, replace(request, seed=seed), size, "a prompt", "", "m", "0" * 64, "cpu")
        for seed, sha256 in enumerate(pictures)
    )
    return SceneContent(scene, records)


def long_scene(turns: int) -> Scene:
    boxes = tuple(Box(str(n + 1), f"thing {n}", Rect(40 * n, 50, 60, 60), "#0072B2") for n in range(BOXES))
    layout = Layout(Size(512, 512), boxes, "a room")
    made = [
        CanvasEdit(f"t{n}", f"t{n - 1}" if n > 1 else None, move_box(layout, "2", n % 400, n // 400), f"moved {n}")
        for n in range(1, turns + 1)
    ]
    return Scene(Dialog(tuple(made), f"t{turns}"), layout)


def make_workspace(home: Path) -> Workspace:
    from fakes import no_clients

    home.mkdir(parents=True, exist_ok=True)
    folders = Folders(home / "settings.json", home / "pictures", home / "autosave", logs=home / "logs")
    return Workspace(folders, no_clients)


def close(workspace: Workspace) -> None:
    from fakes import dispose

    dispose(workspace)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
