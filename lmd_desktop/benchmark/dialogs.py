"""Dialogs of three to five follow-up requests on a canvas with locked boxes, drawn from fixed seeds, and their rules.

Each turn is judged on its own: the dialog goes on as if the planner had answered the one before as it should.
Untouched means neither locked nor named by the request.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lmd_desktop.benchmark.prompts import COLOURS
from lmd_desktop.benchmark.rules import with_article
from lmd_desktop.benchmark.suites import NOUNS
from lmd_desktop.domain.layout import Box, Layout, Rect, clamp_rect, colour_for, next_box_id
from lmd_desktop.judging.detection import overlap

Kind = Literal["add", "remove", "move", "resize", "recolour", "undo"]
KINDS: tuple[Kind, ...] = ("add", "remove", "move", "resize", "recolour", "undo")
DIALOGS = 100
SAME = 0.9  # intersection over union of a box that stayed where it was
VISIBLE = 0.05  # share of the canvas or of the area that a change must at least have
CELLS = tuple((x, y) for y in (24, 264) for x in (8, 176, 344))
BACKGROUNDS = ("a park", "a beach", "a street", "a room", "a meadow")
WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


@dataclass(frozen=True, slots=True)
class DialogTurn:
    """A request on a canvas (``before``, with what the person did by hand), and the layout that answers it.

    ``target`` is the box that changes or is added, ``value`` the new colour, the way, the size.
    """

    kind: Kind
    before: Layout
    request: str
    expected: Layout
    target: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A canvas to begin with, and what is asked on it."""

    index: int
    start: Layout
    turns: tuple[DialogTurn, ...]


def benchmark_dialogs() -> tuple[Dialog, ...]:
    """One hundred dialogs; the number of a dialog gives the seeds."""
    return tuple(_dialog(index) for index in range(DIALOGS))


def turn_fault(turn: DialogTurn, boxes: Sequence[Box]) -> str | None:
    """What is wrong with the boxes after a turn; None if the wish is done and nothing else has changed."""
    return _wish_fault(turn, boxes) or lock_fault(turn, boxes) or untouched_fault(turn, boxes)


def lock_fault(turn: DialogTurn, boxes: Sequence[Box]) -> str | None:
    """Whether a locked box is not exactly as it was."""
    now = {box.id: box for box in boxes}
    for old in turn.before.boxes:
        found = now.get(old.id)
        if old.is_locked and (found is None or (found.rect, found.phrase) != (old.rect, old.phrase)):
            return f"{old.phrase} is locked and did not stay"
    return None


def untouched_fault(turn: DialogTurn, boxes: Sequence[Box]) -> str | None:
    """Whether a box that is neither locked nor named has moved, is gone or has another phrase."""
    if turn.kind == "undo":
        return None
    now = {box.id: box for box in boxes}
    for old in turn.before.boxes:
        if old.is_locked or old.id == turn.target:
            continue
        found = now.get(old.id)
        if found is None or found.phrase != old.phrase:
            return f"{old.phrase} is gone"
        if overlap(found.rect, old.rect) < SAME:
            return f"{old.phrase} has moved"
    return None


def untouched_count(turn: DialogTurn, boxes: Sequence[Box]) -> tuple[int, int]:
    """Of the boxes that are neither locked nor named, how many stayed, and how many there are."""
    now = {box.id: box for box in boxes}
    old = [box for box in turn.before.boxes if not box.is_locked and box.id != turn.target and turn.kind != "undo"]
    kept = [box for box in old if box.id in now and overlap(now[box.id].rect, box.rect) >= SAME]
    return sum(now[box.id].phrase == box.phrase for box in kept), len(old)


