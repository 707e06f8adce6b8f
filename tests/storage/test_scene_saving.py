"""Saving over an older file: unchanged pictures are copied, what is wrong is noticed, no attempt costs anything."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from storage_samples import sample_content, sample_pictures

from lmd_desktop.domain.errors import Cancelled, ChangedOnDisk, WriteError
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.checking import check_scene
from lmd_desktop.storage.fingerprint import fingerprint_of
from lmd_desktop.storage.locks import FileLock
from lmd_desktop.storage.migrations import MIGRATIONS
from lmd_desktop.storage.scene_file import MINOR, SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene


def no_picture(sha256: str) -> bytes:
    raise LookupError(sha256)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a.lmdscene"
    save_scene(path, sample_content(), sample_pictures().__getitem__, thumbnail=None)
    return path


def copies(path: Path) -> list[bytes]:
    return [copy.read_bytes() for copy in sorted(path.parent.glob("*~*"))]


def test_unchanged_pictures_are_copied_from_the_older_file(saved: Path) -> None:
    changed = replace(sample_content(), scene=Scene())
    save_scene(saved, changed, no_picture, thumbnail=None)
    beside = saved.with_name("b.lmdscene")
    save_scene(beside, changed, no_picture, thumbnail=None, source=saved)
    for path in (saved, beside):
        assert check_scene(path).is_whole
        loaded = load_scene(path)
        assert {record.sha256: loaded.picture(record.sha256) for record in loaded.content.renders} == sample_pictures()


def test_pictures_that_another_program_compressed_are_copied_too(saved: Path) -> None:
    with zipfile.ZipFile(saved) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in entries.items():
            new.writestr(name, data)
    save_scene(saved, sample_content(), no_picture, thumbnail=None)
    assert check_scene(saved).is_whole


def test_a_picture_that_rotted_in_the_older_file_comes_from_the_store_or_is_named(saved: Path) -> None:
    data, picture = saved.read_bytes(), next(iter(sample_pictures().values()))
    rotten = data.replace(picture, picture[:-20] + bytes(20))
    assert rotten != data
    saved.write_bytes(rotten)
    with pytest.raises(Exception, match="is missing"):
        save_scene(saved, sample_content(), no_picture, thumbnail=None)
    assert saved.read_bytes() == rotten
    save_scene(saved, sample_content(), sample_pictures().__getitem__, thumbnail=None)
    assert check_scene(saved).is_whole


def test_a_replace_that_fails_changes_neither_the_file_nor_its_older_copies(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for width in (1, 2):
        save_scene(saved, replace(sample_content(), scene=Scene(), created=str(width)), no_picture, thumbnail=None)
    before, older = saved.read_bytes(), copies(saved)

    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target == saved:
            raise PermissionError(13, "the file is in use by a synchronising program")
        return real(self, target)

    with monkeypatch.context() as cloud:
        cloud.setattr(Path, "replace", refuse)
        for _ in range(4):
            with pytest.raises(WriteError, match="unchanged"):
                save_scene(saved, SceneContent(), no_picture, thumbnail=None)
    assert saved.read_bytes() == before
    assert set(copies(saved)) >= set(older)
    save_scene(saved, SceneContent(), no_picture, thumbnail=None)
    assert copies(saved)[0] == before


def test_a_save_that_is_cancelled_changes_nothing(saved: Path) -> None:
    before = saved.read_bytes()

    def cancel(done: int, total: int) -> None:
        assert total == 4
        if done >= 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        save_scene(saved, replace(sample_content(), scene=Scene()), no_picture, thumbnail=None, progress=cancel)
    assert (saved.read_bytes(), list(saved.parent.iterdir())) == (before, [saved])


def test_a_version_that_another_program_wrote_is_not_overwritten(saved: Path) -> None:
    known = fingerprint_of(saved)
    save_scene(saved, SceneContent(), no_picture, thumbnail=None, unchanged_since=known)
    theirs = saved.read_bytes()
    with pytest.raises(ChangedOnDisk):
        save_scene(saved, sample_content(), sample_pictures().__getitem__, thumbnail=None, unchanged_since=known)
    saved.write_bytes(b"cut off by a program that synchronises")
    with pytest.raises(ChangedOnDisk):
        save_scene(saved, sample_content(), sample_pictures().__getitem__, thumbnail=None, unchanged_since=known)
    saved.unlink()
    save_scene(saved, sample_content(), sample_pictures().__getitem__, thumbnail=None, unchanged_since=known)
    assert theirs != saved.read_bytes()


def test_half_a_file_of_another_computer_is_left_to_it(saved: Path) -> None:
    theirs = saved.with_name(".lmd-00000000-999999999-abc.saving")
    theirs.write_bytes(b"half a scene")
    save_scene(saved, sample_content(), no_picture, thumbnail=None)
    assert theirs.exists()


def test_a_lock_is_held_once_and_can_be_taken_when_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    held = FileLock.acquire(path)
    assert held is not None
    assert FileLock.acquire(path) is None
    held.release()
    held.release()
    again = FileLock.acquire(path)
    assert again is not None
    again.release()
    assert list(path.parent.iterdir()) == []


def test_every_older_minor_version_has_its_migration() -> None:
    assert set(MIGRATIONS) == {(1, minor) for minor in range(MINOR)}


def test_pictures_are_found_after_the_file_was_written_anew_in_another_order(saved: Path) -> None:
    pictures = sample_pictures()
    loaded = load_scene(saved)
    assert {sha256: loaded.picture(sha256) for sha256 in pictures} == pictures
    with zipfile.ZipFile(saved) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(saved, "w") as archive:
        for name, data in (entries[0], *reversed(entries[1:])):
            archive.writestr(name, data)
    assert {sha256: loaded.picture(sha256) for sha256 in pictures} == pictures
