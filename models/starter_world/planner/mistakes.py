"""Wrong answers with what the application says of them: how a second try is practised."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.starter_world.planner.layout import Box, Layout
from models.starter_world.planner.outcomes import Outcome
from models.starter_world.planner.speech import Group
from models.starter_world.planner.words import head_of
from models.starter_world.vocabulary import COLOURS, article

HOW = {"left": "to the left of", "right": "to the right of", "above": "above", "below": "below"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong layout and the demands that the application makes."""

    layout: Layout
    demands: tuple[str, ...]


def caption_mistake(rng: random.Random, right: Layout, relations: Sequence[tuple[str, Group, Group]]) -> Mistake | None:
    """One box too few or too many, another colour, two things that have changed places."""
    boxes = right.boxes
    if not boxes:
        return None
    kinds = ["less", "more", "colour"]
    if relations:
        kinds += ["swap", "swap"]
    kind = rng.choice(kinds)
    index = rng.randrange(len(boxes))
    chosen = boxes[index]
    wanted = sum(box.phrase == chosen.phrase for box in boxes)
    if kind == "less":
        wrong = _numbered((*boxes[:index], *boxes[index + 1 :]))
        return Mistake(replace(right, boxes=wrong), (f'need {wanted} boxes "{chosen.phrase}", got {wanted - 1}',))
    if kind == "more":
        rect = (min(chosen.rect[0] + 16, 400), chosen.rect[1], chosen.rect[2], chosen.rect[3])
        wrong = _numbered((*boxes[: index + 1], replace(chosen, rect=rect), *boxes[index + 1 :]))
        return Mistake(replace(right, boxes=wrong), (f'need {wanted} boxes "{chosen.phrase}", got {wanted + 1}',))
    if kind == "colour":
        head = head_of(chosen.phrase)
        words = f"{rng.choice(tuple(COLOURS))} {head}"
        phrase = f"{article(words)} {words}"
        if phrase == chosen.phrase or chosen.phrase.split()[1] not in COLOURS:
            return None
        wrong = (*boxes[:index], replace(chosen, phrase=phrase), *boxes[index + 1 :])
        return Mistake(replace(right, boxes=wrong), (f'a box must say "{chosen.phrase}"',))
    side, one, other = rng.choice(tuple(relations))
    first = next(box for box in boxes if box.phrase == one.phrase)
    second = next(box for box in boxes if box.phrase == other.phrase)
    rects = {first.id: second.rect, second.id: first.rect}
    wrong = tuple(replace(box, rect=rects.get(box.id, box.rect)) for box in boxes)
    return Mistake(replace(right, boxes=wrong), (f'"{one.phrase}" must be {HOW[side]} "{other.phrase}"',))


def followup_mistake(rng: random.Random, before: Layout, outcome: Outcome) -> Mistake | None:
    """Nothing was done, or the box that should have changed is gone."""
    if not outcome.demand:
        return None
    locked = [box for box in before.boxes if box.locked]
    free = [box for box in before.boxes if not box.locked]
    if outcome.kind in ("move", "resize", "recolour") and rng.random() < 0.25:
        gone = [box for box in free if box.id in outcome.touched]
        if len(gone) == 1:
            left = tuple(box for box in (*locked, *free) if box is not gone[0])
            return Mistake(replace(before, boxes=left), (f'keep the box "{gone[0].phrase}"',))
    return Mistake(replace(before, boxes=(*locked, *free)), (outcome.demand,))


def _numbered(boxes: Sequence[Box]) -> tuple[Box, ...]:
    return tuple(replace(box, id=number) for number, box in enumerate(boxes, start=1))
