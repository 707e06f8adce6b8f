"""Prints what every render method costs and how well it obeys, side by side: python -m tests.benchmarks.methods.

One JSON object on standard output: cost over ``plain``, peak memory and UNet calls (``render_cost``, starter painter);
the share of boxes that hold the right thing in the right colour, how far above ``plain``, and the right colour alone,
with 95 % intervals (``obedience``: fresh held-out layouts, the same seeds for all); and each guided method's own loss
after its last iteration, with its guidance and with none. ``--docs`` also writes docs/methods.md and
docs/images/methods.png, where all methods paint the same three layouts from the same noise.

``--kept FILE`` keeps every answer and goes on from it; ``--minutes`` ends a turn early: repeat the command. The page
also shows what ``render_cost --painter sd15`` and ``obedience --presets`` printed, from the files of ``--full-size``
and ``--presets``.
"""

from __future__ import annotations

import argparse
import json
import math
import textwrap
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.renderer import Renderer
from models.starter_world.training import REPOSITORY
from tests.benchmarks.methods_page import page
from tests.benchmarks.obedience import SHA_DIGITS, Layouts, compared, fill, kept, missing
from tests.benchmarks.own_loss import own_losses
from tests.benchmarks.painter import Settings, paint
from tests.benchmarks.render_cost import whole_pictures

CELL, GAP, LEFT, TOP = 160, 8, 150, 30
PAPER, INK = "#ffffff", "#202020"
# Left of and right of; equal things; three things of three colours, one above the others.
SHOWN: tuple[tuple[str, str, tuple[tuple[str, tuple[int, int, int, int]], ...]], ...] = (
    (
        "a red car on the left of a blue cup",
        "a grass field",
        (("a red car", (24, 240, 224, 136)), ("a blue cup", (312, 240, 152, 152))),
    ),
    (
        "three yellow balloons",
        "the sea",
        (
            ("a yellow balloon", (24, 56, 128, 176)),
            ("a yellow balloon", (192, 120, 128, 176)),
            ("a yellow balloon", (360, 56, 128, 176)),
        ),
    ),
    (
        "a purple backpack, a green apple above it, a brown dog beside it",
        "a room",
        (
            ("a green apple", (72, 40, 144, 144)),
            ("a purple backpack", (56, 256, 176, 216)),
            ("a brown dog", (280, 280, 208, 176)),
        ),
    ),
)


def main() -> None:
    """Cost, obedience, and if asked for the page with its picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layouts", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=1, help="pictures of each layout")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance-scale", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--repeat", type=int, default=2, help="timed pictures per method")
    parser.add_argument("--docs", action="store_true", help="write docs/methods.md and its picture")
    parser.add_argument("--full-size", type=Path, help="what render_cost --painter sd15 printed, for the page")
    parser.add_argument("--presets", type=Path, help="what obedience --presets printed, for the page")
    parser.add_argument("--kept", type=Path, help="a file of answers to go on from")
    parser.add_argument("--minutes", type=float, default=math.inf)
    arguments = parser.parse_args()
    settings = Settings(arguments.steps, arguments.guidance_scale, arguments.seed)
    layouts = Layouts(arguments.layouts, arguments.seeds, arguments.seed, arguments.guidance_scale)
    renderer = Renderer(starter_painter(), device="cpu")
    names = [method.spec.name for method in all_methods() if set(method.spec.needs) <= set(renderer.can)]
    lines = {f"{name} steps={settings.steps}": name for name in ("plain", *(name for name in names if name != "plain"))}
    answers, until = kept(arguments.kept), time.monotonic() + 60 * arguments.minutes
    for line in lines:
        fill(answers, renderer, line, layouts, until=until)
        if arguments.kept:
            arguments.kept.write_text(json.dumps(answers), encoding="utf-8")
    figures: dict[str, Any] = {"layouts": layouts.count, "seeds": layouts.seeds, "steps": settings.steps}
    figures |= {"guidance_scale": settings.guidance_scale, "repeat": arguments.repeat, "seed": settings.seed}
    figures["painter"] = renderer.sha256[:SHA_DIGITS]
    figures["pictures_left"] = missing(answers, list(lines), layouts)
    found = compared(answers, list(lines), layouts)
    figures["obedience"] = {name: found[line] for line, name in lines.items()}
    if not figures["pictures_left"]:
        figures["own_loss"] = own_losses(shown_layout(0), settings)
        asked = argparse.Namespace(
            painter="starter", device="cpu", boxes=2, steps=settings.steps, repeat=arguments.repeat
        )
        figures["cost"] = whole_pictures(asked)
        if arguments.docs:
            folder = REPOSITORY / "docs"
            others = [read(file) for file in (arguments.full_size, arguments.presets)]
            (folder / "methods.md").write_text(page(figures, names, *others), encoding="utf-8")
            sheet(renderer, names, settings).save(folder / "images" / "methods.png", optimize=True)
    print(json.dumps(figures, indent=1))


def read(file: Path | None) -> dict[str, Any] | None:
    """What another benchmark printed."""
    return json.loads(file.read_text(encoding="utf-8")) if file is not None else None


def sheet(renderer: Renderer, names: list[str], settings: Settings) -> Image.Image:
    """Methods in columns, the three layouts in rows, their boxes first."""
    step = CELL + GAP
    picture = Image.new("RGB", (LEFT + (len(names) + 1) * step, TOP + len(SHOWN) * step), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for column, name in enumerate(("boxes", *names)):
        draw.text((LEFT + column * step + CELL / 2, TOP / 2), name, INK, font, anchor="mm")
    for row, (sentence, _background, _things) in enumerate(SHOWN):
        layout, y = shown_layout(row), TOP + row * step
        draw.multiline_text((GAP, y + CELL / 2), textwrap.fill(sentence, 19), INK, font, anchor="lm")
        picture.paste(_boxes(layout), (LEFT, y))
        for column, name in enumerate(names, start=1):
            painted = paint(renderer, layout, name, settings, row).resize((CELL, CELL), Image.Resampling.LANCZOS)
            picture.paste(painted, (LEFT + column * step, y))
    return picture


def shown_layout(row: int) -> Layout:
    """One of the three layouts of the sheet."""
    _sentence, background, things = SHOWN[row]
    boxes = tuple(
        Box(id=str(number), phrase=phrase, rect=Rect(*rect), colour=colour_for(str(number)))
        for number, (phrase, rect) in enumerate(things, start=1)
    )
    return Layout(Size(512, 512), boxes, background, "")


def _boxes(layout: Layout) -> Image.Image:
    drawn = Image.new("RGB", (CELL, CELL), "#f0f0f0")
    draw, scale = ImageDraw.Draw(drawn), CELL / layout.canvas.width
    for box in layout.boxes:
        x, y, wide, tall = (side * scale for side in (box.rect.x, box.rect.y, box.rect.width, box.rect.height))
        draw.rectangle((x, y, x + wide, y + tall), outline=box.colour, width=2)
        text = box.phrase.replace(" ", "\n")
        font = _fitting(draw, text, wide - 9, tall - 12)
        draw.multiline_text((x + 4, y + 3), text, INK, font, spacing=1)
    return drawn


def _fitting(draw: ImageDraw.ImageDraw, text: str, wide: float, tall: float) -> Any:
    """The largest font with which the lines stay within these pixels; the smallest if none does."""
    for size in range(12, 6, -1):
        font = ImageFont.load_default(size)
        left, top, right, bottom = draw.multiline_textbbox((0, 0), text, font, spacing=1)
        if right - left <= wide and bottom - top <= tall:
            return font
    return ImageFont.load_default(6)


if __name__ == "__main__":
    main()
