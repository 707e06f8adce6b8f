"""The card of each kind of turn: what the person asked, and what was changed by hand; plans have their own file."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from lmd_desktop.app.dialog_view import TurnView
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request
from lmd_desktop.ui.change_words import ChangeWords
from lmd_desktop.ui.dialog_commands import DialogCommands
from lmd_desktop.ui.layout_picture import LayoutPicture, diff_drawings
from lmd_desktop.ui.plan_card import PlanCard
from lmd_desktop.ui.table_words import told_summary
from lmd_desktop.ui.turn_card import TurnCard

MAX_SENTENCES = 12


def make_card(view: TurnView, commands: DialogCommands, parent: QWidget) -> TurnCard:
    """The card of a turn."""
    match view.turn:
        case Request():
            return RequestCard(view, commands, view.turn, parent)
        case Plan():
            return PlanCard(view, commands, view.turn, parent)
        case CanvasEdit():
            return EditCard(view, commands, view.turn, parent)


class RequestCard(TurnCard):
    """The person's sentence; it can be asked again, or in other words."""

    def __init__(self, view: TurnView, commands: DialogCommands, turn: Request, parent: QWidget | None = None) -> None:
        super().__init__(view, commands, parent, kind="request")
        self.set_who(self.tr("You"))
        tip = self.tr("Ask in other words, as a branch.")
        reword = self.add_button("✎", tip, "reword")
        reword.clicked.connect(lambda: commands.reword(turn.id))
        tip = self.tr("Plan again: ask the LLM for another layout.")
        again = self.add_button("↻", tip, "plan_again")
        again.clicked.connect(lambda: commands.plan_again(turn.id))
        self.add_text(turn.text)
        self.setAccessibleName(self.tr("You asked: {0}").format(turn.text))


class EditCard(TurnCard):
    """What was changed by hand, with the person's note for the planner; it can be taken back."""

    def __init__(
        self, view: TurnView, commands: DialogCommands, turn: CanvasEdit, parent: QWidget | None = None
    ) -> None:
        super().__init__(view, commands, parent, kind="edit")
        self._turn = turn
        self.set_who(self.tr("You edited"))
        revert = self.add_button(self.tr("Revert"), self.tr("Put the canvas back to what it was before."), "revert")
        revert.clicked.connect(lambda: commands.revert(turn.id))
        self._add_changes()
        self._add_note()
        self.setAccessibleName(self.tr("You edited the canvas: {0}").format(told_summary(turn.summary)))

    def _add_changes(self) -> None:
        before, after = self.view.before, self._turn.layout
        sentences = ChangeWords().between(before, after)
        told = [f"• {sentence.text}" for sentence in sentences if sentence.is_told]
        untold = [f"• {sentence.text}" for sentence in sentences if not sentence.is_told]
        if told:
            self.add_text(shortened(told))
        if untold:
            label = self.add_text(shortened(untold), is_muted=True)
            label.setToolTip(self.tr("This is about the picture; the LLM is not told of it."))
        drawings = diff_drawings(before, after)
        if told and len(drawings) > 1 and before.boxes != after.boxes:
            self.column.addWidget(LayoutPicture(drawings, self))

    def _add_note(self) -> None:
        note = QLineEdit(self._turn.note, self)
        note.setObjectName("note")
        note.setAccessibleName(self.tr("Note for the LLM"))
        note.setPlaceholderText(self.tr("Add a note for the LLM…"))
        note.setToolTip(
            self.tr("With the next request the LLM sees the canvas as it is then, the locks, and this note.")
        )
        note.setCursor(Qt.CursorShape.IBeamCursor)
        note.editingFinished.connect(lambda: self._offer_note(note.text()))
        self.column.addWidget(note)

    def _offer_note(self, text: str) -> None:
        if text.strip() != self._turn.note:
            self.commands.set_note(self._turn.id, text)


def shortened(lines: list[str]) -> str:
    """At most MAX_SENTENCES lines, the last one an ellipsis."""
    return "\n".join(lines if len(lines) <= MAX_SENTENCES else [*lines[: MAX_SENTENCES - 1], "…"])
