"""The app's own files: pictures, settings, folders."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.storage.paths import cache_folder, config_folder, data_folder, logs_folder
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.settings_file import Settings, load_settings, save_settings, settings_path, with_recent_file


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
        canvas_switches={"grid": True},
        exports_sidecars=True,
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


def test_all_folders_lie_in_the_home_that_was_asked_for(lmd_home: Path) -> None:
    folders = [data_folder(), config_folder(), cache_folder(), logs_folder()]
    assert folders == [lmd_home / name for name in ("data", "config", "cache", "logs")]
    assert all(folder.is_dir() for folder in folders)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_nobody_else_may_read_the_folders() -> None:
    data_folder().chmod(0o755)
    assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700


def test_settings_larger_than_settings_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b" " * (2**20 + 1))
    settings, notes = load_settings(path)
    assert settings == Settings()
    assert "larger than settings are" in notes[0]
    assert path.with_name("settings.json.broken").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "settings.json"
    os.mkfifo(pipe)
    settings, notes = load_settings(pipe)
    assert settings == Settings()
    assert "not a plain file" in notes[0]
    with pytest.raises(OSError, match="larger than 9 bytes"):
        read_limited(Path(__file__), 9)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_the_apps_own_files_are_for_the_person_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.touch(mode=0o644)  # as an older version made it
    save_settings(path, Settings())
    store = PictureStore(tmp_path / "pictures")
    picture = store.path(store.add(b"png"))
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, picture, picture.parent)] == [0o600, 0o600, 0o700]
