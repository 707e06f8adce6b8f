"""“Undo that”, “put the cup back”: what the canvas showed before is known exactly, whatever a planner answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.scene import Plan, Request
from lmd_desktop.domain.undo_request import is_undo
from lmd_desktop.planning.caption import Absent
from lmd_desktop.planning.matching import boxes_named, has_looks
from lmd_desktop.planning.requested_edit import noun_phrase

_BACK = re.compile(
    r"(?:(?:please|no|oh|sorry|ok|actually|can you|could you|now) )*"
    r"(?:(?:put|bring|get|give|move|set) (?:me )?(?P<one>the [\w' -]+?) back"
    r"(?: (?:as|how|like|the way|to where|where) it was(?: before)?)?|"
    r"(?:bring|put|give|get) (?:me )?back (?P<other>the [\w' -]+?)|restore (?P<third>the [\w' -]+?)|"
    r"i want (?P<fourth>the [\w' -]+?) back)(?: please| again)?"
)


def layout_before_last_request(request: PlanRequest) -> Layout | None:
    """The layout that an undo goes back to, with the locked boxes as they are now; None if it is not sure.

    Sure is only a request right behind a plan: after a hand edit "that" may mean the edit.
    """
    if not is_undo(request.text) or len(request.path) < 3:
        return None
    *_, asked, planned, _ = request.path
    if not isinstance(asked, Request) or not isinstance(planned, Plan) or asked.layout.canvas != request.layout.canvas:
        return None
    locked = {box.id: box for box in request.layout.boxes if box.is_locked}
    boxes = tuple(locked.get(box.id, box) for box in asked.layout.boxes)
    late = tuple(box for box in locked.values() if not asked.layout.has_box(box.id))
    return replace(asked.layout, boxes=(*boxes, *late))


def layout_with_thing_back(request: PlanRequest) -> tuple[Layout, str] | None:
    """The canvas with one thing as it was before it was last changed or removed, and its phrase; None if not sure."""
    found = _BACK.fullmatch(_plain(request.text))
    thing = noun_phrase(next(filter(None, found.groups()))) if found is not None else None
    if thing is None:
        return None
    now = _meant(thing, request.layout)
    if len(now) > 1 or any(box.is_locked for box in now):
        return None
    for layout in _earlier(request):
        then = _meant(thing, layout)
        if [_look(box) for box in then] == [_look(box) for box in now]:
            continue
        if len(then) != 1:
            return None
        (old,) = then
        if request.layout.has_box(old.id) and request.layout.box(old.id).is_locked:
            return None
        others = tuple(box for box in request.layout.boxes if box not in now and box.id != old.id)
        place = next(index for index, box in enumerate(layout.boxes) if box.id == old.id)
        boxes = (*others[:place], replace(old, is_locked=False), *others[place:])
        return replace(request.layout, boxes=boxes), old.phrase
    return None


def _earlier(request: PlanRequest) -> Iterable[Layout]:
    """What the canvas showed before now, newest first."""
    layouts = [turn.layout for turn in request.path[:-1]]
    return (layout for layout in reversed(layouts) if layout.canvas == request.layout.canvas)


def _meant(thing: Absent, layout: Layout) -> list[Box]:
    return [box for box in boxes_named(thing.noun, layout) if has_looks(box, thing.attributes)]


def _look(box: Box) -> tuple[str, object]:
    return box.phrase, box.rect


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower().replace("’", "'")).split())
