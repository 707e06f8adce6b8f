"""The card of a plan: what it changed, drawn and in words, each change to accept or reject, and what is still wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from lmd_desktop.app.dialog_view import TurnView
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.proposals import Change, Decision, changes_between
from lmd_desktop.domain.scene import Plan
from lmd_desktop.domain.undo_request import is_undone
from lmd_desktop.ui.card_parts import isolated, text_label, tool
from lmd_desktop.ui.change_words import ChangeWords
from lmd_desktop.ui.dialog_commands import DialogCommands
from lmd_desktop.ui.layout_picture import LayoutPicture, diff_drawings
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.turn_card import TurnCard

MAX_ROWS = 40


class PlanCard(TurnCard):
    """What the LLM answered. Rows with buttons only while there is something to decide."""

    def __init__(self, view: TurnView, commands: DialogCommands, turn: Plan, parent: QWidget | None = None) -> None:
        super().__init__(view, commands, parent, kind="plan")
        self._turn = turn
        self._words = ChangeWords()
        self.set_who(self.tr("Undone, without the LLM") if is_undone(turn) else self.tr("LLM"))
        self._add_summary()
        self._add_changes()
        self._add_wrongs()
        self._add_origin()

    def _add_summary(self) -> None:
        layout = self._turn.layout
        count = len(layout.boxes)
        summary = self.tr("1 box") if count == 1 else self.tr("{0} boxes").format(count)
        phrases = " · ".join(isolated(box.phrase) for box in layout.boxes)
        self.setAccessibleName(self.tr("The LLM planned {0}: {1}").format(summary, phrases))
        if self.view.before.boxes:
            # What is new is told below; the whole is on the canvas.
            return
        lines = [f"{summary}: {phrases}" if phrases else summary]
        self.add_text(lines[0])
        prompts: list[str] = []
        if layout.background_prompt:
            prompts.append(self.tr("Background: {0}").format(isolated(layout.background_prompt)))
        if layout.negative_prompt:
            prompts.append(self.tr("Without: {0}").format(isolated(layout.negative_prompt)))
        if prompts:
            self.add_text("\n".join(prompts), is_muted=True)

    def _add_changes(self) -> None:
        before, after = self.view.before, self._turn.layout
        changes = changes_between(before, after)
        if not changes:
            self.add_text(self.tr("Nothing was changed."), is_muted=True)
            return
        open_keys = self.view.open_keys
        if before.boxes and not open_keys:
            self.add_text("\n".join(f"• {sentence.text}" for sentence in self._words.between(before, after)[:MAX_ROWS]))
        if after.boxes or before.boxes:
            self.column.addWidget(LayoutPicture(diff_drawings(before, after, open_keys), self))
        if open_keys:
            decided = dict(self.view.decided)
            for change in changes[:MAX_ROWS]:
                self._add_row(change, decided[change.key])
            self._add_decide_all(open_keys)

    def _add_row(self, change: Change, decision: Decision) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        sentence = self._words.line(change, self.view.before.canvas)
        sign = {Decision.ACCEPTED: "✓ ", Decision.REJECTED: "✗ ", Decision.CHANGED: "✎ "}.get(decision, "")
        label = text_label(self, sign + sentence, is_muted=decision is not Decision.OPEN)
        number = change.after if isinstance(change.after, Box) else change.before
        if isinstance(number, Box):
            row.addWidget(_badge(self, number), 0, Qt.AlignmentFlag.AlignTop)
            row.addSpacing(4)
        if decision is Decision.REJECTED:
            font = label.font()
            font.setStrikeOut(True)
            label.setFont(font)
        row.addWidget(label, 1)
        if decision is Decision.OPEN:
            plan_id, key = self._turn.id, change.key
            accept = tool(self, "✓", self.tr("Accept: {0}").format(sentence), f"accept_{key}")
            accept.clicked.connect(lambda: self.commands.accept(plan_id, (key,)))
            reject = tool(self, "✗", self.tr("Reject: {0}").format(sentence), f"reject_{key}")
            reject.clicked.connect(lambda: self.commands.reject(plan_id, (key,)))
            row.addWidget(accept, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(reject, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)

    def _add_decide_all(self, keys: tuple[str, ...]) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        plan_id = self._turn.id
        accept = tool(self, self.tr("Accept all"), self.tr("Keep all changes of this plan."), "accept_all")
        accept.clicked.connect(lambda: self.commands.accept(plan_id, keys))
        reject = tool(self, self.tr("Reject all"), self.tr("Take back what is not accepted."), "reject_all")
        reject.clicked.connect(lambda: self.commands.reject(plan_id, keys))
        row.addWidget(accept)
        row.addWidget(reject)
        row.addStretch(1)
        self.column.addLayout(row)

    def _add_wrongs(self) -> None:
        sentences = {violation.sentence for violation in self._turn.violations}
        for place, violation in enumerate(self._turn.violations):
            is_mended = bool(self.view.decided) and violation.fix is not None and place not in self.view.mendable
            label = self.add_text(f"{'✓' if is_mended else '⚠'} {told(violation.sentence)}", is_muted=is_mended)
            label.setProperty("problem", not is_mended)
            if violation.fix is not None and place in self.view.mendable:
                fix = tool(self, told(violation.fix.title), self.tr("Put this right on the canvas."), f"fix_{place}")
                fix.clicked.connect(lambda _checked=False, place=place: self.commands.mend(self._turn.id, place))
                self.column.addWidget(fix)
        for note in self._turn.notes:
            if note not in sentences:
                self.add_text(f"⚠ {told(note)}", is_muted=True)

    def _add_origin(self) -> None:
        if is_undone(self._turn):
            return
        row = QHBoxLayout()
        row.setSpacing(2)
        origin = text_label(self, self.tr("{0} · seed {1}").format(self._turn.model, self._turn.seed), is_muted=True)
        row.addWidget(origin, 1)
        details = tool(self, self.tr("Details"), self.tr("Show what the LLM wrote, and what was put right."), "details")
        details.setCheckable(True)
        details.toggled.connect(lambda is_open: self.show_details(self.details_text(), is_open=is_open))
        row.addWidget(details, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)

    def details_text(self) -> str:
        """Everything about how the answer came to be."""
        turn = self._turn
        parts = [self.tr("The LLM wrote:\n{0}").format(turn.raw.rstrip() or self.tr("(nothing is recorded)"))]
        others = [answer for answer in turn.answers if answer != turn.raw]
        parts += [self.tr("It also wrote:\n{0}").format(answer.rstrip()) for answer in others]
        if turn.repairs:
            parts.append(self.tr("Put right silently:\n{0}").format("\n".join(map(told, turn.repairs))))
        if turn.asked_again:
            parts.append(self.tr("It was asked to mend:\n{0}").format("\n".join(turn.asked_again)))
        return "\n\n".join(parts)


def _badge(parent: QWidget, box: Box) -> QLabel:
    """The number of a box in its colour, as on the canvas."""
    from PySide6.QtGui import QColor

    from lmd_desktop.ui.canvas.painting import readable_on

    badge = QLabel(box.id, parent)
    badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
    badge.setMinimumWidth(18)
    ink = readable_on(QColor(box.colour)).name()
    badge.setStyleSheet(f"background: {box.colour}; color: {ink}; border-radius: 3px; padding: 0px 3px;")
    return badge
