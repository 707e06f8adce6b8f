"""Beside the results: what is known of the current picture, its star and note, and what a judge found in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.judging_job import failed_boxes
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.mark_words import SIGNS
from lmd_desktop.ui.theme import SMALL_SPACING, heading, icon

WIDTH = 236
MAX_NOTE_LENGTH = 1000


class ResultDetails(QScrollArea):
    """``changed`` carries the record with another star or note; ``check_asked`` and ``retry_asked`` the record."""

    changed = Signal(object)
    check_asked = Signal(object)
    retry_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: RenderRecord | None = None
        self.title_of: Callable[[str], str] = str  # of a method, by its name
        self.setObjectName("result_details")
        self.setAccessibleName(self.tr("The current result"))
        self.setFixedWidth(WIDTH)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget(self)
        self.title = heading("")
        self.title.setParent(inner)
        self.star = QToolButton(inner)
        self.star.setObjectName("star_result")
        self.star.setAutoRaise(True)
        self.star.setCheckable(True)
        self.star.setToolTip(self.tr("Star this result (S)"))
        self.star.setAccessibleName(self.tr("Star this result"))
        self.note = QLineEdit(inner)
        self.note.setObjectName("note_of_result")
        self.note.setMaxLength(MAX_NOTE_LENGTH)
        self.note.setPlaceholderText(self.tr("Note"))
        self.note.setAccessibleName(self.tr("Note on this result"))
        self.marks = QLabel(inner)
        self.marks.setObjectName("marks_of_result")
        self.marks.setWordWrap(True)
        self.marks.setTextFormat(Qt.TextFormat.PlainText)
        self.check = QPushButton(self.tr("Check the boxes"), inner)
        self.check.setObjectName("check_result")
        self.check.setToolTip(self.tr("A judge looks at the picture and says which boxes came out."))
        self.retry = QPushButton(self.tr("Render what failed again"), inner)
        self.retry.setObjectName("retry_result")
        self.retry.setToolTip(
            self.tr("New seeds for the boxes that did not come out; the better of the two pictures is kept.")
        )
        first = QHBoxLayout()
        first.setSpacing(SMALL_SPACING)
        first.addWidget(self.title, 1)
        first.addWidget(self.star)
        column = QVBoxLayout(inner)
        column.setContentsMargins(SMALL_SPACING, 0, SMALL_SPACING, SMALL_SPACING)
        column.setSpacing(SMALL_SPACING)
        column.addLayout(first)
        column.addWidget(self.note)
        column.addWidget(self.marks)
        column.addWidget(self.retry)
        column.addWidget(self.check)
        column.addStretch(1)
        self.setWidget(inner)
        self.star.clicked.connect(self.switch_star)
        self.note.editingFinished.connect(self._keep_note)
        self.check.clicked.connect(lambda: self._record is not None and self.check_asked.emit(self._record))
        self.retry.clicked.connect(lambda: self._record is not None and self.retry_asked.emit(self._record))
        self.show_record(None)

    @property
    def record(self) -> RenderRecord | None:
        return self._record

    def show_record(self, record: RenderRecord | None) -> None:
        if record is None:
            self._keep_note()
        self._record = record
        self.setVisible(record is not None)
        if record is None:
            return
        self.title.setText(self.tr("{0} · seed {1}").format(self.title_of(record.request.method), record.request.seed))
        self.star.setChecked(record.is_starred)
        self.star.setIcon(icon("star-filled" if record.is_starred else "star"))
        if not (self.note.hasFocus() and self.note.isModified()):
            self.note.setText(record.note)
        self.marks.setText(self._words(record))
        self.marks.setVisible(bool(record.marks))
        self.retry.setVisible(bool(failed_boxes(record.marks)))
        self.check.setText(self.tr("Check again") if record.marks else self.tr("Check the boxes"))
        self.check.setEnabled(bool(record.request.layout.enabled_boxes))

    def switch_star(self) -> None:
        if self._record is not None:
            self.changed.emit(replace(self._record, is_starred=not self._record.is_starred))

    def _keep_note(self) -> None:
        record, note = self._record, self.note.text().strip()
        if record is not None and note != record.note:
            self.note.setModified(False)
            self.changed.emit(replace(record, note=note))

    def _words(self, record: RenderRecord) -> str:
        """What failed by name, and what the judge could not read; what was found as a number."""
        marks = record.marks
        names = {"wrong": self.tr("wrong"), "missing": self.tr("missing")}
        failed = failed_boxes(marks)
        lines = [f"{SIGNS[mark.mark]} {mark.box_id} {mark.phrase}: {names[mark.mark]}" for mark in failed]
        judged = {mark.box_id for mark in marks}
        unread = [box for box in record.request.layout.enabled_boxes if box.id not in judged]
        lines += [f"? {box.id} {box.phrase}: {self.tr('not judged')}" for box in unread]
        found = len(marks) - len(failed)
        return "\n".join([self.tr("{0} {1} of {2} found").format(SIGNS["found"], found, len(marks)), *lines])
