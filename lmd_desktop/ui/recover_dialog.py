"""Offers the unsaved work that a crashed window left behind, newest first: recover as a copy, compare, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lmd_desktop.ui.recover_comparison import RecoverComparison
from lmd_desktop.ui.table_words import told

if TYPE_CHECKING:
    from lmd_desktop.app.recovery import UnsavedWork
    from lmd_desktop.app.workspace import LeftoverScene

ICON_SIDE = 72
LEFTOVER, WORK = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class RecoverDialog(QDialog):
    """``recovered`` and ``deleted`` carry the chosen leftover; "Later" leaves all of them for the next start.

    ``look`` reads one of them, and the saved file it belongs to.
    """

    recovered = Signal(object)
    deleted = Signal(object)

    def __init__(
        self,
        leftovers: tuple[LeftoverScene, ...],
        look: Callable[[LeftoverScene], UnsavedWork],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("recover_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Unsaved work was found"))
        words = QLabel(
            self.tr(
                "The program ended before these scenes were saved. Recover one as a copy and save it under any name: "
                "the saved file stays as it is."
            ),
            self,
        )
        words.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("leftovers")
        self.list.setAccessibleName(self.tr("Unsaved scenes, newest first"))
        self.list.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        self.list.setSpacing(2)
        for leftover in leftovers:
            self._add(leftover, look(leftover))
        self.comparison = RecoverComparison(self)
        self.comparison.hide()
        buttons = self._make_buttons()
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.comparison)
        layout.addWidget(buttons)
        self.resize(560, 420)
        self.list.currentItemChanged.connect(self._show_chosen)
        self.list.setCurrentRow(0)

    def _make_buttons(self) -> QDialogButtonBox:
        roles = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox(self)
        self.recover_button = buttons.addButton(self.tr("Recover as a copy"), roles.AcceptRole)
        self.compare_button = buttons.addButton(self.tr("Compare"), roles.ActionRole)
        self.delete_button = buttons.addButton(self.tr("Delete"), roles.DestructiveRole)
        self.later_button = buttons.addButton(self.tr("Later"), roles.RejectRole)
        self.recover_button.setObjectName("recover")
        self.compare_button.setObjectName("compare_leftover")
        self.delete_button.setObjectName("delete_leftover")
        self.compare_button.setCheckable(True)
        self.compare_button.setToolTip(self.tr("Show how it differs from the saved file."))
        self.recover_button.setDefault(True)
        self.recover_button.clicked.connect(self._recover)
        self.compare_button.toggled.connect(self._show_comparison)
        self.delete_button.clicked.connect(self._delete)
        self.later_button.clicked.connect(self.reject)
        return buttons

    def _add(self, leftover: LeftoverScene, work: UnsavedWork) -> None:
        item = QListWidgetItem(f"{self._title(leftover)}\n{self._held(work)}", self.list)
        item.setData(LEFTOVER, leftover)
        item.setData(WORK, work)
        if work.thumbnail is not None:
            item.setIcon(QIcon(QPixmap.fromImage(work.thumbnail)))
        if work.notes:
            item.setToolTip("\n".join(map(told, work.notes)))

    def _title(self, leftover: LeftoverScene) -> str:
        path = leftover.path_of_scene
        name = path.name if path is not None else self.tr("A scene that was never saved")
        changed = QDateTime.fromSecsSinceEpoch(int(leftover.modified.timestamp()))
        when = QLocale().toString(changed, QLocale.FormatType.ShortFormat)
        title = self.tr("{0}, last changed {1}").format(name, when)
        return self.tr("{0} (older than 30 days: recover or delete it)").format(title) if leftover.is_old else title

    def _held(self, work: UnsavedWork) -> str:
        if work.problem:
            return told(work.problem)
        if work.difference is not None and work.difference.is_none:
            return self.tr("The saved file holds all of it already.")
        return self.tr("Turns: {0} · Pictures: {1}").format(work.turns, work.pictures)

    def _show_chosen(self) -> None:
        item = self.list.currentItem()
        work: UnsavedWork | None = item.data(WORK) if item is not None else None
        self.recover_button.setEnabled(work is not None and not work.problem)
        self.compare_button.setEnabled(work is not None and work.difference is not None)
        if work is not None and work.difference is not None:
            self.comparison.show_work(work)
        self.comparison.setVisible(self.compare_button.isChecked() and self.compare_button.isEnabled())

    def _show_comparison(self) -> None:
        self._show_chosen()
        self.resize(self.size().expandedTo(self.sizeHint()))

    def _recover(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.recovered.emit(item.data(LEFTOVER))
            self.accept()

    def _delete(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        self.deleted.emit(item.data(LEFTOVER))
        self.list.takeItem(self.list.row(item))
        if self.list.count() == 0:
            self.reject()
