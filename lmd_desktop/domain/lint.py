"""What a layout will probably suffer from when it is painted: each finding with its boxes, and a fix where one exists.

Findings hold no sentence: the window says them in the person's language.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from lmd_desktop.domain.clip_tokens import ROOM
from lmd_desktop.domain.edits import rename_box, set_box_negative, set_negative, set_rects, unlock_boxes
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, clamp_rect

FindingKind = Literal[
    "overlap", "outside", "small", "long", "missing", "excluded", "excluded_here", "same_place"
]  # fmt: skip
OVERLAP_SHARE = 0.1  # of the smaller box: less is the touching of neighbours
SAME_PLACE = 0.9  # intersection over union of two locked boxes that stand for the same place
_ARTICLES = ("a", "an", "the")


@dataclass(frozen=True, slots=True)
class Fix:
    """What puts a finding right: boxes placed, renamed or unlocked, or other prompts."""

    placed: tuple[tuple[str, Rect], ...] = ()
    renamed: tuple[str, str] | None = None
    unlocked: tuple[str, ...] = ()
    negative: str | None = None
    box_negative: tuple[str, str] | None = None
    prompt: str | None = None  # the overall prompt of the render settings


@dataclass(frozen=True, slots=True)
class Finding:
    """``boxes`` are ids, the one to look at first; ``detail`` is the word or the number that the sentence needs."""

    kind: FindingKind
    boxes: tuple[str, ...]
    detail: str = ""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a layout is judged by besides itself.

    ``smallest_box`` is the side of the smallest square that the method still obeys, as a share of the picture's side
    (of a square as large as the picture); 0 if the method loses none. ``prompt`` is the overall prompt of the person.
    """

    smallest_box: float = 0.0
    prompt: str | None = None
    count_tokens: Callable[[str], int] = len


def lint(layout: Layout, given: Circumstances) -> tuple[Finding, ...]:
    """Everything that is found, in the order of the boxes; boxes that are left out of the picture are not judged."""
    boxes = layout.enabled_boxes
    found = [finding for box in boxes for finding in lint_box(layout, box, given)]
    found += [
        finding
        for group in _groups(boxes).values()
        for first, second in combinations(group, 2)
        for finding in _overlap(layout, first, second, group)
    ]
    found += _same_places([box for box in boxes if box.is_locked])
    if given.prompt is not None:
        found += _missing(boxes, given.prompt)
    order = {box.id: index for index, box in enumerate(layout.boxes)}
    return tuple(sorted(found, key=lambda finding: order[finding.boxes[0]]))


def lint_box(layout: Layout, box: Box, given: Circumstances) -> Iterator[Finding]:
    """What can be said of one box alone; cheap enough for every step of a drag."""
    canvas = layout.canvas
    if clamp_rect(box.rect, canvas) != box.rect:
        fix = None if box.is_locked else Fix(placed=((box.id, clamp_rect(box.rect, canvas)),))
        yield Finding("outside", (box.id,), fix=fix)
    elif is_too_small(box.rect, canvas, given.smallest_box):
        larger = large_enough(box.rect, canvas, given.smallest_box)
        yield Finding("small", (box.id,), fix=None if box.is_locked else Fix(placed=((box.id, larger),)))
    tokens = given.count_tokens(box.phrase)
    if tokens > ROOM:
        yield Finding("long", (box.id,), str(tokens), Fix(renamed=(box.id, _shortened(box.phrase, given.count_tokens))))
    word = _excluded_word(box.phrase, layout.negative_prompt)
    if word:
        yield Finding("excluded", (box.id,), word, Fix(negative=_without(layout.negative_prompt, word)))
    word = _excluded_word(box.phrase, box.negative)
    if word:
        fix = Fix(box_negative=(box.id, _without(box.negative, word)))
        yield Finding("excluded_here", (box.id,), word, fix)


def apply_fix(layout: Layout, fix: Fix) -> Layout:
    """The layout after a fix; an overall prompt is no part of it."""
    if fix.placed:
        layout = set_rects(layout, dict(fix.placed))
    if fix.renamed is not None:
        layout = rename_box(layout, *fix.renamed)
    if fix.unlocked:
        layout = unlock_boxes(layout, fix.unlocked)
    if fix.box_negative is not None:
        layout = set_box_negative(layout, *fix.box_negative)
    return layout if fix.negative is None else set_negative(layout, fix.negative)


def is_too_small(rect: Rect, canvas: Size, smallest: float) -> bool:
    """Less area than the smallest square, or a side below half of it: fewer than four cells of the coarse attention."""
    side = smallest * math.sqrt(canvas.width * canvas.height)
    return rect.width * rect.height < side * side or min(rect.width, rect.height) < side / 2


