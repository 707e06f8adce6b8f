"""``check`` says what is wrong with a scene file; ``recover`` gives back what a crashed window had not saved."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lmd_desktop.app.sample import sample_scene
from lmd_desktop.cli.main import run
from lmd_desktop.cli.scenes import open_scene
from lmd_desktop.domain.edits import set_background
from lmd_desktop.domain.scene import Scene, edit_layout
from lmd_desktop.storage.journal import JournalWriter
from lmd_desktop.storage.paths import data_folder
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene


def no_window(_file: Path | None) -> int:
    raise AssertionError("a command opened the window")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    code = run([*arguments, "--json"], no_window)
    printed = capsys.readouterr()
    return code, json.loads(printed.out) if printed.out else {"error": printed.err}


def no_picture(sha256: str) -> bytes:
    raise LookupError(sha256)


def with_background(scene: Scene, text: str) -> SceneContent:
    return SceneContent(edit_layout(scene, set_background(scene.layout, text)))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.lmdscene"
    save_scene(path, SceneContent(sample_scene()), no_picture, thumbnail=None)
    return path


@pytest.fixture
def unsaved(saved: Path) -> str:
    """The id of what a crashed window left."""
    writer = JournalWriter(data_folder() / "recovery", SceneContent(sample_scene()), saved)
    writer.append(with_background(sample_scene(), "a harbour at dusk"))
    writer.close(remove=False)
    return writer.file.stem


def test_a_whole_file_is_told_to_be_whole(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, data = told(capsys, "check", str(saved))
    assert (code, data["is_whole"], data["problems"], data["turns"]) == (0, True, [], 2)


def test_every_damaged_entry_is_named_with_the_whole_copies(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_scene(saved, with_background(sample_scene(), "a garden"), no_picture, thumbnail=b"\x89PNG\r\n\x1a\nx")
    with zipfile.ZipFile(saved) as old:
        entries = {name: old.read(name) for name in old.namelist() if name != "thumbnail.png"}
    with zipfile.ZipFile(saved, "w") as new:
        for name, data in entries.items():
            new.writestr(name, data.replace(b"a red car", b"a red cat"))
    code, data = told(capsys, "check", str(saved))
    assert (code, data["is_whole"]) == (1, False)
    assert any("dialog.json is not what it was" in problem for problem in data["problems"])
    assert any("thumbnail.png is missing" in problem for problem in data["problems"])
    assert data["whole_copies"] == [f"{saved}~1"]


@pytest.mark.parametrize("content", [b"", b"no scene", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_scene_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    path = tmp_path / "other.lmdscene"
    path.write_bytes(content)
    code, data = told(capsys, "check", str(path))
    assert (code, len(data["problems"])) == (1, 1)
    assert run(["check", str(tmp_path / "none.lmdscene")], no_window) == 2


def test_unsaved_work_is_listed_compared_and_saved_as_a_copy(
    saved: Path, unsaved: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = saved.read_bytes()
    code, data = told(capsys, "recover")
    (row,) = data["unsaved"]
    assert (code, row["id"], row["scene"], row["turns"]) == (0, unsaved, str(saved), 3)
    code, data = told(capsys, "recover", unsaved[:8], "--compare")
    assert (data["is_the_same"], data["turns_only_unsaved"], data["turns_only_saved"]) == (False, 1, 0)
    assert "background" in data["layout"]
    code, data = told(capsys, "recover", unsaved)
    copy = saved.with_name("harbour-recovered.lmdscene")
    assert (code, data["saved"]) == (0, str(copy))
    assert load_scene(copy).content.scene.layout.background_prompt == "a harbour at dusk"
    assert saved.read_bytes() == before
    assert told(capsys, "recover") == (0, {"unsaved": []})


def test_unsaved_work_that_cannot_be_saved_stays(
    tmp_path: Path, unsaved: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "recover", unsaved, "-o", str(tmp_path / "none" / "a.lmdscene"))[0] == 1
    assert told(capsys, "recover", "no such id")[0] == 2
    assert len(told(capsys, "recover")[1]["unsaved"]) == 1
    assert told(capsys, "recover", unsaved, "--discard") == (0, {"id": unsaved, "discarded": True})
    assert told(capsys, "recover")[1] == {"unsaved": []}


def test_a_command_keeps_its_result_when_a_window_saved_meanwhile(saved: Path) -> None:
    opened = open_scene(saved)
    save_scene(saved, with_background(sample_scene(), "theirs"), no_picture, thumbnail=None)
    theirs = saved.read_bytes()
    mine = replace(opened, content=with_background(sample_scene(), "mine"))
    error = mine.try_to_save()
    assert error is not None
    assert "harbour-2.lmdscene" in error.next_step
    assert saved.read_bytes() == theirs
    assert load_scene(saved.with_name("harbour-2.lmdscene")).content.scene.layout.background_prompt == "mine"
