"""The saved version and the unsaved one side by side: their boxes, and in words what only one of them has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from lmd_desktop.ui.table_words import told_summary

if TYPE_CHECKING:
    from lmd_desktop.app.recovery import Difference, UnsavedWork

SHOWN_SIDE = 200


class RecoverComparison(QWidget):
    """Draws one ``UnsavedWork`` that has a saved file to compare with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recover_comparison")
        self._saved, self._unsaved = QLabel(self), QLabel(self)
        self._saved.setAccessibleName(self.tr("Boxes of the saved file"))
        self._unsaved.setAccessibleName(self.tr("Boxes of the unsaved work"))
        self.words = QLabel(self)
        self.words.setObjectName("recover_difference")
        self.words.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        titles = (self.tr("In the saved file"), self.tr("Unsaved"))
        for column, (title, picture) in enumerate(zip(titles, (self._saved, self._unsaved), strict=True)):
            grid.addWidget(QLabel(title, self), 0, column, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(picture, 1, column, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.words, 2, 0, 1, 2)

    def show_work(self, work: UnsavedWork) -> None:
        for label, image in ((self._saved, work.saved_canvas), (self._unsaved, work.canvas)):
            label.setPixmap(_shown(image))
        if work.difference is not None:
            self.words.setText(" ".join(self._sentences(work.difference)))

    def _sentences(self, found: Difference) -> list[str]:
        if found.is_none:
            return [self.tr("Both are the same.")]
        sentences: list[str] = []
        if found.turns_only_unsaved or found.pictures_only_unsaved:
            text = self.tr("Only unsaved: turns {0}, pictures {1}.")
            sentences.append(text.format(found.turns_only_unsaved, found.pictures_only_unsaved))
        if found.turns_only_saved or found.pictures_only_saved:
            text = self.tr("Only in the saved file: turns {0}, pictures {1}.")
            sentences.append(text.format(found.turns_only_saved, found.pictures_only_saved))
        if found.layout:
            sentences.append(self.tr("On the canvas: {0}.").format(told_summary(found.layout)))
        if found.has_other_settings:
            sentences.append(self.tr("The render settings differ."))
        return sentences


def _shown(image: QImage | None) -> QPixmap:
    if image is None:
        return QPixmap()
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image).scaled(SHOWN_SIDE, SHOWN_SIDE, Qt.AspectRatioMode.KeepAspectRatio, smooth)
