"""Keys on the canvas, and the rule that single letters act only while the canvas has the focus."""

from __future__ import annotations

import pytest
from canvas_mouse import Mouse
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import lock_boxes
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.canvas.view import CanvasView

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def ids(session: Session) -> list[str]:
    return [box.id for box in session.layout.boxes]


def test_arrows_nudge_and_nudges_in_a_row_are_one_undo_step(canvas: CanvasView, session: Session) -> None:
    session.select(("2",))
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    assert session.layout.box("2").rect == Rect(103, 261, 60, 60)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.layout.box("2").rect == Rect(101, 251, 60, 60)


def test_nudges_leave_locked_boxes_where_they_are(canvas: CanvasView, session: Session) -> None:
    session.edit("Lock", lock_boxes(session.layout, ("2",)))
    session.select(("2", "3"))
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert session.layout.box("2").rect.x == 101
    assert session.layout.box("3").rect.x == 399


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_takes_the_selected_boxes_away(canvas: CanvasView, session: Session, key: Qt.Key) -> None:
    session.select(("1", "3"))
    QTest.keyClick(canvas, key)
    assert ids(session) == ["2"]
    assert session.undo_stack.undoText() == "Delete boxes"


def test_duplicate_copies_to_the_lower_right(canvas: CanvasView, session: Session) -> None:
    session.select(("2",))
    QTest.keyClick(canvas, Qt.Key.Key_D, CTRL)
    assert session.layout.box("4").rect == Rect(117, 267, 60, 60)
    assert session.selection == ("4",)


def test_copy_and_paste_go_through_text_on_the_clipboard(canvas: CanvasView, session: Session) -> None:
    session.select(("2",))
    QTest.keyClick(canvas, Qt.Key.Key_C, CTRL)
    assert '"a red cup"' in QGuiApplication.clipboard().text()
    QTest.keyClick(canvas, Qt.Key.Key_V, CTRL)
    QTest.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert [box.rect.x for box in session.layout.boxes if box.phrase == "a red cup"] == [101, 117, 133]


def test_cut_boxes_can_be_pasted_where_they_were(canvas: CanvasView, session: Session) -> None:
    session.select(("2",))
    QTest.keyClick(canvas, Qt.Key.Key_X, CTRL)
    assert ids(session) == ["1", "3"]
    QTest.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert session.layout.box("4").rect == Rect(101, 251, 60, 60)


def test_other_text_on_the_clipboard_pastes_nothing(canvas: CanvasView, session: Session) -> None:
    QGuiApplication.clipboard().setText("hello")
    QTest.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert session.undo_stack.count() == 0


def test_select_all_takes_every_box(canvas: CanvasView, session: Session) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_A, CTRL)
    assert session.selection == ("1", "2", "3")


def test_lock_and_hide_are_switches(canvas: CanvasView, session: Session) -> None:
    session.select(("2",))
    QTest.keyClick(canvas, Qt.Key.Key_L, CTRL | SHIFT)
    assert session.layout.box("2").is_locked
    assert canvas.actions_by_name["lock"].text() == "Unlock"
    QTest.keyClick(canvas, Qt.Key.Key_L, CTRL | SHIFT)
    assert not session.layout.box("2").is_locked
    QTest.keyClick(canvas, Qt.Key.Key_H, CTRL)
    assert session.layout.box("2").is_hidden


def test_brackets_change_the_stacking_order(canvas: CanvasView, session: Session) -> None:
    session.select(("1",))
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight, CTRL)
    assert ids(session) == ["2", "1", "3"]
    canvas.actions_by_name["to_front"].trigger()
    assert ids(session) == ["2", "3", "1"]
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft, CTRL)
    assert ids(session) == ["2", "1", "3"]


def test_several_boxes_keep_their_order_when_they_are_raised(canvas: CanvasView, session: Session) -> None:
    session.select(("2", "1"))
    canvas.actions_by_name["raise"].trigger()
    assert ids(session) == ["3", "1", "2"]
    canvas.actions_by_name["to_back"].trigger()
    assert ids(session) == ["1", "2", "3"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_F2])
def test_enter_and_f2_rename_in_place(canvas: CanvasView, session: Session, key: Qt.Key) -> None:
    session.select(("3",))
    QTest.keyClick(canvas, key)
    editor = canvas.viewport().findChild(QLineEdit, "captionEditor")
    assert isinstance(editor, QLineEdit)
    assert editor.text() == "a window"


def test_escape_deselects(canvas: CanvasView, session: Session) -> None:
    session.select(("3",))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert session.selection == ()


def test_space_makes_a_drag_pan_and_moves_no_box(canvas: CanvasView, session: Session, mouse: Mouse) -> None:
    before = canvas.transform
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    mouse.press((130, 280))
    mouse.move((160, 290))
    mouse.release((130, 280))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.transform.x - before.x, canvas.transform.y - before.y) == (30, 10)
    assert session.undo_stack.count() == 0


def test_single_letters_are_text_while_a_text_field_has_the_focus(qtbot: QtBot, session: Session) -> None:
    window = QWidget()
    canvas, field = CanvasView(session), QLineEdit()
    layout = QVBoxLayout(window)
    layout.addWidget(canvas)
    layout.addWidget(field)
    qtbot.addWidget(window)
    window.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    session.select(("2",))
    QTest.keyClicks(field, "vrhbl!@")
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.text() == "vrhbl!"
    assert canvas.actions_by_name["select_tool"].isChecked()
    assert session.layout.has_box("2")


def test_every_action_has_a_name_a_text_and_a_tip(canvas: CanvasView) -> None:
    for name, action in canvas.actions_by_name.items():
        assert action.objectName() == f"canvas.{name}"
        assert action.text()
        assert action.toolTip()


def test_actions_on_boxes_are_grey_without_a_selection(canvas: CanvasView, session: Session) -> None:
    assert not canvas.actions_by_name["delete"].isEnabled()
    session.select(("1",))
    assert canvas.actions_by_name["delete"].isEnabled()
