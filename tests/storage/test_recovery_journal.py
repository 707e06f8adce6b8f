"""The journal: what was changed is there after any end of the process, and is found by the next one."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from storage_samples import sample_content, sample_pictures

from lmd_desktop.domain.edits import move_box, set_background
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.scene import Scene, add_request, edit_layout, go_to, set_note
from lmd_desktop.domain.scene_view import SceneView
from lmd_desktop.storage import journal as journals
from lmd_desktop.storage.journal import JournalWriter, read_journal
from lmd_desktop.storage.journal_thread import Change, JournalThread
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.recovery import LeftoverScene, find_leftovers
from lmd_desktop.storage.scene_file import SceneContent, decode_documents, load_scene
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.storage.view_entries import view_of, with_view

HERE = Path(__file__).parent
NO_FOLDER = Path("no such folder")


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from storage_samples import sample_content
from lmd_desktop.storage.journal import JournalWriter
JournalWriter(Path(sys.argv[1]), sample_content(), None).append(sample_content())
os._exit(9)
"""


def leave_journal(folder: Path, path_of_scene: Path | None = None) -> None:
    """As a process that is gone leaves it: the sample scene and an edit of it."""
    writer = JournalWriter(folder, sample_content(), path_of_scene)
    writer.append(edited(sample_content()))
    writer.close(remove=False)


def edited(content: SceneContent, background: str = "a garden") -> SceneContent:
    return replace(content, scene=edit_layout(content.scene, set_background(content.scene.layout, background)))


def replayed(writer: JournalWriter) -> SceneContent:
    return journals_content(writer.file)


def journals_content(file: Path) -> SceneContent:
    return decode_documents(read_journal(file).documents, [])


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    store = PictureStore(tmp_path / "pictures")
    for data in sample_pictures().values():
        store.add(data)
    return store


def steps() -> list[Callable[[SceneContent], SceneContent]]:
    def on_scene(change: Callable[[Scene], Scene]) -> Callable[[SceneContent], SceneContent]:
        return lambda content: replace(content, scene=change(content.scene))

    return [
        on_scene(lambda scene: add_request(scene, "a lamp too")),
        on_scene(lambda scene: edit_layout(scene, move_box(scene.layout, "1", 0, 0))),
        on_scene(lambda scene: set_note(scene, "t3", "another note")),
        on_scene(lambda scene: go_to(scene, "t2")),
        lambda content: replace(content, renders=content.renders[:1]),
        lambda content: replace(content, renders=(*content.renders, *sample_content().renders[1:])),
        lambda content: replace(
            content, renders=(replace(content.renders[0], is_starred=True, note="yes"), *content.renders[1:])
        ),
        lambda content: replace(content, settings=replace(content.settings, seed=99)),
        on_scene(lambda _scene: Scene()),
    ]


def test_every_kind_of_change_is_replayed(tmp_path: Path) -> None:
    content = sample_content()
    writer = JournalWriter(tmp_path, content, None)
    for step in steps():
        content = step(content)
        writer.append(content)
        found = replayed(writer)
        assert (found.scene, found.renders, found.settings) == (content.scene, content.renders, content.settings)
    writer.close(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_a_change_costs_little_however_long_the_dialog_is(tmp_path: Path) -> None:
    scene = Scene()
    for number in range(300):
        scene = add_request(scene, f"request {number}")
    writer = JournalWriter(tmp_path, SceneContent(scene), None)
    before = writer.file.stat().st_size
    writer.append(edited(SceneContent(scene), "a wall"))
    assert writer.file.stat().st_size - before < 1500
    writer.close(remove=True)


def test_a_torn_end_costs_the_last_change_alone(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, SceneContent(), None)
    writer.append(edited(SceneContent(), "one"))
    whole = writer.file.stat().st_size
    writer.append(edited(SceneContent(), "two"))
    data = writer.file.read_bytes()
    for length in (*range(whole, len(data), 17), len(data) - 1):
        writer.file.write_bytes(data[:length])
        assert journals_content(writer.file).scene.layout.background_prompt == "one"
        assert read_journal(writer.file).is_complete == (length == whole)
    damaged = bytearray(data)
    damaged[whole + 40] ^= 1
    writer.file.write_bytes(damaged)
    assert journals_content(writer.file).scene.layout.background_prompt == "one"
    writer.close(remove=True)


def test_unknown_keys_survive_in_turns_that_change(tmp_path: Path) -> None:
    path = tmp_path / "a.lmdscene"
    save_scene(path, sample_content(), sample_pictures().__getitem__, thumbnail=None)
    documents = json.loads(json.dumps(journals.encode_documents(load_scene(path).content)))
    documents["dialog.json"]["turns"][2]["rating"] = 5
    content = decode_documents(documents, [])
    writer = JournalWriter(tmp_path, content, None)
    writer.append(replace(content, scene=set_note(content.scene, "t3", "other")))
    turn = read_journal(writer.file).documents["dialog.json"]["turns"][2]  # type: ignore[index]
    assert (turn["note"], turn["rating"]) == ("other", 5)
    writer.close(remove=True)


def test_a_process_that_was_killed_leaves_its_journal_to_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(HERE)]
    assert subprocess.run(command, cwd=HERE.parents[1], check=False).returncode == 9
    assert len(find_leftovers(tmp_path, NO_FOLDER)) == 1


