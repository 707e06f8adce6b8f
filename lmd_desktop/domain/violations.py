"""What is wrong with a plan by the request it answers: a plain sentence, the boxes it is about, and perhaps a fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lmd_desktop.domain.edits import add_box, delete_boxes, rename_box, set_background, set_negative, set_rects
from lmd_desktop.domain.layout import Layout, Rect

ViolationKind = Literal["count", "attribute", "relation", "negation", "background", "language"]


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


def with_negative(layout: Layout, noun: str) -> str:
    """The negative prompt with one more thing in it."""
    return ", ".join(filter(None, [layout.negative_prompt, noun]))
