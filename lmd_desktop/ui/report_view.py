"""A report that can be read and copied, with the texts of the scene only if that is ticked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

SMALLEST_HEIGHT = 160


class ReportView(QWidget):
    """``make(has_texts)`` writes the report anew whenever the tick changes."""

    def __init__(self, make: Callable[[bool], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("report_text")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(SMALLEST_HEIGHT)
        self.text.setAccessibleName(self.tr("Report"))
        self.has_texts = QCheckBox(self.tr("With my requests and phrases"), self)
        self.has_texts.setObjectName("report_has_texts")
        self.has_texts.setToolTip(self.tr("Without the tick the report holds none of your texts."))
        self.copy_button = QPushButton(self.tr("Copy report"), self)
        self.copy_button.setObjectName("copy_report")
        self.copy_button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.has_texts, 1)
        row.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        self.has_texts.toggled.connect(self.refresh)
        self.copy_button.clicked.connect(self.copy)
        self.refresh()

    def refresh(self) -> None:
        self.text.setPlainText(self._make(self.has_texts.isChecked()))
        self.copy_button.setText(self.tr("Copy report"))

    def show_report(self, make: Callable[[bool], str]) -> None:
        """Another report."""
        self._make = make
        self.refresh()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy_button.setText(self.tr("Copied"))
