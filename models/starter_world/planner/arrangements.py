"""Harder things that captions say: many things, several relations round one, nested relations, in, big and small.

Each drawing gives the words, the groups in the order of mention and a cell for each; English and Chinese alike.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from models.starter_world.planner import chinese
from models.starter_world.planner.placing import Cell, list_cells
from models.starter_world.planner.speech import Group, counted, draw_group, say
from models.starter_world.planner.words import LARGE, SMALL

Speaker = Callable[[random.Random, Group], str]
LARGEST_CROWD = 12
SIDES: dict[str, Cell] = {
    "left": Cell(1, 3, 0, 3),
    "right": Cell(1, 3, 2, 3),
    "above": Cell(0, 3, 1, 3),
    "below": Cell(2, 3, 1, 3),
}
MIDDLE = Cell(1, 3, 1, 3)


@dataclass(frozen=True, slots=True)
class Body:
    """The things of a caption in words and in cells.

    ``contacts`` are pairs (upper, lower) that touch, ``insides`` pairs (inner, outer); numbers of things.
    """

    text: str
    groups: tuple[Group, ...]  # in the order in which they are mentioned
    cells: tuple[Cell, ...]  # one per thing
    contacts: tuple[tuple[int, int], ...] = ()
    relations: tuple[tuple[str, Group, Group], ...] = ()
    insides: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of a language: {A}, {B}, {C} are things, {S} the words of a side, {b} a thing named before."""

    say: Speaker
    again: Callable[[Group], str]
    sides: dict[str, tuple[str, ...]]
    first_said: tuple[str, ...]  # the first thing beside the middle one
    next_said: tuple[str, ...]  # the others
    joints: tuple[str, ...]
    last_joints: tuple[str, ...]
    around_known: tuple[str, ...]  # the middle one is named first, {R} are the others
    others_of_known: tuple[str, ...]
    nested: tuple[str, ...]
    inside: tuple[str, ...]
    pairs: tuple[str, ...]


ENGLISH = Voice(
    say=say,
    again=lambda group: f"the {group.noun}",
    sides={
        "left": ("to the left of", "to the left of", "left of", "on the left of", "on the left side of"),
        "right": ("to the right of", "to the right of", "right of", "on the right of", "on the right side of"),
        "above": ("above", "above", "over", "directly above"),
        "below": ("below", "below", "right below", "directly below"),
    },
    first_said=("{A} {S} {B}", "{A} {S} {B}", "{A} {S} {B}", "{A} that is {S} {B}"),
    next_said=("{A} {S} {b}", "{A} {S} {b}", "{A} {S} {b}", "{A} {S} it"),
    joints=(", ", ", ", ", ", " and ", "; "),
    last_joints=(" and ", " and ", " and ", ", and ", ", "),
    around_known=("{B} with {R}", "{B}, {R}", "{B} and {R}", "there is {B} with {R}"),
    others_of_known=("{A} {S} it", "{A} {S} {b}"),
    nested=(
        "{A} on {B} {S} {C}",
        "{A} on {B} {S} {C}",
        "{A} on {B} {S} {C}",
        "{A} on top of {B} {S} {C}",
        "{A} sitting on {B} {S} {C}",
        "{A} on {B}, {S} {C}",
        "{A} on {B} that is {S} {C}",
        "{B} with {A} on it {S} {C}",
        "{B} with {A} on top, {S} {C}",
        "{S} {C} there is {A} on {B}",
    ),
    inside=(
        "{A} in {B}",
        "{A} in {B}",
        "{A} in {B}",
        "{A} inside {B}",
        "{A} inside of {B}",
        "{A} lying in {B}",
        "{B} with {A} in it",
        "{B} with {A} inside",
    ),
    pairs=(
        "{A} and {B}",
        "{A} and {B}",
        "{A} and {B}",
        "{A} next to {B}",
        "{A} beside {B}",
        "{A}, {B}",
        "{A} with {B}",
    ),
)
CHINESE = Voice(
    say=chinese.say,
    again=lambda group: chinese.noun_of(group.noun),
    sides={
        "left": ("左边", "左边", "左侧"),
        "right": ("右边", "右边", "右侧"),
        "above": ("上面", "上方"),
        "below": ("下面", "下方"),
    },
    first_said=("{A}在{B}的{S}", "{A}在{B}的{S}", "{A}在{B}{S}"),
    next_said=("{A}在{b}的{S}", "{A}在{b}的{S}", "{A}在{b}{S}"),
    joints=("，",),
    last_joints=("，", "，", "，还有"),
    around_known=("{B}，{R}",),
    others_of_known=("{b}的{S}有{A}", "{A}在它的{S}"),
    nested=("{A}在{B}上，{b}在{C}的{S}", "{A}在{B}上，{b}在{C}{S}", "{A}放在{B}上面，{b}在{C}的{S}"),
    inside=("{A}在{B}里", "{A}在{B}里", "{A}在{B}里面", "{B}里有{A}"),
    pairs=("{A}和{B}", "{A}和{B}", "{A}、{B}", "{A}，{B}"),
)


