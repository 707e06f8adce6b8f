"""The field for searching the dialog: what to find, to the one before or after, and how many there are."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from lmd_desktop.ui.card_parts import tool


class SearchLine(QLineEdit):
    """Enter goes to the next turn that was found, Shift+Enter to the one before, Esc ends the search."""

    step_asked = Signal(int)
    ended = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step_asked.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.ended.emit()
        else:
            super().keyPressEvent(event)


class SearchBox(QWidget):
    """``step_asked`` carries 1 for the next turn that was found, -1 for the one before."""

    step_asked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line = SearchLine(self)
        self.line.setObjectName("dialog_search")
        self.line.setAccessibleName(self.tr("Search in the dialog"))
        self.line.setPlaceholderText(self.tr("Search all branches…"))
        self.line.setClearButtonEnabled(True)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.count = QLabel(self)
        self.count.setObjectName("search_count")
        self.count.setProperty("muted", True)
        before = tool(self, "▴", self.tr("The turn before that was found."), "found_before")
        after = tool(self, "▾", self.tr("The next turn that was found."), "found_after")
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.line, 1)
        row.addWidget(before)
        row.addWidget(after)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.count)
        self.line.step_asked.connect(self.step_asked)
        before.clicked.connect(lambda: self.step_asked.emit(-1))
        after.clicked.connect(lambda: self.step_asked.emit(1))

    def tell(self, text: str) -> None:
        """Where among how many; nothing to say takes no room."""
        self.count.setText(text)
        self.count.setVisible(bool(text))
