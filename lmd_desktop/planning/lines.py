"""The planner's line format: layouts as short text lines in planner space, and back.

User turn (no newline at its end; ``*`` marks a locked box; the layout lines only if there is a layout)::

    canvas 512 512
    box 1 a red car | 48 304 168 120 *
    box 2 a blue cup | 312 296 96 104
    bg a city street
    neg cats
    note the car is parked
    request make the cup bigger

Answer: the complete new layout in the same lines without stars, each line ended by a newline. Locked boxes come first,
then the other known boxes in their order, then new boxes with the smallest unused ids above the largest. ``bg`` always
has a text; an empty negative prompt is ``neg`` and a space::

    box 1 a red car | 48 304 168 120
    box 2 a blue cup | 280 264 128 136
    bg a city street
    neg cats

Numbers are x, y, width, height from the top left, in planner space: the canvas with its longer side scaled to 512, and
everything a multiple of 8. A new scene is ``canvas W H`` and ``request TEXT`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lmd_desktop.domain.layout import Box, Layout, Rect, Size, clean_line, clean_phrase

PLANNER_SIDE = 512
GRID = 8
MAX_BOXES = 30
MAX_TEXT_LENGTH = 300  # characters of a background or negative prompt that are sent; longer ones are cut
MAX_LINE_ID = 999

_NUMBERS = r"[^\d|-]+".join([r"(-?\d{1,6})"] * 4)
_BOX = re.compile(rf"\W*box\s+#?(\d{{1,6}})[.:)]?\s+(.+?)[\s*]*\|[^\d|-]*{_NUMBERS}", re.IGNORECASE)
_TEXT = re.compile(r"\W*(bg|background|neg|negative)\b[:\s]*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BoxLine:
    """``box ID PHRASE | X Y W H`` in planner space."""

    id: str
    phrase: str
    rect: Rect
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class TextLine:
    """``bg TEXT`` or ``neg TEXT``."""

    is_negative: bool
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A layout as the planner sees it. ``lines`` and ``boxes`` are pairs: what was sent, and the exact scene value."""

    layout: Layout
    canvas: Size
    lines: tuple[BoxLine, ...]
    boxes: tuple[Box, ...]
    background: str
    negative: str

    def box_for(self, line_id: str) -> tuple[BoxLine, Box] | None:
        """What was sent under this id, with its box."""
        for line, box in zip(self.lines, self.boxes, strict=True):
            if line.id == line_id:
                return line, box
        return None


def planner_canvas(canvas: Size) -> Size:
    """The canvas with its longer side 512 and both sides multiples of 8."""
    longer = max(canvas.width, canvas.height)
    return Size(_on_grid(canvas.width * PLANNER_SIDE / longer), _on_grid(canvas.height * PLANNER_SIDE / longer))


def to_planner(layout: Layout) -> Sent:
    """The layout in planner space; boxes beyond the 30th are not sent."""
    canvas = planner_canvas(layout.canvas)
    boxes = layout.boxes[:MAX_BOXES]
    lines = tuple(
        BoxLine(line_id, clean_phrase(box.phrase), _snapped(box.rect, layout.canvas, canvas), box.is_locked)
        for line_id, box in zip(_line_ids(boxes), boxes, strict=True)
    )
    background = clean_line(layout.background_prompt, MAX_TEXT_LENGTH)
    negative = clean_line(layout.negative_prompt, MAX_TEXT_LENGTH)
    return Sent(layout, canvas, lines, boxes, background, negative)


def to_scene_rect(rect: Rect, sent: Sent, line: BoxLine | None = None, box: Box | None = None) -> Rect:
    """An answered rectangle in scene pixels; a number that repeats what was sent keeps its exact scene value."""
    across, down = sent.layout.canvas.width / sent.canvas.width, sent.layout.canvas.height / sent.canvas.height
    x, y = round(rect.x * across), round(rect.y * down)
    width, height = round(rect.right * across) - x, round(rect.bottom * down) - y
    if line is not None and box is not None:
        x = box.rect.x if rect.x == line.rect.x else x
        y = box.rect.y if rect.y == line.rect.y else y
        width = box.rect.width if rect.width == line.rect.width else width
        height = box.rect.height if rect.height == line.rect.height else height
    return Rect(x, y, width, height)


def write_user_turn(layout: Layout, text: str, notes: Sequence[str] = ()) -> str:
    """The canvas as it is, the person's notes on hand edits, and the request."""
    sent = to_planner(layout)
    parts = [f"canvas {sent.canvas.width} {sent.canvas.height}"]
    if not layout.is_empty:
        parts += [write_box(line, with_star=True) for line in sent.lines]
        parts += [f"bg {sent.background}", f"neg {sent.negative}"]
    parts += [f"note {clean_line(note)}" for note in notes]
    parts.append(f"request {clean_line(text)}")
    return "\n".join(parts)


def write_answer(layout: Layout) -> str:
    """The layout as the planner would have answered it; for turns whose raw text is not in the line format."""
    sent = to_planner(layout)
    lines = [write_box(line, with_star=False) for line in (*locked_lines(sent), *unlocked_lines(sent))]
    texts = [f"bg {sent.background}", f"neg {sent.negative}"]
    return "".join(f"{line}\n" for line in (*lines, *texts))


def locked_lines(sent: Sent) -> tuple[BoxLine, ...]:
    """The lines that an answer begins with, whatever the model thinks."""
    return tuple(line for line in sent.lines if line.is_locked)


def write_box(line: BoxLine, *, with_star: bool) -> str:
    """One box line without its newline."""
    rect = line.rect
    star = " *" if with_star and line.is_locked else ""
    return f"box {line.id} {line.phrase} | {rect.x} {rect.y} {rect.width} {rect.height}{star}"


def parse_line(line: str) -> BoxLine | TextLine | None:
    """One line of an answer, read with tolerance for bullets, colons, commas and long names; None if it is neither."""
    found = _BOX.match(line)
    if found is not None:
        number, phrase, x, y, width, height = found.groups()
        cleaned = clean_phrase(phrase)
        return BoxLine(str(int(number)), cleaned, Rect(int(x), int(y), int(width), int(height))) if cleaned else None
    found = _TEXT.match(line)
    if found is not None:
        return TextLine(found.group(1).lower().startswith("neg"), clean_line(found.group(2)))
    return None


def unlocked_lines(sent: Sent) -> tuple[BoxLine, ...]:
    """The other lines, which an answer may change."""
    return tuple(line for line in sent.lines if not line.is_locked)


def _line_ids(boxes: Sequence[Box]) -> list[str]:
    """Ids as small integers: the box's own where it is one, for others the next numbers above the largest."""
    own = {box.id for box in boxes if re.fullmatch("[1-9][0-9]{0,2}", box.id)}
    above = max(map(int, own), default=0)
    ids: list[str] = []
    for box in boxes:
        if box.id not in own:
            above += 1
        ids.append(box.id if box.id in own else str(above))
    return ids


def _snapped(rect: Rect, scene: Size, canvas: Size) -> Rect:
    """The nearest rectangle on the planner's grid that is not empty and not outside."""
    across, down = canvas.width / scene.width, canvas.height / scene.height
    x = min(_on_grid(rect.x * across, least=0), canvas.width - GRID)
    y = min(_on_grid(rect.y * down, least=0), canvas.height - GRID)
    width = min(_on_grid(rect.width * across), canvas.width - x)
    height = min(_on_grid(rect.height * down), canvas.height - y)
    return Rect(x, y, width, height)


def _on_grid(value: float, *, least: int = GRID) -> int:
    return max(least, round(value / GRID) * GRID)
