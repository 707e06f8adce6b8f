"""The LLM at work, or why it did not answer: boxes so far in words and drawn, the reason, and what it wrote."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from lmd_desktop.domain.layout import Layout
from lmd_desktop.ui.card_parts import readable, set_text, text_label, tool
from lmd_desktop.ui.fold import Fold
from lmd_desktop.ui.layout_picture import Drawing, LayoutPicture

LONGEST_DETAILS = 4000


class AnswerCard(QFrame):
    """Stands after the last turn while there is something to tell."""

    retry_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answer_card")
        self.setProperty("card", "answer")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 7, 8, 8)
        layout.setSpacing(4)
        self._who = QLabel(self.tr("LLM"), self)
        self._who.setProperty("who", "plan")
        self._text = text_label(self, "")
        self._text.setObjectName("answer_text")
        self._picture = LayoutPicture((), self)
        self._raw = QLabel(self)
        self._raw.setObjectName("answer_raw")
        self._raw.setTextFormat(Qt.TextFormat.PlainText)
        self._raw.setWordWrap(True)
        self._raw.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._fold = Fold(self.tr("Show the details"), self._raw, self)
        self._retry = tool(self, self.tr("Try again"), self.tr("Send the same request once more."), "retry")
        self._retry.clicked.connect(self.retry_asked)
        for widget in (self._who, self._text, self._picture, self._fold, self._retry):
            layout.addWidget(widget)
        self.show_text("")

    def show_text(self, text: str, *, details: str = "", can_retry: bool = False, is_problem: bool = False) -> None:
        set_text(self._text, text)
        self.setAccessibleName(text)
        self._raw.setText(readable(details, LONGEST_DETAILS))
        self._fold.setVisible(bool(details))
        self._fold.set_open(False)
        self._retry.setVisible(can_retry)
        self._picture.hide()
        if self.property("card") != (kind := "problem" if is_problem else "answer"):
            self.setProperty("card", kind)
            self.style().unpolish(self)
            self.style().polish(self)

    def show_layout(self, layout: Layout) -> None:
        """What the canvas would be with the boxes so far; those that are still coming are dashed there too."""
        keys = frozenset(box.id for box in layout.boxes)
        self._picture.show_drawings((Drawing(layout, strong=keys, dashed=keys),))
        self._picture.setVisible(bool(layout.boxes))
