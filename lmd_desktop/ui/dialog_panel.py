"""The dialog: the turns of the branch that is shown, the LLM at work, and the field for the next request."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lmd_desktop.app.dialog_view import undecided_boxes, visible_turns
from lmd_desktop.app.layout_text import LayoutPaster, looks_like_layout
from lmd_desktop.app.planning_job import PlanningJobs, shortened
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.scene import Request
from lmd_desktop.ui.answer_card import AnswerCard
from lmd_desktop.ui.card_parts import isolated, tool
from lmd_desktop.ui.composer import Composer
from lmd_desktop.ui.dialog_commands import DialogCommands
from lmd_desktop.ui.dialog_header import DialogHeader
from lmd_desktop.ui.table_words import told_reason
from lmd_desktop.ui.turn_card import TurnCard
from lmd_desktop.ui.turn_cards import make_card
from lmd_desktop.ui.turn_list import TurnList


class DialogPanel(QWidget):
    """Draws the dialog of the session; everything it does is a command of ``DialogCommands``.

    ``dashed_boxes_changed`` carries the boxes that the canvas draws dashed: those the planner is writing, else those of
    its last answer that the person has not decided on.
    """

    stopped = Signal()
    dashed_boxes_changed = Signal(object)

    def __init__(self, session: Session, planning: PlanningJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._planning = planning
        self._reworded: str | None = None
        self._pasted_text = ""
        self._dashed: tuple[Box, ...] = ()
        self.setObjectName("dialog_panel")
        self.paster = LayoutPaster(session, self)
        self.commands = DialogCommands(session, planning, self.paster, self)
        self.header = DialogHeader(session, self)
        self._build_turns()
        self._build_entry()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.header)
        layout.addWidget(self.turns, 1)
        self._paste_row = QVBoxLayout()
        layout.addLayout(self._paste_row)
        layout.addWidget(self._complaint)
        layout.addWidget(self._rewording)
        layout.addWidget(self.composer)
        layout.addLayout(self._buttons)
        self._connect()
        self._show_turns()
        self._show_state()

    @property
    def cards(self) -> tuple[TurnCard, ...]:
        """The turns that are in sight or near it, from the top."""
        return self.turns.cards

    def send(self) -> None:
        """Send what is typed; a text that cannot be sent stays, with the reason above it."""
        text = self.composer.toPlainText()
        if looks_like_layout(text):
            self._paste(text)
            self.composer.clear()
            return
        try:
            self._planning.send(text, beside=self._reworded)
        except UserError as error:
            self._complaint.setText(told_reason(error.cause, error.next_step))
            self._complaint.show()
            return
        self._complaint.hide()
        self._stop_rewording()
        self.composer.clear()

    def _compare(self, first: str, second: str) -> None:
        from lmd_desktop.ui.turn_comparison import TurnComparison  # not for the start

        dialog = TurnComparison(self._session.scene, first, second, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def stop(self) -> None:
        self._planning.stop()
        self.stopped.emit()

    def _build_turns(self) -> None:
        self.turns = TurnList(lambda view, parent: make_card(view, self.commands, parent), self)
        self.turns.setAccessibleName(self.tr("Dialog"))
        page = self.turns.page
        self._hint = QLabel(
            self.tr(
                "Say what the picture should show. The LLM draws the boxes, you adjust them, Render paints them.\n\n"
                "For example: a red car on the left of a blue cup, without cats"
            ),
            page,
        )
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        self._answer = AnswerCard(page)
        self.turns.set_tail((self._hint, self._answer))

    def _build_entry(self) -> None:
        self._complaint = QLabel(self)
        self._complaint.setObjectName("complaint")
        self._complaint.setProperty("problem", True)
        self._complaint.setWordWrap(True)
        self._complaint.hide()
        self._rewording = QFrame(self)
        self._rewording.setObjectName("rewording")
        self._rewording_text = QLabel(self._rewording)
        self._rewording_text.setWordWrap(True)
        self._rewording_text.setProperty("muted", True)
        row = QHBoxLayout(self._rewording)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._rewording_text, 1)
        leave = tool(self._rewording, "✕", self.tr("Do not start a branch (Esc)."), "leave_rewording")
        leave.clicked.connect(self._leave_rewording)
        row.addWidget(leave, 0, Qt.AlignmentFlag.AlignTop)
        self._rewording.hide()
        self.composer = Composer(self)
        self.send_button = QPushButton(self.tr("Send"), self)
        self.send_button.setObjectName("send")
        self.send_button.setToolTip(self.tr("Send the request to the LLM (Enter)."))
        self.stop_button = QPushButton(self.tr("Stop"), self)
        self.stop_button.setObjectName("stop_planning")
        self.stop_button.setToolTip(self.tr("Stop the LLM (Shift+Esc)."))
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self.send_button, 1)
        self._buttons.addWidget(self.stop_button)

    def _connect(self) -> None:
        self.composer.submitted.connect(self.send)
        self.composer.textChanged.connect(self._complaint.hide)
        self.composer.layout_pasted.connect(self._paste)
        self.composer.left.connect(self._leave_rewording)
        self.send_button.clicked.connect(self.send)
        self.stop_button.clicked.connect(self.stop)
        self._answer.retry_asked.connect(self._retry)
        self.commands.rewording_asked.connect(self._start_rewording)
        self.commands.comparison_asked.connect(self._compare)
        self.paster.changed.connect(self._take_back_pasted_text)
        self.paster.changed.connect(self._show_paste)
        self.header.branch_chosen.connect(self.commands.go_to)
        self.header.found.connect(self._show_found)
        self.header.search_ended.connect(lambda: self.composer.setFocus(Qt.FocusReason.OtherFocusReason))
        self._session.scene_changed.connect(self._show_turns)
        self._session.renders_changed.connect(self._show_turns)
        self._planning.state_changed.connect(self._show_state)

    def _show_turns(self) -> None:
        scene = self._session.scene
        before = self.turns.views
        painted = {record.turn for record in self._session.renders}
        views = visible_turns(scene, {view.turn.id for view in before}, painted=painted)
        self.turns.set_views(views)
        self._hint.setVisible(not views)
        self.header.show_turns(tuple(view.turn.id for view in views))
        self.composer.set_history(tuple(turn.text for turn in scene.dialog.turns if isinstance(turn, Request)))
        if self._reworded is not None and all(turn.id != self._reworded for turn in scene.dialog.turns):
            self._stop_rewording()
        self._show_state()
        if len(views) > len(before):
            self.turns.scroll_to_end()

    def _show_state(self) -> None:
        state = self._planning.state
        self.stop_button.setEnabled(state.is_planning)
        self.send_button.setEnabled(not state.is_planning)
        is_current = any(view.turn.id == state.request_id for view in self.turns.views)
        self._answer.setVisible(is_current and (state.is_planning or state.was_stopped or state.problem is not None))
        if state.is_planning:
            self._answer.show_text(self._progress_text())
            self._answer.show_layout(replace(self._session.layout, boxes=state.boxes))
        elif state.problem is not None:
            reason = told_reason(state.problem.cause, state.problem.next_step)
            kept = self.tr("The layout is unchanged.")
            self._answer.show_text(f"{reason}\n{kept}", details=state.problem.details, can_retry=True, is_problem=True)
        elif state.was_stopped:
            self._answer.show_text(self.tr("Stopped. The layout is unchanged."), can_retry=True)
        if state.is_planning or state.problem is not None:
            self.turns.scroll_to_end()
        self._show_dashed()

    def _show_dashed(self) -> None:
        state = self._planning.state
        painted = {record.turn for record in self._session.renders}
        boxes = state.boxes if state.is_planning else undecided_boxes(self._session.scene, painted=painted)
        if boxes != self._dashed:
            self._dashed = boxes
            self.dashed_boxes_changed.emit(boxes)

    def _progress_text(self) -> str:
        boxes = self._planning.state.boxes
        if not boxes:
            return self.tr("Reading the request…")
        return "\n".join([*(f"+ {isolated(box.phrase)}" for box in boxes), self.tr("Drawing more…")])

    def _show_found(self, turn_id: str) -> None:
        self.turns.mark(turn_id or None)
        if turn_id:
            self.turns.reveal(turn_id)

    def _retry(self) -> None:
        request_id = self._planning.state.request_id
        if request_id is not None:
            self._planning.plan_again(request_id)

    def _start_rewording(self, request_id: str) -> None:
        """The request comes into the field; sending it starts a branch beside the first one."""
        request = self._session.scene.dialog.turn(request_id)
        if isinstance(request, Request):
            self._reworded = request_id
            text = self.tr("Sending starts a branch beside “{0}”.").format(isolated(shortened(request.text)))
            self._rewording_text.setText(text)
            self._rewording.show()
            self.composer.show_draft(request.text)

    def _leave_rewording(self) -> None:
        if self._reworded is not None:
            self._stop_rewording()
            self.composer.clear()

    def _stop_rewording(self) -> None:
        self._reworded = None
        self._rewording.hide()

    def _paste(self, text: str) -> None:
        """A layout came into the field for requests; if it is none after all, it goes there as text."""
        self._pasted_text = text
        self.paster.paste(text)

    def _show_paste(self) -> None:
        """The card is made for the first text: most dialogs never see one."""
        if not self._paste_row.count():
            from lmd_desktop.ui.paste_card import PasteCard

            self._paste_row.addWidget(PasteCard(self.paster, self))

    def _take_back_pasted_text(self) -> None:
        if self.paster.is_reading or not self._pasted_text:
            return
        text, self._pasted_text = self._pasted_text, ""
        if self.paster.refusal is not None:
            self.paster.give_up()
            self.composer.insertPlainText(text)
