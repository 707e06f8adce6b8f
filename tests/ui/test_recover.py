"""After a crash the unsaved work is offered; the crash is a real process that ends without saying goodbye."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lmd_desktop.app.sample import sample_scene
from lmd_desktop.domain.edits import set_background
from lmd_desktop.domain.errors import WriteError
from lmd_desktop.storage.journal import JournalWriter
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.ui.file_dialogs import Conflict
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


def test_unsaved_work_is_compared_with_the_saved_file(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "harbour.lmdscene"
    document, session = window.workspace.document, window.workspace.session
    session.edit("Change background", set_background(session.layout, "a harbour"))
    document.save(path)
    session.edit("Change background", set_background(session.layout, "a harbour at dusk"))
    JournalWriter(window.workspace.folders.recovery, document.present(), path).close(remove=False)
    (tmp_path / "damaged.lmdjournal").write_bytes(b"12345678 {}\n" * 5)
    (tmp_path / "damaged.lmdjournal").rename(window.workspace.folders.recovery / "damaged.lmdjournal")
    window.offer_leftovers()
    dialog = window.findChild(RecoverDialog)
    assert dialog.list.count() == 2
    for row in range(2):
        dialog.list.setCurrentRow(row)
        is_readable = "harbour.lmdscene" in dialog.list.currentItem().text()
        assert dialog.recover_button.isEnabled() == dialog.compare_button.isEnabled() == is_readable
        assert dialog.list.currentItem().icon().isNull() != is_readable
    dialog.list.setCurrentRow(next(row for row in range(2) if "harbour" in dialog.list.item(row).text()))
    dialog.compare_button.click()
    assert dialog.comparison.isVisible()
    assert "Only unsaved: turns 1, pictures 0" in dialog.comparison.words.text()
    assert "background" in dialog.comparison.words.text()


def edit_and_save(window: MainWindow, background: str) -> bool:
    session = window.workspace.session
    session.edit("Change background", set_background(session.layout, background))
    return window.files.save()


def test_a_file_that_another_program_changed_is_kept_until_the_person_says_what_to_do(
    window: MainWindow, tmp_path: Path
) -> None:
    path, answers = tmp_path / "a.lmdscene", window.files.dialogs
    answers.path = path
    assert edit_and_save(window, "mine")
    theirs = SceneContent(sample_scene())
    save_scene(path, theirs, lambda _: b"", thumbnail=None)
    assert not edit_and_save(window, "mine again")
    assert load_scene(path).content.scene == theirs.scene
    answers.conflict, answers.path = Conflict.SAVE_AS, tmp_path / "b.lmdscene"
    assert window.files.save()
    assert load_scene(path).content.scene == theirs.scene
    assert window.workspace.document.path == tmp_path / "b.lmdscene"


def test_a_place_that_cannot_be_written_leads_to_another_one(window: MainWindow, tmp_path: Path) -> None:
    folder, answers = tmp_path / "share", window.files.dialogs
    folder.mkdir()
    answers.path = folder / "a.lmdscene"
    assert edit_and_save(window, "one")
    shutil.rmtree(folder)
    assert not edit_and_save(window, "two")
    assert window.isWindowModified()
    answers.places = (tmp_path / "b.lmdscene",)
    assert edit_and_save(window, "three")
    assert not window.isWindowModified()
    assert [type(error) for error in answers.problems] == [WriteError, WriteError]
    assert load_scene(tmp_path / "b.lmdscene").content.scene.layout.background_prompt == "three"
