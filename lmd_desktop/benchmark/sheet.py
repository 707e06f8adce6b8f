"""A sheet of examples: the same prompts for every method, green frames where the judge was content, red where not."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from lmd_desktop.benchmark.painting_run import Verdict
from lmd_desktop.domain.layout import Layout

CELL, FRAME, GAP, HEAD, LABEL, TEXT_SIZE = 160, 4, 8, 62, 120, 12
RIGHT, WRONG, INK, PAPER, EMPTY = "#009E73", "#D55E00", "#202020", "#ffffff", "#eeeeee"
PER_TASK = 2
CAPTION_LETTERS = 24


def example_indices(verdicts: Sequence[Verdict]) -> list[int]:
    """Two prompts of each task, the first of the run; not chosen by how they came out."""
    by_task: dict[str, list[int]] = {}
    for verdict in verdicts:
        indices = by_task.setdefault(verdict.task, [])
        if verdict.index not in indices and len(indices) < PER_TASK:
            indices.append(verdict.index)
    return [index for indices in by_task.values() for index in indices]


def draw_sheet(verdicts: Sequence[Verdict], layouts: Mapping[int, Layout], folder: Path) -> Image.Image:
    """Captions on top with the boxes of the layout in the first row, then a row for each method."""
    indices = example_indices(verdicts)
    methods = list(dict.fromkeys(verdict.variant for verdict in verdicts))
    shown = {(verdict.variant, verdict.index): verdict for verdict in verdicts if verdict.run == 0}
    captions = {verdict.index: verdict.caption for verdict in verdicts}
    step = CELL + GAP
    sheet = Image.new("RGB", (LABEL + len(indices) * step + GAP, HEAD + (len(methods) + 1) * step + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(TEXT_SIZE)
    for column, index in enumerate(indices):
        x = LABEL + column * step
        caption = textwrap.fill(_short(captions[index]), CAPTION_LETTERS, max_lines=4)
        draw.multiline_text((x, 4), caption, INK, font)
        sheet.paste(_boxes(layouts[index], font), (x, HEAD))
        for row, method in enumerate(methods, start=1):
            sheet.paste(_framed(shown.get((method, index)), folder), (x, HEAD + row * step))
    for row, method in enumerate(("layout", *methods)):
        # Long names break after their underscores and colons, not anywhere.
        name = textwrap.fill(re.sub("(?<=[_:])", " ", method), 15, break_on_hyphens=False).replace(" ", "")
        draw.multiline_text((GAP, HEAD + row * step + CELL / 2), name, INK, font, anchor="lm")
    return sheet


def _short(caption: str) -> str:
    """Without the opening that all of the paper's captions share."""
    return caption.removeprefix("A realistic photo of a scene ")


def _framed(verdict: Verdict | None, folder: Path) -> Image.Image:
    """The picture in its frame; a gray field if its file is not there (lines may travel without pictures)."""
    path = folder / verdict.picture if verdict else None
    if verdict is None or path is None or not path.exists():
        return Image.new("RGB", (CELL, CELL), EMPTY)
    cell = Image.new("RGB", (CELL, CELL), RIGHT if verdict.fault is None else WRONG)
    inner = CELL - 2 * FRAME
    with Image.open(path) as picture:
        small = picture.convert("RGB")
        scale = inner / max(small.size)
        small = small.resize((round(small.width * scale), round(small.height * scale)), Image.Resampling.BICUBIC)
    cell.paste(small, ((CELL - small.width) // 2, (CELL - small.height) // 2))
    return cell


def _boxes(layout: Layout, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> Image.Image:
    cell = Image.new("RGB", (CELL, CELL), EMPTY)
    draw = ImageDraw.Draw(cell)
    scale = (CELL - 1) / max(layout.canvas.width, layout.canvas.height)
    for box in layout.boxes:
        left, top = box.rect.x * scale, box.rect.y * scale
        draw.rectangle((left, top, box.rect.right * scale, box.rect.bottom * scale), outline=box.colour, width=2)
        draw.text((left + 3, top + 2), box.phrase, INK, font)
    return cell
