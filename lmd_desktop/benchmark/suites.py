"""Harder captions than the paper's, drawn from fixed seeds: larger counts, more relations, attributes, sizes, contact.

Every suite has 100 different captions. Their nouns are the benchmark's classes and more everyday ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from lmd_desktop.benchmark.chinese import chinese_twins
from lmd_desktop.benchmark.english import NUMBER_WORDS, plural
from lmd_desktop.benchmark.prompts import (
    CLASSES,
    COLOURS,
    OTHER_CLASSES,
    PREFIX,
    BenchmarkPrompt,
    development_prompts,
    even_sample,
    lmd_prompts,
)
from lmd_desktop.benchmark.rules import (
    Absent,
    Beside,
    Contact,
    Count,
    Larger,
    Present,
    Rule,
    Side,
    Touching,
    with_article,
)

NOUNS = (*CLASSES, *OTHER_CLASSES)
PER_SUITE = 100
PAPER, DEVELOPMENT, CHINESE, ALL, MULTI_ROUND = "lmd", "development", "chinese", "harder", "multi_round"
CHINESE_HARDER = "chinese_harder"
SIDE_WORDS: dict[Side, str] = {"left": "to the left of", "right": "to the right of", "top": "above", "bottom": "below"}
CONTACTS: dict[Contact, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "on": (("apple", "book", "bottle", "bowl", "cat", "cup", "flower", "lamp", "laptop"), ("table", "chair", "car")),
    "in": (("apple", "flower", "mushroom", "bottle"), ("bowl", "boat", "backpack", "cup")),
    "under": (("backpack", "bowl", "cat", "cup", "dog", "mushroom"), ("table", "chair", "umbrella", "tree")),
}
Draft = tuple[str, tuple[Rule, ...], tuple[str, ...], tuple[str, ...]]


def suite_names() -> tuple[str, ...]:
    """The paper's, those to tune on, the paper's Chinese twins, the harder ones, all of those together, their twins,
    dialogs (``dialogs.py``).
    """
    return (PAPER, DEVELOPMENT, CHINESE, *DRAWS, ALL, CHINESE_HARDER, MULTI_ROUND)


def suite_prompts(name: str) -> tuple[BenchmarkPrompt, ...]:
    """The prompts of a suite, with the suite as their task where it has no tasks of its own."""
    if name == PAPER:
        return lmd_prompts()
    if name == DEVELOPMENT:
        return development_prompts()
    if name == CHINESE:
        return chinese_twins(lmd_prompts())
    if name == CHINESE_HARDER:
        return chinese_twins([prompt for prompt in suite_prompts(ALL) if prompt.task != CHINESE])
    if name == ALL:
        twins = even_sample(chinese_twins(lmd_prompts()), PER_SUITE)
        parts = [prompt for suite in DRAWS for prompt in suite_prompts(suite)]
        parts += [replace(prompt, task=CHINESE) for prompt in twins]
        return tuple(replace(prompt, index=index) for index, prompt in enumerate(parts))
    rng = random.Random(f"suite {name}")
    found: dict[str, Draft] = {}
    while len(found) < PER_SUITE:
        draft = DRAWS[name](rng)
        found.setdefault(draft[0], draft)
    return tuple(
        BenchmarkPrompt(index, name, caption, rules, things, absent)
        for index, (caption, rules, things, absent) in enumerate(found.values())
    )


def _counts(rng: random.Random) -> Draft:
    """Six to twelve of one thing."""
    noun, number = rng.choice(NOUNS), rng.randint(6, 12)
    caption = f"{PREFIX} with {NUMBER_WORDS[number - 1]} {plural(noun)}"
    return caption, (Count(noun, number),), (with_article(noun),) * number, ()


def _two_class_counts(rng: random.Random) -> Draft:
    nouns, numbers = rng.sample(NOUNS, 2), (rng.randint(1, 4), rng.randint(2, 4))
    parts = [
        f"{NUMBER_WORDS[number - 1]} {noun if number == 1 else plural(noun)}"
        for noun, number in zip(nouns, numbers, strict=True)
    ]
    rules = tuple(Count(noun, number) for noun, number in zip(nouns, numbers, strict=True))
    things = tuple(with_article(rule.words) for rule in rules for _ in range(rule.wanted))
    return f"{PREFIX} with {' and '.join(parts)}", rules, things, ()


def _relations(rng: random.Random) -> Draft:
    """Three relations around one thing."""
    middle, *others = rng.sample(NOUNS, 4)
    sides = rng.sample(tuple(SIDE_WORDS), 3)
    pairs = list(zip(others, sides, strict=True))
    first, *rest = (f"{with_article(noun)} {SIDE_WORDS[side]} the {middle}" for noun, side in pairs)
    text = f"{first.replace(f'the {middle}', with_article(middle))}, {rest[0]} and {rest[1]}"
    rules = tuple(Beside(noun, side, middle) for noun, side in pairs)
    return text[0].upper() + text[1:], rules, tuple(map(with_article, (*others, middle))), ()


def _nested(rng: random.Random) -> Draft:
    """A thing on another one that stands beside a third."""
    lower_nouns = CONTACTS["on"][1]
    lower = rng.choice(lower_nouns)
    upper = rng.choice([noun for noun in CONTACTS["on"][0] if noun != lower])
    third = rng.choice([noun for noun in NOUNS if noun not in (upper, lower)])
    side: Side = rng.choice(("left", "right"))
    caption = f"{with_article(upper)} on {with_article(lower)} {SIDE_WORDS[side]} {with_article(third)}"
    rules = (Touching(upper, "on", lower), Beside(lower, side, third))
    return caption[0].upper() + caption[1:], rules, tuple(map(with_article, (upper, lower, third))), ()


def _swaps(rng: random.Random) -> Draft:
    """Few nouns and colours, so that most captions have a twin with the colours or the sides swapped."""
    (one, two), (first, second) = rng.sample(NOUNS[:4], 2), rng.sample(COLOURS[:3], 2)
    side: Side = rng.choice(("left", "right"))
    a, b = f"{first} {one}", f"{second} {two}"
    caption = f"{PREFIX} with {with_article(a)} {SIDE_WORDS[side]} {with_article(b)}"
    rules = (Present(with_article(a)), Present(with_article(b)), Beside(a, side, b))
    return caption, rules, (with_article(a), with_article(b)), ()


def _negated_attributes(rng: random.Random) -> Draft:
    """The thing is wanted, in one colour and not in the other."""
    noun, (wanted, unwanted) = rng.choice(NOUNS), rng.sample(COLOURS, 2)
    phrase, negated = with_article(f"{wanted} {noun}"), f"{unwanted} {noun}"
    caption = f"{PREFIX} with {phrase} but without {plural(negated)}"
    return caption, (Present(phrase), Absent(negated)), (phrase,), (unwanted,)


def _sizes(rng: random.Random) -> Draft:
    (one, two), (big, small) = (
        rng.sample(NOUNS, 2),
        rng.choice((("large", "small"), ("huge", "tiny"), ("big", "small"))),
    )
    parts = [with_article(f"{big} {one}"), with_article(f"{small} {two}")]
    rng.shuffle(parts)
    caption = f"{PREFIX} with {' and '.join(parts)}"
    return caption, (Larger(one, two),), tuple(parts), ()


def _contact(rng: random.Random) -> Draft:
    how: Contact = rng.choice(tuple(CONTACTS))
    firsts, seconds = CONTACTS[how]
    second = rng.choice(seconds)
    first = rng.choice([noun for noun in firsts if noun != second])
    a = with_article(rng.choice(("", f"{rng.choice(COLOURS)} ")) + first)
    caption = f"{PREFIX} with {a} {how} {with_article(second)}"
    return caption, (Touching(first, how, second),), (a, with_article(second)), ()


DRAWS: dict[str, Callable[[random.Random], Draft]] = {
    "counts": _counts,
    "two_class_counts": _two_class_counts,
    "relations": _relations,
    "nested": _nested,
    "swaps": _swaps,
    "negated_attributes": _negated_attributes,
    "sizes": _sizes,
    "contact": _contact,
}
