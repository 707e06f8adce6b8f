"""Offers the unsaved work that a crashed window left behind, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from lmd_desktop.app.workspace import LeftoverScene


class RecoverDialog(QDialog):
    """``recovered`` and ``deleted`` carry the chosen leftover; "Later" leaves all of them for the next start."""

    recovered = Signal(object)
    deleted = Signal(object)

    def __init__(self, leftovers: tuple[LeftoverScene, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recover_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Unsaved work was found"))
        words = QLabel(
            self.tr("The program ended before these scenes were saved. Recover one, and save it under any name."), self
        )
        words.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("leftovers")
        self.list.setAccessibleName(self.tr("Unsaved scenes"))
        for leftover in leftovers:
            item = QListWidgetItem(_title(self, leftover), self.list)
            item.setData(Qt.ItemDataRole.UserRole, leftover)
        self.list.setCurrentRow(0)
        roles = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox(self)
        self.recover_button = buttons.addButton(self.tr("Recover"), roles.AcceptRole)
        self.delete_button = buttons.addButton(self.tr("Delete"), roles.DestructiveRole)
        self.later_button = buttons.addButton(self.tr("Later"), roles.RejectRole)
        self.recover_button.setObjectName("recover")
        self.delete_button.setObjectName("delete_leftover")
        self.recover_button.clicked.connect(self._recover)
        self.delete_button.clicked.connect(self._delete)
        self.later_button.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addWidget(self.list)
        layout.addWidget(buttons)
        self.resize(460, 280)

    def _recover(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.recovered.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()

    def _delete(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        self.deleted.emit(item.data(Qt.ItemDataRole.UserRole))
        self.list.takeItem(self.list.row(item))
        if self.list.count() == 0:
            self.reject()


def _title(dialog: RecoverDialog, leftover: LeftoverScene) -> str:
    path = leftover.path_of_scene
    name = path.name if path is not None else dialog.tr("A scene that was never saved")
    changed = QDateTime.fromSecsSinceEpoch(int(leftover.modified.timestamp()))
    when = QLocale().toString(changed, QLocale.FormatType.ShortFormat)
    return dialog.tr("{0}, last changed {1}").format(name, when)
