"""The dialog: the turns of the branch that is shown, the LLM at work, and the field for the next request."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from lmd_desktop.app.dialog_view import TurnView, newest_end, visible_turns
from lmd_desktop.app.planning_job import PlanningJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.scene import CanvasEdit, Request, edit_layout, go_to, set_note
from lmd_desktop.ui.composer import Composer
from lmd_desktop.ui.turn_cards import AnswerCard, TurnCard


class DialogPanel(QWidget):
    """Draws the dialog of the session; everything it does is a commit or a call of the planning jobs."""

    stopped = Signal()

    def __init__(self, session: Session, planning: PlanningJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._planning = planning
        self._views: tuple[TurnView, ...] = ()
        self._cards: list[TurnCard] = []
        self.setObjectName("dialog_panel")
        self._build_turns()
        self._build_entry()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._complaint)
        layout.addWidget(self.composer)
        layout.addLayout(self._buttons)
        session.scene_changed.connect(self._show_turns)
        planning.state_changed.connect(self._show_state)
        self._show_turns()
        self._show_state()

    @property
    def cards(self) -> tuple[TurnCard, ...]:
        """The turns as they stand in the panel, from the top."""
        return tuple(self._cards)

    def send(self) -> None:
        """Send what is typed; a text that cannot be sent stays, with the reason above it."""
        try:
            self._planning.send(self.composer.toPlainText())
        except UserError as error:
            self._complaint.setText(str(error))
            self._complaint.show()
            return
        self._complaint.hide()
        self.composer.clear()

    def stop(self) -> None:
        self._planning.stop()
        self.stopped.emit()

    def _build_turns(self) -> None:
        self._scroll = QScrollArea(self)
        self._scroll.setObjectName("dialog_turns")
        self._scroll.setAccessibleName(self.tr("Dialog"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._list = QWidget(self._scroll)
        self._list.setObjectName("turn_list")
        self._turns = QVBoxLayout(self._list)
        self._turns.setContentsMargins(0, 0, 4, 0)
        self._turns.setSpacing(6)
        self._hint = QLabel(
            self.tr(
                "Say what the picture should show. The LLM draws the boxes, you adjust them, Render paints them.\n\n"
                "For example: a red car on the left of a blue cup, without cats"
            ),
            self._list,
        )
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        self._answer = AnswerCard(self._list)
        self._answer.retry_asked.connect(self._retry)
        self._turns.addWidget(self._hint)
        self._turns.addWidget(self._answer)
        self._turns.addStretch(1)
        self._scroll.setWidget(self._list)

    def _build_entry(self) -> None:
        self._complaint = QLabel(self)
        self._complaint.setObjectName("complaint")
        self._complaint.setProperty("problem", True)
        self._complaint.setWordWrap(True)
        self._complaint.hide()
        self.composer = Composer(self)
        self.composer.submitted.connect(self.send)
        self.composer.textChanged.connect(self._complaint.hide)
        self.send_button = QPushButton(self.tr("Send"), self)
        self.send_button.setObjectName("send")
        self.send_button.setToolTip(self.tr("Send the request to the LLM (Enter)."))
        self.send_button.clicked.connect(self.send)
        self.stop_button = QPushButton(self.tr("Stop"), self)
        self.stop_button.setObjectName("stop_planning")
        self.stop_button.setToolTip(self.tr("Stop the LLM (Shift+Esc)."))
        self.stop_button.clicked.connect(self.stop)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self.send_button, 1)
        self._buttons.addWidget(self.stop_button)

    def _show_turns(self) -> None:
        dialog = self._session.scene.dialog
        views = visible_turns(self._session.scene, {view.turn.id for view in self._views})
        same = 0
        while same < min(len(views), len(self._views)) and views[same] == self._views[same]:
            same += 1
        grew = len(views) > len(self._views)
        for card in self._cards[same:]:
            self._turns.removeWidget(card)
            card.hide()
            card.deleteLater()
        del self._cards[same:]
        for index, view in enumerate(views[same:], start=same):
            card = self._card(view)
            self._cards.append(card)
            self._turns.insertWidget(index + 1, card)
        self._views = views
        self._hint.setVisible(not views)
        self.composer.set_history(tuple(turn.text for turn in dialog.turns if isinstance(turn, Request)))
        self._show_state()
        if grew:
            self._scroll_down()

    def _card(self, view: TurnView) -> TurnCard:
        card = TurnCard(view, self._list)
        card.chosen.connect(self._go_to)
        card.branch_chosen.connect(self._show_branch)
        card.plan_again_asked.connect(self._planning.plan_again)
        card.revert_asked.connect(self._revert)
        card.note_changed.connect(self._set_note)
        return card

    def _show_state(self) -> None:
        state = self._planning.state
        self.stop_button.setEnabled(state.is_planning)
        self.send_button.setEnabled(not state.is_planning)
        is_current = bool(self._views) and any(view.turn.id == state.request_id for view in self._views)
        self._answer.setVisible(is_current and (state.is_planning or state.was_stopped or state.problem is not None))
        if state.is_planning:
            self._answer.show_text(self._progress_text())
        elif state.problem is not None:
            told = f"{state.problem.cause} {state.problem.next_step}".strip()
            kept = self.tr("The layout is unchanged.")
            self._answer.show_text(f"{told}\n{kept}", details=state.problem.details, can_retry=True, is_problem=True)
        elif state.was_stopped:
            self._answer.show_text(self.tr("Stopped. The layout is unchanged."), can_retry=True)
        if state.is_planning or state.problem is not None:
            self._scroll_down()

    def _progress_text(self) -> str:
        boxes = self._planning.state.boxes
        if not boxes:
            return self.tr("Reading the request…")
        return "\n".join([*(f"+ {box.phrase}" for box in boxes), self.tr("Drawing more…")])

    def _scroll_down(self) -> None:
        # The new card has its height only after the layout has run.
        QTimer.singleShot(0, self, self._scroll_to_end)

    def _scroll_to_end(self) -> None:
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _go_to(self, turn_id: str) -> None:
        scene = self._session.scene
        if scene.dialog.head != turn_id:
            self._session.commit(self.tr("Go to another turn"), go_to(scene, turn_id), merge="go to")

    def _show_branch(self, turn_id: str) -> None:
        self._go_to(newest_end(self._session.scene.dialog, turn_id))

    def _retry(self) -> None:
        request_id = self._planning.state.request_id
        if request_id is not None:
            self._planning.plan_again(request_id)

    def _revert(self, turn_id: str) -> None:
        """Back to what the canvas was before a hand edit; the turn stays as a branch if a picture shows it."""
        scene = self._session.scene
        turn = scene.dialog.turn(turn_id)
        if not isinstance(turn, CanvasEdit):
            return
        is_last = scene.dialog.head == turn_id and not scene.dialog.children(turn_id)
        has_picture = any(record.turn == turn_id for record in self._session.renders)
        before = scene.layout_at(turn.parent)
        after = edit_layout(scene, before) if is_last and not has_picture else go_to(scene, turn.parent)
        self._session.commit(self.tr("Revert the hand edit"), after)

    def _set_note(self, turn_id: str, note: str) -> None:
        self._session.commit(self.tr("Change a note"), set_note(self._session.scene, turn_id, note))
