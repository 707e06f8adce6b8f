"""“Undo that”: what the canvas showed before the last request is known exactly, whatever a planner answers."""

from __future__ import annotations

import re
from dataclasses import replace

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.scene import Plan, Request

_UNDO = re.compile(
    r"(?:(?:please|no|oh|sorry|ok|wait) )*(?:undo(?: (?:that|it|this|the last (?:change|step|request)))?|"
    r"take (?:that|it) back|(?:put|change|turn) (?:it|that|everything) back(?: (?:as|how|the way) it was)?|"
    r"(?:revert|reverse)(?: (?:that|it|the last change))?|go back(?: one step)?|"
    r"(?:make it )?(?:as|like) (?:it was )?before)(?: please)?"
)


def layout_before_last_request(request: PlanRequest) -> Layout | None:
    """The layout that an undo goes back to, with the locked boxes as they are now; None if it is not sure.

    Sure is only a request right behind a plan: after a hand edit "that" may mean the edit.
    """
    text = " ".join(re.sub(r"[^\w' ]", " ", request.text.lower()).split())
    if _UNDO.fullmatch(text) is None or len(request.path) < 3:
        return None
    *_, asked, planned, _ = request.path
    if not isinstance(asked, Request) or not isinstance(planned, Plan) or asked.layout.canvas != request.layout.canvas:
        return None
    locked = {box.id: box for box in request.layout.boxes if box.is_locked}
    boxes = tuple(locked.get(box.id, box) for box in asked.layout.boxes)
    late = tuple(box for box in locked.values() if not asked.layout.has_box(box.id))
    return replace(asked.layout, boxes=(*boxes, *late))
