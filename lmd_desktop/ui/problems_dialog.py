"""Everything that went wrong in this run, in one readable place, newest first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QSplitter, QVBoxLayout, QWidget

from lmd_desktop.ui.errors import ErrorReporter
from lmd_desktop.ui.report_view import ReportView
from lmd_desktop.ui.table_words import told_reason


class ProblemsDialog(QDialog):
    """Follows new problems while it is open."""

    def __init__(self, errors: ErrorReporter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._errors = errors
        self.setObjectName("problems_dialog")
        self.setWindowTitle(self.tr("Problems"))
        self.list = QListWidget(self)
        self.list.setObjectName("problems")
        self.list.setAccessibleName(self.tr("Problems, newest first"))
        self.list.setWordWrap(True)
        self.report = ReportView(self._report, self)
        self._none = QLabel(self.tr("Nothing has gone wrong since the program was started."), self)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._parts = QSplitter(Qt.Orientation.Vertical, self)
        self._parts.addWidget(self.list)
        self._parts.addWidget(self.report)
        self._parts.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._none, 1)
        layout.addWidget(self._parts, 1)
        layout.addWidget(buttons)
        self.list.currentRowChanged.connect(self.report.refresh)
        errors.happened.connect(self._show)
        self._show()
        self.resize(640, 520)

    def _show(self) -> None:
        self.list.clear()
        for problem in self._errors.problems:
            self.list.addItem(f"{problem.when:%H:%M}  {told_reason(problem.cause, problem.next_step)}")
        has_any = self.list.count() > 0
        self._none.setVisible(not has_any)
        self._parts.setVisible(has_any)
        self.list.setCurrentRow(0 if has_any else -1)

    def _report(self, has_texts: bool) -> str:
        row = self.list.currentRow()
        problems = self._errors.problems
        return self._errors.report(problems[row], has_texts=has_texts) if 0 <= row < len(problems) else ""
