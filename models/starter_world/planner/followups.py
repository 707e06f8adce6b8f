"""The follow-up teacher: draws a request about a layout together with the layout it leads to."""

from __future__ import annotations

import random
from dataclasses import replace

from models.starter_world.planner import chinese, geometry
from models.starter_world.planner.captions import SPOTS
from models.starter_world.planner.layout import Box, Layout, Size
from models.starter_world.planner.outcomes import (
    Draw,
    Outcome,
    any_of,
    box_of,
    changed,
    named,
    politely,
    single,
    with_locked_kept,
    with_rects,
)
from models.starter_world.planner.placing import free_place, natural_size
from models.starter_world.planner.references import Reference, bare, refer_in_chinese
from models.starter_world.planner.speech import Group, counted, draw_group, draw_noun, say
from models.starter_world.planner.wordings import (
    BACKGROUND_CHANGES,
    FORBIDDINGS,
    NO_CHANGES,
    PLACE_WORDS,
    RECOLOURINGS,
    REPLACINGS,
    RESIZES,
    SPOT_TARGETS,
    SWAPPINGS,
    SWAPPINGS_OF_TWO,
)
from models.starter_world.planner.words import (
    COLOURS_ZH,
    NUMBER_WORDS,
    PLACES,
    PLACES_ZH,
    STRANGE_PLACES,
    colour_of,
    head_of,
    plural,
)
from models.starter_world.vocabulary import COLOURS, THINGS, article

MAX_BOXES = 14
STRANGENESS = 0.1


def draw_followup(rng: random.Random, layout: Layout, size: Size) -> Outcome:
    """A request that fits the layout; locked boxes never change."""
    while True:
        kind = rng.choices(tuple(DRAWS), weights=[weight for weight, _ in DRAWS.values()])[0]
        if outcome := draw_kind(rng, layout, size, kind=kind):
            return outcome


def draw_kind(rng: random.Random, layout: Layout, size: Size, *, kind: str) -> Outcome | None:
    """A request of one kind; None when none was found that fits the layout."""
    outcome = DRAWS[kind][1](rng, layout, size)
    if outcome is None:
        return None
    return replace(outcome, kind=kind, layout=with_locked_kept(layout, outcome.layout))


