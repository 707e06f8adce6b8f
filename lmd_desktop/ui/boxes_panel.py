"""The panel of boxes: their list, the fields of the selected one, background and negative prompt of the layout.

It is the twin of the canvas for keyboard and screen reader: whatever the mouse does there can be done here.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.app.session import Session
from lmd_desktop.ui.box_fields import BoxFields
from lmd_desktop.ui.box_list import BoxList
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.canvas.geometry import default_rect
from lmd_desktop.ui.findings import Findings
from lmd_desktop.ui.text_fields import PromptText
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, heading, icon

ICON_SIZE = QSize(16, 16)


class BoxesPanel(QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("boxesPanel")
        self._session = session
        self._commands = BoxCommands(session, self)
        self.count = heading("")
        self.list = BoxList(session, self._commands, self)
        self.fields = BoxFields(session, self._commands, self)
        self.findings = Findings(session, self._commands, self)
        self.background = PromptText("background", self)
        self.background.setAccessibleName(self.tr("Background"))
        self.background.setPlaceholderText(self.tr("what is behind the boxes, for example: a dusk harbour"))
        self.negative_prompt = PromptText("negativePrompt", self)
        self.negative_prompt.setAccessibleName(self.tr("Negative prompt"))
        self.negative_prompt.setPlaceholderText(self.tr("what the picture must not show"))
        self.add_button = self._button("addBox", self.tr("Add Box"), "add")
        self.duplicate_button = self._button("duplicateBox", self.tr("Duplicate"), "duplicate")
        self.delete_button = self._button("deleteBox", self.tr("Delete"), "delete")
        self._set_up_layout()
        self._connect()
        self._show_scene()
        self._show_selection()

    def _connect(self) -> None:
        self.add_button.clicked.connect(self.add_box)
        self.findings.left.connect(self.list.setFocus)
        self.duplicate_button.clicked.connect(self._commands.duplicate)
        self.delete_button.clicked.connect(self._commands.delete)
        self.background.typed.connect(lambda text, key: self._commands.set_background(text, merge=key))
        self.negative_prompt.typed.connect(lambda text, key: self._commands.set_negative_prompt(text, merge=key))
        self._session.scene_changed.connect(self._show_scene)
        self._session.selection_changed.connect(self._show_selection)

    def set_lint(self, lint: LintWatch) -> None:
        """Whose findings stand in the list, and below it with their fixes."""
        self.list.set_lint(lint)
        self.findings.set_lint(lint)

    def add_box(self) -> None:
        """A box in the middle, ready to be named in the phrase field."""
        canvas = self._session.layout.canvas
        self._commands.add(self.tr("a new thing"), default_rect((canvas.width / 2, canvas.height / 2), canvas))
        self.fields.phrase.setFocus()
        self.fields.phrase.selectAll()

    def _show_scene(self) -> None:
        layout = self._session.layout
        count = len(layout.boxes)
        self.count.setText(self.tr("1 box") if count == 1 else self.tr("%1 boxes").replace("%1", str(count)))
        self.background.show_text(layout.background_prompt)
        self.negative_prompt.show_text(layout.negative_prompt)

    def _show_selection(self) -> None:
        for button in (self.duplicate_button, self.delete_button):
            button.setEnabled(bool(self._session.selection))

    def _button(self, name: str, text: str, icon_name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(icon(icon_name))
        button.setIconSize(ICON_SIZE)
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button

    def _set_up_layout(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SMALL_SPACING)
        buttons.addWidget(self.count, 1)
        for button in (self.add_button, self.duplicate_button, self.delete_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addLayout(buttons)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.findings)
        layout.addSpacing(SMALL_SPACING)
        layout.addWidget(self.fields)
        layout.addSpacing(SMALL_SPACING)
        for text, field in (
            (self.tr("Background"), self.background),
            (self.tr("Negative prompt"), self.negative_prompt),
        ):
            label = QLabel(text)
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
