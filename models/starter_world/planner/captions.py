"""The caption teacher: draws an English or Chinese caption together with the layout it asks for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from models.starter_world.planner import chinese
from models.starter_world.planner.arrangements import (
    CHINESE,
    ENGLISH,
    Body,
    Voice,
    around_body,
    crowd_body,
    distinct_groups,
    inside_body,
    nested_body,
    sizes_body,
)
from models.starter_world.planner.held_out import caption_keys, is_held_out, is_suite_caption
from models.starter_world.planner.layout import Box, Layout, Size
from models.starter_world.planner.placing import Cell, list_cells, place, row_cells, stacked_cells
from models.starter_world.planner.speech import Group, counted, draw_group, draw_noun, join, say, type_it
from models.starter_world.planner.words import OPENINGS, PLACES, STRANGE_PLACES, invented_word, plural
from models.starter_world.vocabulary import THINGS

LEFT = (
    "{A} on the left of {B}",
    "{A} on the left of {B}",
    "{A} to the left of {B}",
    "{A} to the left of {B}",
    "{A} left of {B}",
    "{A} on the left and {B} on the right",
    "{A} on the left and {B} on the right",
    "{A} on the left, {B} on the right",
    "on the left {A}, on the right {B}",
    "{A} on the left side and {B} on the right side",
    "{A} on the left side of {B}",
    "to the left of {B} there is {A}",
    "{A} that is left of {B}",
    "{A} at the left and {B} at the right",
    "on the left there is {A} and on the right there is {B}",
    "{A} with {B} on the right",
    "{A} with {B} to its right",
    "{A} standing to the left of {B}",
)
ABOVE = (
    "{A} above {B}",
    "{A} above {B}",
    "{A} over {B}",
    "{A} on the top and {B} on the bottom",
    "{A} on the top and {B} on the bottom",
    "{A} at the top and {B} at the bottom",
    "{A} at the top, {B} at the bottom",
    "{A} flying over {B}",
    "{A} floating above {B}",
    "above {B} there is {A}",
    "{A} with {B} below",
    "{A} high above {B}",
    "{A} on top and {B} below",
    "{A} directly above {B}",
    "{A} hanging above {B}",
)
BELOW = (
    "{A} below {B}",
    "{A} below {B}",
    "{A} right below {B}",
    "{A} at the bottom and {B} at the top",
    "{A} on the bottom and {B} on the top",
    "{A} on the bottom and {B} on the top",
    "{A} with {B} above",
    "{A} with {B} above it",
    "{A} at the bottom, {B} at the top",
    "below {B} there is {A}",
)
UNDER = (
    "{A} under {B}",
    "{A} under {B}",
    "{A} under {B}",
    "{A} beneath {B}",
    "{A} underneath {B}",
    "{A} lying under {B}",
    "{A} sitting under {B}",
    "{B} with {A} under it",
    "under {B} there is {A}",
)
ON = (
    "{A} on {B}",
    "{A} on top of {B}",
    "{A} sitting on {B}",
    "{A} standing on {B}",
    "{A} on top of {B}",
    "{B} with {A} on it",
    "{B} with {A} on top",
    "{A} lying on {B}",
)
NEAR = (
    "{A} next to {B}",
    "{A} next to {B}",
    "{A} beside {B}",
    "{A} near {B}",
    "{A} by {B}",
    "{A} close to {B}",
    "{A} in front of {B}",
    "{A} behind {B}",
    "{A} looking at {B}",
    "{A} chasing {B}",
    "{A} standing next to {B}",
    "{A} sitting next to {B}",
    "{A} together with {B}",
    "{A} and {B} side by side",
    "{A} and {B} next to each other",
)
BETWEEN = (
    "{A} between {B} and {C}",
    "{A} between {B} and {C}",
    "{B} and {C} with {A} between them",
    "{B} and {C} with {A} in between",
    "{A} in the middle of {B} and {C}",
    "{B} on the left, {A} in the middle and {C} on the right",
)
RELATIONS: dict[str, tuple[str, ...]] = {
    "left": LEFT,
    "right": tuple(text.replace("left", "@").replace("right", "left").replace("@", "right") for text in LEFT),
    "above": ABOVE,
    "below": BELOW,
    "on": ON,
    "under": UNDER,
    "near": NEAR,
}
SPOTS: dict[str, tuple[tuple[str, ...], Cell]] = {
    "left": (("on the left", "on the left side", "at the left", "to the left"), Cell(0, 1, 0, 2)),
    "right": (("on the right", "on the right side", "at the right", "to the right"), Cell(0, 1, 1, 2)),
    "top": (("at the top", "on the top", "in the upper half"), Cell(0, 2, 0, 1)),
    "bottom": (("at the bottom", "on the bottom", "in the lower half"), Cell(1, 2, 0, 1)),
    "middle": (("in the middle", "in the center", "at the center", "in the centre"), Cell(1, 3, 0, 1)),
    "top left": (
        ("in the top left corner", "at the top left", "in the upper left corner", "in the top left"),
        Cell(0, 2, 0, 2),
    ),
    "top right": (
        ("in the top right corner", "at the top right", "in the upper right corner", "in the top right"),
        Cell(0, 2, 1, 2),
    ),
    "bottom left": (
        ("in the bottom left corner", "at the bottom left", "in the lower left corner", "in the bottom left"),
        Cell(1, 2, 0, 2),
    ),
    "bottom right": (
        ("in the bottom right corner", "at the bottom right", "in the lower right corner", "in the bottom right"),
        Cell(1, 2, 1, 2),
    ),
}
NEGATIONS_BEHIND = (
    " without {N}",
    " without {N}",
    ", without {N}",
    ", without {N}",
    " without any {N}",
    " with no {N}",
    ", with no {N}",
    " but no {N}",
    ", but no {N}",
    ", no {N}",
    " and no {N}",
    " that contains no {N}",
    ", but without {N}",
    " but without any {N}",
    ". No {N}",
    ". There are no {N}",
    " containing no {N}",
    ", but without any {N}",
    " excluding {N}",
    ", and without {N}",
    ", not {N}",
)
EMPTY_SCENES = (
    "a realistic photo of a scene without {N}",
    "a realistic photo of a scene without {N}",
    "a realistic photo of a scene without {N}",
    "a realistic photo of a scene with no {N}",
    "a realistic photo of a scene without any {N}",
    "a realistic photo of a scene that contains no {N}",
    "a scene without {N}",
    "a scene with no {N}",
    "a realistic scene without {N}",
    "a picture without {N}",
    "an image with no {N}",
    "no {N}",
    "without {N}",
    "a realistic scene with no {N}",
    "draw no {N}",
    "a picture that contains no {N}",
    "a scene without any {N}",
    "there are no {N}",
)


# How often a caption is of which kind.
KINDS = {"list": 20, "count": 28, "relation": 46, "between": 4, "spots": 5, "extra": 4, "harder": 70}


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption, the layout it asks for, and what is special about it."""

    text: str
    layout: Layout
    names_background: bool
    keys: tuple[str, ...]
    said: str  # before any slip of a finger
    relations: tuple[tuple[str, Group, Group], ...] = ()


