"""Prints what every render method costs and how well it obeys, side by side: python -m tests.benchmarks.methods.

One JSON object on standard output: cost over ``plain``, peak memory and UNet calls (``render_cost``, starter painter),
and the share of boxes that hold the right thing in the right colour, and the right colour alone, with 95 % intervals
(``painter``: fresh held-out layouts, the same seeds for all). ``--docs`` also writes docs/methods.md and
docs/images/methods.png, where all methods paint the same three layouts from the same noise.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import textwrap
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.judging.starter_judge import StarterJudge
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.renderer import Renderer
from models.starter_world.scenes import sample_scene
from models.starter_world.training import REPOSITORY, STARTER_FOLDER
from tests.benchmarks.painter import Settings, box_holds, layout_of, paint, share, shows_colour
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
HEAD = """# The methods side by side

Made by `python -m tests.benchmarks.methods --docs --layouts {layouts} --repeat {repeat}` on the starter painter:
{steps} steps, guidance scale {scale:g}, {layouts} held-out layouts of one to four boxes ({boxes} boxes), the same
seeds for all. *In the box*: the starter judge
sees the right thing in the right colour, overlapping its box (IoU) by at least 0.5. *Colour alone*: the middle of the
box has the colour that was asked for; no judge in it. Intervals are 95 %, Wilson. Cost is that of two boxes on {cores}
processor cores, over `plain`; guidance never stops early in it.

| Method | In the box | Colour alone | Cost over `plain` | UNet calls | Peak memory of the process |
|---|---|---|---|---|---|
"""
FOOT = """
![Rows: three layouts; columns: their boxes and the methods](images/methods.png)

The same three layouts for every method, from the same noise. All parameters and their meaning: `lmd-desktop methods`.
"""


def main() -> None:
    """Cost, obedience, and if asked for the page with its picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layouts", type=int, default=32)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance-scale", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--repeat", type=int, default=2, help="timed pictures per method")
    parser.add_argument("--docs", action="store_true", help="write docs/methods.md and its picture")
    arguments = parser.parse_args()
    settings = Settings(arguments.steps, arguments.guidance_scale, arguments.seed)
    renderer = Renderer(starter_painter(), device="cpu")
    names = [method.spec.name for method in all_methods() if set(method.spec.needs) <= set(renderer.can)]
    figures = {"layouts": arguments.layouts, "steps": settings.steps, "guidance_scale": settings.guidance_scale}
    figures |= {"repeat": arguments.repeat, "seed": settings.seed}
    figures |= {"obedience": obedience(renderer, names, arguments.layouts, settings)}
    asked = argparse.Namespace(painter="starter", device="cpu", boxes=2, steps=settings.steps, repeat=arguments.repeat)
    figures["cost"] = whole_pictures(asked)
    if arguments.docs:
        folder = REPOSITORY / "docs"
        (folder / "methods.md").write_text(page(figures, names), encoding="utf-8")
        sheet(renderer, names, settings).save(folder / "images" / "methods.png", optimize=True)
    print(json.dumps(figures, indent=1))


def obedience(renderer: Renderer, names: list[str], count: int, settings: Settings) -> dict[str, Any]:
    """By method: shares of boxes with the right thing in its colour, and with the right colour."""
    judge = StarterJudge(STARTER_FOLDER / "judge")
    rng = random.Random(settings.seed)
    layouts = [layout_of(sample_scene(rng, 1 + index % 4, held_out=True)) for index in range(count)]
    found: dict[str, Any] = {}
    for name in names:
        held: list[bool] = []
        coloured: list[bool] = []
        for index, layout in enumerate(layouts):
            picture = paint(renderer, layout, name, settings, index)
            held += [box_holds(judge, picture, box) for box in layout.boxes]
            coloured += [shows_colour(picture, box) for box in layout.boxes]
        found[name] = {"in_the_box": share(held), "colour_alone": share(coloured)}
    return found


def page(figures: dict[str, Any], names: list[str]) -> str:
    """The table as Markdown."""
    cost, obeyed = figures["cost"], figures["obedience"]
    head = HEAD.format(
        steps=figures["steps"],
        scale=figures["guidance_scale"],
        layouts=figures["layouts"],
        repeat=figures["repeat"],
        boxes=obeyed[names[0]]["in_the_box"]["of"],
        cores=os.cpu_count(),
    )
    rows = [
        f"| `{name}` | {_interval(obeyed[name]['in_the_box'])} | {_interval(obeyed[name]['colour_alone'])} "
        f"| {cost['over_plain'][name]:.2f} | {cost['unet_calls'][name]} | {cost['peak_mb'][name]} MB |"
        for name in names
    ]
    return head + "\n".join(rows) + "\n" + FOOT


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
    draw, font = ImageDraw.Draw(drawn), ImageFont.load_default(11)
    scale = CELL / layout.canvas.width
    for box in layout.boxes:
        x, y, wide, tall = (side * scale for side in (box.rect.x, box.rect.y, box.rect.width, box.rect.height))
        draw.rectangle((x, y, x + wide, y + tall), outline=box.colour, width=2)
        draw.multiline_text((x + 4, y + 3), "\n".join(box.phrase.split(" ", 1)), INK, font)
    return drawn


def _interval(found: dict[str, float]) -> str:
    return f"{found['percent']:.0f} % ({found['from']:.0f}–{found['to']:.0f})"


if __name__ == "__main__":
    main()
