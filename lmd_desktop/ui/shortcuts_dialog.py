"""The sheet of all keys: searched by name or key, each command's keys can be changed, and conflicts are told."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.ui.keymap import Command, Keymap
from lmd_desktop.ui.row_table import row_table
from lmd_desktop.ui.theme import icon

NAME_ROLE = Qt.ItemDataRole.UserRole
REASON_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Fixed:
    """Keys that cannot be changed, and why."""

    text: str
    keys: str
    reason: str


class ShortcutsDialog(QDialog):
    """Opened with F1. ``fixed`` are keys that cannot be changed."""

    def __init__(self, keymap: Keymap, fixed: list[Fixed], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keymap = keymap
        self._fixed = fixed
        self.setObjectName("shortcuts_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self._make_parts()
        self._lay_out()
        self.search.textChanged.connect(self._filter)
        self.table.currentCellChanged.connect(self._show_chosen)
        self.edit.keySequenceChanged.connect(self._show_users)
        keymap.changed.connect(self._show_all)
        self._show_all()
        self.table.setCurrentCell(0, 0)
        self.resize(620, 640)

    def _make_parts(self) -> None:
        self.search = QLineEdit(self)
        self.search.setObjectName("shortcut_search")
        self.search.setAccessibleName(self.tr("Search the shortcuts"))
        self.search.setPlaceholderText(self.tr("Search by name or key…"))
        self.search.setClearButtonEnabled(True)
        columns = (self.tr("Action"), self.tr("Keys"))
        self.table = row_table(self, "shortcut_table", title=self.tr("Shortcuts"), columns=columns)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.edit = QKeySequenceEdit(self)
        self.edit.setObjectName("shortcut_edit")
        self.edit.setAccessibleName(self.tr("New keys"))
        self.edit.setMaximumSequenceLength(1)
        self.edit.setClearButtonEnabled(True)
        self.set_button = self._button("shortcut_set", self.tr("Use"), self._set)
        self.clear_button = self._button("shortcut_clear", self.tr("No keys"), self._clear)
        self.reset_button = self._button("shortcut_reset", self.tr("Reset"), self._reset)
        self.message = QLabel(self)
        self.message.setObjectName("shortcut_message")
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        label = QLabel(self.tr("New keys"), self)
        label.setBuddy(self.edit)
        row.addWidget(label)
        row.addWidget(self.edit, 1)
        for button in (self.set_button, self.clear_button, self.reset_button):
            row.addWidget(button)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.reset_all_button = self._button("shortcut_reset_all", self.tr("Reset all"), self._keymap.reset_all)
        buttons.addButton(self.reset_all_button, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.table)
        layout.addLayout(row)
        layout.addWidget(self.message)
        layout.addWidget(buttons)

    def _button(self, name: str, text: str, slot: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        # Enter in the field of the keys must not press one of them.
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _show_all(self) -> None:
        chosen, conflicts = self._chosen(), self._keymap.conflicts()
        commands = sorted(self._keymap.commands(), key=lambda command: not command.keys)
        self.table.setRowCount(0)
        for command in commands:
            others = conflicts.get(command.name, ())
            self._add_row(command.text, command.shown_keys, command.name, others)
        for fixed in self._fixed:
            self._add_row(fixed.text, fixed.keys, "", (), reason=fixed.reason)
        for row in range(self.table.rowCount()):
            if chosen is not None and self._name_at(row) == chosen.name:
                self.table.setCurrentCell(row, 0)
        self.reset_all_button.setEnabled(any(command.keys != command.defaults for command in commands))
        self._filter(self.search.text())

    def _add_row(self, text: str, keys: str, name: str, others: tuple[Command, ...], *, reason: str = "") -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        first, second = QTableWidgetItem(text), QTableWidgetItem(keys)
        first.setData(NAME_ROLE, name)
        if others:
            told = self.tr("Also used by: {0}").format(", ".join(other.text for other in others))
            second.setIcon(icon("warning"))
            second.setToolTip(told)
            second.setData(Qt.ItemDataRole.AccessibleTextRole, f"{keys}. {told}")
        if reason:
            second.setText(self.tr("{0} (fixed)").format(keys))
            second.setToolTip(self.tr("These keys cannot be changed. {0}").format(reason))
            first.setData(REASON_ROLE, second.toolTip())
        self.table.setItem(row, 0, first)
        self.table.setItem(row, 1, second)

    def _show_chosen(self) -> None:
        chosen = self._chosen()
        self.edit.clear()
        self.edit.setEnabled(chosen is not None)
        self.set_button.setEnabled(False)
        self.clear_button.setEnabled(chosen is not None and bool(chosen.keys))
        self.reset_button.setEnabled(chosen is not None and chosen.keys != chosen.defaults)
        if chosen is None:
            item = self.table.item(self.table.currentRow(), 0)
            self.message.setText(str(item.data(REASON_ROLE) or "") if item is not None else "")
            return
        others = self._keymap.conflicts().get(chosen.name, ())
        told = self.tr("Conflict: the same keys also belong to {0}. Give one of them other keys.")
        self.message.setText(told.format(_names(others)) if others else "")

    def _show_users(self) -> None:
        chosen, key = self._chosen(), self._key()
        self.set_button.setEnabled(chosen is not None and bool(key))
        others = self._keymap.users_of(key, chosen.name) if chosen is not None and key else ()
        told = self.tr("{0} belongs to {1}. “Use” takes it away from there.")
        self.message.setText(told.format(self._native(), _names(others)) if others else "")

    def _set(self) -> None:
        chosen, key = self._chosen(), self._key()
        if chosen is None or not key:
            return
        for other in self._keymap.users_of(key, chosen.name):
            self._keymap.set_keys(other.name, [kept for kept in other.keys if kept != key])
        self._keymap.set_keys(chosen.name, [key])
        self.message.setText(self.tr("{0} now has the keys {1}.").format(chosen.text, self._native()))

    def _clear(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._keymap.set_keys(chosen.name, ())

    def _reset(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._keymap.reset(chosen.name)

    def _chosen(self) -> Command | None:
        name = self._name_at(self.table.currentRow())
        return next((command for command in self._keymap.commands() if command.name == name), None) if name else None

    def _name_at(self, row: int) -> str:
        item = self.table.item(row, 0)
        return str(item.data(NAME_ROLE)) if item is not None else ""

    def _key(self) -> str:
        return self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _native(self) -> str:
        return self.edit.keySequence().toString(QKeySequence.SequenceFormat.NativeText)

    def _filter(self, text: str) -> None:
        wanted = text.casefold().split()
        for row in range(self.table.rowCount()):
            words = " ".join(item.text() for column in (0, 1) if (item := self.table.item(row, column)) is not None)
            self.table.setRowHidden(row, not all(word in words.casefold() for word in wanted))


def _names(commands: tuple[Command, ...]) -> str:
    return ", ".join(f"“{command.text}”" for command in commands)