def draw_caption(rng: random.Random, size: Size, *, chinese_share: float = 0.08) -> Caption:
    """A training caption: none of the held-out combinations."""
    while True:
        strange = rng.random() < 0.14
        if rng.random() < chinese_share:
            caption = _chinese_caption(rng, size)
        elif rng.random() < 0.09:
            caption = _empty_scene(rng, strange=strange)
        else:
            caption = _english_caption(rng, size, strange=strange)
        if not is_held_out(caption.keys) and not is_suite_caption(caption.said):
            return caption


def _english_caption(rng: random.Random, size: Size, *, strange: bool) -> Caption:
    body = draw_body(rng, size, strangeness=0.6 if strange else 0.0)
    opening, style = rng.choice(OPENINGS)
    place_words, background = _draw_place(rng, strange=strange)
    negated: list[Group] = []
    suffix = ""
    if rng.random() < 0.28:
        negated = _draw_negated(rng, body.groups, strange=strange)
        suffix = rng.choice(NEGATIONS_BEHIND).replace("{N}", _say_negated(rng, negated))
    place_suffix = f" {place_words}" if place_words else ""
    if place_words and rng.random() < 0.2 and not opening.startswith("a "):
        text = f"{place_words}, {opening}{body.text}{suffix}"
    elif place_words and rng.random() < 0.2:
        text = f"{opening}{body.text}{suffix}{place_suffix}"
    else:
        text = f"{opening}{body.text}{place_suffix}{suffix}"
    return _caption(rng, text, size, body=body, style=style, background=background, negated=negated, opening=opening)


