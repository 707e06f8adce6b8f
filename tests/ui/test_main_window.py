"""The window as a whole: files, drops, closing, keys, panels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.storage.scene_file import load_scene
from lmd_desktop.ui.application import fill_scene
from lmd_desktop.ui.dropped_picture_dialog import DroppedPictureDialog
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.file_dialogs import Unsaved
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.shortcuts_dialog import ShortcutsDialog

WAIT_MS = 60_000


def draw_a_box(window: MainWindow) -> None:
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a red car", Rect(10, 20, 100, 100)))


def drop(window: MainWindow, path: Path) -> bool:
    """Drop a file as another program would; whether the window takes it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    enter.ignore()
    window.dragEnterEvent(enter)
    if enter.isAccepted():
        window.dropEvent(QDropEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys))
    return enter.isAccepted()


def test_a_first_run_shows_the_sample_scene_and_a_later_one_an_empty_canvas(window: MainWindow, tmp_path: Path) -> None:
    fill_scene(window.workspace, None)
    assert len(window.workspace.session.layout.boxes) == 2
    assert not window.workspace.document.is_dirty
    window.workspace.document.save(tmp_path / "a.lmdscene")
    fill_scene(window.workspace, None)
    assert window.workspace.session.layout.is_empty


def test_the_title_says_the_file_and_whether_it_is_saved(window: MainWindow, tmp_path: Path) -> None:
    draw_a_box(window)
    assert window.isWindowModified()
    assert "Untitled" in window.windowTitle()
    window.files.dialogs.path = tmp_path / "harbour.lmdscene"
    window.findChild(QAction, "save").trigger()
    assert not window.isWindowModified()
    assert "harbour" in window.windowTitle()


@pytest.mark.parametrize(
    ("answer", "is_closed", "is_saved"),
    [(Unsaved.SAVE, True, True), (Unsaved.DISCARD, True, False), (Unsaved.CANCEL, False, False)],
)
def test_closing_with_unsaved_work_asks(
    window: MainWindow, tmp_path: Path, answer: Unsaved, is_closed: bool, is_saved: bool
) -> None:
    draw_a_box(window)
    window.files.dialogs.unsaved_work = answer
    window.files.dialogs.path = tmp_path / "a.lmdscene"
    assert window.close() is is_closed
    assert window.files.dialogs.asked == 1
    assert (tmp_path / "a.lmdscene").exists() is is_saved


def test_closing_asks_nothing_when_all_is_saved(window: MainWindow) -> None:
    assert window.close()
    assert window.files.dialogs.asked == 0


def test_a_save_that_fails_while_closing_keeps_the_window_open(window: MainWindow, tmp_path: Path) -> None:
    draw_a_box(window)
    window.files.dialogs.unsaved_work = Unsaved.SAVE
    window.files.dialogs.path = tmp_path / "no such folder" / "a.lmdscene"
    assert not window.close()
    (told,) = window.files.dialogs.problems
    assert "no such folder" in str(told)
    assert window.workspace.document.is_dirty