def large_enough(rect: Rect, canvas: Size, smallest: float) -> Rect:
    """The same centre and about the same ratio, just not too small any more."""
    side = smallest * math.sqrt(canvas.width * canvas.height)
    scale = max(1.0, math.sqrt(side * side / (rect.width * rect.height)))
    width, height = math.ceil(rect.width * scale), math.ceil(rect.height * scale)
    width, height = max(width, math.ceil(side / 2)), max(height, math.ceil(side / 2))
    x, y = rect.centre
    return clamp_rect(Rect(round(x - width / 2), round(y - height / 2), width, height), canvas)


def _groups(boxes: Collection[Box]) -> dict[str, list[Box]]:
    """Boxes by their phrase without article, case and full stop: the painter cannot tell them apart."""
    groups: dict[str, list[Box]] = {}
    for box in boxes:
        groups.setdefault(_bare(box.phrase), []).append(box)
    return groups


def _overlap(layout: Layout, first: Box, second: Box, group: list[Box]) -> Iterator[Finding]:
    shared = _shared_area(first.rect, second.rect)
    smaller = min(_area(first.rect), _area(second.rect))
    if shared <= OVERLAP_SHARE * smaller:
        return
    others = [box.rect for box in group]
    for box, other in ((second, first), (first, second)):
        rest = [rect for rect in others if rect is not box.rect]
        apart = None if box.is_locked else _moved_off(box.rect, other.rect, layout.canvas, rest)
        if apart is not None:
            yield Finding("overlap", (second.id, first.id), fix=Fix(placed=((box.id, apart),)))
            return
    unlocked = Fix(unlocked=(second.id,)) if first.is_locked and second.is_locked else None
    yield Finding("overlap", (second.id, first.id), fix=unlocked)


def _moved_off(rect: Rect, other: Rect, canvas: Size, rest: Collection[Rect]) -> Rect | None:
    """The shortest way out to one of the four sides, inside the canvas and free of the others."""
    places = (
        replace(rect, x=other.x - rect.width),
        replace(rect, x=other.right),
        replace(rect, y=other.y - rect.height),
        replace(rect, y=other.bottom),
    )
    free = [
        place
        for place in places
        if clamp_rect(place, canvas) == place and not any(_shared_area(place, taken) for taken in rest)
    ]
    return min(free, key=lambda place: abs(place.x - rect.x) + abs(place.y - rect.y)) if free else None


def _same_places(locked: list[Box]) -> Iterator[Finding]:
    """Two locked boxes on one place: the planner may move neither, and the upper one covers the lower one."""
    for first, second in combinations(locked, 2):
        shared = _shared_area(first.rect, second.rect)
        union = _area(first.rect) + _area(second.rect) - shared
        if _bare(first.phrase) != _bare(second.phrase) and shared >= SAME_PLACE * union:
            yield Finding("same_place", (second.id, first.id), fix=Fix(unlocked=(second.id,)))


def _missing(boxes: Collection[Box], prompt: str) -> Iterator[Finding]:
    """Phrases that an overall prompt of the person does not name, also not as a plural."""
    for bare, group in _groups(boxes).items():
        stem = bare[:-1] if bare.endswith("y") else bare
        pattern = rf"(?<!\w){re.escape(stem)}(?:y|ies|e?s)?(?!\w)" if bare.isascii() else re.escape(bare)
        if not re.search(pattern, prompt, re.IGNORECASE):
            phrase = group[0].phrase
            fix = Fix(prompt=f"{prompt.rstrip(' ,.')}, {phrase}" if prompt.strip() else phrase)
            yield Finding("missing", tuple(box.id for box in group), fix=fix)


def _excluded_word(phrase: str, negative: str) -> str:
    """The first entry of a negative prompt all of whose words stand in the phrase, in a row."""
    words = _bare(phrase).split()
    for entry in negative.split(","):
        wanted = _bare(entry).split()
        if wanted and any(words[i : i + len(wanted)] == wanted for i in range(len(words))):
            return entry.strip()
    return ""


def _without(negative: str, word: str) -> str:
    return ", ".join(entry.strip() for entry in negative.split(",") if entry.strip() and entry.strip() != word)


def _shortened(phrase: str, count_tokens: Callable[[str], int]) -> str:
    """As many of its first words as fit, else as many of its first letters."""
    parts, joint = (phrase.split(" "), " ") if count_tokens(phrase.split(" ")[0]) <= ROOM else (list(phrase), "")
    low, high = 1, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count_tokens(joint.join(parts[:middle])) <= ROOM else (low, middle - 1)
    return joint.join(parts[:low])


def _bare(phrase: str) -> str:
    words = phrase.casefold().rstrip(" .,;:!?").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


def _area(rect: Rect) -> int:
    return rect.width * rect.height


def _shared_area(first: Rect, second: Rect) -> int:
    across = min(first.right, second.right) - max(first.x, second.x)
    down = min(first.bottom, second.bottom) - max(first.y, second.y)
    return max(across, 0) * max(down, 0)
