"""After a crash the unsaved work is offered; the crash is a real process that ends without saying goodbye."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.recover_dialog import RecoverDialog

ROOT = Path(__file__).parents[2]
CRASH = """
import os, sys
from pathlib import Path
from lmd_desktop.app.sample import sample_scene
from lmd_desktop.storage.journal import JournalWriter
from lmd_desktop.storage.scene_file import SceneContent
JournalWriter(Path(sys.argv[1]), SceneContent(sample_scene()), None)
os._exit(9)
"""


def crash(window: MainWindow) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", CRASH, str(window.workspace.folders.recovery)]
    assert subprocess.run(command, env=environment, check=False).returncode == 9


def test_unsaved_work_of_a_crashed_window_is_offered_and_recovered(window: MainWindow) -> None:
    crash(window)
    window.offer_leftovers()
    dialog = window.findChild(RecoverDialog)
    dialog.recover_button.click()
    assert [box.phrase for box in window.workspace.session.layout.boxes] == ["a red car", "a blue cup"]
    assert window.isWindowModified()
    # Its journal is this window's own now, and another start would not offer it again.
    assert window.workspace.leftovers() == ()
    assert len(list(window.workspace.folders.recovery.glob("*.lmdjournal"))) == 1


def test_unsaved_work_can_be_deleted_or_left_for_later(window: MainWindow) -> None:
    crash(window)
    window.offer_leftovers()
    window.findChild(RecoverDialog).later_button.click()
    assert len(window.workspace.leftovers()) == 1
    window.offer_leftovers()
    window.findChildren(RecoverDialog)[-1].delete_button.click()
    assert window.workspace.leftovers() == ()


def test_nothing_is_asked_when_nothing_was_lost(window: MainWindow) -> None:
    window.offer_leftovers()
    assert window.findChild(RecoverDialog) is None
