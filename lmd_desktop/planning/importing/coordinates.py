"""Which order four numbers come in and which canvas they count in: what the text shows, and what only a person knows.

An order is used if the text states it, if the format defines it (LMD: x, y, width, height) or if every other one is
impossible. Otherwise the person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lmd_desktop.domain.layout import MIN_BOX, Rect, Size
from lmd_desktop.planning.importing.entries import Entry
from lmd_desktop.planning.importing.roles import CENTRE, XYWH, XYXY, YXYX, Order

LMD_SIDE = 512.0
NEARLY_INSIDE = 1.25  # how far pixels may reach beyond the canvas before they must be counted in something else
_SIZE = re.compile(r"(?<![\d.])(\d{2,4})\s*(?:px|pixels)?\s*(?:x|\*|by)\s*(\d{2,4})(?![\d.])")
_THOUSAND = re.compile(
    r"(?<!\d)0\s*(?:-|to|~|\.\.+|到|至)\s*(?:1000|999)\b|normali[sz]ed (?:to|by) 1000|千分", re.IGNORECASE
)
_PERCENT = re.compile(r"(?<!\d)0\s*(?:-|to|~|到|至)\s*100\b|percent(?:age)?s?\b|百分", re.IGNORECASE)
_ABOUT_CANVAS = re.compile(r"canvas|image|resolution|picture|画布|图像|图片", re.IGNORECASE)
ORDER_WORDS: dict[Order, tuple[str, str]] = {
    XYWH: ("xywh", "left, top, width, height"),
    XYXY: ("xyxy", "left, top, right, bottom"),
    YXYX: ("yxyx", "top, left, bottom, right"),
    CENTRE: ("cxcywh", "centre and size"),
}


@dataclass(frozen=True, slots=True)
class Space:
    """The canvas that the numbers count in."""

    key: str
    label: str
    width: float
    height: float


def spaces_for(entries: Sequence[Entry], canvas: Size, *, stated: Size | None, is_lmd: bool, prose: str) -> list[Space]:
    """The canvases that the numbers can count in, the likely one first; only one where the text leaves no doubt."""
    sides = {entry.side for entry in entries if entry.side is not None}
    if len(sides) == 1:
        side = sides.pop()
        return [Space("thousandths", "thousandths of the canvas", side, side)]
    if any(entry.unit == "%" for entry in entries):
        return [PERCENT]
    values = [value for entry in entries for value in entry.numbers]
    most = max(map(abs, values))
    here = Space("pixels", f"pixels of this canvas, {canvas.width}×{canvas.height}", canvas.width, canvas.height)
    if most <= 1.5 and (most <= 1 or any(value % 1 for value in values)):
        return [Space("fractions", "fractions of the canvas, 0 to 1", 1, 1)]
    if any(entry.unit == "px" for entry in entries) and stated is None and most <= max(canvas.width, canvas.height):
        return [here]
    if stated is not None and most <= NEARLY_INSIDE * max(stated.width, stated.height):
        return [Space("stated", f"pixels of {stated.width}×{stated.height}", stated.width, stated.height)]
    if _THOUSAND.search(prose):
        return [THOUSANDTHS]
    if most <= 100 and _PERCENT.search(prose):
        return [PERCENT]
    lmd = Space("512", "pixels of 512×512, as in LMD", LMD_SIDE, LMD_SIDE)
    starts = [value for entry in entries for value in entry.numbers[:2]]
    if is_lmd:
        is_beyond = (
            max(starts) > LMD_SIDE and 700 < most <= 1000 and sum(v > LMD_SIDE for v in starts) * 2 >= len(entries)
        )
        return [lmd, THOUSANDTHS] if is_beyond else [lmd]
    return _unstated(most, max(starts), canvas, here, lmd)


def _unstated(most: float, start: float, canvas: Size, here: Space, lmd: Space) -> list[Space]:
    longer = max(canvas.width, canvas.height)
    if most <= 100 and longer > 256:
        return [PERCENT, here]
    if most <= longer and most <= LMD_SIDE * 1.05 and longer > LMD_SIDE * 1.25:
        return [here, lmd]
    if most <= longer * NEARLY_INSIDE and start < longer:
        return [here]
    if most <= 1000:
        return [THOUSANDTHS]
    sizes = [side for side in (1024, 1280, 1536, 1920, 2048, 4096, 8192) if most <= side]
    return [Space(str(side), f"pixels of {side}×{side}", side, side) for side in sizes[:2]] or [here]


PERCENT = Space("percent", "percent of the canvas", 100, 100)
THOUSANDTHS = Space("thousandths", "thousandths of the canvas", 1000, 1000)


def orders_for(entries: Sequence[Entry], space: Space, *, stated: set[Order], is_lmd: bool) -> list[Order]:
    """The orders that the boxes without a stated one can have; one where there is no doubt."""
    unknown = [entry.numbers for entry in entries if entry.order is None]
    if not unknown:
        return [XYWH]
    if len(stated) == 1:
        return list(stated)
    candidates = [order for order in (XYWH, XYXY, YXYX, CENTRE) if order in stated] or [XYWH, XYXY]
    if is_lmd and not stated:
        return _lmd_orders(unknown, space)
    possible = [order for order in candidates if all(_is_possible(four, order, space) for four in unknown)]
    if len(possible) > 1 and len({tuple(rect_of(four, order) for four in unknown) for order in possible}) == 1:
        return possible[:1]
    return possible or candidates


def _lmd_orders(unknown: Sequence[tuple[float, ...]], space: Space) -> list[Order]:
    """LMD means x, y, width, height; only boxes that are mostly outside and fit as corners raise a doubt."""
    outside = sum(not _is_possible(four, XYWH, space) for four in unknown)
    fits_as_corners = all(
        _is_possible(four, XYXY, space) and four[2] <= space.width and four[3] <= space.height for four in unknown
    )
    return [XYWH, XYXY] if outside * 2 >= len(unknown) and outside and fits_as_corners else [XYWH]


def _is_possible(four: tuple[float, ...], order: Order, space: Space) -> bool:
    """Whether numbers in this order make a box with a size whose middle is on the canvas."""
    left, top, right, bottom = rect_of(four, order)
    if right <= left or bottom <= top:
        return False
    if order in (XYXY, YXYX) and (right > space.width * 1.1 or bottom > space.height * 1.1):
        return False
    return 0 <= (left + right) / 2 <= space.width and 0 <= (top + bottom) / 2 <= space.height


def rect_of(four: tuple[float, ...], order: Order) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of four numbers in an order."""
    by_role = dict(zip(order, four, strict=True))
    left, right = _span(by_role.get("x"), by_role.get("w"), by_role.get("r"), by_role.get("cx"))
    top, bottom = _span(by_role.get("y"), by_role.get("h"), by_role.get("b"), by_role.get("cy"))
    return left, top, right, bottom


