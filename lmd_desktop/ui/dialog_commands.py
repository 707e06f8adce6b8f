"""What a person can do in the dialog: each command is one commit of the session, or a call of the planning jobs."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from lmd_desktop.app.dialog_view import newest_end
from lmd_desktop.app.layout_text import LayoutPaster, TextFormat, layout_as_text
from lmd_desktop.app.planning_job import PlanningJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.proposals import Decision, accept, decisions, proposal, reject
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request, edit_layout, go_to, set_note
from lmd_desktop.domain.violations import mend
from lmd_desktop.ui.table_words import told


class DialogCommands(QObject):
    """``rewording_asked`` carries the id of a request that the person wants to say in other words,
    ``comparison_asked`` those of two turns."""

    rewording_asked = Signal(str)
    comparison_asked = Signal(str, str)

    def __init__(
        self, session: Session, planning: PlanningJobs, paster: LayoutPaster, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._planning = planning
        self._paster = paster

    def go_to(self, turn_id: str) -> None:
        """Show an older turn; what is done next starts a branch there."""
        scene = self._session.scene
        if scene.dialog.head != turn_id:
            self._session.commit(self.tr("Go to another turn"), go_to(scene, turn_id), merge="go to")

    def show_branch(self, turn_id: str) -> None:
        """Show the branch that goes on from a turn, at its newest end."""
        self.go_to(newest_end(self._session.scene.dialog, turn_id))

    def plan_again(self, request_id: str) -> None:
        self._planning.plan_again(request_id)

    def plan_last_again(self) -> None:
        """Another answer to the request that the canvas answers."""
        for turn in reversed(self._session.scene.dialog.path()):
            if isinstance(turn, Request):
                self._planning.plan_again(turn.id)
                return

    def reword(self, request_id: str) -> None:
        self.rewording_asked.emit(request_id)

    def reword_last(self) -> None:
        for turn in reversed(self._session.scene.dialog.path()):
            if isinstance(turn, Request):
                self.rewording_asked.emit(turn.id)
                return

    def revert(self, turn_id: str) -> None:
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

    def set_note(self, turn_id: str, note: str) -> None:
        self._session.commit(self.tr("Change a note"), set_note(self._session.scene, turn_id, note))

    def accept(self, plan_id: str, keys: Collection[str]) -> None:
        text = self.tr("Accept a change") if len(keys) == 1 else self.tr("Accept the changes")
        self._session.commit(text, accept(self._session.scene, plan_id, keys))

    def reject(self, plan_id: str, keys: Collection[str]) -> None:
        """These things go back to what they were before the plan; that is a turn, as any hand edit is."""
        scene = self._session.scene
        before = scene.layout_at(scene.dialog.turn(plan_id).parent)
        text = self.tr("Reject a change") if len(keys) == 1 else self.tr("Reject the changes")
        self._session.edit(text, reject(scene.layout, before, keys))

    def accept_all(self) -> None:
        plan, keys = self._open()
        if plan is not None and keys:
            self.accept(plan.id, keys)

    def reject_all(self) -> None:
        plan, keys = self._open()
        if plan is not None and keys:
            self.reject(plan.id, keys)

    def mend(self, plan_id: str, place: int) -> None:
        """Put right what a plan got wrong; ``place`` is that of the violation."""
        plan = self._session.scene.dialog.turn(plan_id)
        if not isinstance(plan, Plan):
            return
        fix = plan.violations[place].fix
        if fix is not None:
            self._session.edit(told(fix.title), mend(self._session.layout, fix, plan.layout))

    def compare(self, turn_id: str) -> None:
        """A turn against the one that the canvas shows."""
        head = self._session.scene.dialog.head
        if head is not None:
            self.comparison_asked.emit(turn_id, head)

    def compare_turns(self) -> None:
        """What the canvas shows against the turn before it."""
        path = [turn.id for turn in self._session.scene.dialog.path()]
        if path:
            self.comparison_asked.emit(path[max(len(path) - 2, 0)], path[len(path) - 1])

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def copy_layout(self, text_format: TextFormat, turn_id: str | None = None) -> None:
        """The layout of a turn, or what the canvas shows, as text for others."""
        scene = self._session.scene
        layout = scene.layout if turn_id is None else scene.layout_at(turn_id)
        self.copy(layout_as_text(layout, text_format))

    def paste_layout(self) -> None:
        """What is on the clipboard becomes a turn, if it is a layout."""
        self._paster.paste(QGuiApplication.clipboard().text())

    def use_answer(self, text: str) -> None:
        """Another answer of the planner to the same request, as a turn."""
        self._paster.paste(text)

    def _open(self) -> tuple[Plan | None, tuple[str, ...]]:
        scene = self._session.scene
        plan = proposal(scene)
        if plan is None:
            return None, ()
        painted = {record.turn for record in self._session.renders}
        found = decisions(scene, plan, painted=painted)
        return plan, tuple(key for key, decision in found.items() if decision is Decision.OPEN)
