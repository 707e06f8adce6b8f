"""The window that ``tests.benchmarks.kills`` kills: edits, asks, paints, saves without a pause, and tells what it did.

python -m tests.benchmarks.kill_window SCENE SEED SYNC_TAKES_S     (LMD_HOME says where its own files lie)

Each line on standard output is a JSON object that tells what the person would have seen by then: ``edit`` (its number,
which is also the background prompt), ``turn`` (a request's id), ``render`` (a picture's sha256), ``saved``.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

TICK_MS = 12
EDITS, REQUESTS, RENDERS, UNDOS = 0.72, 0.06, 0.06, 0.06  # shares of the actions; the rest are saves
MOST_TURNS = 400


def main() -> None:
    from PySide6.QtCore import QTimer

    from lmd_desktop.app.workspace import Workspace, default_folders
    from lmd_desktop.ui.application import make_application
    from lmd_desktop.ui.main_window import MainWindow

    scene, seed = Path(sys.argv[1]), int(sys.argv[2])
    _slow_down_syncs(float(sys.argv[3]))
    application = make_application()
    window = MainWindow(Workspace(default_folders(), _small_workers))
    window.show()
    person = _Person(window, scene, random.Random(seed))
    timer = QTimer(window)
    timer.setInterval(TICK_MS)
    timer.timeout.connect(person.act)
    timer.start()
    sys.exit(application.exec())


class _Person:
    """Does one thing after another; what counts is told only once it is committed."""

    def __init__(self, window: object, scene: Path, dice: random.Random) -> None:
        from lmd_desktop.ui.main_window import MainWindow

        assert isinstance(window, MainWindow)
        self._workspace = window.workspace
        self._scene = scene
        self._dice = dice
        workspace = self._workspace
        workspace.rendering.picture_finished.connect(lambda record: tell(render=record.sha256))
        leftovers = workspace.leftovers()
        if leftovers:
            workspace.recover(leftovers[0])
            workspace.document.save(scene, overwrites=True)
        elif scene.exists():
            workspace.document.open(scene)
        if len(workspace.session.scene.dialog.turns) > MOST_TURNS:
            workspace.document.new()
        self._number = newest_edit(workspace.session.scene)
        workspace.session.finish_edit_turn()
        workspace.queue.start("planner")
        workspace.rendering.start()
        tell(started=self._number)

    def act(self) -> None:
        chance, workspace = self._dice.random(), self._workspace
        if chance < EDITS:
            self._edit()
        elif chance < EDITS + REQUESTS:
            if not workspace.planning.state.is_planning:
                workspace.planning.send("a cup, a lamp")
                tell(turn=workspace.planning.state.request_id)
        elif chance < EDITS + REQUESTS + RENDERS:
            has_something = workspace.session.layout.boxes or workspace.session.layout.background_prompt
            if has_something and not workspace.rendering.is_rendering:
                workspace.rendering.render()
        elif chance < EDITS + REQUESTS + RENDERS + UNDOS:
            if workspace.session.undo_stack.canUndo():
                workspace.session.undo_stack.undo()
                workspace.session.undo_stack.redo()
        else:
            workspace.document.save(self._scene)
            tell(saved=self._number)

    def _edit(self) -> None:
        from lmd_desktop.domain.edits import set_background

        self._number += 1
        if self._dice.random() < 0.1:
            self._workspace.session.finish_edit_turn()
        session = self._workspace.session
        session.edit("Change background", set_background(session.layout, f"edit {self._number}"))
        tell(edit=self._number)


def newest_edit(scene: object) -> int:
    """The highest number that any turn of the scene holds."""
    from lmd_desktop.domain.scene import Scene

    assert isinstance(scene, Scene)
    layouts = [scene.start, *(turn.layout for turn in scene.dialog.turns)]
    numbers = [layout.background_prompt.removeprefix("edit ") for layout in layouts]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def _slow_down_syncs(seconds: float) -> None:
    real = os.fsync

    def sync(descriptor: int) -> None:
        time.sleep(seconds)
        real(descriptor)

    if seconds > 0:
        os.fsync = sync


def _small_workers(_logs: Path) -> object:
    from fakes import run_small_planner, run_small_renderer

    from lmd_desktop.app.workspace import Clients
    from lmd_desktop.workers.client import WorkerClient

    return Clients(
        planner=lambda on_event: WorkerClient("planner", on_event, main=run_small_planner),
        renderer=lambda on_event: WorkerClient("renderer", on_event, main=run_small_renderer),
    )


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main()
