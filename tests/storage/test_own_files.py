"""The app's own files: pictures, settings, autosaves, folders."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from storage_samples import sample_content, sample_pictures

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage.autosave import Autosave, find_leftovers
from lmd_desktop.storage.paths import cache_folder, config_folder, data_folder, logs_folder
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.scene_file import SceneContent, save_scene
from lmd_desktop.storage.settings_file import Settings, load_settings, save_settings, settings_path, with_recent_file


def die_with_autosave(folder: Path, path_of_scene: Path | None = None) -> None:
    """Another process autosaves the sample scene and is killed."""
    program = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from storage_samples import sample_content; from lmd_desktop.storage.autosave import Autosave\n"
        "Autosave(Path(sys.argv[1])).write(sample_content(), Path(sys.argv[3]) if sys.argv[3] else None)\n"
        "os._exit(9)"
    )
    arguments = [str(folder), str(Path(__file__).parent), str(path_of_scene or "")]
    result = subprocess.run([sys.executable, "-c", program, *arguments], cwd=Path(__file__).parents[2], check=False)
    assert result.returncode == 9


def test_a_picture_comes_back_by_its_hash(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "pictures")
    sha256 = store.add(b"png")
    assert (store.get(sha256), store.has(sha256), store.add(b"png")) == (b"png", True, sha256)
    assert [path.name for path in store.folder.iterdir()] == [f"{sha256}.png"]


def test_a_lost_or_changed_picture_is_told(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    sha256 = store.add(b"png")
    store.path(sha256).write_bytes(b"gnp")
    with pytest.raises(UserError, match="is damaged"):
        store.get(sha256)
    store.path(sha256).unlink()
    with pytest.raises(UserError, match="is not in"):
        store.get(sha256)


def test_settings_come_back_with_the_keys_of_other_versions(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "settings.json"
    settings = Settings(
        planner_model=Path("a.gguf"),
        device="cpu",
        theme="dark",
        language="zh_CN",
        scale=150,
        has_less_motion=True,
        has_notifications=False,
        has_welcome=False,
        recent_files=(Path("x.lmdscene"),),
        models=(Path("a.gguf"),),
        shortcuts={"save": ("Ctrl+Alt+S",), "quit": ()},
        window_places={"HDMI 1920x1080": ("Z2Vv", "c3RhdGU=")},
        unknown={"new": [1]},
    )
    save_settings(path, settings)
    assert load_settings(path) == (settings, ())
    assert json.loads(path.read_bytes())["version"] == 1


def test_missing_settings_are_the_defaults() -> None:
    assert load_settings(settings_path()) == (Settings(), ())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1, "device": 5}', b'{"version": "x"}', b"\xff"])
def test_broken_settings_are_set_aside_and_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, notes = load_settings(path)
    assert settings == Settings()
    assert "could not be used" in notes[0]
    assert (tmp_path / "settings.json.broken").read_bytes() == content
    assert not path.exists()


def test_recent_files_have_no_doubles_and_stay_few(tmp_path: Path) -> None:
    recent: tuple[Path, ...] = ()
    for number in [*range(20), 18]:
        recent = with_recent_file(recent, tmp_path / str(number))
    assert len(recent) == 12
    assert [path.name for path in recent[:3]] == ["18", "19", "17"]


def test_the_scene_of_a_dead_process_is_found_with_its_pictures(tmp_path: Path) -> None:
    folder, store = tmp_path / "autosave", PictureStore(tmp_path / "pictures")
    for data in sample_pictures().values():
        store.add(data)
    die_with_autosave(folder)
    (leftover,) = find_leftovers(folder)
    loaded = leftover.load(store)
    assert leftover.path_of_scene is None
    assert loaded.content.scene == sample_content().scene
    assert {record.sha256: loaded.picture(record.sha256) for record in loaded.content.renders} == sample_pictures()
    leftover.discard()
    assert list(folder.iterdir()) == []


def test_pictures_that_only_the_persons_file_has_are_found_there(tmp_path: Path) -> None:
    folder, scene_path = tmp_path / "autosave", tmp_path / "mine.lmdscene"
    save_scene(scene_path, sample_content(), sample_pictures().__getitem__, thumbnail=None)
    before = scene_path.read_bytes()
    die_with_autosave(folder, scene_path)
    (leftover,) = find_leftovers(folder)
    loaded = leftover.load(PictureStore(tmp_path / "pictures"))
    assert leftover.path_of_scene == scene_path
    assert len(loaded.content.renders) == 2
    assert loaded.picture(loaded.content.renders[0].sha256) in sample_pictures().values()
    assert scene_path.read_bytes() == before


def test_pictures_that_are_nowhere_are_told(tmp_path: Path) -> None:
    die_with_autosave(tmp_path / "autosave", tmp_path / "gone.lmdscene")
    loaded = find_leftovers(tmp_path / "autosave")[0].load(PictureStore(tmp_path))
    assert loaded.content.renders == ()
    assert len(loaded.notes) == 2


def test_a_window_that_is_open_is_no_leftover(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    autosave.write(SceneContent(), None)
    assert find_leftovers(tmp_path) == ()
    autosave.discard()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_come_newest_first_and_a_broken_lock_hides_none(tmp_path: Path) -> None:
    for _ in range(2):
        die_with_autosave(tmp_path)
    older, newer = sorted(tmp_path.glob("*.lmdscene"))
    os.utime(older, (1, 1))
    newer.with_suffix(".json").write_bytes(b"{")
    assert [leftover.file for leftover in find_leftovers(tmp_path)] == [newer, older]


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    autosave.write(SceneContent(), None)
    lock = autosave.file.with_suffix(".json")
    lock.write_text(json.dumps(json.loads(lock.read_bytes()) | {"started": 1.0}), encoding="utf-8")
    assert len(find_leftovers(tmp_path)) == 1


def test_the_scene_of_another_computer_is_left_alone(tmp_path: Path) -> None:
    die_with_autosave(tmp_path)
    (lock,) = tmp_path.glob("*.json")
    lock.write_text(json.dumps(json.loads(lock.read_bytes()) | {"host": "elsewhere"}), encoding="utf-8")
    assert find_leftovers(tmp_path) == ()


def test_all_folders_lie_in_the_home_that_was_asked_for(lmd_home: Path) -> None:
    folders = [data_folder(), config_folder(), cache_folder(), logs_folder()]
    assert folders == [lmd_home / name for name in ("data", "config", "cache", "logs")]
    assert all(folder.is_dir() for folder in folders)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_nobody_else_may_read_the_folders() -> None:
    assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700
