"""One dialog for every error: the cause, the next step, and a report that can be copied."""

from __future__ import annotations

import platform
import sys

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop import __version__
from lmd_desktop.ui.fold import Fold

ICON_SIDE = 32


class ErrorDialog(QDialog):
    """Not modal to the program: work goes on behind it."""

    def __init__(self, cause: str, next_step: str, *, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error_dialog")
        self.setWindowTitle(self.tr("LMD Desktop"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._report = report
        text = QLabel(cause, self)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setObjectName("error_cause")
        font = text.font()
        font.setBold(True)
        text.setFont(font)
        step = QLabel(next_step, self)
        step.setTextFormat(Qt.TextFormat.PlainText)
        step.setWordWrap(True)
        step.setObjectName("error_next_step")
        step.setVisible(bool(next_step))
        sign = QLabel(self)
        sign.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(ICON_SIDE))
        details = QPlainTextEdit(report, self)
        details.setReadOnly(True)
        details.setMinimumHeight(160)
        details.setAccessibleName(self.tr("Report"))
        words = QVBoxLayout()
        words.addWidget(text)
        words.addWidget(step)
        top = QHBoxLayout()
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok, self)
        self.copy_button = QPushButton(self.tr("Copy report"), self)
        self.copy_button.setObjectName("copy_report")
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.accepted.connect(self.accept)
        self.copy_button.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(Fold(self.tr("Show the report"), details, self))
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(420)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.copy_button.setText(self.tr("Copied"))


def report(cause: str, next_step: str, details: str) -> str:
    """What a person can paste into a bug report: no prompts, no file contents."""
    versions = f"LMD Desktop {__version__}, Python {sys.version.split()[0]}, PySide6 {pyside_version}"
    return f"{cause} {next_step}".strip() + f"\n\n{versions}\n{platform.platform()}\n\n{details}".rstrip() + "\n"
