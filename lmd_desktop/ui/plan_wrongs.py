"""Below the canvas: what the plan on it still gets wrong, each in a plain sentence with the button of its fix."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.dialog_view import mendable_violations
from lmd_desktop.app.session import Session
from lmd_desktop.domain.proposals import proposal
from lmd_desktop.domain.violations import Violation
from lmd_desktop.ui.dialog_commands import DialogCommands
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING

MAX_ROWS = 3  # the dialog tells all

Row = tuple[int, Violation, bool]  # its place in the plan, and whether one click puts it right


class PlanWrongs(QFrame):
    """Takes no room while there is nothing to say, or once the person has put it away."""

    def __init__(self, session: Session, commands: DialogCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._shown: tuple[str, tuple[Row, ...], int] = ("", (), 0)
        self._closed = ""
        self.setObjectName("plan_wrongs")
        self.setAccessibleName(self.tr("What this plan does not keep of the request"))
        self._line = line = QHBoxLayout(self)
        line.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        self._rows = QWidget(self)
        line.addWidget(self._rows, 1)
        close = QToolButton(self)
        close.setObjectName("close_wrongs")
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip(self.tr("Leave it as it is. The dialog still tells it."))
        close.setAccessibleName(close.toolTip())
        close.clicked.connect(self._close)
        line.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        session.scene_changed.connect(self._show)
        self._show()

    def _close(self) -> None:
        self._closed = self._shown[0]
        self._show()

    def _show(self) -> None:
        plan = proposal(self._session.scene)
        rows: list[Row] = []
        if plan is not None and plan.id != self._closed:
            mendable = mendable_violations(plan, self._session.layout)
            # What can be mended no more has been put right, or its box is another one now.
            rows = [
                (place, violation, place in mendable)
                for place, violation in enumerate(plan.violations)
                if violation.fix is None or place in mendable
            ]
        shown = plan.id if plan is not None else "", tuple(rows[:MAX_ROWS]), len(rows)
        if shown != self._shown:
            self._shown = shown
            self._fill(*shown)
        self.setVisible(bool(rows))

    def _fill(self, plan_id: str, rows: tuple[Row, ...], count: int) -> None:
        old, self._rows = self._rows, QWidget(self)
        column = QVBoxLayout(self._rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        for place, violation, is_mendable in rows:
            column.addWidget(self._row(plan_id, place, violation, is_mendable=is_mendable))
        if count > len(rows):
            column.addWidget(QLabel(self.tr("{0} more in the dialog").format(count - len(rows)), self._rows))
        self._line.replaceWidget(old, self._rows)
        self._rows.show()
        # Not at once: its button may be what brought us here.
        old.hide()
        old.deleteLater()

    def _row(self, plan_id: str, place: int, violation: Violation, *, is_mendable: bool) -> QWidget:
        row = QWidget(self._rows)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACING)
        text = told(violation.sentence)
        label = QLabel(f"⚠ {text}", row)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("problem", True)
        line.addWidget(label, 1)
        boxes = tuple(box_id for box_id in violation.boxes if self._session.layout.has_box(box_id))
        if boxes:
            show = QPushButton(self.tr("Show"), row)
            show.setObjectName(f"show_wrong_{place}")
            show.setToolTip(self.tr("Select the boxes it is about."))
            show.setAccessibleName(self.tr("{0}: {1}").format(show.text(), text))
            show.clicked.connect(lambda: self._session.select(boxes))
            line.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
        if violation.fix is not None and is_mendable:
            fix = QPushButton(told(violation.fix.title), row)
            fix.setObjectName(f"mend_{place}")
            fix.setAccessibleName(self.tr("{0}: {1}").format(fix.text(), text))
            fix.clicked.connect(lambda: self._commands.mend(plan_id, place))
            line.addWidget(fix, 0, Qt.AlignmentFlag.AlignTop)
        return row