def _span(low: float | None, length: float | None, high: float | None, middle: float | None) -> tuple[float, float]:
    """Both ends of one direction from any two of its four numbers."""
    if low is not None:
        return low, high if high is not None else low + (length or 0.0)
    if middle is not None:
        half = length / 2 if length is not None else (high or middle) - middle
        return middle - half, middle + half
    return (high or 0.0) - (length or 0.0), high or 0.0


def scene_rect(four: tuple[float, ...], order: Order, space: Space, canvas: Size) -> tuple[Rect | None, bool]:
    """The rectangle in scene pixels, and whether it had to be brought inside the canvas; None if nothing is left of it.

    What stands out is cut off, so that no box comes to lie on another; if less than half remained, it is moved instead.
    """
    left, top, right, bottom = rect_of(four, order)
    if right <= left or bottom <= top:
        return None, False
    across, down = canvas.width / space.width, canvas.height / space.height
    x0, x1, was_cut_x = _inside(round(left * across), round(right * across), canvas.width)
    y0, y1, was_cut_y = _inside(round(top * down), round(bottom * down), canvas.height)
    return Rect(x0, y0, x1 - x0, y1 - y0), was_cut_x or was_cut_y


def _inside(low: int, high: int, limit: int) -> tuple[int, int, bool]:
    start, end = max(low, 0), min(high, limit)
    length = high - low
    if end - start < min(length, limit) / 2 or end - start < MIN_BOX:
        length = min(max(length, MIN_BOX), limit)
        start = min(max(low, 0), limit - length)
        end = start + length
    return start, end, (start, end) != (low, high)


def stated_canvas(text: str) -> Size | None:
    """The canvas size that a text speaks of, if it is one size only."""
    sizes = {
        (int(found.group(1)), int(found.group(2)))
        for found in _SIZE.finditer(text)
        if _ABOUT_CANVAS.search(text[max(0, found.start() - 40) : found.end() + 30])
    }
    large = [size for size in sizes if min(size) >= 64 and max(size) >= 256]
    return Size(*large[0]) if len(large) == 1 else None