def _add(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    group = draw_group(rng, strangeness=STRANGENESS)
    room = MAX_BOXES - len(layout.boxes)
    if rng.random() < 0.25:
        group = counted(group, rng.choice((1, 2, 2, 3, 3, 4)))
    if group.count > room:
        return None
    verb = rng.choice(
        ("add", "add", "add", "put in", "insert", "also add", "include", "I also want", "draw", "there should also be")
    )
    said = say(rng, group)
    if not group.is_counted and rng.random() < 0.12:
        said = rng.choice((f"another {group.words}", f"one more {group.words}"))
    taken = [box.rect for box in layout.boxes]
    where = ""
    if group.count == 1 and layout.boxes and rng.random() < 0.45:
        target = single(rng, layout)
        if target is None:
            return None
        relation = rng.choice(("left", "right", "left", "right", "above", "below", "on", "next"))
        where = " " + rng.choice(PLACE_WORDS[relation]).replace("{B}", target.words)
        side = "right" if relation == "next" else relation
        taken.append(geometry.beside((0, 0, *natural_size(group.phrase)), box_of(layout, target).rect, side, size))
    elif group.count == 1 and rng.random() < 0.35:
        spot = rng.choice(tuple(SPOTS))
        where = f" {rng.choice(SPOTS[spot][0])}"
        start = geometry.grounded((size[0] // 3 // 8 * 8, 0, *natural_size(group.phrase)), size)
        taken.append(geometry.at_spot(start, spot, size))
    else:
        for _ in range(group.count):
            taken.append(free_place(group.phrase, taken, size=size))
    new_id = layout.next_id()
    new = tuple(Box(new_id + index, group.phrase, rect) for index, rect in enumerate(taken[len(layout.boxes) :]))
    had = sum(head_of(box.phrase) == group.noun for box in layout.boxes)
    demand = f'need {had + group.count} boxes "{group.phrase}", got {had}'
    after = replace(layout, boxes=layout.boxes + new)
    return Outcome(politely(rng, f"{verb} {said}{where}"), after, "add", demand=demand)


def _remove(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    target = any_of(rng, layout)
    if target is None:
        return None
    verb = rng.choice(("remove", "remove", "delete", "take away", "get rid of", "erase", "drop", "throw out"))
    kept = tuple(box for box in layout.boxes if box.id not in target.ids or box.locked)
    request = politely(rng, f"{verb} {target.words}")
    demand = "" if target.is_plural else f'no box may show "{bare(box_of(layout, target).phrase)}"'
    return Outcome(request, replace(layout, boxes=kept), "remove", target.ids, demand)


def _forbid(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    """``no cats``: away with them, and into the negative prompt."""
    if layout.boxes and rng.random() < 0.4:
        noun = head_of(rng.choice(layout.boxes).phrase)
    else:
        noun = draw_noun(rng, STRANGENESS)
    words = plural(noun)
    if any(box.locked and head_of(box.phrase) == noun for box in layout.boxes) or words in layout.negative.split(", "):
        return None
    text = rng.choice(FORBIDDINGS)
    kept = tuple(box for box in layout.boxes if head_of(box.phrase) != noun)
    negative = f"{layout.negative}, {words}" if layout.negative else words
    return Outcome(
        text.replace("{N}", words),
        replace(layout, boxes=kept, negative=negative),
        "forbid",
        frozenset(box.id for box in layout.boxes if head_of(box.phrase) == noun),
    )


def _move(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    target = any_of(rng, layout)
    if target is None:
        return None
    verb = rng.choice(("move", "move", "move", "shift", "push", "slide"))
    way, direction = rng.choice(
        (
            ("to the left", "left"),
            ("left", "left"),
            ("to the right", "right"),
            ("right", "right"),
            ("up", "up"),
            ("down", "down"),
            ("higher", "up"),
            ("lower", "down"),
        )
    )
    amount, by = rng.choice(
        (("", geometry.SHIFT),) * 4
        + (
            (" a bit", geometry.SHIFT_LITTLE),
            (" a little", geometry.SHIFT_LITTLE),
            (" slightly", geometry.SHIFT_LITTLE),
            (" a lot", geometry.SHIFT_MUCH),
            (" far", geometry.SHIFT_MUCH),
        )
    )
    if amount and rng.random() < 0.4:
        text = f"{verb} {target.words} {way}{amount}"
    else:
        text = f"{verb} {target.words}{amount} {way}"
    after = with_rects(layout, target.ids, lambda rect: geometry.shifted(rect, direction, by=by, size=size))
    demand = f"{named(layout, target)} must be moved {direction}"
    return Outcome(politely(rng, text), after, "move", target.ids, demand)


def _send(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    """Move to a side, a corner, the middle."""
    target = single(rng, layout)
    if target is None:
        return None
    spot = rng.choice(tuple(SPOTS))
    words = rng.choice(SPOT_TARGETS[spot])
    verb = rng.choice(("move", "put", "place", "send"))
    after = with_rects(layout, target.ids, lambda rect: geometry.at_spot(rect, spot, size))
    return Outcome(politely(rng, f"{verb} {target.words} {words}"), after, "send", target.ids)


def _relate(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    """Move one box to a side of another."""
    target, other = single(rng, layout), single(rng, layout)
    if target is None or other is None or target.ids == other.ids or "it" in (target.words, other.words):
        return None
    relation = rng.choice(("left", "right", "left", "right", "above", "below", "on", "next"))
    side = "right" if relation == "next" else relation
    words = rng.choice(PLACE_WORDS[relation]).replace("{B}", other.words)
    verb = rng.choice(("move", "put", "place"))
    anchor = box_of(layout, other).rect
    after = with_rects(layout, target.ids, lambda rect: geometry.beside(rect, anchor, side, size))
    return Outcome(politely(rng, f"{verb} {target.words} {words}"), after, "relate", target.ids)


def _resize(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    target = any_of(rng, layout)
    if target is None:
        return None
    text, wide, high = rng.choice(RESIZES)
    after = with_rects(layout, target.ids, lambda rect: geometry.scaled(rect, size, wide=wide, high=high))
    change = "bigger" if max(wide, high) > 1 else "smaller"
    change = change if wide == high else {1.3: "wider", 0.75: "narrower"}.get(wide, "taller" if high > 1 else "shorter")
    demand = f"{named(layout, target)} must be {change}"
    return Outcome(politely(rng, text.replace("{T}", target.words)), after, "resize", target.ids, demand)


def _recolour(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    target = any_of(rng, layout)
    if target is None or target.words in ("everything", "all things"):
        return None
    colour = rng.choice(tuple(COLOURS))
    text = rng.choice(RECOLOURINGS)
    text = text.replace("{T}", target.words).replace("{C}", colour)

    def repaint(box: Box) -> Box:
        words = bare(box.phrase)
        old, head = colour_of(box.phrase), head_of(box.phrase)
        words = words.replace(old, colour, 1) if old else f"{words.removesuffix(head)}{colour} {head}"
        return replace(box, phrase=f"{article(words)} {words}")

    box = box_of(layout, target)
    demand = f'box {box.id} must say "{repaint(box).phrase}"'
    return Outcome(politely(rng, text), changed(layout, target.ids, repaint), "recolour", target.ids, demand)


def _replace(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    target = any_of(rng, layout)
    if target is None or target.words in ("everything", "all things"):
        return None
    group = draw_group(rng, strangeness=STRANGENESS)
    said = counted(group, 2).plural_words if target.is_plural and rng.random() < 0.7 else group.phrase
    text = rng.choice(REPLACINGS)
    after = changed(layout, target.ids, lambda box: replace(box, phrase=group.phrase))
    return Outcome(politely(rng, text.replace("{T}", target.words).replace("{N}", said)), after, "replace", target.ids)


def _swap(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    first, second = single(rng, layout), single(rng, layout)
    if first is None or second is None or first.ids == second.ids or "it" in (first.words, second.words):
        return None
    one, two = box_of(layout, first), box_of(layout, second)
    if one.locked or two.locked:
        return None
    text = rng.choice(SWAPPINGS)
    if len(layout.boxes) == 2 and rng.random() < 0.6:
        text = rng.choice(SWAPPINGS_OF_TWO)
    new_one, new_two = geometry.swapped(one.rect, two.rect, size)
    rects = {one.id: new_one, two.id: new_two}
    after = changed(layout, rects, lambda box: replace(box, rect=rects[box.id]))
    text = text.replace("{A}", first.words).replace("{B}", second.words)
    return Outcome(politely(rng, text), after, "swap", frozenset(rects))


def _background(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    if rng.random() < 0.12:
        name = words = rng.choice(STRANGE_PLACES)
        words = f"in {name}"
    else:
        name = rng.choice(tuple(PLACES))
        words = rng.choice(PLACES[name])
    text = rng.choice(BACKGROUND_CHANGES)
    style = layout.background.partition(" of ")
    background = f"{style[0]} of {name}" if style[1] else name
    text = text.replace("{N}", name).replace("{W}", words)
    return Outcome(politely(rng, text), replace(layout, background=background), "background")


def _style(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    style = rng.choice(("a painting", "a sketch", "a photo", "a watercolor", "a cartoon", "a drawing"))
    place = layout.background.partition(" of ")[2] or layout.background
    place = "a scene" if place in ("a realistic scene", "") else place
    text = rng.choice(("make it {S}", "turn it into {S}", "as {S}", "it should be {S}", "I want {S}", "show it as {S}"))
    return Outcome(
        politely(rng, text.replace("{S}", style)), replace(layout, background=f"{style} of {place}"), "style"
    )


def _count(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    """Change how many there are: new ones behind, the last ones go."""
    if not layout.boxes:
        return None
    box = rng.choice(layout.boxes)
    head = head_of(box.phrase)
    same = [other for other in layout.boxes if head_of(other.phrase) == head]
    if any(other.phrase != box.phrase for other in same):
        return None
    group = Group(bare(box.phrase))
    words = plural(head) if rng.random() < 0.6 else bare(box.phrase).removesuffix(head) + plural(head)
    wanted = rng.choice((1, 2, 2, 3, 3, 4, 5, 6))
    more = rng.random() < 0.3
    if more:
        wanted = len(same) + rng.choice((1, 1, 2, 2, 3))
        number = NUMBER_WORDS[wanted - len(same)]
        noun = words if wanted - len(same) > 1 else head
        text = rng.choice((f"add {number} more {noun}", f"{number} more {noun}", f"I want {number} more {noun}"))
    else:
        noun = words if wanted > 1 else head
        number = NUMBER_WORDS[wanted] if rng.random() < 0.8 else str(wanted)
        text = rng.choice(
            (
                f"make it {number} {noun}",
                f"I want {number} {noun}",
                f"there should be {number} {noun}",
                f"only {number} {noun}",
                f"exactly {number} {noun}",
                f"change the number of {plural(head)} to {number}",
                f"show {number} {noun}",
            )
        )
    change = wanted - len(same)
    if change == 0 or len(layout.boxes) + change > MAX_BOXES:
        return None
    if change < 0:
        loose = [other for other in same if not other.locked]
        gone = {other.id for other in loose[change:]} if len(loose) >= -change else set[int]()
        if not gone:
            return None
        kept = tuple(other for other in layout.boxes if other.id not in gone)
        return Outcome(politely(rng, text), replace(layout, boxes=kept), "count", frozenset(gone))
    taken = [other.rect for other in layout.boxes]
    for _ in range(change):
        taken.append(free_place(group.phrase, taken, size=size))
    first = layout.next_id()
    new = tuple(Box(first + index, box.phrase, rect) for index, rect in enumerate(taken[len(layout.boxes) :]))
    return Outcome(politely(rng, text), replace(layout, boxes=layout.boxes + new), "count")


def _more(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    """One more of the newest box's kind, where that is the only kind or has just been added."""
    if not layout.boxes or len(layout.boxes) >= MAX_BOXES:
        return None
    if len({box.phrase for box in layout.boxes}) > 1:
        return None
    return one_more(rng, layout, size, phrase=layout.boxes[-1].phrase)


def one_more(rng: random.Random, layout: Layout, size: Size, *, phrase: str) -> Outcome:
    """Another one of what was spoken of last."""
    text = rng.choice(("one more", "one more", "another one", "one more please", "add one more", "and another one"))
    rect = free_place(phrase, [box.rect for box in layout.boxes], size=size)
    return Outcome(text, replace(layout, boxes=(*layout.boxes, Box(layout.next_id(), phrase, rect))), "more")


def _all(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    """Everything at once becomes bigger or smaller or moves."""
    if not layout.boxes:
        return None
    words = rng.choice(("everything", "everything", "all of them", "all things"))
    target = Reference(words, frozenset(box.id for box in layout.boxes), is_plural=True)
    if rng.random() < 0.75:
        text, wide, high = rng.choice(RESIZES[:11])
        after = with_rects(layout, target.ids, lambda rect: geometry.scaled(rect, size, wide=wide, high=high))
    else:
        way = rng.choice(("left", "right", "up", "down"))
        text = f"move {{T}} {rng.choice(('to the ', '')) if way in ('left', 'right') else ''}{way}"
        after = with_rects(layout, target.ids, lambda rect: geometry.shifted(rect, way, by=geometry.SHIFT, size=size))
    return Outcome(politely(rng, text.replace("{T}", words)), after, "all", target.ids)


def _clear(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    text = rng.choice(
        (
            "remove everything",
            "clear everything",
            "delete all boxes",
            "start from scratch",
            "empty the scene",
            "clear the canvas",
        )
    )
    return Outcome(text, replace(layout, boxes=tuple(box for box in layout.boxes if box.locked)), "clear")


def _nothing(rng: random.Random, layout: Layout, _size: Size) -> Outcome | None:
    """Requests about things that are not there, thanks: all stays as it is."""
    noun = draw_noun(rng, 0.3)
    if any(head_of(box.phrase) == noun for box in layout.boxes):
        return None
    text = rng.choice(NO_CHANGES)
    return Outcome(text.replace("{N}", noun), layout, "nothing")


def _two(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    """Two requests in one sentence."""
    kinds = rng.sample(("remove", "move", "resize", "recolour", "add", "background", "send", "forbid"), 2)
    first = DRAWS[kinds[0]][1](rng, layout, size)
    second = DRAWS[kinds[1]][1](rng, first.layout, size) if first else None
    if first is None or second is None or first.touched & second.touched:
        return None
    if second.touched - {box.id for box in layout.boxes}:
        return None
    joint = rng.choice((" and ", " and ", ", ", ", then "))
    return Outcome(first.request + joint + second.request, second.layout, "two", first.touched | second.touched)


def _chinese(rng: random.Random, layout: Layout, size: Size) -> Outcome | None:
    kind = rng.choice(("add", "remove", "move", "resize", "recolour", "background"))
    if kind == "add":
        noun = rng.choice(tuple(THINGS))
        group = Group(noun, rng.choice(tuple(COLOURS)) if rng.random() < 0.5 else None)
        text = rng.choice(("添加{N}", "加{N}", "再加{N}", "增加{N}", "再画{N}")).replace("{N}", chinese.say(rng, group))
        rect = free_place(group.phrase, [box.rect for box in layout.boxes], size=size)
        return Outcome(text, replace(layout, boxes=(*layout.boxes, Box(layout.next_id(), group.phrase, rect))), "zh")
    if kind == "background":
        name = rng.choice(tuple(PLACES_ZH))
        text = rng.choice(("背景换成{P}", "把背景改成{P}", "放在{P}", "改到{P}")).replace(
            "{P}", rng.choice(PLACES_ZH[name])
        )
        return Outcome(text, replace(layout, background=name), "zh")
    target = refer_in_chinese(rng, layout.boxes) if layout.boxes else None
    if target is None:
        return None
    if kind == "remove":
        text = rng.choice(("删除{T}", "去掉{T}", "把{T}删掉", "移除{T}"))
        after = replace(layout, boxes=tuple(box for box in layout.boxes if box.id not in target.ids or box.locked))
    elif kind == "move":
        word, direction = rng.choice((("左", "left"), ("右", "right"), ("上", "up"), ("下", "down")))
        text = rng.choice((f"把{{T}}向{word}移", f"把{{T}}往{word}移", f"把{{T}}向{word}移动"))
        after = with_rects(
            layout, target.ids, lambda rect: geometry.shifted(rect, direction, by=geometry.SHIFT, size=size)
        )
    elif kind == "resize":
        text, factor = rng.choice((("把{T}放大", 1.3), ("把{T}变大", 1.3), ("把{T}缩小", 0.75), ("把{T}变小", 0.75)))
        after = with_rects(layout, target.ids, lambda rect: geometry.scaled(rect, size, wide=factor, high=factor))
    else:
        colour = rng.choice(tuple(COLOURS))
        text = rng.choice(("把{T}变成{C}", "把{T}改成{C}", "把{T}涂成{C}")).replace("{C}", COLOURS_ZH[colour])
        noun = head_of(box_of(layout, target).phrase)
        after = changed(layout, target.ids, lambda box: replace(box, phrase=f"{article(colour)} {colour} {noun}"))
    return Outcome(text.replace("{T}", target.words), after, "zh", target.ids)


DRAWS: dict[str, tuple[float, Draw]] = {
    "add": (26, _add),
    "remove": (56, _remove),
    "forbid": (6, _forbid),
    "move": (42, _move),
    "send": (6, _send),
    "relate": (6, _relate),
    "resize": (38, _resize),
    "recolour": (42, _recolour),
    "replace": (6, _replace),
    "swap": (24, _swap),
    "more": (4, _more),
    "all": (4, _all),
    "background": (6, _background),
    "style": (1.5, _style),
    "count": (5, _count),
    "clear": (0.7, _clear),
    "nothing": (2, _nothing),
    "two": (5, _two),
    "zh": (5, _chinese),
}
