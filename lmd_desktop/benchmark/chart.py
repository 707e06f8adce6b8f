"""A bar chart of the methods: our bars with their intervals, and others' published figures set apart in outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from lmd_desktop.benchmark.published import Published
from lmd_desktop.benchmark.tables import Row

LABEL_WIDTH, BAR_WIDTH, END_WIDTH, MARGIN = 300, 560, 90, 24
BAR_HEIGHT, GAP, AXIS_HEIGHT, HEAD_HEIGHT = 26, 10, 34, 40
TEXT_SIZE, SMALL_SIZE = 15, 13
INK, FAINT, GRID, PAPER = "#202020", "#707070", "#dddddd", "#ffffff"
OURS, INTERVAL = "#0072B2", "#202020"


@dataclass(frozen=True, slots=True)
class Bar:
    """A share 0 to 1; published ones have no interval and are drawn in outline."""

    label: str
    share: float
    interval: tuple[float, float] | None = None


def draw_chart(rows: Sequence[Row], published: Sequence[Published], *, title: str) -> Image.Image:
    """Ours first, as the rows come; then the published ones."""
    ours = [Bar(row.method, row.overall.value, row.interval) for row in rows]
    theirs = [Bar(f"{row.painter} ({row.layouts})", row.shares[-1] / 100) for row in published]
    groups = [("measured here", ours)] + (
        [("published by others, other painters and judges", theirs)] if theirs else []
    )
    height = HEAD_HEIGHT + sum(HEAD_HEIGHT + len(bars) * (BAR_HEIGHT + GAP) for _, bars in groups) + AXIS_HEIGHT
    image = Image.new("RGB", (LABEL_WIDTH + BAR_WIDTH + END_WIDTH + 2 * MARGIN, height + MARGIN), PAPER)
    draw = ImageDraw.Draw(image)
    text, small = ImageFont.load_default(TEXT_SIZE), ImageFont.load_default(SMALL_SIZE)
    left = MARGIN + LABEL_WIDTH
    draw.text((MARGIN, MARGIN / 2), title, INK, text)
    bottom = height - AXIS_HEIGHT + GAP
    for percent in range(0, 101, 20):
        x = left + BAR_WIDTH * percent / 100
        draw.line((x, HEAD_HEIGHT, x, bottom), GRID)
        draw.text((x, bottom + 4), f"{percent} %", FAINT, small, anchor="ma")
    y = HEAD_HEIGHT
    for name, bars in groups:
        draw.text((MARGIN, y + HEAD_HEIGHT / 2), name, FAINT, small, anchor="lm")
        y += HEAD_HEIGHT
        for bar in bars:
            _draw_bar(draw, bar, left, y, text, small)
            y += BAR_HEIGHT + GAP
    return image


def _draw_bar(
    draw: ImageDraw.ImageDraw,
    bar: Bar,
    left: int,
    y: int,
    text: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    small: ImageFont.ImageFont | ImageFont.FreeTypeFont,
) -> None:
    middle, right = y + BAR_HEIGHT / 2, left + BAR_WIDTH * bar.share
    end = right
    draw.text((left - 10, middle), bar.label, INK if bar.interval else FAINT, text, anchor="rm")
    if bar.interval is None:
        draw.rectangle((left, y, right, y + BAR_HEIGHT), outline=FAINT)
    else:
        draw.rectangle((left, y, right, y + BAR_HEIGHT), fill=OURS)
        low, end = (left + BAR_WIDTH * edge for edge in bar.interval)
        draw.line((low, middle, end, middle), INTERVAL, 2)
        for x in (low, end):
            draw.line((x, middle - 5, x, middle + 5), INTERVAL, 2)
    draw.text((end + 8, middle), f"{100 * bar.share:.1f}", INK if bar.interval else FAINT, small, anchor="lm")