def _wish_fault(turn: DialogTurn, boxes: Sequence[Box]) -> str | None:
    now = {box.id: box for box in boxes}
    known = {box.id for box in turn.before.boxes}
    new = [box for box in boxes if box.id not in known]
    if turn.kind == "undo":
        return _undo_fault(turn.expected.boxes, boxes)
    if turn.kind == "add":
        wanted = turn.expected.box(turn.target).phrase
        return None if [box.phrase for box in new] == [wanted] else f"{len(new)} new boxes, wanted {wanted}"
    if new:
        return f"{new[0].phrase} is new"
    old, found = turn.before.box(turn.target), now.get(turn.target)
    if turn.kind == "remove":
        return None if found is None else f"{old.phrase} is still there"
    if found is None:
        return f"{old.phrase} is gone"
    match turn.kind:
        case "move":
            across, down = WAYS[turn.value]
            (x, y), (from_x, from_y) = found.rect.centre, old.rect.centre
            share = across * (x - from_x) / turn.before.canvas.width + down * (y - from_y) / turn.before.canvas.height
            is_right = share >= VISIBLE and found.phrase == old.phrase
        case "resize":
            share = found.rect.width * found.rect.height / (old.rect.width * old.rect.height)
            is_right = share >= 1 + VISIBLE if turn.value == "bigger" else share <= 1 - VISIBLE
            is_right = is_right and found.phrase == old.phrase
        case _:
            wanted = turn.expected.box(turn.target).phrase
            is_right = found.phrase == wanted and overlap(found.rect, old.rect) >= SAME
    return None if is_right else f"{old.phrase}: not {turn.value or 'changed'}"


def _undo_fault(expected: Sequence[Box], boxes: Sequence[Box]) -> str | None:
    """Boxes that came back may have got other numbers."""
    left = list(boxes)
    for old in expected:
        same = [box for box in left if box.phrase == old.phrase and overlap(box.rect, old.rect) >= SAME]
        if not same:
            return f"{old.phrase} is not as before"
        left.remove(same[0])
    return f"{left[0].phrase} is too much" if left else None


def _dialog(index: int) -> Dialog:
    rng = random.Random(f"dialog {index}")
    start = canvas = _canvas(rng)
    turns: list[DialogTurn] = []
    for number in range(rng.randint(3, 5)):
        after_lock = _with_lock(rng, canvas) if rng.random() < 0.35 else canvas
        kinds = [kind for kind in KINDS if kind != "undo" or (turns and turns[-1].kind != "undo")]
        turn = None
        while turn is None:
            kind = rng.choice(kinds)
            turn = _undone(turns[-1], rng) if kind == "undo" else _DRAWS[kind](rng, after_lock)
        if turn.kind != "undo":
            canvas = after_lock
        start = canvas if number == 0 else start
        turns.append(turn)
        canvas = turn.expected
    return Dialog(index, start, tuple(turns))


def _canvas(rng: random.Random) -> Layout:
    """Three to five different things in cells of their own, some of them locked."""
    nouns = rng.sample(NOUNS, rng.randint(3, 5))
    cells = rng.sample(CELLS, len(nouns))
    boxes: list[Box] = []
    for number, (noun, (x, y)) in enumerate(zip(nouns, cells, strict=True), start=1):
        words = rng.choice((noun, f"{rng.choice(COLOURS)} {noun}"))
        width, height = (8 * rng.randint(10, 16) for _ in range(2))
        rect = Rect(x + 8 * rng.randint(0, 3), y + 8 * rng.randint(0, 6), width, height)
        boxes.append(Box(str(number), with_article(words), rect, colour_for(str(number)), rng.random() < 0.25))
    if all(box.is_locked for box in boxes):
        boxes[0] = replace(boxes[0], is_locked=False)
    return Layout(boxes=tuple(boxes), background_prompt=rng.choice(BACKGROUNDS))


def _with_lock(rng: random.Random, layout: Layout) -> Layout:
    """The person moves a box by hand and locks it."""
    free = [box for box in layout.boxes if not box.is_locked]
    if len(free) < 3:
        return layout
    box = rng.choice(free)
    rect = clamp_rect(replace(box.rect, x=box.rect.x + 8 * rng.randint(-2, 2)), layout.canvas)
    return _changed(layout, replace(box, rect=rect, is_locked=True))


def _free(rng: random.Random, layout: Layout) -> Box | None:
    free = [box for box in layout.boxes if not box.is_locked]
    return rng.choice(free) if free else None


def _noun(box: Box) -> str:
    return box.phrase.split()[-1]


