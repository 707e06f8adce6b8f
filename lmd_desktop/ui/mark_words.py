"""What a judge says of a box: as a sign, in its colour, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from collections.abc import Collection

    from lmd_desktop.domain.marks import Mark

SIGNS: dict[Mark, str] = {"found": "✓", "wrong": "≠", "missing": "✗"}
COLOURS: dict[Mark, QColor] = {"found": QColor("#2fbf71"), "wrong": QColor("#f0a202"), "missing": QColor("#e5484d")}
ON_COLOUR = QColor("#10151a")  # signs and words on any of them


def mark_sentence(mark: Mark) -> str:
    """About the picture on the canvas."""
    sentences = {
        "found": _tr("Found in the picture"),
        "wrong": _tr("Wrong in the picture"),
        "missing": _tr("Missing in the picture"),
    }
    return sentences[mark]


def found_sentence(marks: Collection[Mark]) -> str:
    """How many of the boxes with a mark are found; empty without any."""
    found = sum(mark == "found" for mark in marks)
    return _tr("In the picture, {0} of {1} boxes are found.").format(found, len(marks)) if marks else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("MarkWords", text)
