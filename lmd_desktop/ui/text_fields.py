"""Text fields that write what is typed into the session at once, as one undo step per visit. They know no session."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from lmd_desktop.domain.layout import clean_line

LINES_SHOWN = 2


class PromptLine(QLineEdit):
    """One line. ``typed`` carries the text and a key that stays the same until the field is left."""

    typed = Signal(str, str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._visits = 0
        self.textEdited.connect(lambda text: self.typed.emit(text, f"{name} {self._visits}"))

    def show_text(self, text: str) -> None:
        """Show what the session holds, without moving the cursor of someone who is typing just that."""
        if clean_line(self.text()) != text:
            self.setText(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._visits += 1
        super().focusOutEvent(event)


class PromptText(QPlainTextEdit):
    """A few lines that are one line in the end. Tab leaves the field."""

    typed = Signal(str, str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._visits = 0
        self._is_showing = False
        self.textChanged.connect(self._tell)

    def show_text(self, text: str) -> None:
        """Show what the session holds, without moving the cursor of someone who is typing just that."""
        if clean_line(self.toPlainText()) != text:
            self._is_showing = True
            self.setPlainText(text)
            self._is_showing = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._visits += 1
        super().focusOutEvent(event)

    def sizeHint(self) -> QSize:
        frame = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        return QSize(super().sizeHint().width(), LINES_SHOWN * QFontMetrics(self.font()).lineSpacing() + frame)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def _tell(self) -> None:
        if not self._is_showing:
            self.typed.emit(self.toPlainText(), f"{self.objectName()} {self._visits}")
