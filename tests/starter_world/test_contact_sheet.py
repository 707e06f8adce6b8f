"""The sheet shows every thing, style, colour and background, and scenes with what they are captioned as."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from models.starter_world import contact_sheet
from models.starter_world.drawing import draw_scene
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, STYLES, THINGS


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("sheet") / "images" / "world.png"
    contact_sheet.main(["--output", str(path)])
    return path


def test_the_written_picture_holds_a_drawing_of_every_thing_in_every_style(sheet: Path) -> None:
    shown = Image.open(sheet).convert("RGB")
    columns = [shown.crop((x, 0, x + 1, shown.height)).tobytes() for x in range(shown.width)]
    for style in STYLES:
        tiles = contact_sheet.thing_tiles(style)
        assert [name for _, name in tiles] == list(THINGS)
        for scene, name in tiles:
            (item,) = scene.items
            assert (item.thing, scene.style) == (name, style)
            drawing = draw_scene(scene)
            middle = drawing.width // 2
            stripe = drawing.crop((middle, 0, middle + 1, drawing.height)).tobytes()
            places = [(x - middle, column.find(stripe) // 3) for x, column in enumerate(columns) if stripe in column]
            assert any(is_at(drawing, shown, x, y) for x, y in places), f"no {style} of a {name}"


def is_at(drawing: Image.Image, shown: Image.Image, x: int, y: int) -> bool:
    """Whether the picture shows the drawing there."""
    part = shown.crop((x, y, x + drawing.width, y + drawing.height))
    return ImageChops.difference(part, drawing).getbbox() is None


def test_every_colour_and_background_is_shown() -> None:
    of_things = {scene.items[0].colour for style in STYLES for scene, _ in contact_sheet.thing_tiles(style)}
    assert of_things == set(COLOURS) == {name for _, name in contact_sheet.colour_tiles()}
    assert {scene.background for scene, _ in contact_sheet.background_tiles()} > set(BACKGROUNDS)


def test_scenes_lie_inside_of_their_larger_canvas_and_name_a_thing() -> None:
    for scene, caption in contact_sheet.scene_tiles():
        assert all(item.x + item.width <= scene.size and item.y + item.height <= scene.size for item in scene.items)
        assert any(word in caption for item in scene.items for word in (item.thing, THINGS[item.thing]))


def test_the_picture_fits_a_page(sheet: Path) -> None:
    with Image.open(sheet) as shown:
        assert 900 <= shown.width <= 1400
    assert sheet.stat().st_size < 400_000
