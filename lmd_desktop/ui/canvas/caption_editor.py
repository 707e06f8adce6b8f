"""The line in which a box is named on the canvas itself: Enter keeps, Esc discards, leaving keeps what was typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from lmd_desktop.domain.layout import MAX_PHRASE_LENGTH, clean_phrase
from lmd_desktop.ui.canvas.labels import LABEL_INSET, Edges

MIN_WIDTH = 260


def phrase_validator(parent: QWidget) -> QRegularExpressionValidator:
    """A phrase is one line without ``|``; it is refused while it is typed."""
    from PySide6.QtCore import QRegularExpression  # not for the start

    return QRegularExpressionValidator(QRegularExpression("[^|]*"), parent)


class CaptionEditor(QLineEdit):
    """Lives for one naming. ``finished`` carries the phrase, or an empty text if nothing is to be kept."""

    finished = Signal(str)

    def __init__(self, phrase: str, viewport: QWidget) -> None:
        super().__init__(phrase, viewport)
        self._viewport = viewport
        self._is_finished = False
        self.setObjectName("captionEditor")
        self.setAccessibleName(self.tr("What the box shows"))
        self.setPlaceholderText(self.tr("What is here? For example: a red car"))
        self.setMaxLength(MAX_PHRASE_LENGTH)
        self.setValidator(phrase_validator(self))
        self.selectAll()

    def place(self, edges: Edges) -> None:
        """Inside the top of the box (view pixels), and inside the viewport."""
        viewport = self._viewport
        hint = self.sizeHint().height()
        width = round(min(max(edges[2] - edges[0] - 2 * LABEL_INSET, MIN_WIDTH), viewport.width()))
        x = min(max(round(edges[0] + LABEL_INSET), 0), max(viewport.width() - width, 0))
        y = min(max(round(edges[1] + LABEL_INSET), 0), max(viewport.height() - hint, 0))
        self.setGeometry(x, y, width, hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish(keeps_text=True)
        elif event.key() == Qt.Key.Key_Escape:
            self.finish(keeps_text=False)
        else:
            super().keyPressEvent(event)
            event.accept()  # arrows and the like must not reach the canvas below

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.finish(keeps_text=True)

    def finish(self, *, keeps_text: bool) -> None:
        """Tell the result once; the owner takes the editor away."""
        if not self._is_finished:
            self._is_finished = True
            self.finished.emit(clean_phrase(self.text()) if keeps_text else "")