def test_leftover_work_is_found_with_its_pictures(tmp_path: Path, store: PictureStore) -> None:
    folder = tmp_path / "recovery"
    leave_journal(folder)
    (leftover,) = find_leftovers(folder, NO_FOLDER)
    loaded = leftover.load(store)
    assert leftover.path_of_scene is None
    assert loaded.content.scene == edited(sample_content()).scene
    assert {record.sha256: loaded.picture(record.sha256) for record in loaded.content.renders} == sample_pictures()
    leftover.discard()
    assert list(folder.iterdir()) == []


def test_how_the_scene_was_looked_at_is_recovered_with_its_backdrop(tmp_path: Path, store: PictureStore) -> None:
    def seen(view: SceneView) -> SceneContent:
        extra = replace(sample_content().extra, entries=with_view((("notes.txt", b"hello"),), view))
        return replace(sample_content(), extra=extra)

    backdrop = next(iter(sample_pictures().values()))
    writer = JournalWriter(tmp_path / "recovery", seen(SceneView(guide="thirds")), None)
    writer.append(seen(SceneView(backdrop, "fill", 0.25, "golden", shows_attention=True)))
    assert len(writer.file.read_bytes().splitlines()[-1]) < 500
    writer.close(remove=False)
    (leftover,) = find_leftovers(tmp_path / "recovery", NO_FOLDER)
    entries = leftover.load(store).content.extra.entries
    assert view_of(entries) == SceneView(backdrop, "fill", 0.25, "golden", shows_attention=True)
    gone = leftover.load(PictureStore(tmp_path / "none")).content.extra.entries
    assert view_of(gone) == SceneView(b"", "fill", 0.25, "golden", shows_attention=True)


def test_what_only_the_persons_file_has_is_found_there(tmp_path: Path) -> None:
    folder, path = tmp_path / "recovery", tmp_path / "mine.lmdscene"
    content = replace(sample_content(), extra=replace(sample_content().extra, entries=(("extra/notes.txt", b"hello"),)))
    save_scene(path, content, sample_pictures().__getitem__, thumbnail=None)
    before = path.read_bytes()
    leave_journal(folder, path)
    (leftover,) = find_leftovers(folder, NO_FOLDER)
    loaded = leftover.load(PictureStore(tmp_path / "pictures"))
    assert leftover.path_of_scene == path
    assert [loaded.picture(record.sha256) in sample_pictures().values() for record in loaded.content.renders] == [
        True
    ] * 2
    assert loaded.content.extra.entries == (("extra/notes.txt", b"hello"),)
    assert path.read_bytes() == before


def test_pictures_that_are_nowhere_are_told(tmp_path: Path) -> None:
    leave_journal(tmp_path / "recovery", tmp_path / "gone.lmdscene")
    loaded = find_leftovers(tmp_path / "recovery", NO_FOLDER)[0].load(PictureStore(tmp_path))
    assert loaded.content.renders == ()
    assert len(loaded.notes) == 2


def test_a_window_that_lives_is_no_leftover_whatever_the_clock_says(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, SceneContent(), None)
    os.utime(writer.file, (1, 1))
    assert find_leftovers(tmp_path, NO_FOLDER) == ()
    writer.close(remove=False)
    assert len(find_leftovers(tmp_path, NO_FOLDER)) == 1


