"""Rules that make a layout of a caption without any model: the baseline that a planner must be compared with.

It reads captions as the suites write them, in English, and nothing else; the app does not use it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from lmd_desktop.benchmark.english import number_of, singular
from lmd_desktop.benchmark.rules import with_article
from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for

BACKGROUND = "a realistic scene"
CANVAS = 512
MARGIN = 0.1  # of a cell, on every side
MOST_COLUMNS = 4
SIZE_WORDS = {"large": 1.0, "big": 1.0, "huge": 1.0, "small": 0.55, "tiny": 0.4}
OPENING = re.compile(
    r"^\s*an? (?:realistic )?(?:photo|picture|painting|image)(?: of a (?:realistic )?scene)?(?: with| of)?\b\s*", re.I
)
NEGATION = re.compile(r"(?:,? but|,? and)? ?\b(?:without(?: any)?|no)\s+([a-z ]+?)(?=,|\.|$)", re.I)
RELATIONS = (
    ("left", r"(?:to|on) the left (?:side )?of|left of"),
    ("right", r"(?:to|on) the right (?:side )?of|right of"),
    ("top", r"above|over"),
    ("bottom", r"below|beneath"),
    ("on", r"on top of|on"),
    ("in", r"inside|in"),
    ("under", r"underneath|under"),
)
SIDE = re.compile(r"\b(?:on|at) the (left|right|top|bottom)\b(?! of)", re.I)
GLUE = re.compile(
    r"\b(" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in RELATIONS) + r")\b|(?P<joint>,? and\b|,)", re.I
)
Relation = Literal["left", "right", "top", "bottom", "on", "in", "under"]


@dataclass(frozen=True, slots=True)
class _Thing:
    words: str
    count: int
    side: str | None = None


@dataclass(slots=True)
class _Cell:
    column: int = 0
    row: int = 0


def parse_caption(caption: str) -> Layout:
    """A layout with every counted thing in a cell of its own, ordered as the relations say."""
    negated = [match.strip() for match in NEGATION.findall(caption)]
    text = OPENING.sub("", NEGATION.sub("", caption)).strip(" .")
    things: list[_Thing] = []
    relations: list[tuple[int, Relation, int]] = []
    names: dict[str, int] = {}
    before: int | None = None
    glue: Relation | None = None
    for part, after in _parts(text):
        thing = _thing(part)
        if thing is None:
            continue
        known = names.get(thing.words) if part.lower().startswith("the ") else None
        index = len(things) if known is None else known
        if known is None:
            things.append(thing)
            names[thing.words] = index
        if glue is not None and before is not None:
            relations.append((before, glue, index))
        before, glue = index, after
    return Layout(boxes=_boxes(things, relations), background_prompt=BACKGROUND, negative_prompt=", ".join(negated))


def _parts(text: str) -> list[tuple[str, Relation | None]]:
    """Stretches of the caption, each with the relation to the next one."""
    kept = SIDE.sub(lambda match: f"@{match[1].lower()}", text)
    parts: list[tuple[str, Relation | None]] = []
    start = 0
    for match in GLUE.finditer(kept):
        relation = next((name for name, _ in RELATIONS if match[name]), None)
        parts.append((kept[start : match.start()].strip(), relation))  # pyright: ignore[reportArgumentType]
        start = match.end()
    return [*parts, (kept[start:].strip(), None)]


def _thing(part: str) -> _Thing | None:
    """``two red cars@left``: number, words, side."""
    part, _, side = part.lower().partition("@")
    first, _, rest = part.strip().partition(" ")
    if not rest:
        return None
    if first in ("a", "an", "the"):
        return _Thing(rest.strip(), 1, side or None)
    number = number_of(first)
    if number is None:
        return None
    return _Thing(singular(rest.strip()) if number > 1 else rest.strip(), number, side or None)


def _boxes(things: list[_Thing], relations: list[tuple[int, Relation, int]]) -> tuple[Box, ...]:
    cells = [_Cell() for _ in things]
    sides: dict[str, Literal[0, 2]] = {"left": 0, "right": 2}
    heights = {"top": 0, "bottom": 2}
    for thing, cell in zip(things, cells, strict=True):
        cell.column = sides.get(thing.side or "", 1)
        cell.row = heights.get(thing.side or "", 1)
    held = [thing.side is not None for thing in things]
    for index, relation, other in relations:
        across = {"left": -1, "right": 1}.get(relation, 0)
        down = {"top": -1, "on": -1, "bottom": 1, "under": 1}.get(relation, 0)
        mover, anchor = (other, index) if held[index] and not held[other] else (index, other)
        sign = 1 if mover == index else -1
        cells[mover].column = cells[anchor].column + sign * across
        cells[mover].row = cells[anchor].row + sign * down
        held[index] = held[other] = True
    loose = 1 + max((cell.column for cell, is_held in zip(cells, held, strict=True) if is_held), default=-1)
    for cell, is_held in zip(cells, held, strict=True):
        if not is_held:
            cell.column, loose = loose, loose + 1
    rects = _rects(things, cells, {(one, two): how for one, how, two in relations})
    boxes: list[Box] = []
    for thing, group in zip(things, rects, strict=True):
        for rect in group:
            box_id = str(len(boxes) + 1)
            boxes.append(Box(box_id, with_article(thing.words), rect, colour_for(box_id)))
    return tuple(boxes)


def _rects(things: list[_Thing], cells: list[_Cell], how: dict[tuple[int, int], Relation]) -> list[list[Rect]]:
    """Each cell of the grid is shared out to the boxes of its thing."""
    if not things:
        return []
    columns, rows = sorted({cell.column for cell in cells}), sorted({cell.row for cell in cells})
    wide, tall = CANVAS / len(columns), CANVAS / len(rows)
    rects: list[list[Rect]] = []
    for thing, cell in zip(things, cells, strict=True):
        left, top = columns.index(cell.column) * wide, rows.index(cell.row) * tall
        across = min(thing.count, MOST_COLUMNS if len(columns) == 1 else 2)
        down = -(-thing.count // across)
        share = next((SIZE_WORDS[word] for word in thing.words.split() if word in SIZE_WORDS), 1.0)
        rects.append(
            [
                _shrunk(
                    left + n % across * wide / across,
                    top + n // across * tall / down,
                    wide / across,
                    tall / down,
                    share,
                )
                for n in range(thing.count)
            ]
        )
    for (one, two), relation in how.items():
        first, second = rects[one][0], rects[two][0]
        if relation == "in":
            rects[one][0] = _shrunk(second.x, second.y, second.width, second.height, 0.5)
        elif relation in ("on", "under"):
            y = second.y - first.height if relation == "on" else second.bottom
            rects[one][0] = replace(first, y=max(0, min(y, CANVAS - first.height)))
    return rects


def _shrunk(x: float, y: float, width: float, height: float, share: float) -> Rect:
    """A part of a cell, centred, with a margin around it."""
    part = share * (1 - 2 * MARGIN)
    return Rect(
        round(x + width * (1 - part) / 2), round(y + height * (1 - part) / 2), round(width * part), round(height * part)
    )
