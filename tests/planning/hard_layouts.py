"""Captions and follow-up requests of the harder kinds with layouts that keep them, and with layouts that do not.

Every faulty layout differs from its good one in one thing that was put wrong on purpose.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for

NOUNS = ("car", "cat", "dog", "lamp", "bottle", "bird", "umbrella", "knife", "mouse", "flower", "robot", "horse")
LOW = ("table", "chair", "bench", "crate", "truck")
HOLLOW = ("bowl", "basket", "box", "boat", "vase")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white", "gray")
NUMBERS = ("six", "seven", "eight", "nine", "ten", "eleven", "twelve")
FRAMES = ("A realistic photo of a scene with {}", "{}", "a painting of {}", "Draw {}", "{} at night", "{}.")
BACKGROUNDS = ("a realistic scene", "a park", "an oil painting of a meadow", "a photo of a sandy beach at night")
SIDES = {
    "left": ("to the left of", "on the left of", "left of", "on the left side of"),
    "right": ("to the right of", "on the right of", "right of"),
    "above": ("above", "over"),
    "below": ("below",),
}
PLACES = {
    "left": Rect(8, 200, 104, 104),
    "right": Rect(400, 200, 104, 104),
    "above": Rect(200, 8, 104, 104),
    "below": Rect(200, 400, 104, 104),
}
MIDDLE = Rect(192, 192, 120, 120)
ACROSS = {"left": "right", "right": "left", "above": "below", "below": "above"}


@dataclass(frozen=True, slots=True)
class HardCase:
    """A request with a layout that keeps it and with faulty ones by what is wrong; ``before`` is the canvas."""

    family: str
    request: str
    layout: Layout
    faulty: Mapping[str, Layout]
    before: Layout | None = None


def draw_hard_case(rng: random.Random, family: str) -> HardCase:
    """One case of a family of ``FAMILIES``."""
    return replace(FAMILIES[family](rng), family=family)


def _counts(rng: random.Random) -> HardCase:
    noun, number = rng.choice(NOUNS), rng.randint(6, 12)
    look = rng.choice(("", "", f"{rng.choice(COLOURS)} "))
    said = rng.choice((NUMBERS[number - 6], str(number), *(("a dozen",) if number == 12 else ())))
    boxes = [(_a(f"{look}{noun}"), Rect(8 + n % 4 * 124, 8 + n // 4 * 166, 100, 120)) for n in range(number)]
    good = _layout(rng, boxes)
    return _case(
        rng, f"{said} {look}{_plural(noun)}", good,
        {"one missing": _layout(rng, boxes[1:]), "one more": _plus(good, boxes[0][0], Rect(470, 470, 32, 32))},
    )  # fmt: skip


def _mixed_looks(rng: random.Random) -> HardCase:
    """Two red cars and three blue cars."""
    noun, (one, two) = rng.choice(NOUNS), rng.sample(COLOURS, 2)
    first, second = rng.randint(1, 3), rng.randint(2, 3)
    words = f"{_counted(first, f'{one} {noun}')} and {_counted(second, f'{two} {noun}')}"
    looks = [one] * first + [two] * second
    boxes = [(_a(f"{look} {noun}"), Rect(8 + n % 3 * 168, 8 + n // 3 * 240, 120, 120)) for n, look in enumerate(looks)]
    good = _layout(rng, boxes)
    return _case(
        rng, words, good,
        {"one in the other colour": _named(good, "1", boxes[-1][0]), "one of them missing": _less(good, "1")},
    )  # fmt: skip


def _three_relations(rng: random.Random) -> HardCase:
    middle, *others = rng.sample(NOUNS, 4)
    sides = rng.sample(tuple(SIDES), 3)
    parts = [f"{_a(noun)} {rng.choice(SIDES[side])}" for noun, side in zip(others, sides, strict=True)]
    words = f"{parts[0]} {_a(middle)}, {parts[1]} the {middle} and {parts[2]} the {middle}"
    boxes = [(_a(noun), PLACES[side]) for noun, side in zip(others, sides, strict=True)]
    good = _layout(rng, [*boxes, (_a(middle), MIDDLE)])
    number = rng.randrange(3)
    wrong = _moved(good, str(number + 1), _free_corner(ACROSS[sides[number]]))
    return _case(rng, words, good, {"one on the wrong side": wrong, "the middle one missing": _less(good, "4")})


def _continued(rng: random.Random) -> HardCase:
    """A cat to the left of a dog and below a bird."""
    one, two, three = rng.sample(NOUNS, 3)
    across, down = rng.choice(("left", "right")), rng.choice(("above", "below"))
    words = f"{_a(one)} {rng.choice(SIDES[across])} {_a(two)} and {rng.choice(SIDES[down])} {_a(three)}"
    x, y = (40, 300) if across == "left" else (300, 40), (40, 300) if down == "above" else (300, 40)
    boxes = [(_a(one), _at(x[0], y[0])), (_a(two), _at(x[1], y[0] + 8)), (_a(three), _at(x[0] + 8, y[1]))]
    good = _layout(rng, boxes)
    return _case(
        rng, words, good,
        {
            "on the wrong side of the second": _swapped(good, "1", "2"),
            "on the wrong side of the third": _swapped(good, "1", "3"),
        },
    )  # fmt: skip


def _trailing(rng: random.Random) -> HardCase:
    """A car with a balloon above."""
    one, two = rng.sample(NOUNS, 2)
    joint, behind, side = rng.choice(
        (
            ("with", "above", "above"),
            ("with", "overhead", "above"),
            ("with", "above it", "above"),
            ("and", "above it", "above"),
            ("with", "below", "below"),
            ("with", "floating above it", "above"),
            ("with", "on its left", "left"),
            ("and", "to its right", "right"),
        )
    )
    good = _layout(rng, [(_a(one), MIDDLE), (_a(two), PLACES[side])])
    wrong = _moved(good, "2", PLACES[ACROSS[side]])
    return _case(rng, f"{_a(one)} {joint} {_a(two)} {behind}", good, {"on the wrong side": wrong}, frames=("{}", "{}."))


def _inverted(rng: random.Random) -> HardCase:
    """To the left of a sofa is a lamp."""
    one, two = rng.sample(NOUNS, 2)
    side = rng.choice(tuple(SIDES))
    verb = rng.choice(("is", "there is", "stands", "sits"))
    words = f"{rng.choice(SIDES[side])} {_a(one)} {verb} {_a(two)}"
    good = _layout(rng, [(_a(one), MIDDLE), (_a(two), PLACES[side])])
    wrong = _moved(good, "2", PLACES[ACROSS[side]])
    return _case(rng, words, good, {"on the wrong side": wrong}, frames=("{}", "{}.", "A photo. {}"))


def _between(rng: random.Random) -> HardCase:
    one, two, three = rng.sample(NOUNS, 3)
    is_pair = rng.random() < 0.4
    ends = f"two {_plural(two)}" if is_pair else f"{_a(two)} and {_a(three)}"
    others = (two, two) if is_pair else (two, three)
    boxes = [(_a(one), MIDDLE), (_a(others[0]), PLACES["left"]), (_a(others[1]), PLACES["right"])]
    good = _layout(rng, boxes)
    return _case(rng, f"{_a(one)} between {ends}", good, {"outside": _swapped(good, "1", rng.choice("23"))})


def _nested(rng: random.Random) -> HardCase:
    """A cat on a table to the left of a lamp."""
    upper, third = rng.sample(NOUNS, 2)
    lower, side = rng.choice(LOW), rng.choice(("left", "right"))
    words = f"{_a(upper)} on {_a(lower)} {rng.choice(SIDES[side])} {_a(third)}"
    x, far = (24, 340) if side == "left" else (300, 24)
    boxes = [(_a(upper), Rect(x + 40, 204, 80, 100)), (_a(lower), Rect(x, 296, 180, 140)), (_a(third), _at(far, 300))]
    good = _layout(rng, boxes)
    return _case(
        rng, words, good,
        {
            "not on it": _moved(good, "1", Rect(far, 120, 80, 100)),
            "far above it": _moved(good, "1", Rect(x + 40, 8, 80, 100)),
            "on the wrong side": _moved(good, "3", Rect(x + 30, 440, 64, 64) if side == "left" else _at(400, 440)),
        } if side == "left" else {
            "not on it": _moved(good, "1", Rect(far, 120, 80, 100)),
            "far above it": _moved(good, "1", Rect(x + 40, 8, 80, 100)),
        },
    )  # fmt: skip


def _contact(rng: random.Random) -> HardCase:
    upper = rng.choice(NOUNS)
    how = rng.choice(("on", "on top of", "under", "underneath", "in", "inside"))
    lower = rng.choice(HOLLOW if how.startswith("in") else LOW)
    words = f"{_a(f'{rng.choice(COLOURS)} {upper}')} {how} {_a(lower)}"
    phrase = words.partition(f" {how} ")[0]
    base = Rect(150, 220, 200, 140)
    touching = {"o": Rect(200, 130, 100, 98), "u": Rect(200, 356, 100, 100), "i": Rect(200, 240, 90, 90)}[how[0]]
    good = _layout(rng, [(phrase, touching), (_a(lower), base)])
    beside = _moved(good, "1", Rect(390, 240, 100, 100))
    faulty = {"beside it": beside, "the other missing": _less(good, "2")}
    if how[0] != "i":
        gap = Rect(200, 8, 100, 98) if how[0] == "o" else Rect(200, 424, 100, 80)
        faulty["apart"] = _moved(good, "1", gap)
        faulty["the other way round"] = _moved(
            good, "1", Rect(200, 370, 100, 98) if how[0] == "o" else Rect(200, 100, 100, 100)
        )
    else:
        faulty["partly out of it"] = _moved(good, "1", Rect(300, 160, 90, 90))
    return _case(rng, words, good, faulty)


def _sizes(rng: random.Random) -> HardCase:
    one, two = rng.sample(NOUNS, 2)
    big, small = rng.choice((("large", "small"), ("huge", "tiny"), ("big", "little"), ("giant", "small")))
    parts = [(_a(f"{big} {one}"), Rect(20, 150, 220, 220)), (_a(f"{small} {two}"), Rect(320, 250, 120, 120))]
    good = _layout(rng, parts)
    rng.shuffle(parts)
    words = f"{parts[0][0]} {rng.choice(('and', 'next to', 'beside'))} {parts[1][0]}"
    return _case(
        rng, words, good,
        {
            "as small": _moved(good, "1", Rect(20, 250, 120, 120)),
            "the other way round": _moved(_moved(good, "1", Rect(20, 250, 90, 90)), "2", Rect(280, 150, 220, 220)),
        },
    )  # fmt: skip


def _compared(rng: random.Random) -> HardCase:
    one, two = rng.sample(NOUNS, 2)
    how = rng.choice(("bigger than", "larger than", "much bigger than", "taller than", "wider than", "smaller than"))
    link = rng.choice(("", "that is "))
    large, small = Rect(20, 150, 220, 220), Rect(320, 250, 120, 120)
    rects = (small, large) if how == "smaller than" else (large, small)
    good = _layout(rng, [(_a(one), rects[0]), (_a(two), rects[1])])
    words = f"{_a(one)} {link}{how} {_a(two)}"
    swapped = _moved(_moved(good, "1", rects[1]), "2", rects[0])
    return _case(rng, words, good, {"the other way round": swapped, "of one size": _moved(good, "1", rects[1])})


def _swaps(rng: random.Random) -> HardCase:
    (one, two), (first, second) = rng.sample(NOUNS, 2), rng.sample(COLOURS, 2)
    side = rng.choice(("left", "right"))
    a, b = _a(f"{first} {one}"), _a(f"{second} {two}")
    good = _layout(rng, [(a, PLACES[side]), (b, MIDDLE)])
    colours = _named(_named(good, "1", _a(f"{second} {one}")), "2", _a(f"{first} {two}"))
    words = f"{a} {rng.choice(SIDES[side])} {b}"
    return _case(rng, words, good, {"colours swapped": colours, "places swapped": _swapped(good, "1", "2")})


def _negated_looks(rng: random.Random) -> HardCase:
    noun, (wanted, unwanted) = rng.choice(NOUNS), rng.sample(COLOURS, 2)
    phrase, gone = _a(f"{wanted} {noun}"), f"{unwanted} {_plural(noun)}"
    words = rng.choice(
        (
            f"{phrase} but without {gone}",
            f"{phrase}, no {gone}",
            f"no {gone}, but {phrase}",
            f"{phrase}, but not {_a(unwanted)} one",
            f"{phrase} and no {gone}",
        )
    )
    negative = rng.choice((gone, f"{unwanted} {noun}", f"rain, {gone}"))
    good = replace(_layout(rng, [(phrase, MIDDLE)]), negative_prompt=negative)
    return _case(
        rng, words, good,
        {
            "forbidden box": _plus(good, _a(f"{unwanted} {noun}"), PLACES["left"]),
            "in the forbidden colour": _named(good, "1", _a(f"{unwanted} {noun}")),
            "not in the negative prompt": replace(good, negative_prompt=rng.choice(("", "rain"))),
            "wanted thing in the negative prompt": replace(good, negative_prompt=f"{negative}, {_plural(noun)}"),
            "forbidden in the background": replace(good, background_prompt=f"a park with {gone}"),
        },
    )  # fmt: skip


def _edits(rng: random.Random) -> HardCase:
    """One unmistakable follow-up on a canvas of four things."""
    nouns = rng.sample(NOUNS, 4)
    looks = rng.sample(COLOURS, 2)
    phrases = [_a(f"{looks[0]} {nouns[0]}"), _a(nouns[1]), _a(nouns[2]), _a(nouns[3])]
    rects = [Rect(24, 40, 110, 110), Rect(320, 60, 130, 110), Rect(40, 320, 120, 130), Rect(300, 330, 110, 120)]
    before = _layout(rng, list(zip(phrases, rects, strict=True)))
    done, request, extra = _edit(rng, before, nouns)
    new = rng.choice([noun for noun in NOUNS if noun not in nouns])
    faulty = {"not done": before, "something added": _plus(done, _a(new), Rect(220, 220, 64, 64)), **extra}
    return HardCase("", rng.choice(("", "", "please ", "now ")) + request, done, faulty, before)


def _edit(rng: random.Random, before: Layout, nouns: Sequence[str]) -> tuple[Layout, str, dict[str, Layout]]:
    """The layout after it, the request, and further faulty layouts."""
    target = rng.randrange(4)
    box, noun = before.boxes[target], nouns[target]
    rect = box.rect
    kind = rng.choice(("add", "add beside", "remove", "recolour", "resize", "move", "side", "relate", "swap"))
    other = before.boxes[(target + 1) % 4]
    wrong = _moved(before, other.id, replace(other.rect, x=other.rect.x - 8))
    if kind.startswith("add"):
        new = rng.choice([one for one in NOUNS if one not in nouns])
        phrase = _a(f"{rng.choice(COLOURS)} {new}")
        if kind == "add":
            after = _plus(before, phrase, Rect(200, 200, 90, 90))
            return after, f"add {phrase}", {"twice": _plus(after, phrase, Rect(300, 200, 64, 64))}
        after = _plus(before, phrase, Rect(rect.x - 20, 200, 40, 90))
        far = _plus(before, phrase, Rect(450, 200, 60, 90))
        return after, f"add {phrase} to the left of the {noun}", {"on the wrong side": far}
    if kind == "remove":
        return _less(before, box.id), f"remove the {noun}", {"another one": _less(before, other.id)}
    if kind == "recolour":
        request = rng.choice(("make the {} pink", "paint the {} pink", "change the color of the {} to pink"))
        after = _named(before, box.id, f"a pink {noun}")
        another = _named(before, other.id, f"a pink {nouns[(target + 1) % 4]}")
        return after, request.format(noun), {"another one": another}
    if kind == "resize":
        word, factor = rng.choice((("bigger", 1.3), ("much larger", 1.4), ("smaller", 0.7), ("a bit smaller", 0.85)))
        width, height = round(rect.width * factor), round(rect.height * factor)
        after = _moved(before, box.id, Rect(rect.x, rect.y, width, height))
        return after, f"make the {noun} {word}", {"another one": wrong}
    if kind == "move":
        way, dx, dy = rng.choice((("up", 0, -36), ("to the left", -22, 0), ("down", 0, 40), ("right", 48, 0)))
        dx, dy = (dx * 2, dy) if way == "to the left" and rect.x > 60 else (dx, dy)
        if way == "to the left" and rect.x < 60:
            way, dx = "to the right", 60
        after = _moved(before, box.id, replace(rect, x=rect.x + dx, y=rect.y + dy))
        wrong = _moved(before, box.id, replace(rect, x=rect.x - dx // 2, y=rect.y - dy // 4))
        return after, f"move the {noun} {way}", {"the wrong way": wrong}
    if kind == "side":
        side = "right" if rect.x < 200 else "left"
        after = _moved(before, box.id, replace(rect, x=360 if side == "right" else 8, y=200))
        return after, f"put the {noun} on the {side}", {}
    if kind == "relate":
        side = "right" if rect.centre[0] < other.rect.centre[0] else "left"
        x = min(other.rect.right, 512 - rect.width) if side == "right" else max(0, other.rect.x - rect.width)
        return (
            _moved(before, box.id, replace(rect, x=x, y=other.rect.y)),
            f"move the {noun} to the {side} of the {nouns[(target + 1) % 4]}",
            {},
        )
    return _swapped(before, box.id, other.id), f"swap the {noun} and the {nouns[(target + 1) % 4]}", {}


def _case(
    rng: random.Random, words: str, good: Layout, faulty: Mapping[str, Layout], frames: tuple[str, ...] = FRAMES
) -> HardCase:
    return HardCase("", rng.choice(frames).format(words), good, faulty)


def _layout(rng: random.Random, boxes: list[tuple[str, Rect]]) -> Layout:
    made = tuple(
        Box(str(number), phrase, rect, colour_for(str(number))) for number, (phrase, rect) in enumerate(boxes, 1)
    )
    return Layout(boxes=made, background_prompt=rng.choice(BACKGROUNDS))


def _plus(layout: Layout, phrase: str, rect: Rect) -> Layout:
    box_id = "91" if layout.has_box("90") else "90"
    return replace(layout, boxes=(*layout.boxes, Box(box_id, phrase, rect, "#000000")))


def _less(layout: Layout, box_id: str) -> Layout:
    return replace(layout, boxes=tuple(box for box in layout.boxes if box.id != box_id))


def _named(layout: Layout, box_id: str, phrase: str) -> Layout:
    boxes = tuple(replace(box, phrase=phrase) if box.id == box_id else box for box in layout.boxes)
    return replace(layout, boxes=boxes)


def _moved(layout: Layout, box_id: str, rect: Rect) -> Layout:
    return replace(layout, boxes=tuple(replace(box, rect=rect) if box.id == box_id else box for box in layout.boxes))


def _swapped(layout: Layout, one: str, other: str) -> Layout:
    return _moved(_moved(layout, one, layout.box(other).rect), other, layout.box(one).rect)


def _free_corner(side: str) -> Rect:
    """On this side of the middle, clear of the four places there."""
    return {
        "left": Rect(8, 40, 80, 80), "right": Rect(424, 400, 80, 80),
        "above": Rect(400, 8, 80, 80), "below": Rect(8, 424, 80, 80),
    }[side]  # fmt: skip


def _at(x: int, y: int) -> Rect:
    return Rect(x, y, 104, 104)


def _counted(number: int, words: str) -> str:
    return _a(words) if number == 1 else f"{('two', 'three', 'four')[number - 2]} {_plural(words)}"


def _a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _plural(words: str) -> str:
    noun = words.split()[-1]
    known = {"knife": "knives", "mouse": "mice", "box": "boxes", "bench": "benches"}
    return words.removesuffix(noun) + known.get(noun, f"{noun}s")


FAMILIES: dict[str, Callable[[random.Random], HardCase]] = {
    "counts": _counts,
    "mixed looks": _mixed_looks,
    "three relations": _three_relations,
    "continued": _continued,
    "trailing": _trailing,
    "inverted": _inverted,
    "between": _between,
    "nested": _nested,
    "contact": _contact,
    "sizes": _sizes,
    "compared": _compared,
    "swaps": _swaps,
    "negated looks": _negated_looks,
    "edits": _edits,
}