def test_work_that_was_undone_back_to_the_file_is_not_offered(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, sample_content(), None)
    writer.append(edited(sample_content()))
    writer.append(sample_content(), is_saved=True)
    writer.close(remove=False)
    assert find_leftovers(tmp_path, NO_FOLDER) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_was_never_begun_is_not_offered_and_a_damaged_one_is(
    tmp_path: Path, store: PictureStore
) -> None:
    (tmp_path / "torn.lmdjournal").write_bytes(b"12345678 {")
    (tmp_path / "damaged.lmdjournal").write_bytes(b"12345678 {}\n" * 5)
    (leftover,) = find_leftovers(tmp_path, NO_FOLDER)
    assert leftover.id == "damaged"
    with pytest.raises(UserError, match="its beginning is damaged"):
        leftover.load(store)


def test_a_journal_without_a_part_of_its_scene_is_told_in_words(tmp_path: Path, store: PictureStore) -> None:
    owner = {"journal": 1, "pid": 1, "started": 1.0, "parts": 0}
    checksum, lines = 0, b""
    for value in (owner, {"dialog.json": {}}):
        body = json.dumps(value).encode()
        checksum = zlib.crc32(body, checksum)
        lines += b"%08x %b\n" % (checksum, body)
    file = tmp_path / "a.lmdjournal"
    file.write_bytes(lines)
    with pytest.raises(UserError, match=r"scene\.json must be an object"):
        LeftoverScene(file, None, datetime.now(UTC)).load(store)


def test_a_scene_with_an_impossible_name_is_taken_for_never_saved(tmp_path: Path) -> None:
    owner = {"journal": 1, "pid": 1, "started": 1.0, "parts": 0, "scene": "a\0b.lmdscene"}
    checksum, lines = 0, b""
    for value in (owner, {}):
        body = json.dumps(value).encode()
        checksum = zlib.crc32(body, checksum)
        lines += b"%08x %b\n" % (checksum, body)
    (tmp_path / "a.lmdjournal").write_bytes(lines)
    assert read_journal(tmp_path / "a.lmdjournal").path_of_scene is None


def test_old_work_is_marked_and_never_deleted_unasked(tmp_path: Path) -> None:
    leave_journal(tmp_path)
    (leftover,) = find_leftovers(tmp_path, NO_FOLDER)
    assert not leftover.is_old
    os.utime(leftover.file, (1, 1))
    (leftover,) = find_leftovers(tmp_path, NO_FOLDER)
    assert leftover.is_old


def test_leftovers_of_journals_and_of_older_versions_come_newest_first(tmp_path: Path, store: PictureStore) -> None:
    recovery, autosave = tmp_path / "recovery", tmp_path / "autosave"
    leave_journal(recovery)
    autosave.mkdir()
    for end in (".lmdscene", ".json"):
        shutil.copy(HERE / "golden" / f"autosave-0.1{end}", autosave / f"old{end}")
    owner = json.loads((autosave / "old.json").read_text())
    (autosave / "old.json").write_text(json.dumps(owner | {"host": platform.node(), "started": 1.0}))
    os.utime(autosave / "old.lmdscene", (1, 1))
    newer, older = find_leftovers(recovery, autosave)
    assert newer.file.suffix == ".lmdjournal"
    assert older.path_of_scene == Path("/home/somebody/harbour.lmdscene")
    found = older.load(store).content
    assert found.scene == sample_content().scene
    older.discard()
    assert list(autosave.iterdir()) == []


class Heard:
    """What a journal's thread tells."""

    def __init__(self, folder: Path) -> None:
        self.synced = threading.Event()
        self.errors: list[UserError] = []
        self.thread = JournalThread(folder, on_synced=self.synced.set, on_failed=self.errors.append)


def take(heard: Heard, background: str) -> bool:
    heard.thread.take(Change(edited(SceneContent(), background), None))
    return heard.thread.flush(10)


def only_journal(folder: Path) -> Path:
    (file,) = folder.glob("*.lmdjournal")
    return file


