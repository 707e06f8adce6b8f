"""What came of a pasted text: it is being read, it is no layout, or a question about its numbers with drawn answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lmd_desktop.app.layout_text import LayoutPaster
from lmd_desktop.domain.layout import Layout
from lmd_desktop.ui.card_parts import set_text, text_label, tool
from lmd_desktop.ui.layout_picture import drawing_icon
from lmd_desktop.ui.table_words import told, told_reason

if TYPE_CHECKING:
    from lmd_desktop.domain.readings import Question, ReadLayout

ICON_SIDE = 64


class PasteCard(QFrame):
    """Stands above the field for requests while there is something to tell or to ask."""

    def __init__(self, paster: LayoutPaster, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paster = paster
        self.setObjectName("paste_card")
        self.setProperty("card", "answer")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 8, 8)
        column.setSpacing(4)
        row = QHBoxLayout()
        self._text = text_label(self, "")
        self._text.setObjectName("paste_text")
        row.addWidget(self._text, 1)
        close = tool(self, "✕", self.tr("Forget the pasted text."), "forget_paste")
        close.clicked.connect(paster.give_up)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        self._choices = QVBoxLayout()
        self._choices.setSpacing(4)
        column.addLayout(self._choices)
        paster.changed.connect(self._show_state)
        self._show_state()

    def _show_state(self) -> None:
        self._clear()
        question, refusal = self._paster.question, self._paster.refusal
        if self._paster.is_reading:
            self._say(self.tr("Reading the layout…"))
        elif question is not None:
            self._say(self.tr("{0}\nWhich is meant?").format(told(question.text)))
            for choice in question.choices:
                button = QPushButton(told(choice.label), self)
                button.setObjectName(f"choice_{choice.key}")
                button.setProperty("beside", True)
                button.setIcon(drawing_icon(_first(choice.reading), ICON_SIDE, self.palette()))
                button.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
                button.clicked.connect(lambda _checked=False, reading=choice.reading: self._paster.choose(reading))
                self._choices.addWidget(button)
        elif refusal is not None:
            self._say(told_reason(refusal.cause, refusal.next_step))
        elif self._paster.notes:
            self._say("\n".join(map(told, self._paster.notes)))
        else:
            self.hide()

    def _say(self, text: str) -> None:
        set_text(self._text, text)
        self.setAccessibleName(text)
        self.show()

    def _clear(self) -> None:
        while (item := self._choices.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _first(reading: ReadLayout | Question) -> Layout:
    from lmd_desktop.domain.readings import Question

    while isinstance(reading, Question):
        reading = reading.choices[0].reading
    return reading.layout