def _said(rng: random.Random, box: Box) -> str:
    """ "the cup" or "the red cup"."""
    words = box.phrase.partition(" ")[2]
    return f"the {rng.choice((words, _noun(box)))}"


def _add(rng: random.Random, layout: Layout) -> DialogTurn | None:
    known = {_noun(box) for box in layout.boxes}
    noun = rng.choice([noun for noun in NOUNS if noun not in known])
    phrase = with_article(rng.choice((noun, f"{rng.choice(COLOURS)} {noun}")))
    cells = [(x, y) for x, y in CELLS if all(overlap(Rect(x, y, 96, 96), box.rect) == 0 for box in layout.boxes)]
    if not cells:
        return None
    x, y = rng.choice(cells)
    box_id = next_box_id(layout)
    after = replace(layout, boxes=(*layout.boxes, Box(box_id, phrase, Rect(x, y, 96, 96), colour_for(box_id))))
    return DialogTurn("add", layout, f"{rng.choice(('add', 'add', 'draw', 'insert'))} {phrase}", after, box_id)


def _remove(rng: random.Random, layout: Layout) -> DialogTurn | None:
    box = _free(rng, layout)
    if box is None or len(layout.boxes) < 3:
        return None
    after = replace(layout, boxes=tuple(other for other in layout.boxes if other is not box))
    verb = rng.choice(("remove", "delete", "take away"))
    return DialogTurn("remove", layout, f"{verb} {_said(rng, box)}", after, box.id)


def _move(rng: random.Random, layout: Layout) -> DialogTurn | None:
    box = _free(rng, layout)
    if box is None:
        return None
    way = rng.choice(tuple(WAYS))
    across, down = WAYS[way]
    rect = clamp_rect(replace(box.rect, x=box.rect.x + 88 * across, y=box.rect.y + 88 * down), layout.canvas)
    if abs(rect.x - box.rect.x) + abs(rect.y - box.rect.y) < 64:
        return None
    words = rng.choice((way, f"to the {way}")) if across else way
    text = f"move {_said(rng, box)} {words}"
    return DialogTurn("move", layout, text, _changed(layout, replace(box, rect=rect)), box.id, way)


def _resize(rng: random.Random, layout: Layout) -> DialogTurn | None:
    box = _free(rng, layout)
    if box is None:
        return None
    word, factor = rng.choice((("bigger", 1.3), ("larger", 1.3), ("smaller", 0.75)))
    width, height = (8 * round(side * factor / 8) for side in (box.rect.width, box.rect.height))
    x, y = box.rect.x + (box.rect.width - width) // 16 * 8, box.rect.y + (box.rect.height - height) // 16 * 8
    rect = clamp_rect(Rect(x, y, width, height), layout.canvas)
    value = "smaller" if factor < 1 else "bigger"
    text = f"make {_said(rng, box)} {word}"
    return DialogTurn("resize", layout, text, _changed(layout, replace(box, rect=rect)), box.id, value)


def _recolour(rng: random.Random, layout: Layout) -> DialogTurn | None:
    box = _free(rng, layout)
    if box is None:
        return None
    colour = rng.choice([colour for colour in COLOURS if colour not in box.phrase.split()])
    text = rng.choice(("make {} {}", "paint {} {}", "change the color of {} to {}")).format(_said(rng, box), colour)
    after = _changed(layout, replace(box, phrase=with_article(f"{colour} {_noun(box)}")))
    return DialogTurn("recolour", layout, text, after, box.id, colour)


def _undone(last: DialogTurn, rng: random.Random) -> DialogTurn:
    text = rng.choice(("undo that", "put it back", "take that back", "undo it"))
    return DialogTurn("undo", last.expected, text, last.before)


def _changed(layout: Layout, box: Box) -> Layout:
    return replace(layout, boxes=tuple(box if other.id == box.id else other for other in layout.boxes))


_DRAWS: dict[str, Callable[[random.Random, Layout], DialogTurn | None]] = {
    "add": _add,
    "remove": _remove,
    "move": _move,
    "resize": _resize,
    "recolour": _recolour,
}