def around_body(rng: random.Random, *, strangeness: float, voice: Voice = ENGLISH) -> Body:
    """Two or three things on different sides of one in the middle."""
    count = rng.choice((2, 3, 3, 3))
    sides = rng.sample(tuple(SIDES), count)
    middle, *others = distinct_groups(rng, count + 1, strangeness=strangeness, are_nouns_distinct=True)
    relations = tuple((side, group, middle) for side, group in zip(sides, others, strict=True))
    cells = [SIDES[side] for side in sides]
    if rng.random() < 0.2:
        template = rng.choice(voice.others_of_known)
        said = [_said(rng, template, side, group, middle, voice) for side, group, _ in relations]
        text = rng.choice(voice.around_known).replace("{R}", _joined(rng, said, voice))
        text = text.replace("{B}", voice.say(rng, middle))
        return Body(text, (middle, *others), (MIDDLE, *cells), relations=relations)
    first = _said(rng, rng.choice(voice.first_said), sides[0], others[0], middle, voice)
    template = rng.choice(voice.next_said)
    rest = [_said(rng, template, side, group, middle, voice) for side, group, _ in relations[1:]]
    groups, all_cells = (others[0], middle, *others[1:]), (cells[0], MIDDLE, *cells[1:])
    return Body(_joined(rng, [first, *rest], voice), groups, all_cells, relations=relations)


def nested_body(rng: random.Random, *, strangeness: float, voice: Voice = ENGLISH) -> Body:
    """A thing on another one that stands left or right of a third."""
    upper, lower, third = distinct_groups(rng, 3, strangeness=strangeness, are_nouns_distinct=True)
    side = rng.choice(("left", "right"))
    here, there = (Cell(0, 1, 0, 2), Cell(0, 1, 1, 2)) if side == "left" else (Cell(0, 1, 1, 2), Cell(0, 1, 0, 2))
    text = rng.choice(voice.nested).replace("{S}", rng.choice(voice.sides[side])).replace("{b}", voice.again(lower))
    named = {"A": (upper, here), "B": (lower, here), "C": (third, there)}
    return _ordered(rng, text, named, voice, contact=("A", "B"), relations=((side, lower, third),))


def inside_body(rng: random.Random, *, strangeness: float, voice: Voice = ENGLISH) -> Body:
    """A thing in another one."""
    inner, outer = distinct_groups(rng, 2, strangeness=strangeness, are_nouns_distinct=True)
    cell = Cell(0, 1, 0, 1)
    named = {"A": (inner, cell), "B": (outer, cell)}
    return _ordered(rng, rng.choice(voice.inside), named, voice, inside=("A", "B"))


