"""Fresh captions for the four benchmark tasks, made only of combinations that no training caption had."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.starter_world.planner.captions import ABOVE, BELOW, EMPTY_SCENES, LEFT, NEGATIONS_BEHIND, RELATIONS, UNDER
from models.starter_world.planner.held_out import count_key, is_held_out, negation_key, pair_key, relation_key
from models.starter_world.planner.layout import Rect
from models.starter_world.planner.speech import Group
from models.starter_world.planner.words import NUMBER_WORDS, PLACES, plural
from models.starter_world.vocabulary import COLOURS, THINGS

PhrasedBox = tuple[str, Rect]
Check = Callable[[list[PhrasedBox], str, str], bool]
TASKS = ("negation", "counting", "attributes", "spatial")
PER_TASK = 50
BENCHMARK_OPENING = "a realistic photo of a scene with "
OTHER_OPENINGS = ("", "", "a picture of ", "draw ", "show me ", "a realistic scene with ", "a painting of ")
BENCHMARK_SHARE = 0.5
MAX_COUNT = 6


@dataclass(frozen=True, slots=True)
class Case:
    """A caption, the LMD rule that judges its layout, and the phrases that a perfect layout has."""

    task: str
    caption: str
    check: Check
    phrases: tuple[str, ...]


def held_out_suite(seed: int) -> list[Case]:
    """Fifty different captions for each task."""
    rng = random.Random(f"planner suite {seed}")
    draws = (_negation, _counting, _attributes, _spatial)
    cases: list[Case] = []
    for draw in draws:
        found: dict[str, Case] = {}
        while len(found) < PER_TASK:
            case = draw(rng)
            if case is not None:
                found.setdefault(case.caption.lower(), case)
        cases += found.values()
    return cases


def _negation(rng: random.Random) -> Case | None:
    """LMD: no box names the negated thing. Here also: what is asked is there, and the negative prompt names it."""
    noun = rng.choice(tuple(THINGS))
    present = [_group(rng, noun) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
    if len({noun, *(group.noun for group in present)}) <= len(present):
        return None
    if any(noun in group.words for group in present):  # a ball in a balloon
        return None
    if present:
        if not is_held_out([negation_key(noun, [group.noun for group in present], opening="")]):
            return None
        behind = rng.choice(NEGATIONS_BEHIND).replace("{N}", plural(noun))
        text = _scene(rng, " and ".join(group.phrase for group in present)) + behind
    else:
        template = rng.choice(EMPTY_SCENES)
        if not is_held_out([negation_key(noun, [], opening=template)]):
            return None
        text = template.replace("{N}", plural(noun))
    wanted = tuple(group.phrase for group in present)

    def check(boxes: list[PhrasedBox], background: str, negative: str) -> bool:
        phrases = [phrase for phrase, _ in boxes]
        absent = not any(noun in phrase for phrase in (*phrases, background))
        return absent and noun in negative and all(phrase in phrases for phrase in wanted)

    return Case("negation", _typed(rng, text), check, wanted)


def _counting(rng: random.Random) -> Case | None:
    """LMD: as many boxes name the thing as were asked for."""
    noun, count = rng.choice(tuple(THINGS)), rng.randint(1, MAX_COUNT)
    group = Group(noun, rng.choice(tuple(COLOURS)) if rng.random() < 0.4 else None)
    if not is_held_out([count_key(noun, count, group.colour)]):
        return None
    number = NUMBER_WORDS[count] if rng.random() < 0.75 else str(count)
    text = _scene(rng, f"{number} {group.words if count == 1 else group.plural_words}")

    def check(boxes: list[PhrasedBox], background: str, negative: str) -> bool:
        return sum(group.words in phrase for phrase, _ in boxes) == count

    return Case("counting", _typed(rng, text), check, (group.phrase,) * count)


def _attributes(rng: random.Random) -> Case | None:
    """LMD: each coloured thing is there, article and all."""
    first, second = _group(rng), _group(rng)
    if first.noun == second.noun or first.colour == second.colour or not (first.colour and second.colour):
        return None
    if not is_held_out([pair_key((first.colour, first.noun), (second.colour, second.noun))]):
        return None
    joint = rng.choice((" and ", " and ", " and ", " next to ", ", ", " beside "))
    text = _scene(rng, f"{first.phrase}{joint}{second.phrase}")
    wanted = (first.phrase, second.phrase)

    def check(boxes: list[PhrasedBox], background: str, negative: str) -> bool:
        return all(any(words in phrase for phrase, _ in boxes) for words in wanted)

    return Case("attributes", _typed(rng, text), check, wanted)


def _spatial(rng: random.Random) -> Case | None:
    """LMD: the centres of the first boxes of both things lie as asked."""
    relation = rng.choice(("left", "right", "above", "below"))
    first, second = _group(rng, colour_share=0.3), _group(rng, colour_share=0.3)
    if first.noun == second.noun or not is_held_out([relation_key(relation, first.noun, second.noun)]):
        return None
    known = {"left": LEFT, "right": RELATIONS["right"], "above": ABOVE, "below": (*BELOW, *UNDER)}[relation]
    text = known[rng.choice((4, 5, 6))] if relation in ("left", "right") else rng.choice(known)
    text = rng.choice((text, rng.choice(known)))
    text = _scene(rng, text.replace("{A}", first.phrase).replace("{B}", second.phrase))
    axis = 0 if relation in ("left", "right") else 1
    is_first_smaller = relation in ("left", "above")

    def check(boxes: list[PhrasedBox], background: str, negative: str) -> bool:
        one, two = _centre(boxes, first.words, axis), _centre(boxes, second.words, axis)
        if one is None or two is None:
            return False
        return one < two if is_first_smaller else one > two

    return Case("spatial", _typed(rng, text), check, (first.phrase, second.phrase))


def _group(rng: random.Random, avoid: str = "", *, colour_share: float = 0.7) -> Group:
    noun = rng.choice([noun for noun in THINGS if noun != avoid])
    return Group(noun, rng.choice(tuple(COLOURS)) if rng.random() < colour_share else None)


def _scene(rng: random.Random, text: str) -> str:
    if rng.random() < BENCHMARK_SHARE:
        return BENCHMARK_OPENING + text
    place = f" {rng.choice(PLACES[rng.choice(tuple(PLACES))])}" if rng.random() < 0.4 else ""
    return rng.choice(OTHER_OPENINGS) + text + place


def _typed(rng: random.Random, text: str) -> str:
    text = text[:1].upper() + text[1:] if rng.random() < 0.6 else text
    return f"{text}." if rng.random() < 0.2 else text


def _centre(boxes: Sequence[PhrasedBox], words: str, axis: int) -> float | None:
    for phrase, rect in boxes:
        if f"{words} " in phrase or phrase.endswith(words):
            return rect[axis] + rect[axis + 2] / 2
    return None
