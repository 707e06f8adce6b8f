"""Requests that only ask for the layout before the last change: they need no planner to be answered exactly."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.proposals import reject
from lmd_desktop.domain.scene import Plan, Scene, add_request, add_turn

# Whole sentences only: "put the cat back on the left" is the planner's.
_THAT = r"(?:that|it|this|them|everything|things)"
_CHANGE = r"(?: that| it| this| them| everything| (?:the|my) last (?:change|step|request|one|edit)| that change)"
_UNDO = re.compile(
    r"(?:(?:please|no|oh|sorry|ok|wait|hmm|actually|now|can you|could you) )*(?:"
    rf"(?:undo|revert){_CHANGE}?|(?:reverse|cancel){_CHANGE}|"
    rf"(?:take|put|change|turn|bring|move|set|switch) {_THAT} back"
    rf"(?: (?:as|how|like|the way|to how|to where|where) {_THAT} (?:was|were)(?: before)?)?|"
    r"go back(?: (?:one|a) step)?|one step back|"
    rf"(?:(?:make|leave|keep) {_THAT} )?(?:as|like|how|the way)(?: {_THAT} (?:was|were))? before|"
    rf"(?:make {_THAT} )?(?:as|like|how|the way) {_THAT} (?:was|were)|"
    rf"(?:i )?(?:liked|preferred) {_THAT} (?:better|more) before|it was better before"
    r")(?: please| again)?"
)
_ELSEWHERE = frozenset(
    (
        "撤销",
        "撤消",
        "撤销上一步",
        "撤销刚才的修改",
        "取消刚才的修改",
        "改回去",
        "改回来",
        "放回去",
        "恢复原样",
        "还原",
        "تراجع",
        "تراجع عن ذلك",
    )
)


def is_undo(text: str) -> bool:
    """Whether a request asks for nothing but the layout before the last change."""
    kept = (char if char.isalnum() else " " for char in unicodedata.normalize("NFKC", text).casefold())
    words = " ".join("".join(kept).split())
    return _UNDO.fullmatch(words) is not None or words.removeprefix("请").strip() in _ELSEWHERE


def answer_undo(scene: Scene, text: str) -> Scene | None:
    """The request and its answer as two turns; None if there is nothing to take back.

    What counts is the way to the head: requests, plans and hand edits alike. Asked again, it goes one change further
    back. Locked boxes stay as they are.
    """
    states = [scene.start]
    for turn in scene.dialog.path():
        if turn.layout == states[-1]:
            continue
        if is_undone(turn) and turn.layout in states:
            del states[states.index(turn.layout) + 1 :]
        else:
            states.append(turn.layout)
    if len(states) < 2 or not is_undo(text):
        return None
    asked = add_request(scene, text)
    answer = Plan("", None, _with_locked(states[-2], scene.layout), "", "", "", 0)
    return add_turn(asked, answer)


def is_undone(turn: object) -> bool:
    """Whether a turn is such an answer: a plan that no model wrote."""
    return isinstance(turn, Plan) and not (turn.model or turn.raw)


def _with_locked(layout: Layout, now: Layout) -> Layout:
    locked = [box for box in now.boxes if box.is_locked]
    kept = replace(layout, boxes=tuple(box for box in layout.boxes if all(box.id != other.id for other in locked)))
    return reject(kept, now, [box.id for box in locked]) if locked else layout
