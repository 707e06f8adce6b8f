"""What is wrong with a plan by the request it answers: a plain sentence, the boxes it is about, and perhaps a fix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lmd_desktop.domain.edits import add_box, delete_boxes, rename_box, set_background, set_negative, set_rects
from lmd_desktop.domain.layout import Layout, Rect

ViolationKind = Literal["count", "attribute", "relation", "size", "negation", "background", "language", "change"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One edit that puts it right; ``title`` is its text in the Undo menu. Pairs are (box id, new value)."""

    title: str
    renamed: tuple[tuple[str, str], ...] = ()
    placed: tuple[tuple[str, Rect], ...] = ()
    deleted: tuple[str, ...] = ()
    added: tuple[tuple[str, Rect], ...] = ()
    background: str | None = None
    negative: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A part of the request that the layout does not keep. ``sentence`` is for people, ``demand`` for the planner."""

    kind: ViolationKind
    sentence: str
    demand: str
    boxes: tuple[str, ...] = ()
    fix: Fix | None = None


def apply_fix(layout: Layout, fix: Fix) -> Layout:
    """The layout after a fix; raises UserError if a box of it is gone."""
    for box_id, phrase in fix.renamed:
        layout = rename_box(layout, box_id, phrase)
    if fix.placed:
        layout = set_rects(layout, dict(fix.placed))
    if fix.deleted:
        layout = delete_boxes(layout, fix.deleted)
    for phrase, rect in fix.added:
        layout = add_box(layout, phrase, rect)
    if fix.background is not None:
        layout = set_background(layout, fix.background)
    return layout if fix.negative is None else set_negative(layout, fix.negative)


def can_mend(now: Layout, fix: Fix, planned: Layout) -> bool:
    """Whether a fix of the plan ``planned`` still makes sense: nobody has changed what it is about."""
    old, new = ({box.id: box for box in layout.boxes} for layout in (planned, now))
    return (
        all(key in new and new[key].phrase == old[key].phrase for key, _ in fix.renamed if key in old)
        and all(key in new and new[key].rect == old[key].rect for key, _ in fix.placed if key in old)
        and all(key in new for key in fix.deleted)
        and all(not any(box.phrase == phrase and box.rect == rect for box in now.boxes) for phrase, rect in fix.added)
        and (fix.background is None or now.background_prompt == planned.background_prompt)
        and (fix.negative is None or _missing_words(now, fix, planned) != "")
    )


def mend(now: Layout, fix: Fix, planned: Layout) -> Layout:
    """The layout after a fix of the plan ``planned``; of two fixes of the negative prompt both are kept."""
    if fix.negative is not None:
        fix = replace(fix, negative=with_negative(now, _missing_words(now, fix, planned)))
    return apply_fix(now, fix)


def _missing_words(now: Layout, fix: Fix, planned: Layout) -> str:
    """What a fix puts into the negative prompt and what is not there yet."""
    words = (fix.negative or "").removeprefix(planned.negative_prompt).strip(" ,")
    return "" if words in now.negative_prompt.split(", ") else words


def with_negative(layout: Layout, noun: str) -> str:
    """The negative prompt with one more thing in it."""
    return ", ".join(filter(None, [layout.negative_prompt, noun]))
