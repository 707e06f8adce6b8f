"""Draws everything that the starter world knows on one sheet: python -m models.starter_world.contact_sheet."""

from __future__ import annotations

import argparse
import logging
import random
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from models.starter_world.captions import write_caption
from models.starter_world.drawing import DrawnScene, Item, draw_scene
from models.starter_world.scenes import NEUTRAL, sample_scene
from models.starter_world.things import ASPECTS
from models.starter_world.training import REPOSITORY
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, STYLES, THINGS

SHEET = REPOSITORY / "docs" / "images" / "world.png"
WIDTH = 1184  # pixels
GAP, MARGIN = 4, 28
STYLE_COLUMN = 76
TEXT_SIZE, HEADING_SIZE, LINE = 15, 20, 19
PAPER, INK = (255, 255, 255), (40, 42, 48)
THINGS_ACROSS = 12
THING_MARGIN = 0.1  # of a tile, on each side
COLOURED_THING = "umbrella"
SCENE_SIDE, SCENE_SCALE = 192, 1.5  # larger than the 128 pixels of training, so that they are seen well
SCENES = ((5, 1, "photo"), (36, 2, "photo"), (3, 3, "photo"), (38, 4, "photo"), (22, 2, "painting"), (6, 3, "sketch"))

Tile = tuple[DrawnScene, str]

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=SHEET)
    output: Path = parser.parse_args(arguments).output
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    output.parent.mkdir(parents=True, exist_ok=True)
    draw_sheet().save(output, optimize=True)
    log.info("wrote %s", output)


def draw_sheet() -> Image.Image:
    """Things, colours, backgrounds and whole scenes, from top to bottom."""
    parts = [_heading(f"{len(THINGS)} things in {len(STYLES)} styles")]
    for first in range(0, len(THINGS), THINGS_ACROSS):
        for style in STYLES:
            tiles = thing_tiles(style)[first : first + THINGS_ACROSS]
            is_last = style == list(STYLES)[-1]
            parts.append(_strip(tiles if is_last else [(scene, "") for scene, _ in tiles], label=style))
    parts += [_heading(f"{len(COLOURS)} colours"), _strip(colour_tiles())]
    parts += [_heading(f"{len(BACKGROUNDS)} backgrounds, and a neutral one"), _strip(background_tiles())]
    parts += [_heading("Scenes with their captions"), _strip(scene_tiles())]
    return _stacked(parts)


def thing_tiles(style: str) -> list[Tile]:
    """Every thing once; the colours go round, another one in each style."""
    colours, shift = list(COLOURS), 4 * list(STYLES).index(style)
    side = (WIDTH - STYLE_COLUMN - GAP * (THINGS_ACROSS - 1)) // THINGS_ACROSS
    return [
        (_portrait(thing, colours[(index + shift) % len(colours)], side, style), thing)
        for index, thing in enumerate(THINGS)
    ]


def colour_tiles() -> list[Tile]:
    """One thing in every colour."""
    side = (WIDTH - GAP * (len(COLOURS) - 1)) // len(COLOURS)
    return [(_portrait(COLOURED_THING, colour, side, "photo"), colour) for colour in COLOURS]


def background_tiles() -> list[Tile]:
    """Every background without a thing."""
    return [(DrawnScene(place, "photo", (), seed=4), place) for place in (*BACKGROUNDS, NEUTRAL)]


def scene_tiles() -> list[Tile]:
    """Invented scenes, as in training but for their size, and a caption of each."""
    tiles: list[Tile] = []
    for seed, count, style in SCENES:
        scene = replace(sample_scene(random.Random(seed), count), style=style)
        larger = tuple(
            replace(item, **{side: round(getattr(item, side) * SCENE_SCALE) for side in ("x", "y", "width", "height")})
            for item in scene.items
        )
        caption = write_caption(scene, random.Random(seed))
        tiles.append((replace(scene, items=larger, size=SCENE_SIDE), caption))
    return tiles


def _portrait(thing: str, colour: str, side: int, style: str) -> DrawnScene:
    """One thing in its proportions in the middle of a tile."""
    room = side * (1 - 2 * THING_MARGIN)
    aspect = ASPECTS[thing]
    width, height = (room, room / aspect) if aspect > 1 else (room * aspect, room)
    place = (round((side - width) / 2), round((side - height) / 2), round(width), round(height))
    return DrawnScene(NEUTRAL, style, (Item(thing, colour, *place),), seed=2, size=side)


def _strip(tiles: list[Tile], label: str = "") -> Image.Image:
    """Drawings side by side, what they are below, and what they have in common on the left."""
    font = ImageFont.load_default(TEXT_SIZE)
    left = STYLE_COLUMN if label else 0
    side = tiles[0][0].size
    texts = [_wrapped(text, side, font) for _, text in tiles]
    strip = Image.new("RGB", (WIDTH, side + LINE * max(len(lines) for lines in texts) + GAP), PAPER)
    draw = ImageDraw.Draw(strip)
    draw.text((0, side / 2), label, INK, font, anchor="lm")
    step = (WIDTH - left - side) / (len(tiles) - 1)
    for index, ((scene, _), lines) in enumerate(zip(tiles, texts, strict=True)):
        x = left + round(index * step)
        strip.paste(draw_scene(scene), (x, 0))
        for row, line in enumerate(lines):
            draw.text((x + side / 2, side + LINE * (row + 0.6)), line, INK, font, anchor="mm")
    return strip


def _wrapped(text: str, width: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> list[str]:
    """Lines of at most this many pixels."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _heading(text: str) -> Image.Image:
    strip = Image.new("RGB", (WIDTH, HEADING_SIZE * 2), PAPER)
    ImageDraw.Draw(strip).text((0, HEADING_SIZE), text, INK, ImageFont.load_default(HEADING_SIZE), anchor="lm")
    return strip


def _stacked(parts: list[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (WIDTH + 2 * MARGIN, sum(part.height for part in parts) + 2 * MARGIN), PAPER)
    y = MARGIN // 2
    for part in parts:
        sheet.paste(part, (MARGIN, y))
        y += part.height
    return sheet


if __name__ == "__main__":
    main()
