"""Captions with layouts that keep them, and the faults that can be planted into those."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for

NOUNS = (
    "car",
    "cat",
    "cup",
    "lamp",
    "dog",
    "chair",
    "bottle",
    "book",
    "bird",
    "umbrella",
    "bench",
    "box",
    "bus",
    "knife",
)
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white")
MATERIALS = ("wooden", "striped", "old", "glass")
NUMBERS = ("two", "three", "four", "five", "six")
FRAMES = (
    "A realistic photo of a scene with {}", "{}", "a painting of {}", "Draw {}", "a photo of {} in a park",
    "{} on a beach.",
    "A realistic scene with {} at night", "show me {}, please", "An oil painting of {} under a blue sky",
)  # fmt: skip
BACKGROUNDS = ("a realistic scene", "a park", "an oil painting of a meadow", "a photo of a sandy beach at night")
RELATIONS = {
    "left": ("to the left of", "on the left of", "left of", "on the left side of"),
    "right": ("to the right of", "on the right of", "right of"),
    "above": ("above", "over"),
    "below": ("below",),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A caption with a layout; ``faults`` are the kinds of fault that can be planted into it."""

    caption: str
    layout: Layout
    faults: tuple[str, ...]


def draw_case(rng: random.Random) -> Case:
    """A caption with a layout that keeps it to the letter."""
    return rng.choice((_counted, _coloured, _related, _forbidden, _sided))(rng)


def plant(rng: random.Random, case: Case) -> tuple[str, Layout]:
    """One fault: its kind, and the layout that has it."""
    kind = rng.choice(case.faults)
    return kind, _PLANTERS[kind](rng, case.layout)


def _counted(rng: random.Random) -> Case:
    first, second = rng.sample(NOUNS, 2)
    count = rng.randint(2, 6)
    colour = rng.choice(("", "", f"{rng.choice(COLOURS)} "))
    words = f"{rng.choice((NUMBERS[count - 2], str(count)))} {colour}{_plural(first)}"
    phrases = [f"a {colour}{first}" if colour else _a(first)] * count
    if rng.random() < 0.5:
        words, phrases = f"{words} and {_a(second)}", [*phrases, _a(second)]
    return _case(rng, words, phrases, ("missing", "extra", "foreign", "repeated"))


def _coloured(rng: random.Random) -> Case:
    first, second = rng.sample(NOUNS, 2)
    one, other = rng.sample((*COLOURS, *MATERIALS), 2)
    phrases = [_a(f"{one} {first}"), _a(f"{other} {second}")]
    joint = rng.choice((" and ", " next to ", ", ", " beside "))
    return _case(rng, joint.join(phrases), phrases, ("recoloured", "swapped colours", "missing", "extra", "repeated"))


def _related(rng: random.Random) -> Case:
    first, second = rng.sample(NOUNS, 2)
    kind = rng.choice(tuple(RELATIONS))
    looks = [rng.choice(("", f"{rng.choice(COLOURS)} ")) for _ in range(2)]
    phrases = [_a(f"{looks[0]}{first}"), _a(f"{looks[1]}{second}")]
    verb = rng.choice(("", "", " is", " standing", " that is"))
    words = f"{phrases[0]}{verb} {rng.choice(RELATIONS[kind])} {phrases[1]}"
    case = _case(rng, words, phrases, ("swapped places", "missing", "foreign"))
    one, other = case.layout.boxes
    low, high = (32, 40, 160, 150), (300, 330, 170, 150)
    across, down = (low, high) if kind in ("left", "above") else (high, low)
    rects = [Rect(*across), Rect(*down)]
    return replace(
        case, layout=replace(case.layout, boxes=(replace(one, rect=rects[0]), replace(other, rect=rects[1])))
    )


def _sided(rng: random.Random) -> Case:
    first, second = rng.sample(NOUNS, 2)
    one, other = rng.choice((("left", "right"), ("right", "left"), ("top", "bottom"), ("bottom", "top")))
    words = f"{_a(first)} on the {one} and {_a(second)} on the {other}"
    case = _case(rng, words, [_a(first), _a(second)], ("swapped places", "missing", "extra"))
    low, high = Rect(32, 40, 160, 150), Rect(300, 330, 170, 150)
    rects = (low, high) if one in ("left", "top") else (high, low)
    boxes = tuple(replace(box, rect=rect) for box, rect in zip(case.layout.boxes, rects, strict=True))
    return replace(case, layout=replace(case.layout, boxes=boxes))