def test_what_came_while_closing_saved_the_scene_is_asked_about_too(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, answers = window.workspace.document, window.files.dialogs
    draw_a_box(window)
    answers.unsaved_work, answers.path = Unsaved.SAVE, tmp_path / "a.lmdscene"
    save = document.save
    come: list[str] = ["an answer"]

    def save_slowly(*places: Path, **options: object) -> None:
        save(*places, **options)
        if come:
            come.pop()
            draw_a_box(window)

    monkeypatch.setattr(document, "save", save_slowly)
    assert window.close()
    assert answers.asked == 2
    assert load_scene(answers.path).content.scene == window.workspace.session.scene


def test_dropping_a_scene_file_opens_it(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    draw_a_box(window)
    window.workspace.document.save(tmp_path / "a.lmdscene")
    window.workspace.document.new()
    assert drop(window, tmp_path / "a.lmdscene")
    qtbot.waitUntil(lambda: len(window.workspace.session.layout.boxes) == 1)


def test_dropping_one_of_our_pictures_opens_its_scene(working_window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = working_window
    draw_a_box(window)
    window.render_now()
    qtbot.waitUntil(lambda: bool(window.workspace.session.renders), timeout=WAIT_MS)
    window.files.dialogs.path = tmp_path / "out.png"
    window.export_picture()
    window.workspace.document.new()
    assert drop(window, tmp_path / "out.png")
    qtbot.waitUntil(lambda: window.findChild(DroppedPictureDialog) is not None)
    window.findChild(DroppedPictureDialog).findChild(QPushButton, "restore_scene").click()
    qtbot.waitUntil(lambda: len(window.workspace.session.layout.boxes) == 1)
    assert len(window.workspace.session.renders) == 1


def test_other_files_are_not_taken(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    assert not drop(window, tmp_path / "notes.txt")


def test_an_error_is_told_with_cause_and_next_step_and_can_be_copied(window: MainWindow, qtbot: QtBot) -> None:
    window.errors.show_error(UserError("The disk is full.", "Make room."))
    window.errors.show_error(UserError("The disk is full.", "Make room."))
    (dialog,) = window.findChildren(ErrorDialog)
    dialog.report.copy_button.click()
    assert "The disk is full. Make room." in QGuiApplication.clipboard().text()


def test_ctrl_enter_renders_even_while_typing(window: MainWindow, qtbot: QtBot) -> None:
    draw_a_box(window)
    window.activateWindow()
    window.focus_prompt()
    window.dialog_panel.composer.setPlainText("not sent")
    qtbot.keyClick(window.dialog_panel.composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.workspace.rendering.is_rendering
    assert window.workspace.session.scene.dialog.turns[-1].layout == window.workspace.session.layout
    assert window.dialog_panel.composer.toPlainText() == "not sent"


def test_undo_in_a_text_field_is_the_fields_own(window: MainWindow, qtbot: QtBot) -> None:
    draw_a_box(window)
    window.focus_prompt()
    qtbot.keyClicks(window.dialog_panel.composer, "abc")
    qtbot.keyClick(window.dialog_panel.composer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(window.workspace.session.layout.boxes) == 1
    assert window.dialog_panel.composer.toPlainText() != "abc"


def test_undo_and_redo_name_what_they_do(window: MainWindow) -> None:
    draw_a_box(window)
    undo = window.findChild(QAction, "undo")
    assert "Draw box" in undo.text()
    undo.trigger()
    assert window.workspace.session.layout.is_empty
    window.findChild(QAction, "redo").trigger()
    assert len(window.workspace.session.layout.boxes) == 1


def test_f6_goes_round_the_panes(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.focus_prompt()
    visited: list[str] = []
    for _ in range(5):
        window.focus_next_pane()
        visited.append(window.focusWidget().objectName())
    assert len(set(visited)) >= 3
    assert window.focusWidget() is not None


def test_hidden_panels_stay_hidden_the_next_time(make_window: Callable[..., MainWindow]) -> None:
    first = make_window()
    first.docks[3].hide()
    first.close()
    second = make_window()
    assert not second.docks[3].isVisible()
    second.reset_panels()
    assert second.docks[3].isVisible()


def test_it_fits_a_small_screen(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1024, 700)
    assert (window.width(), window.height()) == (1024, 700)
    assert window.canvas.width() >= 600
    window.findChild(QToolButton, "rail_dock_render_panel").click()
    assert window.render_panel.render_button.isVisible()
    qtbot.waitUntil(lambda: window.canvas.width() >= 400)
    window.resize(860, 560)
    rail = window.findChild(QToolButton, "rail_dock_render_panel")
    qtbot.waitUntil(lambda: rail.mapTo(window, rail.rect().bottomRight()).x() < 860)
    assert window.desk.bar.width() <= window.desk.width()


def test_the_right_pane_is_folded_while_the_window_is_narrow(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window()
    boxes, render = window.docks[1:3]
    assert (window.rail.is_shown, boxes.isVisible(), render.isVisible()) == (False, True, True)
    window.resize(1100, 800)
    assert (window.rail.is_shown, boxes.isVisible(), render.isVisible()) == (True, False, False)
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.waitUntil(window.canvas.hasFocus)
    window.focus_next_pane()
    rail = window.findChild(QToolButton, "rail_dock_boxesPanel")
    assert rail.hasFocus()
    rail.click()
    window.resize(1000, 800)
    assert boxes.isVisible()
    window.close()
    again = make_window()
    assert (again.rail.is_shown, again.docks[1].isVisible()) == (True, False)
    again.resize(1300, 800)
    assert (again.rail.is_shown, again.docks[1].isVisible(), again.docks[2].isVisible()) == (False, True, True)


def test_panels_and_switches_are_remembered_without_a_proper_end(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = make_window()
    first.places.watch()
    first.docks[3].hide()
    first.canvas.actions_by_name["grid"].trigger()
    first.canvas.actions_by_name["labels"].trigger()
    qtbot.waitUntil(lambda: bool(first.workspace.settings.value.window_places), timeout=WAIT_MS)
    second = make_window()
    assert not second.docks[3].isVisible()
    assert (second.canvas.snapping.grid, second.canvas.shown.labels) == (True, False)


def test_what_two_windows_set_does_not_undo_each_other(make_window: Callable[..., MainWindow]) -> None:
    first, second = make_window(), make_window()
    first.workspace.settings.set(has_notifications=False)
    second.workspace.settings.set(counts_are_forced=True)
    value = make_window().workspace.settings.value
    assert (value.has_notifications, value.counts_are_forced) == (False, True)


def test_every_control_has_an_accessible_name_or_a_text(window: MainWindow) -> None:
    fill_scene(window.workspace, None)
    controls = [widget for widget in window.findChildren(QWidget) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    nameless = [
        widget.objectName() or type(widget).__name__
        for widget in controls
        if widget.isVisible()
        and not (widget.accessibleName() or widget.property("text"))
        and widget.objectName() != "qt_spinbox_lineedit"
    ]
    assert nameless == []


def test_a_model_that_cannot_be_used_is_refused_and_the_old_one_stays(window: MainWindow, tmp_path: Path) -> None:
    page = tmp_path / "model.gguf"
    page.write_text("<!DOCTYPE html><html>Not found</html>", encoding="utf-8")
    window.files.dialogs.path = page
    for choose in (window.choose_planner, window.choose_painter_folder, window.choose_painter_file):
        with pytest.raises(UserError):
            choose()
    assert window.workspace.models.own_planner is None
    assert window.workspace.models.own_painter is None


def test_a_deleted_model_file_is_told_when_it_is_needed(working_window: MainWindow, qtbot: QtBot) -> None:
    window = working_window
    told: list[object] = []
    window.workspace.planning.load_failed.connect(told.append)
    window.workspace.settings.change(type(window.workspace.settings.value)(planner_model=Path("/nowhere/broken.gguf")))
    window.workspace.start_workers()
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert window.findChild(ErrorDialog) is not None


def test_the_shortcut_sheet_can_be_searched(window: MainWindow) -> None:
    window.around.show_shortcuts()
    sheet = window.findChild(ShortcutsDialog)
    sheet.search.setText("duplic")
    shown = [row for row in range(sheet.table.rowCount()) if not sheet.table.isRowHidden(row)]
    assert [sheet.table.item(row, 0).text() for row in shown] == ["Duplicate"]
