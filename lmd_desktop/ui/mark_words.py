"""What a judge says of a box, as a sign and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark

SIGNS = {"found": "✓", "wrong": "≠", "missing": "✗"}


def mark_sentence(mark: Mark) -> str:
    """About the picture on the canvas."""
    sentences = {
        "found": _tr("Found in the picture"),
        "wrong": _tr("Wrong in the picture"),
        "missing": _tr("Missing in the picture"),
    }
    return sentences[mark]


def _tr(text: str) -> str:
    return QCoreApplication.translate("MarkWords", text)
