"""A follow-up request that asks for one unmistakable change of boxes: what it changes, and whether an answer did it.

Requests of another kind, with two wishes in one, or that may mean several boxes are not read: then nothing is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from lmd_desktop.domain.layout import Box, Layout, Rect, Size, clamp_rect
from lmd_desktop.domain.violations import Fix, Violation
from lmd_desktop.planning.caption import Absent, read_caption
from lmd_desktop.planning.lexicon import ADJECTIVES, COLOURS, PREPOSITIONS
from lmd_desktop.planning.matching import boxes_named, has_looks
from lmd_desktop.planning.nouns import head_of, is_plural, singular, words_of
from lmd_desktop.planning.relations import RelationKind, Side
from lmd_desktop.planning.repair import intersection
from lmd_desktop.planning.spatial import RELATION_WORDS, SIDE_WORDS, is_on_side, lies_so
from lmd_desktop.planning.wording import plain_request

EditKind = Literal["add", "remove", "forbid", "recolour", "resize", "move", "side", "relate", "swap"]
VISIBLE = 0.05  # share of a side or an area that a change must at least have
SHIFT = 1 / 6  # of the canvas, as far as a fix moves
GROWTH = {"bigger": 1.3, "smaller": 0.75, "wider": 1.3, "narrower": 0.75, "taller": 1.3, "shorter": 0.75}
_VERBS = (
    r"remove|delete|take away|get rid of|drop|erase|take out|throw out|add|insert|include|draw|make|paint|color|colour|"
    r"turn|change|move|shift|push|slide|put|place|send|enlarge|shrink|swap|exchange|switch|replace"
)
_TWO_WISHES = re.compile(rf"(?:\band|,|;|\bthen) (?:then |also )?(?:{_VERBS})\b")
_HOW_MUCH = r"(?:(?:a bit|a little|slightly|much|a lot|far) )?"
_COLOUR = rf"(?P<colour>{'|'.join(sorted(COLOURS))})"
_SIZE = (
    r"(?P<size>bigger|larger|huge|giant|twice as (?:big|large)|smaller|tiny|half as (?:big|large)|wider|narrower|"
    r"taller|higher|shorter)"
)
_T = r"(?P<target>(?:(?:all|both) (?:of )?)?(?:the )?[\w' -]+?)"
_GROW = {"larger": "bigger", "huge": "bigger", "giant": "bigger", "tiny": "smaller", "higher": "taller"}
_READERS: tuple[tuple[EditKind, re.Pattern[str]], ...] = (
    ("remove", re.compile(rf"(?:remove|delete|take away|get rid of|drop|erase|take out|throw out) {_T}")),
    ("recolour", re.compile(rf"(?:make|paint|colou?r|turn) {_T} {_COLOUR}")),
    ("recolour", re.compile(rf"change the colou?r of {_T} to {_COLOUR}")),
    ("recolour", re.compile(rf"{_T} should be {_COLOUR}")),
    ("resize", re.compile(rf"make {_T} {_HOW_MUCH}{_SIZE}")),
    ("resize", re.compile(rf"{_T} should be {_HOW_MUCH}{_SIZE}")),
    ("resize", re.compile(rf"(?P<bigger>enlarge|increase the size of|double the size of) {_T}")),
    ("resize", re.compile(rf"(?P<smaller>shrink|reduce the size of) {_T}")),
    (
        "move",
        re.compile(
            rf"(?:move|shift|push|slide) {_T} {_HOW_MUCH}"
            r"(?P<way>to the left|left|to the right|right|up|down|higher|lower)(?: a bit| a little| slightly| a lot)?"
        ),
    ),
    (
        "side",
        re.compile(
            rf"(?:move|put|place|send) {_T} (?:to|on|at) the (?P<side>left|right|top|bottom)(?: side| edge| half)?"
        ),
    ),
    ("swap", re.compile(rf"(?:swap|exchange|switch) (?:the places of )?{_T} (?:and|with) (?P<other>the [\w' -]+)")),
)
_RESIZE_ALL = re.compile(rf"make everything {_HOW_MUCH}{_SIZE}")
_RELATE = re.compile(r"(?:move|put|place) (?P<target>the [\w' -]+)")
_ADD = re.compile(r"(?:add|put|place|insert|draw|include)(?: in)? (?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class RequestedEdit:
    """What a request changes: the boxes with these ids and no others; ``value`` is a colour, a direction, a size.

    ``other`` is the box that the target is put beside, ``added`` are the nouns of new things.
    """

    kind: EditKind
    targets: tuple[str, ...] = ()
    value: str = ""
    side: Side | None = None
    relation: RelationKind | None = None
    other: str = ""
    added: tuple[str, ...] = ()


def read_edit(request: str, before: Layout) -> RequestedEdit | None:
    """The one change that a request asks for; None if that is not sure."""
    text = plain_request(request, before)
    if (edit := _edit_of_all(text, before)) is not None:
        return edit
    if _TWO_WISHES.search(text) or re.search(r"\b(?:it|them|everything|instead|back|except|but)\b", text):
        return None
    caption = read_caption(text)
    if caption.absent:
        targets = [box.id for item in caption.absent for box in _meant(item, before)]
        return None if caption.mentions else RequestedEdit("forbid", tuple(targets))
    for kind, pattern in _READERS:
        found = pattern.fullmatch(text)
        if found is not None and (edit := _edit(kind, found, before)) is not None:
            return edit
    return _related(text, before) or _added(text, before)


def noun_phrase(text: str) -> Absent | None:
    """The thing that "the red cars" names."""
    words = words_of(text)
    is_sure = words and not set(words) & PREPOSITIONS and singular(words[-1]) not in ADJECTIVES
    return Absent(singular(words[-1]), tuple(word for word in words[:-1] if word in ADJECTIVES)) if is_sure else None


def edit_violations(edit: RequestedEdit, layout: Layout, before: Layout) -> Iterable[Violation]:
    """Where an answer did not do what was asked, or added what was not; locked boxes are excused."""
    for box_id in edit.targets:
        old = before.box(box_id)
        if old.is_locked or edit.kind in ("remove", "forbid"):
            continue
        if not layout.has_box(box_id):
            sentence = f"“{old.phrase}” should have been changed, but it is gone."
            fix = Fix(f"Put “{old.phrase}” back", added=((old.phrase, old.rect),))
            yield Violation("change", sentence, f'keep the box "{old.phrase}"', (), fix)
        elif (told := _undone(edit, old, layout.box(box_id), layout, before)) is not None:
            yield told
    new = [box for box in layout.boxes if not before.has_box(box.id)]
    for box in new:
        if not any(box in boxes_named(noun, layout) for noun in edit.added):
            sentence = f"“{box.phrase}” was added, but the request does not ask for it."
            fix = Fix(f"Delete “{box.phrase}”", deleted=(box.id,))
            yield Violation("change", sentence, f'do not add "{box.phrase}"', (box.id,), fix)


def keep_untouched(edit: RequestedEdit, layout: Layout, before: Layout) -> tuple[Layout, tuple[str, ...]]:
    """Boxes that the request does not name are as they were, and of those it names what it does not speak of.

    What lies on a moved thing may move with it.
    """
    repairs: list[str] = []
    kept = dict[str, Box]()
    for old in before.boxes:
        now = next((box for box in layout.boxes if box.id == old.id), None)
        if old.id in edit.targets:
            if now is not None:
                kept[old.id] = _only_asked(edit, old, now)
            continue
        if now is not None and (old.is_locked or _lies_upon(old, edit, before)):
            kept[old.id] = now
            continue
        kept[old.id] = old
        if now is None or (now.rect, now.phrase) != (old.rect, old.phrase):
            repairs.append(f"“{old.phrase}” is not named by the request and stayed as it was.")
    new = [box for box in layout.boxes if not before.has_box(box.id)]
    after = replace(layout, boxes=(*kept.values(), *new))
    if before.background_prompt and layout.background_prompt != before.background_prompt:
        after = replace(after, background_prompt=before.background_prompt)
        repairs.append("The background prompt stayed as it was.")
    return (after, tuple(repairs)) if after != layout else (layout, ())


def with_sure_outcome(edit: RequestedEdit, layout: Layout, before: Layout) -> tuple[Layout, tuple[str, ...]]:
    """What leaves nothing to choose: two things change places, what is forbidden goes; locked boxes stay."""
    if edit.kind == "forbid":
        gone = [box for box in layout.boxes if box.id in edit.targets and not box.is_locked]
        kept = tuple(box for box in layout.boxes if box not in gone)
        told = tuple(f"“{box.phrase}” is not wanted and was taken away." for box in gone)
        return (replace(layout, boxes=kept), told) if gone else (layout, ())
    if edit.kind != "swap" or not any(edit_violations(edit, layout, before)):
        return layout, ()
    one, other = (before.box(box_id) for box_id in edit.targets)
    if one.is_locked or other.is_locked or not (layout.has_box(one.id) and layout.has_box(other.id)):
        return layout, ()
    canvas = layout.canvas
    rects = {one.id: _at_place_of(one, other, canvas), other.id: _at_place_of(other, one, canvas)}
    boxes = tuple(replace(box, rect=rects.get(box.id, box.rect)) for box in layout.boxes)
    return replace(layout, boxes=boxes), (f"“{one.phrase}” and “{other.phrase}” changed places.",)


def _at_place_of(box: Box, other: Box, canvas: Size) -> Rect:
    """In its own size on the ground that the other stands on."""
    x = round(other.rect.centre[0] - box.rect.width / 2)
    return clamp_rect(replace(box.rect, x=x, y=other.rect.bottom - box.rect.height), canvas)


def _edit_of_all(text: str, before: Layout) -> RequestedEdit | None:
    """ "swap them" where there are two, "make everything bigger"."""
    ids = tuple(box.id for box in before.boxes)
    if len(ids) == 2 and text == "swap them":
        return RequestedEdit("swap", ids)
    found = _RESIZE_ALL.fullmatch(text)
    return RequestedEdit("resize", ids, _size_of(found.group("size"))) if found is not None and ids else None


def _size_of(word: str) -> str:
    word = "bigger" if word.startswith("twice") else "smaller" if word.startswith("half") else word
    return _GROW.get(word, word)


def _edit(kind: EditKind, found: re.Match[str], before: Layout) -> RequestedEdit | None:
    groups = found.groupdict()
    targets = _targets(groups["target"], before)
    if not targets:
        return None
    ids = tuple(box.id for box in targets)
    if kind == "swap":
        others = _targets(groups["other"], before)
        is_pair = len(targets) == len(others) == 1 and targets != others
        return RequestedEdit(kind, (ids[0], others[0].id)) if is_pair else None
    if kind == "resize":
        word = next((name for name in ("bigger", "smaller") if groups.get(name)), groups.get("size") or "")
        return RequestedEdit(kind, ids, _size_of(word))
    way = (groups.get("way") or "").removeprefix("to the ")
    way = {"higher": "up", "lower": "down"}.get(way, way)
    side = groups.get("side")
    if side == "left" or side == "right" or side == "top" or side == "bottom":
        return RequestedEdit(kind, ids, side=side)
    return RequestedEdit(kind, ids, groups.get("colour") or way)


def _targets(words: str, before: Layout) -> list[Box]:
    """The boxes that "the red car" or "all cats" means; none if it may mean one of several."""
    thing = noun_phrase(re.sub(r"^(?:all|both) (?:of )?", "", words))
    boxes = _meant(thing, before) if thing is not None else []
    is_many = is_plural(words_of(words)[-1]) if words_of(words) else False
    return boxes if len(boxes) == 1 or is_many else []


def _meant(thing: Absent, layout: Layout) -> list[Box]:
    return [box for box in boxes_named(thing.noun, layout) if has_looks(box, thing.attributes)]


def _related(text: str, before: Layout) -> RequestedEdit | None:
    """ "move the cat to the left of the dog"."""
    found, caption = _RELATE.fullmatch(text), read_caption(text)
    if found is None or len(caption.mentions) != 2 or len(caption.relations) != 1:
        return None
    one, other = (
        _meant(Absent(mention.noun, mention.attributes), before) if not mention.is_new else []
        for mention in caption.mentions
    )
    kind = caption.relations[0].kind
    if len(one) != 1 or len(other) != 1 or one == other or caption.relations[0].first != 0 or kind == "between":
        return None
    return RequestedEdit("relate", (one[0].id,), relation=kind, other=other[0].id)


def _added(text: str, before: Layout) -> RequestedEdit | None:
    found, caption = _ADD.fullmatch(text), read_caption(text)
    new = [mention for mention in caption.mentions if mention.is_new]
    known = [mention for mention in caption.mentions if not mention.is_new]
    if found is None or not new or found.group("rest").startswith(("the ", "all ", "both ", "more ")):
        return None
    is_open = any(m.count is None or m.may_be_background for m in new) or any(
        not boxes_named(m.noun, before) for m in known
    )
    return None if is_open else RequestedEdit("add", added=tuple(mention.noun for mention in new))


def _undone(edit: RequestedEdit, old: Box, now: Box, layout: Layout, before: Layout) -> Violation | None:
    """What is wrong with one box that should have changed."""
    canvas = layout.canvas
    (x, y), (from_x, from_y) = now.rect.centre, old.rect.centre
    match edit.kind:
        case "recolour" if not has_looks(now, (edit.value,)):
            phrase = _recoloured(old.phrase, edit.value)
            fix = Fix(f"Rename to “{phrase}”", renamed=((now.id, phrase),))
            return Violation(
                "attribute",
                f"“{old.phrase}” should be {edit.value}.",
                f'box {now.id} must say "{phrase}"',
                (now.id,),
                fix,
            )
        case "resize" if not _has_grown(edit.value, old.rect, now.rect):
            fix = Fix(f"Make “{old.phrase}” {edit.value}", placed=((now.id, _grown(edit.value, old.rect, before)),))
            demand = f'box {now.id} "{now.phrase}" must be {edit.value}'
            return Violation("size", f"“{old.phrase}” should be {edit.value}.", demand, (now.id,), fix)
        case "move":
            ways = {"left": from_x - x, "right": x - from_x, "up": from_y - y, "down": y - from_y}
            side = canvas.width if edit.value in ("left", "right") else canvas.height
            if ways[edit.value] >= VISIBLE * side or _is_at_edge(edit.value, now.rect, layout):
                return None
            return _misplaced(
                f"“{old.phrase}” should be moved {edit.value}.",
                f"moved {edit.value}",
                now,
                _shifted(edit.value, old, before),
            )
        case "side" if edit.side is not None and not is_on_side(edit.side, now.rect.centre, canvas):
            where = SIDE_WORDS[edit.side]
            return _misplaced(f"“{old.phrase}” should be {where}.", where, now, _at_side(edit.side, now.rect, layout))
        case "relate" if edit.relation is not None and layout.has_box(edit.other):
            other, kind = layout.box(edit.other), edit.relation
            if lies_so(kind, now.rect, other.rect, canvas):
                return None
            how = RELATION_WORDS[kind]
            rect = _beside(kind, now.rect, other.rect, layout)
            return _misplaced(f"“{old.phrase}” should be {how} “{other.phrase}”.", f'{how} "{other.phrase}"', now, rect)
        case "swap":
            other = before.box(next(box_id for box_id in edit.targets if box_id != old.id))
            to_x, to_y = other.rect.centre
            if abs(x - to_x) + abs(y - to_y) < abs(x - from_x) + abs(y - from_y):
                return None
            told = f"“{old.phrase}” should be where “{other.phrase}” was."
            return _misplaced(told, f'where "{other.phrase}" was', now, _at_place_of(old, other, canvas))
        case _:
            return None


def _misplaced(sentence: str, demand: str, box: Box, rect: Rect) -> Violation:
    fix = Fix(f"Move “{box.phrase}”", placed=((box.id, rect),))
    return Violation("relation", sentence, f'box {box.id} "{box.phrase}" must be {demand}', (box.id,), fix)


def _only_asked(edit: RequestedEdit, old: Box, now: Box) -> Box:
    """Of a box that the request names, what it does not speak of stays."""
    if edit.kind == "recolour":
        return replace(now, rect=old.rect)
    return replace(now, phrase=old.phrase) if edit.kind in ("resize", "move", "side", "relate", "swap") else now


def _lies_upon(box: Box, edit: RequestedEdit, before: Layout) -> bool:
    """Whether a box touches one that is moved or resized: a lamp goes with its table."""
    if edit.kind not in ("move", "side", "relate", "swap", "resize"):
        return False
    return any(intersection(box.rect, before.box(target).rect) > 0 for target in edit.targets)


def _recoloured(phrase: str, colour: str) -> str:
    words = phrase.split()
    old = next((place for place, word in enumerate(words) if word.lower() in COLOURS), None)
    if old is not None:
        words[old] = colour
    else:
        head = next((p for p, word in enumerate(words) if singular(word.lower()) == head_of(phrase)), len(words) - 1)
        words.insert(head, colour)
    if words[0].lower() in ("a", "an") and len(words) > 1:
        words[0] = "an" if words[1][0] in "aeiou" else "a"
    return " ".join(words)


def _has_grown(how: str, old: Rect, now: Rect) -> bool:
    if how in ("wider", "narrower"):
        share = now.width / old.width
    elif how in ("taller", "shorter"):
        share = now.height / old.height
    else:
        share = now.width * now.height / (old.width * old.height)
    return share >= 1 + VISIBLE if GROWTH[how] > 1 else share <= 1 - VISIBLE


def _grown(how: str, rect: Rect, layout: Layout) -> Rect:
    """About the same middle, on the canvas."""
    width = rect.width if how in ("taller", "shorter") else round(rect.width * GROWTH[how])
    height = rect.height if how in ("wider", "narrower") else round(rect.height * GROWTH[how])
    x, y = rect.x + (rect.width - width) // 2, rect.y + (rect.height - height) // 2
    return clamp_rect(Rect(x, y, width, height), layout.canvas)


def _shifted(way: str, box: Box, layout: Layout) -> Rect:
    across, down = round(layout.canvas.width * SHIFT), round(layout.canvas.height * SHIFT)
    dx, dy = {"left": (-across, 0), "right": (across, 0), "up": (0, -down), "down": (0, down)}[way]
    return clamp_rect(replace(box.rect, x=box.rect.x + dx, y=box.rect.y + dy), layout.canvas)


def _is_at_edge(way: str, rect: Rect, layout: Layout) -> bool:
    edges = {"left": rect.x, "up": rect.y}
    edges |= {"right": layout.canvas.width - rect.right, "down": layout.canvas.height - rect.bottom}
    return edges[way] <= 0


def _at_side(side: str, rect: Rect, layout: Layout) -> Rect:
    canvas = layout.canvas
    x = {"left": 0, "right": canvas.width - rect.width}.get(side, rect.x)
    y = {"top": 0, "bottom": canvas.height - rect.height}.get(side, rect.y)
    return replace(rect, x=x, y=y)


def _beside(kind: RelationKind, rect: Rect, other: Rect, layout: Layout) -> Rect:
    x, y = (round(value) for value in (other.centre[0] - rect.width / 2, other.centre[1] - rect.height / 2))
    place = {
        "left": (other.x - rect.width, rect.y),
        "right": (other.right, rect.y),
        "above": (x, other.y - rect.height),
        "below": (x, other.bottom),
        "under": (x, other.bottom),
        "on": (x, other.y - rect.height + 8),
    }.get(kind, (x, y))
    return clamp_rect(replace(rect, x=place[0], y=place[1]), layout.canvas)