def sizes_body(rng: random.Random, *, strangeness: float, voice: Voice = ENGLISH) -> Body:
    """A big thing and a small one."""
    one, other = distinct_groups(rng, 2, strangeness=strangeness, are_nouns_distinct=True)
    big, small = rng.choice(tuple(zip(LARGE, SMALL * 2, strict=False)))
    if rng.random() < 0.5:
        big, small = rng.choice(LARGE), rng.choice(SMALL)
    sizes = [big, small] if rng.random() < 0.5 else [small, big]
    groups = [Group(group.noun, group.colour, size) for group, size in zip((one, other), sizes, strict=True)]
    left, right = Cell(0, 1, 0, 2), Cell(0, 1, 1, 2)
    named = {"A": (groups[0], left), "B": (groups[1], right)}
    return _ordered(rng, rng.choice(voice.pairs), named, voice)


def crowd_body(rng: random.Random, size: tuple[int, int], *, strangeness: float, voice: Voice = ENGLISH) -> Body:
    """Six to twelve of one thing, or two things with a number each."""
    if rng.random() < 0.45:
        (group,) = distinct_groups(rng, 1, strangeness=strangeness)
        groups = [counted(group, rng.randint(6, LARGEST_CROWD))]
    else:
        groups = distinct_groups(rng, 2, strangeness=strangeness, are_nouns_distinct=True)
        groups = [counted(groups[0], rng.randint(1, 5)), counted(groups[1], rng.randint(1, 5))]
        if rng.random() < 0.5:
            groups = [Group(group.noun, None, None, group.count, is_counted=True) for group in groups]
    text = rng.choice(voice.pairs[:2] if len(groups) == 2 else ("{A}",))
    for name, group in zip("AB", groups, strict=False):
        text = text.replace(f"{{{name}}}", voice.say(rng, group))
    return Body(text, tuple(groups), tuple(list_cells([(group.phrase, group.count) for group in groups], size)))


def distinct_groups(
    rng: random.Random, count: int, *, strangeness: float, are_nouns_distinct: bool = False
) -> list[Group]:
    """Groups that can be told apart: mostly other nouns, sometimes only another colour."""
    colour_share = rng.choice((0.0, 0.3, 0.6, 1.0, 1.0)) if not are_nouns_distinct else rng.choice((0.0, 0.0, 0.3, 1.0))
    groups: list[Group] = []
    while len(groups) < count:
        group = draw_group(rng, strangeness=strangeness, colour_share=colour_share)
        same_noun = any(group.noun == other.noun for other in groups)
        if not same_noun or (
            not are_nouns_distinct
            and group.colour
            and all(group.words != other.words for other in groups)
            and rng.random() < 0.5
        ):
            groups.append(group)
    return groups


def _said(rng: random.Random, template: str, side: str, group: Group, middle: Group, voice: Voice) -> str:
    text = template.replace("{S}", rng.choice(voice.sides[side])).replace("{b}", voice.again(middle))
    return text.replace("{A}", voice.say(rng, group)).replace("{B}", voice.say(rng, middle))


def _joined(rng: random.Random, parts: list[str], voice: Voice) -> str:
    *firsts, last = parts
    return rng.choice(voice.joints).join(firsts) + rng.choice(voice.last_joints) + last


def _ordered(
    rng: random.Random,
    text: str,
    named: dict[str, tuple[Group, Cell]],
    voice: Voice,
    *,
    contact: tuple[str, str] | None = None,
    inside: tuple[str, str] | None = None,
    relations: tuple[tuple[str, Group, Group], ...] = (),
) -> Body:
    """Put the single things into the order of mention."""
    order = sorted(named, key=lambda name: text.index(f"{{{name}}}"))
    contacts = ((order.index(contact[0]), order.index(contact[1])),) if contact else ()
    insides = ((order.index(inside[0]), order.index(inside[1])),) if inside else ()
    for name in order:
        text = text.replace(f"{{{name}}}", voice.say(rng, named[name][0]))
    groups, cells = tuple(named[name][0] for name in order), tuple(named[name][1] for name in order)
    return Body(text, groups, cells, contacts, relations, insides)
