"""How a request names boxes of the canvas: ``the red car``, ``both cats``, ``box 3``, ``it``."""

from __future__ import annotations

import random
from dataclasses import dataclass

from models.starter_world.planner import chinese
from models.starter_world.planner.layout import Box
from models.starter_world.planner.words import NUMBER_WORDS, colour_of, head_of, plural


@dataclass(frozen=True, slots=True)
class Reference:
    """Words and the boxes they mean."""

    words: str
    ids: frozenset[int]
    is_plural: bool = False


def bare(phrase: str) -> str:
    """A phrase without its article."""
    first, _, rest = phrase.partition(" ")
    return rest if first in ("a", "an", "the") and rest else phrase


def refer(rng: random.Random, boxes: tuple[Box, ...], *, single: bool = False) -> Reference | None:
    """Name one box, or equal boxes, without doubt about which are meant."""
    box = rng.choice(boxes)
    if rng.random() < 0.06:
        return Reference(rng.choice((f"box {box.id}", f"box {box.id}", f"number {box.id}")), frozenset({box.id}))
    if len(boxes) == 1 and rng.random() < 0.3:
        return Reference("it", frozenset({box.id}))
    if rng.random() < 0.04 and not single and len(boxes) > 1:
        words = rng.choice(("everything", "all the boxes", "all of them", "all things"))
        return Reference(words, frozenset(other.id for other in boxes), is_plural=True)
    head, full = head_of(box.phrase), bare(box.phrase)
    same_head = [other for other in boxes if head_of(other.phrase) == head]
    same_phrase = [other for other in boxes if other.phrase == box.phrase]
    the = rng.choice(("the", "the", "the", "the", "the", "that", "my", ""))
    if len(same_head) == 1:
        colour = colour_of(box.phrase)
        words = rng.choice((head, full, f"{colour} {head}" if colour else full))
        return Reference(f"{the} {words}".strip(), frozenset({box.id}))
    if len(same_phrase) == 1:
        return Reference(f"{the} {full}".strip(), frozenset({box.id}))
    if len(same_head) == 2 and rng.random() < 0.5:
        first, second = sorted(same_head, key=lambda other: other.rect[0])
        if second.rect[0] - first.rect[0] >= 32:
            side, target = rng.choice((("left", first), ("right", second)))
            return Reference(f"the {side} {head}", frozenset({target.id}))
    if single:
        return None
    same, noun = (same_head, plural(head)) if rng.random() < 0.5 else (same_phrase, _plural_phrase(full, head))
    number = NUMBER_WORDS[len(same)] if len(same) < len(NUMBER_WORDS) else "many"
    every = rng.choice(("the", "the", "all", "all the", f"the {number}", "both" if len(same) == 2 else "all"))
    return Reference(f"{every} {noun}", frozenset(other.id for other in same), is_plural=True)


def refer_in_chinese(rng: random.Random, boxes: tuple[Box, ...]) -> Reference | None:
    """One box that is the only one of its kind."""
    box = rng.choice(boxes)
    same_head = [other for other in boxes if head_of(other.phrase) == head_of(box.phrase)]
    words = chinese.name([head_of(box.phrase)]) if len(same_head) == 1 else None
    full = chinese.name(box.phrase.split())
    if full is None or (words is None and sum(other.phrase == box.phrase for other in boxes) > 1):
        return None
    return Reference(rng.choice((words, full)) if words else full, frozenset({box.id}))


def _plural_phrase(full: str, head: str) -> str:
    return full.removesuffix(head) + plural(head)
