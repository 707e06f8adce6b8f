"""A picture tells how it was made: to this app completely, to other programs in the form they know."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from storage_samples import PICTURE_SIZE, RGB, sample_record, sample_scene

from lmd_desktop.domain.edits import move_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.domain.scene import Scene, edit_layout
from lmd_desktop.storage.foreign_png import parse_parameters
from lmd_desktop.storage.png_chunks import without_metadata
from lmd_desktop.storage.png_metadata import format_parameters, read_png, write_png
from lmd_desktop.storage.sidecar import sidecar_of, sidecar_path

# The form that galleries look for, written down from what they accept: name, colon, value up to a comma or in quotes.
GALLERY_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def picture(record: RenderRecord | None = None, scene: Scene | None = None) -> bytes:
    return write_png(PICTURE_SIZE, RGB, record or sample_record(), scene or sample_scene())


def foreign_png(**texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def test_the_pixels_are_lossless() -> None:
    with Image.open(io.BytesIO(picture())) as image:
        assert (image.size, image.mode, image.tobytes()) == ((16, 12), "RGB", RGB)


def test_a_picture_brings_back_its_turn_its_layout_and_its_request() -> None:
    metadata = read_png(picture())
    assert metadata.scene is not None
    assert metadata.scene.dialog.head == "t3"
    assert [turn.id for turn in metadata.scene.dialog.turns] == ["t1", "t2", "t3"]
    assert metadata.scene.layout == sample_scene().layout_at("t3")
    assert metadata.record is not None
    assert replace(metadata.record, sha256="") == sample_record()


def test_a_picture_that_lost_its_texts_is_restored_from_the_file_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "harbour.png"
    path.write_bytes(without_metadata(picture()))
    with pytest.raises(UserError, match="does not say how it was made"):
        read_png(path)
    sidecar_path(path).write_bytes(sidecar_of(picture()))
    assert json.loads((tmp_path / "harbour.png.json").read_bytes())["lmd_scene"]["schema"] == 1
    restored, whole = read_png(path), read_png(picture())
    assert (restored.scene, restored.parameters) == (whole.scene, whole.parameters)
    assert restored.record is not None
    assert restored.record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", [b"", b"[1]", b'{"lmd_scene": 1}', b'{"a":' * 3000 + b"1" + b"}" * 3000, b"\xff"])
def test_nonsense_beside_a_picture_is_no_word_about_it(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "harbour.png"
    path.write_bytes(without_metadata(picture()))
    sidecar_path(path).write_bytes(text)
    with pytest.raises(UserError):
        read_png(path)


def test_a_picture_of_the_start_has_no_dialog() -> None:
    record = replace(sample_record(), turn=None, request=replace(sample_record().request, layout=Scene().layout))
    scene = read_png(picture(record)).scene
    assert scene == Scene()


@pytest.mark.parametrize("turn", ["t3", "t77"])
def test_a_picture_whose_turn_was_undone_meanwhile_still_has_its_layout(turn: str) -> None:
    layout = move_box(sample_scene().layout_at("t3"), "2", 0, 0)
    record = replace(sample_record(), turn=turn, request=replace(sample_record().request, layout=layout))
    scene = read_png(picture(record)).scene
    assert scene is not None
    assert scene.layout == layout


def test_the_scene_text_says_schema_app_and_model() -> None:
    with Image.open(io.BytesIO(picture())) as image:
        document = json.loads(image.info["lmd_scene"])
    assert (document["schema"], document["model_sha256"]) == (1, "ab" * 32)
    assert document["app_version"]


def test_galleries_understand_the_parameters() -> None:
    record = replace(sample_record(), model='a, "strange": name')
    lines = format_parameters(record).split("\n")
    assert lines[0] == "a wooden table with a red car and a blue cup"
    assert lines[1] == "Negative prompt: cats"
    assert lines[2].startswith("Steps: 20, Sampler: DDIM, CFG scale: 5, Seed: 7, Size: 16x12, Model hash: ababababab, ")
    pairs = dict(GALLERY_PAIR.findall(lines[2]))
    assert pairs["Seed"] == "7"
    assert json.loads(pairs["Model"]) == record.model
    assert parse_parameters("\n".join(lines)).get("Model") == record.model


def test_prompts_in_any_script_survive() -> None:
    record = replace(sample_record(), prompt="港の夕暮れ ⛵\nsecond line", negative_prompt="")
    parameters = read_png(picture(record)).parameters
    assert parameters is not None
    assert (parameters.prompt, parameters.negative_prompt) == ("港の夕暮れ ⛵ second line", "")


def test_a_picture_of_another_program_becomes_a_background() -> None:
    text = (
        "masterpiece, a harbour\nat dusk\nNegative prompt: boats,\nugly\nSteps: 30, Sampler: Euler a, CFG scale: 7, "
        'Seed: 5, Size: 640x448, Model: "x, y", Hashes: "{\\"a\\": 1}"'
    )
    metadata = read_png(foreign_png(parameters=text))
    assert metadata.parameters is not None
    assert metadata.parameters.get("Sampler") == "Euler a"
    assert metadata.parameters.get("Hashes") == '{"a": 1}'
    assert metadata.scene is not None
    layout = metadata.scene.layout
    assert (layout.background_prompt, layout.negative_prompt) == ("masterpiece, a harbour at dusk", "boats, ugly")
    assert layout.canvas == Size(640, 448)
    assert metadata.record is None
    assert "Another program" in metadata.notes[0]


@pytest.mark.parametrize("text", ["", "only a prompt", '{"sui_image_params": {}}', "a: b", "Size: 9x9, a: b, c: d"])
def test_parameters_of_any_form_never_fail(text: str) -> None:
    read_png(foreign_png(parameters=text))


def test_a_line_made_to_be_slow_is_not_taken_apart() -> None:
    assert parse_parameters("a" * 200_000).values == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a PNG picture"),
        (b"<html>", "not a PNG picture"),
        (b"\x89PNG\r\n\x1a\n broken", "not a PNG picture"),
        (foreign_png(), "does not say how it was made"),
        (foreign_png(lmd_scene="{"), "is not valid JSON"),
        (foreign_png(lmd_scene='{"schema": 2}'), "newer version"),
        (foreign_png(lmd_scene='{"schema": 1}'), "“scene” is missing"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read_png(data)
    assert words in str(caught.value)
    assert caught.value.next_step


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file"):
        read_png(tmp_path / "none.png")
    with pytest.raises(UserError, match="cannot be read"):
        read_png(tmp_path)


def test_an_edit_after_the_picture_does_not_change_what_the_picture_says(tmp_path: Path) -> None:
    later = edit_layout(sample_scene(), move_box(sample_scene().layout, "1", 0, 0))
    path = tmp_path / "a.png"
    path.write_bytes(picture(scene=later))
    metadata = read_png(path)
    assert metadata.scene is not None
    assert metadata.scene.layout == sample_record().request.layout
