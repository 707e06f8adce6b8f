"""The planner's line format: what a user turn and an answer look like, and how an answer is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Rect = tuple[int, int, int, int]
Size = tuple[int, int]

STEP = 8
BOX_LINE = re.compile(r"^box (\d+) ([^|\n]+) \| (\d+) (\d+) (\d+) (\d+)$")


@dataclass(frozen=True, slots=True)
class Box:
    """One thing on the canvas."""

    id: int
    phrase: str
    rect: Rect
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes in canvas order, background and negative text."""

    boxes: tuple[Box, ...] = ()
    background: str = ""
    negative: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing was planned or drawn yet."""
        return not (self.boxes or self.background or self.negative)

    def next_id(self) -> int:
        """The smallest unused id above the largest."""
        return max((box.id for box in self.boxes), default=0) + 1


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user sent and what the planner answers; a wrong answer is not learnt."""

    user: str
    answer: str
    is_learnt: bool = True


def user_turn(size: Size, layout: Layout, *, request: str, notes: Sequence[str] = ()) -> str:
    """The content of a user message."""
    lines = [f"canvas {size[0]} {size[1]}"]
    if not layout.is_empty:
        for box in layout.boxes:
            lines.append(f"{_box_line(box)} *" if box.locked else _box_line(box))
        lines += [f"bg {layout.background}", f"neg {layout.negative}"]
    lines += [f"note {note}" for note in notes]
    lines.append(f"request {request}")
    return "\n".join(lines)


def answer_text(layout: Layout) -> str:
    """The content of an assistant message: locked boxes first, every line ended."""
    ordered = [box for box in layout.boxes if box.locked] + [box for box in layout.boxes if not box.locked]
    lines = [_box_line(box) for box in ordered]
    lines += [f"bg {layout.background}", f"neg {layout.negative}"]
    return "".join(f"{line}\n" for line in lines)


def read_answer(text: str) -> Layout | None:
    """The layout that an answer states; None when a line does not fit the format."""
    boxes: list[Box] = []
    background = negative = ""
    for line in text.rstrip("\n").split("\n"):
        if found := BOX_LINE.match(line):
            x, y, width, height = (int(number) for number in found.groups()[2:])
            boxes.append(Box(int(found[1]), found[2], (x, y, width, height)))
        elif line.startswith("bg "):
            background = line[3:]
        elif line.startswith("neg"):
            negative = line[4:]
        else:
            return None
    return Layout(tuple(boxes), background, negative)


def snap(value: float) -> int:
    """The nearest multiple of the coordinate step."""
    return int(value / STEP + 0.5) * STEP


def _box_line(box: Box) -> str:
    x, y, width, height = box.rect
    return f"box {box.id} {box.phrase} | {x} {y} {width} {height}"
