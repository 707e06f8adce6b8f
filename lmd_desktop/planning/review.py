"""Looks at an answer: puts right what needs no person, tells what is wrong, and words the one second try."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.violations import Violation, apply_fix
from lmd_desktop.planning.lines import write_answer, write_user_turn
from lmd_desktop.planning.meaning import check_meaning, related_boxes, safe_fixes
from lmd_desktop.planning.messages import Conversation, Exchange
from lmd_desktop.planning.repair import repair_geometry
from lmd_desktop.planning.requested_edit import keep_untouched, read_edit, with_sure_outcome
from lmd_desktop.planning.undo import layout_before_last_request, layout_with_thing_back

WRONG = "wrong:"  # what a note to the planner begins with
# A request with one of these may want an empty canvas; after any other the boxes stay, whatever the planner says.
_MAY_CLEAR = re.compile(
    r"\b(?:remove|delete|clear|empty|erase|drop|take|throw|rid|without|no|not|nothing|none|nobody|start|scratch|new|"
    r"instead|forget|away|only|just|don't)\b|删|清|移除|去掉|没|不|重新|空",
    re.IGNORECASE,
)
MAX_DEMANDS = 6  # a small model mends a few things at best


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A layout after its repairs, with what is left wrong."""

    layout: Layout
    repairs: tuple[str, ...]
    violations: tuple[Violation, ...]


def review(request: PlanRequest, answered: Layout) -> Reviewed:
    """Repair the places and the prompts of an answer; no repair may break what the request says."""
    before = None if request.layout.is_empty else request.layout
    undone = layout_before_last_request(request)
    if undone is not None:
        return Reviewed(undone, () if undone == answered else ("Everything is as before the last request.",), ())
    back = layout_with_thing_back(request)
    if back is not None:
        return Reviewed(back[0], () if back[0] == answered else (f"“{back[1]}” is as it was before.",), ())
    layout, repairs = answered, list[str]()
    edit = read_edit(request.text, before) if before is not None and before.boxes else None
    if edit is not None and before is not None:
        layout, kept = keep_untouched(edit, layout, before)
        layout, changed = with_sure_outcome(edit, layout, before)
        repairs += (*kept, *changed)
    elif before is not None and before.boxes and not layout.boxes and _MAY_CLEAR.search(request.text) is None:
        layout = replace(layout, boxes=before.boxes)
        repairs.append("The answer left out every box; those on the canvas stayed.")
    violations = check_meaning(request.text, layout, before)
    fixes = safe_fixes(violations)
    for fix in fixes:
        layout = apply_fix(layout, fix)
        repairs.append(f"{fix.title}.")
    if fixes:
        violations = check_meaning(request.text, layout, before)
    repaired = repair_geometry(layout, before, related=related_boxes(request.text, layout))
    if repaired.repairs:
        after = check_meaning(request.text, repaired.layout, before)
        if len(after) <= len(violations):
            layout, violations = repaired.layout, after
            repairs += repaired.repairs
    return Reviewed(layout, tuple(repairs), violations)


def ask_again(conversation: Conversation, request: PlanRequest, reviewed: Reviewed, raw: str) -> Conversation:
    """The dialog with the first answer in it, and the same request with notes on what was wrong with that."""
    exchange = Exchange(conversation.request, raw or write_answer(reviewed.layout))
    notes = [f"{WRONG} {demand}" for demand in demands(reviewed.violations)]
    again = write_user_turn(reviewed.layout, request.text, notes)
    return replace(conversation, exchanges=(*conversation.exchanges, exchange), request=again)


def demands(violations: Sequence[Violation]) -> tuple[str, ...]:
    """What the planner is told to mend."""
    return tuple(dict.fromkeys(violation.demand for violation in violations))[:MAX_DEMANDS]
