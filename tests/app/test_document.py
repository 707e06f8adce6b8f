"""The scene as a file: what counts as unsaved, and that no failure loses anything."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import dispose, no_clients
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Folders, Workspace
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.errors import ChangedOnDisk, UserError, WriteError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.journal import JournalWriter, read_journal
from lmd_desktop.storage.scene_file import load_scene
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.storage.settings_file import load_settings

WAIT_MS = 60_000


def draw_a_box(workspace: Workspace, phrase: str = "a red car") -> None:
    workspace.session.edit("Draw box", add_box(workspace.session.layout, phrase, Rect(10, 20, 100, 100)))


def make_picture(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.rendering.render()
    qtbot.waitUntil(lambda: bool(workspace.session.renders), timeout=WAIT_MS)


def test_what_is_saved_comes_back_the_same(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    draw_a_box(workspace)
    workspace.session.set_render_settings(replace(workspace.session.render_settings, seed=77))
    make_picture(workspace, qtbot)
    before = workspace.document.content()
    workspace.document.save(tmp_path / "harbour.lmdscene")
    workspace.document.new()
    workspace.document.open(tmp_path / "harbour.lmdscene")
    after = workspace.document.content()
    assert (after.scene, after.renders, after.settings) == (before.scene, before.renders, before.settings)
    assert not workspace.document.is_dirty


def test_a_new_picture_makes_the_scene_unsaved(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    draw_a_box(workspace)
    workspace.document.save(tmp_path / "a.lmdscene")
    assert not workspace.document.is_dirty
    make_picture(workspace, qtbot)
    assert workspace.document.is_dirty


def test_undo_back_to_the_saved_state_is_not_unsaved(quiet_workspace: Workspace, tmp_path: Path) -> None:
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(tmp_path / "a.lmdscene")
    draw_a_box(quiet_workspace, "a cup")
    assert quiet_workspace.document.is_dirty
    quiet_workspace.session.undo_stack.undo()
    assert not quiet_workspace.document.is_dirty


def test_a_failed_save_stays_unsaved_and_leaves_the_old_file(quiet_workspace: Workspace, tmp_path: Path) -> None:
    draw_a_box(quiet_workspace)
    with pytest.raises(UserError):
        quiet_workspace.document.save(tmp_path / "no such folder" / "a.lmdscene")
    assert quiet_workspace.document.is_dirty
    assert quiet_workspace.document.path is None


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_a_bad_file_leaves_the_open_scene_alone(quiet_workspace: Workspace, tmp_path: Path, content: bytes) -> None:
    draw_a_box(quiet_workspace)
    (tmp_path / "bad.lmdscene").write_bytes(content)
    scene = quiet_workspace.session.scene
    with pytest.raises(UserError):
        quiet_workspace.document.open(tmp_path / "bad.lmdscene")
    assert quiet_workspace.session.scene == scene
    assert quiet_workspace.document.path is None


def test_pictures_outlive_the_store_once_they_are_saved(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    draw_a_box(workspace)
    make_picture(workspace, qtbot)
    (record,) = workspace.session.renders
    png = workspace.pictures.get(record.sha256)
    workspace.document.save(tmp_path / "a.lmdscene")
    (workspace.folders.pictures / f"{record.sha256}.png").unlink()
    workspace.document.open(tmp_path / "a.lmdscene")
    assert workspace.pictures.get(record.sha256) == png


def test_one_of_our_pictures_opens_as_its_scene(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    draw_a_box(workspace)
    make_picture(workspace, qtbot)
    (record,) = workspace.session.renders
    layout = workspace.session.layout
    workspace.pictures.export(record.sha256, tmp_path / "out.png")
    workspace.document.new()
    workspace.document.open_picture(tmp_path / "out.png")
    assert workspace.session.layout == layout
    assert [known.sha256 for known in workspace.session.renders] == [record.sha256]
    assert not workspace.document.is_dirty


def test_opened_and_saved_files_are_recent(quiet_workspace: Workspace, tmp_path: Path) -> None:
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(tmp_path / "one.lmdscene")
    quiet_workspace.document.save(tmp_path / "two.lmdscene")
    quiet_workspace.document.open(tmp_path / "one.lmdscene")
    assert [path.name for path in quiet_workspace.settings.value.recent_files] == ["one.lmdscene", "two.lmdscene"]


def test_what_a_crash_left_unsaved_is_recovered_as_a_copy(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    path = tmp_path / "a.lmdscene"
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(path)
    draw_a_box(quiet_workspace, "a cup")
    scene, content = quiet_workspace.session.scene, quiet_workspace.document.content()
    JournalWriter(folders.recovery, content, path).close(remove=False)
    quiet_workspace.document.open(path)
    (leftover,) = quiet_workspace.leftovers()

    quiet_workspace.recover(leftover)

    assert quiet_workspace.session.scene == scene
    document = quiet_workspace.document
    assert (document.is_dirty, document.path, document.recovered_from) == (True, None, path)
    assert not leftover.file.exists()
    assert len(journals(folders)) == 1
    document.save(tmp_path / "b.lmdscene")
    quiet_workspace.journal.close()
    assert (document.is_dirty, document.recovered_from, journals(folders)) == (False, None, [])


def journals(folders: Folders) -> list[Path]:
    return list(folders.recovery.glob("*.lmdjournal"))


def test_every_change_reaches_the_journal_by_itself_and_a_verified_save_clears_it(
    qtbot: QtBot, quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    with qtbot.waitSignal(quiet_workspace.journal.written, timeout=WAIT_MS):
        draw_a_box(quiet_workspace)
    assert quiet_workspace.journal.seconds_ago is not None
    (file,) = journals(folders)
    with pytest.raises(UserError):
        quiet_workspace.document.save(tmp_path / "no such folder" / "a.lmdscene")
    assert file.exists()
    quiet_workspace.document.save(tmp_path / "a.lmdscene")
    quiet_workspace.journal.close()
    assert journals(folders) == []
    assert quiet_workspace.journal.seconds_ago is None


def test_the_journal_goes_on_after_a_save_and_knows_where_the_scene_lies(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    draw_a_box(quiet_workspace)
    assert quiet_workspace.journal.flush()
    (file,) = journals(folders)
    quiet_workspace.document.save(tmp_path / "a.lmdscene")
    assert quiet_workspace.journal.flush()
    assert read_journal(file).is_saved
    draw_a_box(quiet_workspace, "a cup")
    assert quiet_workspace.journal.flush()
    # Making another file for the first edit after a save would have to wait for a busy disk.
    assert journals(folders) == [file]
    quiet_workspace.journal.close()
    (leftover,) = quiet_workspace.leftovers()
    assert leftover.path_of_scene == tmp_path / "a.lmdscene"
    assert leftover.load(quiet_workspace.pictures.store()).content.scene == quiet_workspace.session.scene


def test_what_comes_while_the_file_is_written_is_in_the_journal_afterwards(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    draw_a_box(quiet_workspace)
    came: list[str] = []

    def meanwhile(_done: int, _total: int) -> None:
        if not came:
            came.append("a cup")
            draw_a_box(quiet_workspace, "a cup")

    quiet_workspace.document.save(tmp_path / "a.lmdscene", progress=meanwhile)
    assert (came, quiet_workspace.document.is_dirty) == (["a cup"], True)
    assert quiet_workspace.journal.flush()
    quiet_workspace.journal.close()
    (leftover,) = quiet_workspace.leftovers()
    assert leftover.load(quiet_workspace.pictures.store()).content.scene == quiet_workspace.session.scene


def test_a_change_that_was_undone_leaves_nothing_to_recover(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(tmp_path / "a.lmdscene")
    draw_a_box(quiet_workspace, "a cup")
    assert quiet_workspace.journal.flush()
    quiet_workspace.session.undo_stack.undo()
    assert quiet_workspace.journal.flush()
    quiet_workspace.journal.close()
    assert quiet_workspace.leftovers() == ()


def test_a_journal_that_cannot_be_written_is_told_once(
    qtbot: QtBot, quiet_workspace: Workspace, folders: Folders
) -> None:
    folders.recovery.write_bytes(b"a file where the folder should be")
    told: list[UserError] = []
    quiet_workspace.problem_occurred.connect(told.append)
    for phrase in ("a cup", "a lamp"):
        draw_a_box(quiet_workspace, phrase)
        assert not quiet_workspace.journal.flush()
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert len(told) == 1


def test_a_scene_that_is_open_in_another_window_can_only_be_copied(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    path = tmp_path / "a.lmdscene"
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(path)
    other = Workspace(folders, no_clients)
    try:
        other.document.open(path)
        assert "open in another window" in other.document.read_only_reason
        draw_a_box(other, "a cup")
        with pytest.raises(UserError, match="open in another window"):
            other.document.save()
        other.document.save(tmp_path / "copy.lmdscene")
        assert (other.document.read_only_reason, other.document.is_dirty) == ("", False)
        with pytest.raises(WriteError, match="open in another window"):
            other.document.save(path)
        quiet_workspace.document.new()
        other.document.open(path)
        assert other.document.read_only_reason == ""
    finally:
        dispose(other)


def test_a_file_that_another_program_changed_is_not_overwritten_unasked(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    path = tmp_path / "a.lmdscene"
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(path)
    loaded = load_scene(path)
    save_scene(path, replace(loaded.content, scene=Scene()), loaded.picture, thumbnail=None)
    theirs = path.read_bytes()
    draw_a_box(quiet_workspace, "a cup")
    with pytest.raises(ChangedOnDisk):
        quiet_workspace.document.save()
    assert (path.read_bytes(), quiet_workspace.document.is_dirty) == (theirs, True)
    quiet_workspace.document.save(overwrites=True)
    assert path.with_name("a.lmdscene~1").read_bytes() == theirs
    draw_a_box(quiet_workspace, "a lamp")
    quiet_workspace.document.save()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name of a file is text")
def test_a_file_whose_name_is_no_text_is_saved_journaled_and_opened(
    quiet_workspace: Workspace, folders: Folders, tmp_path: Path
) -> None:
    path = tmp_path / os.fsdecode(b"harbour \xff.lmdscene")
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(path)
    assert not quiet_workspace.document.is_dirty
    assert load_settings(folders.settings)[0].recent_files == (path,)
    draw_a_box(quiet_workspace, "a cup \ud800")
    assert quiet_workspace.journal.flush()
    quiet_workspace.journal.close()
    (leftover,) = quiet_workspace.leftovers()
    assert leftover.path_of_scene == path
    quiet_workspace.document.open(path)
    assert len(quiet_workspace.session.layout.boxes) == 1


def test_a_new_date_alone_is_no_change(quiet_workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.lmdscene"
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(path)
    os.utime(path, (1, 1))
    draw_a_box(quiet_workspace, "a cup")
    quiet_workspace.document.save()


def test_a_scene_of_a_newer_version_is_read_only_until_it_has_another_name(
    quiet_workspace: Workspace, tmp_path: Path
) -> None:
    draw_a_box(quiet_workspace)
    quiet_workspace.document.save(tmp_path / "a.lmdscene")
    newer = tmp_path / "newer.lmdscene"
    with zipfile.ZipFile(tmp_path / "a.lmdscene") as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                data = json.dumps(json.loads(data) | {"format": 2}).encode()
            new.writestr(name, data)
    before = newer.read_bytes()
    document = quiet_workspace.document
    document.open(newer)
    assert "newer version" in document.read_only_reason
    draw_a_box(quiet_workspace, "a cup")
    with pytest.raises(UserError, match="newer version"):
        document.save()
    assert newer.read_bytes() == before
    document.save(tmp_path / "mine.lmdscene")
    assert document.read_only_reason == ""
    assert not document.is_dirty
