"""What is found about a layout, said in the person's language: a sentence, and the name of its fix."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.domain.clip_tokens import ROOM
from lmd_desktop.domain.lint import Finding

MAX_QUOTED = 40  # characters of a phrase


def _tr(text: str) -> str:
    return QCoreApplication.translate("LintWords", text)


def sentences(lint: LintWatch, box_ids: Iterable[str]) -> list[str]:
    """One per finding about these boxes."""
    return [sentence(finding, lint) for finding in lint.of(box_ids)]


def sentence(finding: Finding, lint: LintWatch) -> str:
    """What is wrong, and what will come of it."""
    layout = lint.layout
    named = [
        _tr("{0} “{1}”").format(box_id, _short(layout.box(box_id).phrase)) if layout.has_box(box_id) else box_id
        for box_id in finding.boxes
    ]
    first, last = named[0], named[-1]
    match finding.kind:
        case "overlap":
            return _tr("{0} overlaps {1}: the painter cannot tell equal things apart.").format(first, last)
        case "outside":
            return _tr("{0} lies off the canvas.").format(first)
        case "small":
            return _tr("{0} is too small for {1}: it may not appear.").format(first, lint.method_title())
        case "long":
            return _tr("{0} has {1} tokens: the painter reads {2}.").format(first, finding.detail, ROOM)
        case "missing":
            return _tr("{0} is missing from your overall prompt.").format(", ".join(named))
        case "excluded":
            return _tr("{0} is wanted, but “{1}” is in the negative prompt.").format(first, finding.detail)
        case "excluded_here":
            return _tr("{0} is wanted, but “{1}” is in its own negative.").format(first, finding.detail)
        case "same_place":
            return _tr("{0} and {1} are locked on the same place: one hides the other.").format(first, last)


def note(finding: Finding, box_id: str, lint: LintWatch) -> str:
    """The same in a few words, where the box is named already."""
    others = ", ".join(other for other in finding.boxes if other != box_id)
    match finding.kind:
        case "overlap":
            return _tr("overlaps {0}, which is the same thing").format(others)
        case "outside":
            return _tr("lies off the canvas")
        case "small":
            return _tr("too small for {0}").format(lint.method_title())
        case "long":
            return _tr("{0} tokens, only {1} are read").format(finding.detail, ROOM)
        case "missing":
            return _tr("missing from your overall prompt")
        case "excluded":
            return _tr("“{0}” is in the negative prompt").format(finding.detail)
        case "excluded_here":
            return _tr("“{0}” is in its own negative").format(finding.detail)
        case "same_place":
            return _tr("locked on the same place as {0}").format(others)


def notes(lint: LintWatch, box_id: str) -> str:
    """All of a box in one line; empty if nothing is found."""
    return "; ".join(note(finding, box_id, lint) for finding in lint.of((box_id,)))


def fix_title(finding: Finding) -> str:
    """What the fix does, as its button and the Undo menu say it; empty without a fix."""
    fix = finding.fix
    if fix is None:
        return ""
    if fix.unlocked:
        return _tr("Unlock")
    match finding.kind:
        case "overlap":
            return _tr("Move apart")
        case "outside":
            return _tr("Move onto the canvas")
        case "small":
            return _tr("Enlarge")
        case "long":
            return _tr("Shorten")
        case "missing":
            return _tr("Add to the prompt")
        case _:
            return _tr("Take it out of the negative")


def _short(phrase: str) -> str:
    return phrase if len(phrase) <= MAX_QUOTED else phrase[: MAX_QUOTED - 1].rstrip() + "…"