def test_the_thread_writes_what_it_takes_and_clears_only_when_told(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    heard.thread.take(Change(edited(SceneContent(), "one"), None))
    assert heard.synced.wait(10)
    assert take(heard, "two")
    assert journals_content(only_journal(tmp_path)).scene.layout.background_prompt == "two"
    heard.thread.clear()
    assert heard.thread.flush(10)
    assert list(tmp_path.iterdir()) == []
    assert take(heard, "three")
    heard.thread.close(10)
    assert len(find_leftovers(tmp_path, NO_FOLDER)) == 1


def wait_until_journaled(folder: Path, background: str) -> bool:
    """Whether the file holds it before long; the disk is not asked."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(journals.NotBegun, FileNotFoundError):
            for file in folder.glob("*.lmdjournal"):
                if journals_content(file).scene.layout.background_prompt == background:
                    return True
        time.sleep(0.01)
    return False


def test_what_cannot_be_written_does_not_end_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard(tmp_path)
    monkeypatch.setattr(journals, "dump_json", lambda _value: 1 / 0)
    assert not take(heard, "one")
    assert "nobody foresaw" in heard.errors[0].cause
    monkeypatch.undo()
    assert take(heard, "two")
    assert journals_content(only_journal(tmp_path)).scene.layout.background_prompt == "two"
    heard.thread.close(10)


def test_a_busy_disk_keeps_no_later_change_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _descriptor: disk.wait(60))
    heard = Heard(tmp_path)
    for background in ("one", "two", "three"):
        heard.thread.take(Change(edited(SceneContent(), background), None))
        assert wait_until_journaled(tmp_path, background)
    assert not heard.synced.is_set()
    disk.set()
    assert heard.thread.flush(10)
    assert heard.synced.is_set()
    heard.thread.close(10)


def test_a_failed_sync_begins_the_journal_anew_and_keeps_the_old_one_until_the_disk_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(tmp_path)
    assert take(heard, "one")
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (tmp_path / "no such file").stat())
    assert not take(heard, "two")
    assert not take(heard, "three")
    assert len(list(tmp_path.glob("*.lmdjournal"))) > 1
    monkeypatch.undo()
    assert take(heard, "four")
    assert heard.errors
    assert journals_content(only_journal(tmp_path)).scene.layout.background_prompt == "four"
    heard.thread.clear()
    assert heard.thread.flush(10)
    assert list(tmp_path.iterdir()) == []
    heard.thread.close(10)


def test_a_folder_that_is_removed_is_made_again_with_everything(tmp_path: Path) -> None:
    heard = Heard(tmp_path / "recovery")
    assert take(heard, "one")
    shutil.rmtree(tmp_path / "recovery")
    assert take(heard, "two")
    assert journals_content(only_journal(tmp_path / "recovery")).scene.layout.background_prompt == "two"
    heard.thread.close(10)


def test_a_folder_that_cannot_be_written_is_told_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "recovery").write_bytes(b"a file where the folder should be")
    heard = Heard(tmp_path / "recovery")
    assert not take(heard, "one")
    assert heard.errors
    (tmp_path / "recovery").unlink()
    assert take(heard, "two")
    heard.thread.close(10)


def test_a_long_journal_begins_anew_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "LONG_BYTES", 5000)
    heard = Heard(tmp_path)
    sizes = []
    for number in range(60):
        assert take(heard, f"number {number}")
        sizes.append(only_journal(tmp_path).stat().st_size)
    assert max(sizes) < 15_000
    assert journals_content(only_journal(tmp_path)).scene.layout.background_prompt == "number 59"
    heard.thread.close(10)


def test_a_leftover_that_another_window_took_is_told(tmp_path: Path, store: PictureStore) -> None:
    gone = LeftoverScene(tmp_path / "gone.lmdjournal", None, datetime.now(UTC))
    with pytest.raises(UserError, match="Another window may have recovered"):
        gone.load(store)


def test_a_long_scene_begins_in_parts_and_counts_only_once_it_is_whole(tmp_path: Path) -> None:
    scene = Scene()
    for number in range(250):
        scene = add_request(scene, f"request {number}")
    writer = JournalWriter(tmp_path, SceneContent(scene), None)
    data = writer.file.read_bytes()
    assert journals_content(writer.file).scene == scene
    writer.file.write_bytes(data[: data[:-1].rindex(b"\n") + 1])
    with pytest.raises(journals.NotBegun):
        read_journal(writer.file)
    writer.close(remove=True)
