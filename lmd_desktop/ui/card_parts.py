"""Small parts of the dialog's cards: labels for text of any script, flat buttons, and where long words may break."""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

LONGEST_SHOWN = 800
LONGEST_WORD = 24
ZERO_WIDTH_SPACE = "\u200b"
ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # first strong isolate: Unicode annex 9, section 2.6


def text_label(parent: QWidget, text: str, *, is_muted: bool = False) -> QLabel:
    """A label that wraps and never takes typed text for markup; text of a right-to-left script stands on the right."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if is_muted:
        label.setProperty("muted", True)
    set_text(label, text)
    return label


def set_text(label: QLabel, text: str) -> None:
    """Another text for a label of ``text_label``."""
    label.setText(readable(text))
    if is_right_to_left(text):
        label.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    else:
        label.unsetLayoutDirection()
    label.setToolTip(readable(text, len(text)) if len(text) > LONGEST_SHOWN else "")


def tool(parent: QWidget, text: str, tip: str, name: str) -> QToolButton:
    """A flat button; its tip is also what a screen reader says."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    button.setCursor(Qt.CursorShape.ArrowCursor)
    return button


def readable(text: str, limit: int = LONGEST_SHOWN) -> str:
    """The text cut to what a card can show, with places to break inside endless words."""
    shown = text if len(text) <= limit else f"{text[:limit].rstrip()}…"
    if len(shown) <= LONGEST_WORD:
        return shown
    return "".join(
        word if len(word) <= LONGEST_WORD else ZERO_WIDTH_SPACE.join(chunks(word)) for word in re.split(r"(\s+)", shown)
    )


def chunks(word: str) -> list[str]:
    return [word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD)]


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction has that of Arabic or Hebrew (Unicode annex 9, rule P2)."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def isolated(phrase: str) -> str:
    """A phrase to be put into a sentence or a list: one of another direction must not turn what is around it."""
    turns = any(unicodedata.bidirectional(char) in ("R", "AL") for char in phrase)
    return f"{ISOLATE}{phrase}{END_ISOLATE}" if turns else phrase