def _forbidden(rng: random.Random) -> Case:
    first, second, third = rng.sample(NOUNS, 3)
    colour = rng.choice(("", "", f"{rng.choice(COLOURS)} "))
    gone = f"{colour}{_plural(third)}"
    words = _a(first) if rng.random() < 0.6 else f"{_a(first)} and {_a(second)}"
    phrases = [_a(first), _a(second)][: 1 if " and " not in words else 2]
    text = rng.choice(("{w} without {g}", "{w}, without any {g}", "{w} with no {g}", "{w}, but no {g}", "{w}, no {g}"))
    case = _case(rng, text.format(w=words, g=gone), phrases, ("forbidden box", "forbidden background", "no negative"))
    layout = replace(case.layout, negative_prompt=rng.choice((gone, f"{colour}{third}", f"rain, {gone}")))
    return replace(case, layout=layout)


def _case(rng: random.Random, words: str, phrases: list[str], faults: tuple[str, ...]) -> Case:
    rng.shuffle(places := [(x, y) for x in (16, 184, 352) for y in (16, 184, 352)])
    boxes = tuple(
        Box(
            str(i),
            phrase,
            Rect(x + rng.randint(0, 8), y, rng.randint(72, 140), rng.randint(72, 140)),
            colour_for(str(i)),
        )
        for i, (phrase, (x, y)) in enumerate(zip(phrases, places, strict=False), 1)
    )
    layout = Layout(boxes=boxes, background_prompt=rng.choice(BACKGROUNDS))
    return Case(rng.choice(FRAMES).format(words), layout, faults)


def _missing(rng: random.Random, layout: Layout) -> Layout:
    gone = rng.choice(layout.boxes)
    return replace(layout, boxes=tuple(box for box in layout.boxes if box != gone))


def _extra(rng: random.Random, layout: Layout) -> Layout:
    box = rng.choice(layout.boxes)
    return replace(layout, boxes=(*layout.boxes, replace(box, id="90", rect=Rect(420, 430, 80, 72))))


def _recoloured(rng: random.Random, layout: Layout) -> Layout:
    first, *rest = layout.boxes
    noun = first.phrase.split()[-1]
    return replace(layout, boxes=(replace(first, phrase=rng.choice((f"a pink {noun}", _a(noun)))), *rest))


def _swapped_colours(rng: random.Random, layout: Layout) -> Layout:
    first, second = layout.boxes
    (_, one, noun), (_, other, another) = first.phrase.split(), second.phrase.split()
    return replace(
        layout, boxes=(replace(first, phrase=_a(f"{other} {noun}")), replace(second, phrase=_a(f"{one} {another}")))
    )


def _swapped_places(rng: random.Random, layout: Layout) -> Layout:
    first, second = layout.boxes
    return replace(layout, boxes=(replace(first, rect=second.rect), replace(second, rect=first.rect)))


def _foreign(rng: random.Random, layout: Layout) -> Layout:
    if rng.random() < 0.5:
        return replace(layout, background_prompt="一个房间")
    first, *rest = layout.boxes
    return replace(layout, boxes=(replace(first, phrase=rng.choice(("一只猫", "красная машина"))), *rest))


def _repeated(rng: random.Random, layout: Layout) -> Layout:
    noun = rng.choice(layout.boxes).phrase.split()[-1]
    background = rng.choice(
        (f"a park with {_a(noun)}", f"a photo of {_a(noun)} in a park", f"a street and {_plural(noun)}")
    )
    return replace(layout, background_prompt=background)


def _forbidden_box(rng: random.Random, layout: Layout) -> Layout:
    gone = layout.negative_prompt.removeprefix("rain, ")
    phrase = _a(" ".join((*gone.split()[:-1], _singular(gone.split()[-1]))))
    return replace(layout, boxes=(*layout.boxes, Box("90", phrase, Rect(420, 430, 80, 72), "#000000")))


def _forbidden_background(rng: random.Random, layout: Layout) -> Layout:
    return replace(layout, background_prompt=f"a park with {layout.negative_prompt.removeprefix('rain, ')}")


def _no_negative(rng: random.Random, layout: Layout) -> Layout:
    return replace(layout, negative_prompt=rng.choice(("", "rain")))


def _a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _plural(noun: str) -> str:
    return {"bench": "benches", "box": "boxes", "bus": "buses", "knife": "knives"}.get(noun, f"{noun}s")


def _singular(noun: str) -> str:
    return next((one for one in NOUNS if _plural(one) == noun), noun)


_PLANTERS: dict[str, Callable[[random.Random, Layout], Layout]] = {
    "missing": _missing,
    "extra": _extra,
    "recoloured": _recoloured,
    "swapped colours": _swapped_colours,
    "swapped places": _swapped_places,
    "foreign": _foreign,
    "repeated": _repeated,
    "forbidden box": _forbidden_box,
    "forbidden background": _forbidden_background,
    "no negative": _no_negative,
}
