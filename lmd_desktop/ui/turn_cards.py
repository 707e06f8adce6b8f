"""One card per turn of the dialog: what the person asked, what the LLM answered, what was changed by hand."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.dialog_view import TurnView
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request
from lmd_desktop.ui.fold import Fold

LONGEST_SHOWN = 800
LONGEST_WORD = 24
ZERO_WIDTH_SPACE = "\u200b"


class TurnCard(QFrame):
    """Shows one turn; a click or Enter asks to go to it."""

    chosen = Signal(str)
    branch_chosen = Signal(str)
    plan_again_asked = Signal(str)
    revert_asked = Signal(str)
    note_changed = Signal(str, str)

    def __init__(self, view: TurnView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        kind = _kind(view)
        self.setObjectName(f"turn_{view.turn.id}")
        self.setProperty("card", kind)
        self.setProperty("isHead", view.is_head)
        self.setProperty("isAhead", view.is_ahead)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(10, 7, 8, 8)
        self._layout.setSpacing(4)
        self._layout.addLayout(self._head_row())
        match view.turn:
            case Request():
                self._fill_request(view.turn)
            case Plan():
                self._fill_plan(view.turn)
            case CanvasEdit():
                self._fill_edit(view.turn)
        self.setToolTip(self.tr("This turn is on the canvas.") if view.is_head else self.tr("Go back to this turn."))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.view.turn.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.view.turn.id)
        else:
            super().keyPressEvent(event)

    def _head_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        who = QLabel(_who(self, self.view), self)
        who.setProperty("who", _kind(self.view))
        row.addWidget(who)
        row.addStretch(1)
        if len(self.view.siblings) > 1:
            self._add_branch_switch(row)
        self._head = row
        return row

    def _add_branch_switch(self, row: QHBoxLayout) -> None:
        place, siblings = self.view.place, self.view.siblings
        before = _tool(self, "◂", self.tr("Show the branch before this one."), "branch_before")
        after = _tool(self, "▸", self.tr("Show the next branch."), "branch_after")
        before.setEnabled(place > 0)
        after.setEnabled(place + 1 < len(siblings))
        before.clicked.connect(lambda: self.branch_chosen.emit(siblings[place - 1]))
        after.clicked.connect(lambda: self.branch_chosen.emit(siblings[place + 1]))
        label = QLabel(self.tr("{0} of {1}").format(place + 1, len(siblings)), self)
        label.setProperty("muted", True)
        label.setAccessibleName(self.tr("Branch {0} of {1}").format(place + 1, len(siblings)))
        for widget in (before, label, after):
            row.addWidget(widget)

    def _fill_request(self, turn: Request) -> None:
        self._layout.addWidget(_text(self, turn.text))
        again = _tool(self, self.tr("Plan again"), self.tr("Ask the LLM for another layout."), "plan_again")
        again.clicked.connect(lambda: self.plan_again_asked.emit(turn.id))
        self._head.addWidget(again)
        self.setAccessibleName(self.tr("You asked: {0}").format(turn.text))

    def _fill_plan(self, turn: Plan) -> None:
        count = len(turn.layout.boxes)
        summary = self.tr("1 box") if count == 1 else self.tr("{0} boxes").format(count)
        phrases = " · ".join(box.phrase for box in turn.layout.boxes)
        self._layout.addWidget(_text(self, f"{summary}: {phrases}" if phrases else summary))
        if turn.layout.background_prompt:
            background = self.tr("Background: {0}").format(turn.layout.background_prompt)
            self._layout.addWidget(_text(self, background, is_muted=True))
        if turn.layout.negative_prompt:
            negative = self.tr("Without: {0}").format(turn.layout.negative_prompt)
            self._layout.addWidget(_text(self, negative, is_muted=True))
        for note in turn.notes:
            self._layout.addWidget(_text(self, f"⚠ {note}", is_muted=True))
        details = _text(self, self.tr("{0} · seed {1}").format(turn.model, turn.seed), is_muted=True)
        details.setToolTip(self.tr("The LLM wrote:\n{0}").format(turn.raw))
        self._layout.addWidget(details)
        self.setAccessibleName(self.tr("The LLM planned {0}: {1}").format(summary, phrases))

    def _fill_edit(self, turn: CanvasEdit) -> None:
        for sentence in turn.summary.split("; "):
            self._layout.addWidget(_text(self, f"• {sentence}"))
        note = QLineEdit(turn.note, self)
        note.setObjectName("note")
        note.setAccessibleName(self.tr("Note for the LLM"))
        note.setPlaceholderText(self.tr("Add a note for the LLM…"))
        note.setCursor(Qt.CursorShape.IBeamCursor)
        note.editingFinished.connect(lambda: self._offer_note(turn, note.text()))
        self._layout.addWidget(note)
        revert = _tool(self, self.tr("Revert"), self.tr("Put the canvas back to what it was before."), "revert")
        revert.clicked.connect(lambda: self.revert_asked.emit(turn.id))
        self._head.addWidget(revert)
        self.setAccessibleName(self.tr("You edited the canvas: {0}").format(turn.summary))

    def _offer_note(self, turn: CanvasEdit, text: str) -> None:
        if text.strip() != turn.note:
            self.note_changed.emit(turn.id, text)


class AnswerCard(QFrame):
    """The LLM at work, or why it did not answer: boxes so far, the reason, and what it wrote."""

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
        self._text = _text(self, "")
        self._text.setObjectName("answer_text")
        self._raw = QLabel(self)
        self._raw.setObjectName("answer_raw")
        self._raw.setTextFormat(Qt.TextFormat.PlainText)
        self._raw.setWordWrap(True)
        self._raw.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._fold = Fold(self.tr("Show the details"), self._raw, self)
        self._retry = _tool(self, self.tr("Try again"), self.tr("Send the same request once more."), "retry")
        self._retry.clicked.connect(self.retry_asked)
        for widget in (self._who, self._text, self._fold, self._retry):
            layout.addWidget(widget)
        self.show_text("")

    def show_text(self, text: str, *, details: str = "", can_retry: bool = False, is_problem: bool = False) -> None:
        self._text.setText(readable(text))
        self.setAccessibleName(text)
        self._raw.setText(readable(details, 4000))
        self._fold.setVisible(bool(details))
        self._fold.set_open(False)
        self._retry.setVisible(can_retry)
        if self.property("card") != (kind := "problem" if is_problem else "answer"):
            self.setProperty("card", kind)
            self.style().unpolish(self)
            self.style().polish(self)


def _kind(view: TurnView) -> str:
    match view.turn:
        case Request():
            return "request"
        case Plan():
            return "plan"
        case CanvasEdit():
            return "edit"


def _who(card: TurnCard, view: TurnView) -> str:
    match view.turn:
        case Request():
            return card.tr("You")
        case Plan():
            return card.tr("LLM")
        case CanvasEdit():
            return card.tr("You edited")


def _text(parent: QWidget, text: str, *, is_muted: bool = False) -> QLabel:
    label = QLabel(parent)
    # Typed text may hold "<b>": it is never markup.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(readable(text))
    label.setWordWrap(True)
    label.setProperty("muted", is_muted)
    if len(text) > LONGEST_SHOWN:
        label.setToolTip(readable(text, len(text)))
    return label


def readable(text: str, limit: int = LONGEST_SHOWN) -> str:
    """The text cut to what a card can show, with places to break inside endless words."""
    shown = text if len(text) <= limit else f"{text[:limit].rstrip()}…"
    return "".join(
        word if len(word) <= LONGEST_WORD else ZERO_WIDTH_SPACE.join(chunks(word)) for word in re.split(r"(\s+)", shown)
    )


def chunks(word: str) -> list[str]:
    return [word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD)]


def _tool(parent: QWidget, text: str, tip: str, name: str) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    button.setCursor(Qt.CursorShape.ArrowCursor)
    return button
