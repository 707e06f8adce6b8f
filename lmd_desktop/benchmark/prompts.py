"""The 400 prompts of the LMD benchmark, made by the published rule.

Source: Lian, Li, Yala, Darrell: LLM-grounded Diffusion (TMLR 2024), section 4.1, and the authors' public evaluation
script. Four tasks of 100 prompts, in this order, all beginning ``A realistic photo of a scene``:

- negation: `` without {plural}``, ten classes, each ten times;
- numeracy: `` with {number word} {plural}`` (the singular after *one*), for n = 1…5, for each class, twice in a row;
- attribution: for s = 0…99, after ``numpy.random.seed(s)``: two of eleven colours, then two of the ten classes, both by
  ``choice(…, 2, replace=False)``: `` with a red car and a blue cat``;
- spatial: for s = 0…24, after one ``numpy.random.seed(s)`` a fresh pair of classes for each of (left, right),
  (right, left), (top, bottom), (bottom, top): `` with a car on the left and a cat on the right``.

That makes 10 + 50 + 100 + 90 = 250 different prompts.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmd_desktop.benchmark.rules import Absent, Beside, Count, Present, Rule, Side, with_article

if TYPE_CHECKING:
    import numpy as np

TASKS = ("negation", "numeracy", "attribution", "spatial")
PREFIX = "A realistic photo of a scene"
CLASSES = ("backpack", "book", "bottle", "bowl", "car", "cat", "chair", "cup", "dog", "laptop")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
OTHER_CLASSES = ("apple", "bird", "boat", "flower", "house", "lamp", "mushroom", "table", "tree", "umbrella")
NUMBERS = ("one", "two", "three", "four", "five")
SIDES: tuple[tuple[Side, Side], ...] = (("left", "right"), ("right", "left"), ("top", "bottom"), ("bottom", "top"))
REPEATS_OF_NEGATION, REPEATS_OF_NUMERACY, ATTRIBUTION_SEEDS, SPATIAL_SEEDS = 10, 2, 100, 25
SPREAD = 0.37


@dataclass(frozen=True, slots=True)
class BenchmarkPrompt:
    """A caption, and what a layout or a picture of it must show.

    ``things`` are the phrases of a perfect layout's boxes (strict: as many boxes and no more), ``absent`` the words
    that its negative prompt must name.
    """

    index: int
    task: str
    caption: str
    rules: tuple[Rule, ...]
    things: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def queries(self) -> tuple[str, ...]:
        """What a judge is asked for in a picture, each once."""
        return tuple(dict.fromkeys(query for rule in self.rules for query in rule.queries))


def lmd_prompts() -> tuple[BenchmarkPrompt, ...]:
    """All 400; the index is the place in the list and gives the seeds."""
    return _by_the_rule(CLASSES)


def development_prompts() -> tuple[BenchmarkPrompt, ...]:
    """400 more by the same rule with ten other classes: for choosing parameters, so that the 400 stay unseen."""
    return _by_the_rule(OTHER_CLASSES)


def _by_the_rule(classes: Sequence[str]) -> tuple[BenchmarkPrompt, ...]:
    drawn = [*_negation(classes), *_numeracy(classes), *_attribution(classes), *_spatial(classes)]
    return tuple(
        BenchmarkPrompt(index, task, f"{PREFIX} {end}", rules, things, absent)
        for index, (task, end, rules, things, absent) in enumerate(drawn)
    )


def captions_sha256(prompts: Sequence[BenchmarkPrompt]) -> str:
    """The hash of the captions, one a line."""
    return hashlib.sha256("".join(f"{prompt.caption}\n" for prompt in prompts).encode()).hexdigest()


def even_sample(prompts: Sequence[BenchmarkPrompt], limit: int | None) -> tuple[BenchmarkPrompt, ...]:
    """At most ``limit`` prompts, spread evenly over the tasks and within each of them, in the order of a run.

    A larger sample begins with the smaller one, so a run can be made longer, and one that is stopped early is an even
    sample too. Within a task the places advance by about 0.37 of its length, which hits every residue class in turn.
    """
    by_task: dict[str, list[BenchmarkPrompt]] = {}
    for prompt in prompts:
        by_task.setdefault(prompt.task, []).append(prompt)
    rounds = max(len(group) for group in by_task.values()) if by_task else 0
    mixed = [_spread(group) for group in by_task.values()]
    order = [group[place] for place in range(rounds) for group in mixed if place < len(group)]
    return tuple(order[:limit])


def _spread(group: Sequence[BenchmarkPrompt]) -> list[BenchmarkPrompt]:
    step = max(1, round(SPREAD * len(group)))
    while math.gcd(step, len(group)) > 1:
        step += 1
    return [group[place * step % len(group)] for place in range(len(group))]


Draft = tuple[str, str, tuple[Rule, ...], tuple[str, ...], tuple[str, ...]]


def _negation(classes: Sequence[str]) -> list[Draft]:
    return [
        ("negation", f"without {noun}s", (Absent(noun),), (), (noun,))
        for noun in classes
        for _ in range(REPEATS_OF_NEGATION)
    ]


def _numeracy(classes: Sequence[str]) -> list[Draft]:
    return [
        (
            "numeracy",
            f"with {word} {noun}{'' if number == 1 else 's'}",
            (Count(noun, number),),
            (with_article(noun),) * number,
            (),
        )
        for number, word in enumerate(NUMBERS, start=1)
        for noun in classes
        for _ in range(REPEATS_OF_NUMERACY)
    ]


def _attribution(classes: Sequence[str]) -> list[Draft]:
    drafts: list[Draft] = []
    for seed in range(ATTRIBUTION_SEEDS):
        rng = _seeded(seed)
        colours = rng.choice(COLOURS, 2, replace=False)
        nouns = _two_classes(rng, classes)
        first, second = (with_article(f"{colour} {noun}") for colour, noun in zip(colours, nouns, strict=True))
        drafts.append(
            ("attribution", f"with {first} and {second}", (Present(first), Present(second)), (first, second), ())
        )
    return drafts


def _spatial(classes: Sequence[str]) -> list[Draft]:
    drafts: list[Draft] = []
    for seed in range(SPATIAL_SEEDS):
        rng = _seeded(seed)
        for side, other in SIDES:
            one, two = _two_classes(rng, classes)
            first, second = with_article(one), with_article(two)
            text = f"with {first} on the {side} and {second} on the {other}"
            drafts.append(("spatial", text, (Beside(one, side, two),), (first, second), ()))
    return drafts


def _seeded(seed: int) -> np.random.RandomState:
    """The generator behind ``numpy.random.seed``."""
    # Here and not at the top: the commands' parsers, and with them the window, start without numpy.
    import numpy as np

    return np.random.RandomState(seed)


def _two_classes(rng: np.random.RandomState, classes: Sequence[str]) -> tuple[str, str]:
    one, two = rng.choice(classes, 2, replace=False)
    return str(one), str(two)
