"""Draws a described scene of the starter world; the same scene gives the same pixels."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageOps

from models.starter_world.backdrops import paint_backdrop
from models.starter_world.things import draw_thing

SUPERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a scene; the box is in pixels from the top left and tight around what is drawn."""

    thing: str
    colour: str
    x: int
    y: int
    width: int
    height: int
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """What a drawing shows; later items cover earlier ones."""

    background: str
    style: str
    items: tuple[Item, ...]
    seed: int
    size: int = 128


def draw_scene(scene: DrawnScene) -> Image.Image:
    """The scene as a square RGB picture."""
    picture = paint_backdrop(scene.background, scene.size * SUPERSAMPLING, random.Random(scene.seed))
    for item in scene.items:
        patch = _patch(item)
        picture.paste(patch, (item.x * SUPERSAMPLING, item.y * SUPERSAMPLING), patch)
    return _styled(picture.reduce(SUPERSAMPLING), scene.style)


def draw_mask(scene: DrawnScene, index: int) -> Image.Image:
    """Where the item can be seen, as an 8-bit picture."""
    size = scene.size * SUPERSAMPLING
    mask = Image.new("L", (size, size))
    for place, item in enumerate(scene.items[index:]):
        alpha = _patch(item).getchannel("A")
        mask.paste(255 if place == 0 else 0, (item.x * SUPERSAMPLING, item.y * SUPERSAMPLING), alpha)
    return mask.reduce(SUPERSAMPLING)


def _patch(item: Item) -> Image.Image:
    size = (item.width * SUPERSAMPLING, item.height * SUPERSAMPLING)
    return draw_thing(item.thing, item.colour, size, flipped=item.flipped)


def _styled(picture: Image.Image, style: str) -> Image.Image:
    """Painting: flat dabs. Sketch: pale wash under pencil lines. Anything else: as drawn."""
    match style:
        case "painting":
            return ImageOps.posterize(picture.filter(ImageFilter.MedianFilter(5)), 5)
        case "sketch":
            lines = ImageOps.invert(ImageOps.grayscale(picture).filter(ImageFilter.FIND_EDGES))
            wash = Image.blend(picture, Image.new("RGB", picture.size, (250, 248, 242)), 0.45)
            return ImageChops.multiply(wash, Image.merge("RGB", (lines,) * 3))
        case _:
            return picture
