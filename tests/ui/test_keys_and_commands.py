"""Keys that can be changed, conflicts that are told, the palette, and the settings page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from lmd_desktop.ui.command_palette import CommandPalette
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.settings_dialog import SettingsDialog
from lmd_desktop.ui.shortcuts_dialog import NAME_ROLE, ShortcutsDialog
from lmd_desktop.ui.theme import is_dark


def sheet_of(window: MainWindow) -> ShortcutsDialog:
    window.around.show_shortcuts()
    return window.findChild(ShortcutsDialog)


def choose(sheet: ShortcutsDialog, name: str) -> None:
    rows = range(sheet.table.rowCount())
    sheet.table.setCurrentCell(next(row for row in rows if sheet.table.item(row, 0).data(NAME_ROLE) == name), 0)


def test_no_two_commands_share_a_key_from_the_start(window: MainWindow) -> None:
    conflicts = window.around.keymap().conflicts()
    assert {name: [other.name for other in others] for name, others in conflicts.items()} == {}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("new", "Ctrl+N"), ("open", "Ctrl+O"), ("save", "Ctrl+S"), ("save_as", "Ctrl+Shift+S"), ("close", "Ctrl+W"),
        ("quit", "Ctrl+Q"), ("undo", "Ctrl+Z"), ("redo", "Ctrl+Shift+Z, Ctrl+Y"), ("canvas.select_tool", "V"),
        ("canvas.box_tool", "R, B"), ("canvas.hand_tool", "H"), ("canvas.duplicate", "Ctrl+D"),
        ("canvas.delete", "Del, Backspace"), ("canvas.select_all", "Ctrl+A"), ("canvas.nudge_left_far", "Shift+Left"),
        ("canvas.lock", "Ctrl+Shift+L"), ("canvas.hide", "Ctrl+H"), ("canvas.zoom_actual", "Ctrl+0"),
        ("canvas.fit", "Shift+1"), ("canvas.zoom_selection", "Shift+2"), ("canvas.guides", "Alt+S"),
        ("canvas.grid", "Ctrl+'"), ("canvas.labels", "L"), ("render_now", "Ctrl+Return, Ctrl+Enter"),
        ("stop_all", "Shift+Esc"), ("stop_after_this", "Ctrl+Shift+X"), ("focus_prompt", "Ctrl+L"),
        ("next_pane", "F6"), ("shortcuts", "F1, ?"), ("palette", "Ctrl+Shift+P"),
    ],
)  # fmt: skip
def test_the_keys_are_those_of_the_conventions(window: MainWindow, name: str, keys: str) -> None:
    command = next(command for command in window.around.keymap().commands() if command.name == name)
    assert ", ".join(command.keys) == keys


def test_a_key_that_is_taken_is_told_and_moves_over_when_it_is_wanted(window: MainWindow, qtbot: QtBot) -> None:
    sheet = sheet_of(window)
    choose(sheet, "save_as")
    sheet.edit.setKeySequence(QKeySequence("Ctrl+D"))
    assert "Duplicate" in sheet.message.text()
    sheet.set_button.click()
    assert window.findChild(QAction, "save_as").shortcut().toString() == "Ctrl+D"
    assert window.canvas.actions_by_name["duplicate"].shortcuts() == []
    assert "Ctrl+D" not in window.canvas.actions_by_name["duplicate"].toolTip()
    sheet.reset_all_button.click()
    assert window.canvas.actions_by_name["duplicate"].shortcut().toString() == "Ctrl+D"
    assert window.workspace.settings.value.shortcuts == {}


def test_changed_keys_are_there_the_next_time(make_window: Callable[..., MainWindow]) -> None:
    first = make_window()
    first.around.keymap().set_keys("canvas.labels", ["Ctrl+Alt+L"])
    first.close()
    second = make_window()
    assert second.canvas.actions_by_name["labels"].shortcut().toString() == "Ctrl+Alt+L"


def test_the_sheet_marks_keys_that_two_commands_share(window: MainWindow) -> None:
    window.around.keymap().set_keys("save", ["Ctrl+O"])
    sheet = sheet_of(window)
    choose(sheet, "open")
    assert "Conflict" in sheet.message.text()
    assert "Save" in sheet.message.text()


def test_the_palette_does_what_was_typed(window: MainWindow, qtbot: QtBot) -> None:
    window.around.show_palette()
    palette = window.findChild(CommandPalette)
    qtbot.keyClicks(palette.search, "snap gr")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.canvas.actions_by_name["grid"].isChecked()


def test_the_palette_is_walked_with_the_arrow_keys(window: MainWindow, qtbot: QtBot) -> None:
    window.around.show_palette()
    palette = window.findChild(CommandPalette)
    qtbot.keyClicks(palette.search, "theme")
    before = palette.list.currentRow()
    palette.search.setText("the")
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.list.currentRow() == before + 1


def settings_of(window: MainWindow) -> SettingsDialog:
    window.around.show_settings()
    return window.findChild(SettingsDialog)


def pick(dialog: SettingsDialog, name: str, value: object) -> None:
    field = dialog.fields[name]
    assert isinstance(field, QComboBox)
    field.setCurrentIndex(field.findData(value))
    field.activated.emit(field.currentIndex())


def test_a_theme_chosen_on_the_settings_page_is_seen_at_once(window: MainWindow) -> None:
    dialog = settings_of(window)
    pick(dialog, "theme", "dark")
    assert is_dark(window.palette())
    assert window.findChild(QAction, "theme_dark").isChecked()
    pick(dialog, "theme", "light")
    assert not is_dark(window.palette())


def test_less_motion_is_applied_at_once(window: MainWindow) -> None:
    field = settings_of(window).fields["has_less_motion"]
    assert isinstance(field, QCheckBox)
    field.click()
    assert not window.isAnimated()
    field.click()
    assert window.isAnimated()


def test_a_change_that_waits_for_the_next_start_says_so(window: MainWindow) -> None:
    dialog = settings_of(window)
    assert not dialog.restart.isVisible()
    pick(dialog, "scale", 200)
    assert dialog.restart.isVisible()
    pick(dialog, "scale", None)
    assert not dialog.restart.isVisible()


def test_the_keys_of_the_request_can_be_changed(window: MainWindow, qtbot: QtBot) -> None:
    composer = window.dialog_panel.composer
    keymap = window.around.keymap()
    keymap.set_keys("send_typed", ["Ctrl+M"])
    keymap.set_keys("new_line", ["Return"])
    composer.setFocus()
    with qtbot.assertNotEmitted(composer.submitted):
        qtbot.keyClicks(composer, "one")
        qtbot.keyClick(composer, Qt.Key.Key_Return)
        qtbot.keyClicks(composer, "two")
    assert composer.toPlainText() == "one\ntwo"
    with qtbot.waitSignal(composer.submitted):
        qtbot.keyClick(composer, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)


def test_keys_that_stay_are_listed_with_their_reason(window: MainWindow) -> None:
    table = sheet_of(window).table
    fixed = [row for row in range(table.rowCount()) if not table.item(row, 0).data(NAME_ROLE)]
    assert {table.item(row, 0).text() for row in fixed} >= {"Copy a box", "Cancel the drag, the tool, the selection"}
    for row in fixed:
        table.setCurrentCell(row, 0)
        assert "cannot be changed. " in window.findChild(ShortcutsDialog).message.text()
        assert not window.findChild(ShortcutsDialog).edit.isEnabled()