def _caption(
    rng: random.Random,
    text: str,
    size: Size,
    *,
    body: Body,
    style: str,
    background: str | None,
    negated: Sequence[Group],
    opening: str,
) -> Caption:
    keys = caption_keys(
        body.groups,
        relations=body.relations,
        negated=[group.noun for group in negated if group.noun in THINGS],
        opening=opening,
    )
    layout = Layout(body_boxes(body, size), background_prompt(style, background), _negative(negated))
    spare = frozenset(word for group in (*body.groups, *negated) for word in group.plural_words.split()) | frozenset(
        word for group in (*body.groups, *negated) for word in group.words.split()
    )
    typed = type_it(rng, text, spare=spare)
    return Caption(typed, layout, background is not None, tuple(keys), text, body.relations)


def body_boxes(body: Body, size: Size, first_id: int = 1) -> tuple[Box, ...]:
    """One box per instance."""
    phrases = [group.phrase for group in body.groups for _ in range(group.count)]
    rects = place(phrases, body.cells, size=size, contacts=body.contacts, insides=body.insides)
    return tuple(
        Box(first_id + index, phrase, rect) for index, (phrase, rect) in enumerate(zip(phrases, rects, strict=True))
    )


def background_prompt(style: str, background: str | None) -> str:
    """``a painting of a forest``; the benchmark's words when nothing is named."""
    if style:
        return f"{style} {background or 'a scene'}"
    return background or "a realistic scene"


def _draw_place(rng: random.Random, *, strange: bool) -> tuple[str, str | None]:
    if rng.random() > 0.3:
        return "", None
    if strange and rng.random() < 0.6:
        background = rng.choice(STRANGE_PLACES) if rng.random() < 0.7 else f"a {invented_word(rng)}"
        return f"{rng.choice(('in', 'in', 'at', 'inside', 'on'))} {background}", background
    background = rng.choice(tuple(PLACES))
    return rng.choice(PLACES[background]), background


def _draw_negated(rng: random.Random, present: Sequence[Group], *, strange: bool) -> list[Group]:
    """One or two things that are not among the present ones; plural mostly."""
    heads = {group.noun for group in present}
    found: list[Group] = []
    while len(found) < rng.choice((1, 1, 1, 1, 1, 2)):
        noun = draw_noun(rng, 0.5 if strange else 0.0)
        if noun not in heads:
            colour = rng.choice(("red", "blue", "black", "white")) if rng.random() < 0.05 else None
            found.append(Group(noun, colour, count=1 if rng.random() < 0.1 else 2))
            heads.add(noun)
    return found


def _say_negated(rng: random.Random, negated: Sequence[Group]) -> str:
    joint = rng.choice((" or ", " or ", " and "))
    return joint.join(
        group.plural_words if group.count > 1 else (group.phrase if rng.random() < 0.5 else group.words)
        for group in negated
    )


def _negative(negated: Sequence[Group]) -> str:
    return ", ".join(group.plural_words if group.count > 1 else group.words for group in negated)


