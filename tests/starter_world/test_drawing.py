"""Drawings of the starter world: exact boxes, repeatable pixels, silhouettes that differ."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image

from models.starter_world.drawing import DrawnScene, Item, draw_mask, draw_scene
from models.starter_world.things import ASPECTS, draw_thing, tones_of
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, THINGS


@pytest.fixture
def scene() -> DrawnScene:
    items = (Item("car", "red", 8, 60, 60, 32), Item("cup", "blue", 80, 50, 36, 32, flipped=True))
    return DrawnScene("a grass field", "photo", items, seed=3)


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("size", [(36, 36), (48, 90), (160, 110)])
def test_a_thing_touches_all_four_edges_of_its_box(thing: str, size: tuple[int, int]) -> None:
    assert draw_thing(thing, "green", size).getchannel("A").getbbox() == (0, 0, *size)


def test_the_same_scene_gives_the_same_pixels(scene: DrawnScene) -> None:
    assert draw_scene(scene).tobytes() == draw_scene(scene).tobytes()


def test_a_mask_lies_in_the_box_of_its_thing(scene: DrawnScene) -> None:
    assert draw_mask(scene, 1).getbbox() == (80, 50, 116, 82)


def test_a_covered_part_is_not_in_the_mask() -> None:
    items = (Item("ball", "red", 20, 20, 60, 60), Item("ball", "blue", 20, 20, 60, 60))
    assert draw_mask(DrawnScene("a desert", "photo", items, seed=1), 0).getbbox() is None


def test_no_two_things_share_a_silhouette_at_24_pixels() -> None:
    silhouettes = {thing: _silhouette(thing) for thing in THINGS}
    for (one, mask), (other, other_mask) in itertools.combinations(silhouettes.items(), 2):
        shared = (mask & other_mask).sum() / (mask | other_mask).sum()
        assert shared < 0.92, f"{one} looks like {other}: {shared:.2f}"


@pytest.mark.parametrize("colour", COLOURS)
def test_the_named_colour_is_the_commonest_colour_of_a_ball(colour: str) -> None:
    pixels = np.asarray(draw_thing("star", colour, (80, 80)))
    middle = np.median(pixels[pixels[..., 3] > 0][:, :3].astype(float), axis=0)
    nearest = min(COLOURS, key=lambda name: float(np.abs(np.array(COLOURS[name]) - middle).sum()))
    assert nearest == colour


def test_outlines_stand_out_from_the_body() -> None:
    for colour in COLOURS:
        tones = tones_of(colour)
        assert sum(abs(a - b) for a, b in zip(tones.body, tones.line, strict=True)) > 60


@pytest.mark.parametrize("style", ["photo", "painting", "sketch"])
def test_every_background_and_style_can_be_drawn(style: str) -> None:
    pictures = [draw_scene(DrawnScene(place, style, (), seed=5)) for place in (*BACKGROUNDS, "neutral")]
    assert all(picture.size == (128, 128) and picture.mode == "RGB" for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def _silhouette(thing: str) -> np.ndarray:
    """The thing in its natural proportions in the middle of a square, so that proportions tell things apart too."""
    aspect = ASPECTS[thing]
    width, height = (24, round(24 / aspect)) if aspect > 1 else (round(24 * aspect), 24)
    small = draw_thing(thing, "green", (width * 2, height * 2)).getchannel("A").resize((width, height))
    square = Image.new("L", (24, 24))
    square.paste(small, ((24 - width) // 2, (24 - height) // 2))
    return np.asarray(square) > 127
