"""What is found about the selected boxes, or about all: each sentence with the button of its fix."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.app.session import Session
from lmd_desktop.domain.lint import Finding
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.lint_words import fix_title, sentence
from lmd_desktop.ui.theme import SMALL_SPACING

ROWS_SHOWN = 2  # more can be scrolled to
MAX_ROWS = 20


class Findings(QScrollArea):
    """Takes no room while there is nothing to say. ``left`` tells that the last fix, which had the focus, is gone."""

    left = Signal()

    def __init__(self, session: Session, commands: BoxCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._lint: LintWatch | None = None
        self._shown: tuple[tuple[Finding, str], ...] = ()
        self.setObjectName("findings")
        self.setAccessibleName(self.tr("What may go wrong with these boxes"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        session.selection_changed.connect(self._show)
        self.hide()

    def set_lint(self, lint: LintWatch) -> None:
        self._lint = lint
        lint.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        lint = self._lint
        if lint is None:
            return
        findings = (lint.of(self._session.selection) or lint.findings)[:MAX_ROWS]
        told = tuple((finding, sentence(finding, lint)) for finding in findings)
        if told == self._shown:
            return
        self._shown = told
        old = self.takeWidget()
        had_focus = old is not None and old.focusWidget() is not None and old.focusWidget().hasFocus()
        if old is not None:
            # Not at once: its button may be what brought us here.
            old.hide()
            old.deleteLater()
        rows = QWidget(self)
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        for finding, text in told:
            column.addWidget(self._row(finding, text))
        column.addStretch(1)
        self.setWidget(rows)
        self.setVisible(bool(findings))
        self._fit()
        if had_focus:
            button = rows.findChild(QPushButton)
            button.setFocus(Qt.FocusReason.OtherFocusReason) if button is not None else self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def _row(self, finding: Finding, text: str) -> QWidget:
        row = QWidget(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SMALL_SPACING)
        label = QLabel(text, row)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        line.addWidget(label, 1)
        title, fix = fix_title(finding), finding.fix
        if fix is not None:
            button = QPushButton(title, row)
            button.setObjectName(f"fix_{finding.kind}")
            button.setAccessibleName(self.tr("{0}: {1}").format(title, text))
            button.setToolTip(text)
            button.clicked.connect(lambda: self._commands.fix(title, fix))
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _fit(self) -> None:
        """As high as a few rows need at this width."""
        content = self.widget()
        layout = content.layout() if content is not None else None
        if layout is None or not self._shown:
            return
        height = 0
        for index in range(min(len(self._shown), ROWS_SHOWN)):
            item = layout.itemAt(index)
            if item is not None:
                needed = item.heightForWidth(self.width()) if item.hasHeightForWidth() else item.sizeHint().height()
                height += needed + SMALL_SPACING
        self.setFixedHeight(height)
