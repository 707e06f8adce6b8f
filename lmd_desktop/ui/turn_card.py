"""What all cards of the dialog share: the frame, the row on top with its buttons, the branch switch and the menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.dialog_view import TurnView
from lmd_desktop.ui.card_parts import set_text, text_label, tool
from lmd_desktop.ui.dialog_commands import DialogCommands


class TurnCard(QFrame):
    """Shows one turn; a click or Enter asks to go to it. ``kind`` is its look: request, plan or edit."""

    def __init__(self, view: TurnView, commands: DialogCommands, parent: QWidget | None = None, *, kind: str) -> None:
        super().__init__(parent)
        self.view = view
        self.commands = commands
        self.setObjectName(f"turn_{view.turn.id}")
        self.setProperty("card", kind)
        self.setProperty("isHead", view.is_head)
        self.setProperty("isAhead", view.is_ahead)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(self.tr("This turn is on the canvas.") if view.is_head else self.tr("Go back to this turn."))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(10, 7, 8, 8)
        self.column.setSpacing(4)
        self._kind = kind
        self._details: QLabel | None = None
        self.head = QHBoxLayout()
        self.head.setSpacing(2)
        self.column.addLayout(self.head)

    def set_who(self, who: str) -> None:
        """Who speaks, and on the right where the tree forks."""
        label = QLabel(who, self)
        label.setProperty("who", self._kind)
        self.head.addWidget(label)
        self.head.addStretch(1)
        if len(self.view.siblings) > 1:
            self._add_branch_switch()

    def add_button(self, text: str, tip: str, name: str) -> QToolButton:
        """A flat button in the row on top."""
        button = tool(self, text, tip, name)
        self.head.addWidget(button)
        return button

    def add_text(self, text: str, *, is_muted: bool = False) -> QLabel:
        label = text_label(self, text, is_muted=is_muted)
        self.column.addWidget(label)
        return label

    def show_details(self, text: str, *, is_open: bool = True) -> None:
        """A text to select and copy at the end of the card: what the planner wrote."""
        if self._details is None:
            self._details = text_label(self, "")
            self._details.setObjectName("details")
            self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._details.setCursor(Qt.CursorShape.IBeamCursor)
            self.column.addWidget(self._details)
        set_text(self._details, text)
        self._details.setVisible(is_open)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.commands.go_to(self.view.turn.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.commands.go_to(self.view.turn.id)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        from lmd_desktop.ui.turn_menu import turn_menu

        turn_menu(self).popup(event.globalPos())

    def _add_branch_switch(self) -> None:
        place, siblings = self.view.place, self.view.siblings
        before = self.add_button("◂", self.tr("Show the branch before this one."), "branch_before")
        label = QLabel(self.tr("{0} of {1}").format(place + 1, len(siblings)), self)
        label.setProperty("muted", True)
        label.setAccessibleName(self.tr("Branch {0} of {1}").format(place + 1, len(siblings)))
        self.head.addWidget(label)
        after = self.add_button("▸", self.tr("Show the next branch."), "branch_after")
        before.setEnabled(place > 0)
        after.setEnabled(place + 1 < len(siblings))
        before.clicked.connect(lambda: self.commands.show_branch(siblings[place - 1]))
        after.clicked.connect(lambda: self.commands.show_branch(siblings[place + 1]))