def _empty_scene(rng: random.Random, *, strange: bool) -> Caption:
    """A scene that names only what it must not show, or nothing at all but a place."""
    place_words, background = _draw_place(rng, strange=strange)
    if background and rng.random() < 0.4:
        text = rng.choice((f"an empty scene {place_words}", background, f"just {background}", f"only {background}"))
        return Caption(type_it(rng, text), Layout((), background, ""), True, (), text)
    if rng.random() < 0.06:
        text, prompt = rng.choice(
            (("an empty scene", "a realistic scene"), ("a realistic photo of a scene", "a realistic photo of a scene"))
        )
        return Caption(type_it(rng, text), Layout((), prompt, ""), False, (), text)
    negated = _draw_negated(rng, (), strange=strange)
    template = rng.choice(EMPTY_SCENES)
    text = template.replace("{N}", _say_negated(rng, negated))
    if place_words:
        text = f"{text} {place_words}"
    style = "a realistic photo of" if template.startswith("a realistic photo of") else ""
    body = Body("", (), ())
    return _caption(
        rng, text, (512, 512), body=body, style=style, background=background, negated=negated, opening=template
    )


def draw_body(rng: random.Random, size: Size, *, strangeness: float) -> Body:
    """Things in words and cells: a list, a count, a relation, spots."""
    kind = rng.choices(tuple(KINDS), weights=tuple(KINDS.values()))[0]
    if kind == "harder":
        return _harder_body(rng, size, strangeness=strangeness)
    if kind == "list":
        return _list_body(rng, size, strangeness=strangeness)
    if kind == "count":
        count = rng.choice((1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 8, rng.randint(9, 12)))
        group = draw_group(rng, strangeness=strangeness, colour_share=0.4)
        return _flat_body(rng, size, [counted(group, count)])
    if kind == "spots":
        return _spot_body(rng, strangeness=strangeness)
    first, second, third = distinct_groups(rng, 3, strangeness=strangeness)
    if kind == "between":
        text = rng.choice(BETWEEN)
        left, middle, right = (Cell(0, 1, column, 3) for column in range(3))
        return _ordered_body(rng, text, {"A": (first, [middle]), "B": (second, [left]), "C": (third, [right])}, ())
    relation = rng.choices(tuple(RELATIONS), weights=(9, 9, 12, 12, 8, 8, 5))[0]
    text = rng.choice(RELATIONS[relation])
    if kind == "extra":
        return _relation_body(
            rng,
            text + rng.choice((" and {C}", ", and {C}", " plus {C}", ", {C}")),
            relation,
            groups=[first, second, third],
        )
    if rng.random() < 0.2:
        first = counted(first, rng.choice((1, 2, 2, 3, 3, 4)))
    if rng.random() < 0.2:
        second = counted(second, rng.choice((1, 2, 2, 3, 3, 4)))
    return _relation_body(rng, text, relation, groups=[first, second])


def _harder_body(rng: random.Random, size: Size, *, strangeness: float, voice: Voice = ENGLISH) -> Body:
    kind = rng.choices(("crowd", "around", "nested", "inside", "sizes"), weights=(30, 22, 24, 8, 7))[0]
    if kind == "crowd":
        return crowd_body(rng, size, strangeness=strangeness, voice=voice)
    draws = {"around": around_body, "nested": nested_body, "inside": inside_body, "sizes": sizes_body}
    return draws[kind](rng, strangeness=strangeness, voice=voice)


def _list_body(rng: random.Random, size: Size, *, strangeness: float) -> Body:
    groups = distinct_groups(rng, rng.choice((1, 2, 2, 2, 2, 3, 3, 4)), strangeness=strangeness)
    room = 10
    for index, group in enumerate(groups):
        if rng.random() < 0.3:
            count = rng.choice((1, 2, 2, 3, 3, 4, 5))
            if count <= room:
                groups[index] = counted(group, count)
                room -= count
    return _flat_body(rng, size, groups)


def _flat_body(rng: random.Random, size: Size, groups: list[Group]) -> Body:
    text = join(rng, [say(rng, group) for group in groups])
    return Body(text, tuple(groups), tuple(list_cells([(group.phrase, group.count) for group in groups], size)))


