"""One dialog for every error: the cause, the next step, and a report that can be copied."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QStyle, QVBoxLayout, QWidget

from lmd_desktop.app.problem_report import Problem
from lmd_desktop.ui.fold import Fold
from lmd_desktop.ui.report_view import ReportView
from lmd_desktop.ui.table_words import told

ICON_SIDE = 32


class ErrorDialog(QDialog):
    """Not modal to the program: work goes on behind it. ``make_report(has_texts)`` writes the report."""

    def __init__(self, problem: Problem, make_report: Callable[[bool], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error_dialog")
        self.setWindowTitle(self.tr("LMD Desktop"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = self._label("error_cause", told(problem.cause))
        font = text.font()
        font.setBold(True)
        text.setFont(font)
        step = self._label("error_next_step", told(problem.next_step))
        step.setVisible(bool(problem.next_step))
        sign = QLabel(self)
        sign.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(ICON_SIDE))
        words = QVBoxLayout()
        words.addWidget(text)
        words.addWidget(step)
        top = QHBoxLayout()
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        self.report = ReportView(make_report, self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok, self)
        buttons.accepted.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(Fold(self.tr("Show the report"), self.report, self))
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(420)

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label
