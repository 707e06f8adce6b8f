"""Wrong usage and bad input end in one readable sentence and the promised exit code, before any model is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_files import write_planner

from lmd_desktop.cli.main import commands, run
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.errors import ExitCode
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.requests import RenderSettings
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.storage.settings_file import load_settings, settings_path

HTML = "<!DOCTYPE html><html><body>Log in</body></html>"


def no_window(file: Path | None) -> int:
    raise AssertionError(f"the window would open with {file}")


def no_picture(sha256: str) -> bytes:
    raise LookupError(sha256)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.lmdscene"
    layout = add_box(Layout(), "a red car", Rect(10, 20, 100, 50))
    save_scene(path, SceneContent(Scene(start=layout), (), RenderSettings()), no_picture, thumbnail=None)
    return path


def layout_of(path: Path) -> Layout:
    return load_scene(path).content.scene.layout


def check_error(capsys: pytest.CaptureFixture[str], code: int, arguments: list[str | Path]) -> str:
    assert run([str(argument) for argument in arguments], no_window) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.mark.parametrize("name", [command.name for command in commands()])
def test_every_command_has_help_and_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run([name, "--help"], no_window)
    assert caught.value.code == 0
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan"], "PROMPT"),
        (["plan", ""], "The request is empty."),
        (["plan", "\x00\x1b \n"], "The request is empty."),
        (["plan", "word " * 1001], "Shorten it"),
        (["plan", "a cat", "--seed", "-1"], "from 0 to 2147483647"),
        (["plan", "a cat", "--scene", "/no/such/folder/scene.lmdscene"], "There is no folder"),
        (["render", "missing.lmdscene"], "There is no file"),
        (["render", "missing.lmdscene", "--steps", "0"], "from 1 to 998"),
        (["render", "missing.lmdscene", "--device", "tpu"], "tpu"),
        (["render", "missing.lmdscene", "--preset", "best"], "standard"),
        (["edit", "missing.lmdscene"], "is required"),
        (["edit", "missing.lmdscene", "--delete", "1"], "There is no file"),
        (["plna"], "There is no command and no file “plna”."),
        (["methods", "--colour"], "--colour"),
    ],
)
def test_wrong_usage_exits_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert words in check_error(capsys, ExitCode.USAGE, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--move", "1", "-5", "20"], "leaves the canvas"),
        (["--move", "9", "5", "20"], "The boxes are: 1."),
        (["--move", "1", "x", "20"], "not a number of pixels"),
        (["--resize", "1", "0", "10"], "too small"),
        (["--rename", "1", " | "], "needs a phrase"),
        (["--add", "a cat", "500", "500", "100", "100"], "leaves the canvas"),
        (["--delete", "1", "--lock", "1"], "not allowed with"),
        (["--align", "west", "1"], "Use left, centre"),
        (["--canvas", "9", "512"], "from 64 to 4096"),
    ],
)
def test_impossible_edits_change_nothing(
    capsys: pytest.CaptureFixture[str], scene: Path, arguments: list[str], *, words: str
) -> None:
    before = scene.read_bytes()
    assert words in check_error(capsys, ExitCode.USAGE, ["edit", scene, *arguments])
    assert scene.read_bytes() == before


def test_edits_do_what_the_canvas_does(scene: Path) -> None:
    for arguments in (
        ["--move", "1", "30", "40"],
        ["--resize", "1", "60", "70"],
        ["--rename", "1", "a blue car"],
        ["--add", "a cat", "200", "200", "80", "90"],
        ["--lock", "2"],
        ["--background", "a beach"],
        ["--negative", "dogs"],
    ):
        assert run(["edit", str(scene), *arguments], no_window) == 0
    layout = layout_of(scene)
    assert (layout.boxes[0].phrase, layout.boxes[0].rect) == ("a blue car", Rect(30, 40, 60, 70))
    assert (layout.boxes[1].phrase, layout.boxes[1].rect) == ("a cat", Rect(200, 200, 80, 90))
    assert layout.boxes[1].is_locked
    assert (layout.background_prompt, layout.negative_prompt) == ("a beach", "dogs")
    turns = load_scene(scene).content.scene.dialog.turns
    assert len(turns) == 1
    assert run(["edit", str(scene), "--unlock", "2"], no_window) == 0
    assert run(["edit", str(scene), "--delete", "1"], no_window) == 0
    assert [box.id for box in layout_of(scene).boxes] == ["2"]
    assert not layout_of(scene).boxes[0].is_locked


def test_boxes_are_arranged_as_on_the_canvas(scene: Path) -> None:
    for arguments in (
        ["--add", "a cat", "200", "300", "80", "90"],
        ["--align", "right", "2"],
        ["--equal", "size", "2", "1"],
        ["--align", "bottom", "1", "2"],
        ["--canvas", "256", "512"],
        ["--group", "1", "2"],
    ):
        assert run(["edit", str(scene), *arguments], no_window) == 0
    assert [box.group for box in layout_of(scene).boxes] == ["1", "1"]
    assert run(["edit", str(scene), "--ungroup", "2"], no_window) == 0
    assert [box.group for box in layout_of(scene).boxes] == ["", ""]
    first, second = (box.rect for box in layout_of(scene).boxes)
    assert (second.right, second.width, second.height) == (256, 40, 90)
    assert (first.width, first.height, first.bottom) == (40, 90, second.bottom)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.gguf", HTML, "a web page"),
        ("cut.gguf", "GGUF\x03", "not downloaded to its end"),
        ("empty.gguf", "", "is empty"),
    ],
)
def test_planner_files_that_are_none_exit_with_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, *, name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert words in check_error(capsys, ExitCode.MODEL_MISSING, ["plan", "a cat", "--model", path])


def test_a_folder_is_no_planner(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "is a folder" in check_error(capsys, ExitCode.MODEL_MISSING, ["plan", "a cat", "--model", tmp_path])


def test_a_missing_painter_exits_with_3(capsys: pytest.CaptureFixture[str], scene: Path, tmp_path: Path) -> None:
    arguments = ["render", scene, "--model", tmp_path / "missing"]
    assert "no painter" in check_error(capsys, ExitCode.MODEL_MISSING, arguments)


def test_an_empty_scene_has_nothing_to_paint(capsys: pytest.CaptureFixture[str], scene: Path) -> None:
    run(["edit", str(scene), "--delete", "1"], no_window)
    capsys.readouterr()
    assert "nothing to paint" in check_error(capsys, ExitCode.USAGE, ["render", scene])


@pytest.mark.parametrize("content", ["", "not a zip"])
def test_a_broken_scene_file_is_told_and_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.lmdscene"
    path.write_text(content, encoding="utf-8")
    check_error(capsys, ExitCode.FAILED, ["plan", "a cat", "--scene", path])
    assert path.read_text(encoding="utf-8") == content


def test_without_a_display_the_next_step_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert "lmd-desktop demo" in check_error(capsys, ExitCode.FAILED, [])


def test_a_file_opens_the_window(monkeypatch: pytest.MonkeyPatch, scene: Path) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    opened: list[Path | None] = []
    assert run([str(scene)], lambda file: opened.append(file) or 0) == 0
    assert run([], lambda file: opened.append(file) or 0) == 0
    assert opened == [scene, None]


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc (Linux)")
def test_a_home_that_cannot_be_made_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMD_HOME", "/proc/nowhere")
    assert "“/proc/nowhere" in check_error(capsys, ExitCode.FAILED, ["plan", "a cat"])


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", "missing.lmdscene", "--debug"], no_window) == ExitCode.USAGE
    assert "Traceback" in capsys.readouterr().err


def test_a_plan_that_only_takes_back_needs_no_model(scene: Path, tmp_path: Path) -> None:
    before = layout_of(scene)
    assert run(["edit", str(scene), "--move", "1", "200", "200"], no_window) == 0
    missing = str(tmp_path / "none.gguf")
    assert run(["plan", "undo that", "--scene", str(scene), "--model", missing], no_window) == 0
    assert layout_of(scene) == before
    assert run(["plan", "undo that", "--scene", str(scene), "--model", missing], no_window) == ExitCode.MODEL_MISSING


def test_models_are_carried_in_one_file(tmp_path: Path) -> None:
    planner = write_planner(tmp_path / "talker.gguf")
    bundle = tmp_path / "carried.lmdmodels"
    assert run(["models", "export", str(bundle), "--model", str(planner)], no_window) == 0
    assert run(["models", "import", str(bundle)], no_window) == 0
    (path,) = load_settings(settings_path())[0].models
    assert path.read_bytes() == planner.read_bytes()
    assert run(["models", "import", str(planner)], no_window) == 2


def test_everything_of_the_programs_own_lies_in_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMD_HOME", str(tmp_path / "usual"))
    profile = tmp_path / "stick"
    opened: list[Path] = []

    def open_window(_file: Path | None) -> int:
        opened.append(settings_path())
        return 0

    assert run(["--profile-dir", str(profile)], open_window) == 0
    assert opened == [profile / "config" / "settings.json"]
    assert run(["models", "offline", "off", "--profile-dir", str(profile)], no_window) == 0
    assert not load_settings(profile / "config" / "settings.json")[0].is_offline
    assert not (tmp_path / "usual").exists()