def _relation_body(rng: random.Random, text: str, relation: str, *, groups: list[Group]) -> Body:
    first, second, *extra = groups
    tail = [group.count for group in extra]
    if relation in ("left", "near"):
        cells = row_cells([first.count, second.count, *tail])
    elif relation == "right":
        turned = row_cells([second.count, first.count, *tail])
        cells = [turned[1], turned[0], *turned[2:]]
    else:
        cells = stacked_cells([first.count, second.count])
        if relation in ("below", "under"):
            cells = stacked_cells([second.count, first.count])[::-1]
        if extra:
            cells = [[Cell(group[0].row, 2, 0, 2)] for group in cells] + [[Cell(1, 2, 1, 2)]]
    if relation == "near" and text.index("{B}") < text.index("{A}"):
        cells[0], cells[1] = cells[1], cells[0]
    named = {"A": (first, cells[0]), "B": (second, cells[1])}
    if extra:
        named["C"] = (extra[0], cells[2])
    plain = {"under": "below"}.get(relation, relation)
    kept = ((plain, first, second),) if plain in ("left", "right", "above", "below") else ()
    touching = {"on": ("A", "B"), "under": ("B", "A")}.get(relation)
    return _ordered_body(rng, text, named, kept, touching=touching)


def _ordered_body(
    rng: random.Random,
    text: str,
    named: dict[str, tuple[Group, list[Cell]]],
    relations: tuple[tuple[str, Group, Group], ...],
    *,
    touching: tuple[str, str] | None = None,
) -> Body:
    """Put groups and their cells into the order of mention."""
    order = sorted(named, key=lambda name: text.index(f"{{{name}}}"))
    starts: dict[str, int] = {}
    cells: list[Cell] = []
    for name in order:
        starts[name] = len(cells)
        cells += named[name][1]
    contacts: tuple[tuple[int, int], ...] = ()
    if touching:
        (upper, uppers), (lower, lowers) = ((starts[name], named[name][0].count) for name in touching)
        contacts = tuple((upper + index % uppers, lower + index % lowers) for index in range(max(uppers, lowers)))
    for name in order:
        text = text.replace(f"{{{name}}}", say(rng, named[name][0]))
    return Body(text, tuple(named[name][0] for name in order), tuple(cells), contacts, relations)


def _spot_body(rng: random.Random, *, strangeness: float) -> Body:
    corners = ["top left", "top right", "bottom left", "bottom right"]
    names = [rng.choice(tuple(SPOTS))] if rng.random() < 0.6 else rng.sample(corners, rng.choice((2, 2, 3)))
    groups = distinct_groups(rng, len(names), strangeness=strangeness)
    parts = [f"{say(rng, group)} {rng.choice(SPOTS[name][0])}" for group, name in zip(groups, names, strict=True)]
    return Body(join(rng, parts), tuple(groups), tuple(SPOTS[name][1] for name in names))


def _chinese_caption(rng: random.Random, size: Size) -> Caption:
    """A Chinese caption with the English layout."""
    if rng.random() < 0.45:
        return _harder_caption_in_chinese(rng, size)
    said = chinese.draw_scene(rng)
    groups, relation = list(said.groups), said.relation
    if relation:
        body = _relation_body(rng, "{A}{B}" if said.first_named_first else "{B}{A}", relation, groups=groups)
    else:
        body = _flat_body(rng, size, groups)
    return _caption_in_chinese(said, body, size)


def _caption_in_chinese(said: chinese.Said, body: Body, size: Size) -> Caption:
    keys = caption_keys(
        body.groups, relations=body.relations, negated=[said.negated] if said.negated else [], opening="zh"
    )
    layout = Layout(
        body_boxes(body, size), background_prompt("", said.background), plural(said.negated) if said.negated else ""
    )
    return Caption(said.text, layout, said.background is not None, tuple(keys), said.text, body.relations)


def _harder_caption_in_chinese(rng: random.Random, size: Size) -> Caption:
    """Several relations, contact, sizes, crowds; without places and negation."""
    while not chinese.can_say((body := _harder_body(rng, size, strangeness=0.0, voice=CHINESE)).groups):
        pass
    text = chinese.opened(rng, body.text)
    keys = caption_keys(body.groups, relations=body.relations, negated=[], opening="zh")
    return Caption(
        text, Layout(body_boxes(body, size), background_prompt("", None), ""), False, tuple(keys), text, body.relations
    )
