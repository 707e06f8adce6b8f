"""Several boxes at once on the canvas: one frame with handles, arranging by keys, leaving out, a layout as text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from canvas_mouse import Mouse
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import add_box, lock_boxes, set_background
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.scene import Scene
from lmd_desktop.ui.canvas.snapping import NO_SNAPPING
from lmd_desktop.ui.canvas.view import CanvasView

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def rects(session: Session) -> list[Rect]:
    return [box.rect for box in session.layout.boxes]


def test_a_handle_of_the_frame_resizes_all_selected_boxes_in_one_step(mouse: Mouse, session: Session) -> None:
    session.select(("1", "2"))
    # The frame is that of the table, which the cup stands upon: 300 by 200 become 150 by 100.
    mouse.drag((350, 400), (200, 300))
    assert rects(session)[:2] == [Rect(50, 200, 150, 100), Rect(76, 226, 30, 30)]
    assert session.undo_stack.undoText() == "Resize boxes"
    session.undo_stack.undo()
    assert rects(session)[:2] == [Rect(50, 200, 300, 200), Rect(101, 251, 60, 60)]


def test_the_frame_stops_before_a_box_gets_too_small(mouse: Mouse, session: Session) -> None:
    session.select(("1", "2"))
    mouse.drag((350, 400), (60, 210))
    assert min(min(rect.width, rect.height) for rect in rects(session)) == 8


def test_locked_boxes_are_outside_of_the_frame(mouse: Mouse, session: Session) -> None:
    session.edit("Lock", lock_boxes(session.layout, ("1",)))
    session.select(("1", "2"))
    mouse.drag((161, 311), (191, 341))
    assert rects(session)[:2] == [Rect(50, 200, 300, 200), Rect(101, 251, 90, 90)]


@pytest.mark.parametrize(
    ("key", "corners"),
    [
        (Qt.Key.Key_Left, [(50, 200), (101, 251), (50, 40)]),
        (Qt.Key.Key_Right, [(180, 200), (101, 251), (400, 40)]),
        (Qt.Key.Key_Up, [(50, 40), (101, 251), (400, 40)]),
        (Qt.Key.Key_Down, [(50, 200), (101, 251), (400, 280)]),
    ],
)
def test_keys_align_the_edges_of_selected_boxes(
    canvas: CanvasView, session: Session, key: Qt.Key, corners: list[tuple[int, int]]
) -> None:
    session.select(("1", "3"))
    QTest.keyClick(canvas, key, CTRL_SHIFT)
    assert [(rect.x, rect.y) for rect in rects(session)] == corners
    assert session.undo_stack.count() == 1


def test_arranging_waits_for_enough_boxes(canvas: CanvasView, session: Session) -> None:
    actions = canvas.actions_by_name
    session.select(("1", "2"))
    assert (actions["equal_width"].isEnabled(), actions["distribute_across"].isEnabled()) == (True, False)
    actions["equal_width"].trigger()
    assert rects(session)[1] == Rect(0, 251, 300, 60)
    session.select(("1", "2", "3"))
    actions["distribute_down"].trigger()
    assert session.undo_stack.undoText() == "Distribute"


def test_a_key_leaves_boxes_out_of_the_picture_and_takes_them_in_again(canvas: CanvasView, session: Session) -> None:
    session.select(("1", "2"))
    QTest.keyClick(canvas, Qt.Key.Key_D, CTRL_SHIFT)
    assert [box.is_enabled for box in session.layout.boxes] == [False, False, True]
    QTest.keyClick(canvas, Qt.Key.Key_D, CTRL_SHIFT)
    assert all(box.is_enabled for box in session.layout.boxes)


def test_arrows_push_the_canvas_if_no_box_is_selected(canvas: CanvasView, session: Session) -> None:
    before = canvas.transform
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.transform.x < before.x
    assert session.undo_stack.count() == 0


def test_a_whole_layout_goes_to_another_window_as_text(canvas: CanvasView, session: Session, qtbot: QtBot) -> None:
    session.edit("Change background", set_background(session.layout, "a kitchen"))
    canvas.actions_by_name["copy_layout"].trigger()
    assert '"a kitchen"' in QGuiApplication.clipboard().text()
    other = Session(Scene(start=Layout(Size(1024, 512))))
    window = CanvasView(other)
    qtbot.addWidget(window)
    window.actions_by_name["paste"].trigger()
    assert other.layout.background_prompt == "a kitchen"
    assert rects(other)[0] == Rect(100, 200, 600, 200)
    other.undo_stack.undo()
    assert other.layout.is_empty


def test_each_snap_can_be_switched_by_itself(mouse: Mouse, session: Session, canvas: CanvasView) -> None:
    canvas.actions_by_name["snap_thirds"].setChecked(True)
    assert canvas.snapping == replace(NO_SNAPPING, thirds=True)
    assert canvas.ground.has_thirds
    # The left edge of the cup comes near 512 / 3.
    mouse.drag((130, 280), (202, 280))
    assert rects(session)[1].x == 171


def test_boxes_that_are_not_shown_come_back_with_a_click(mouse: Mouse, session: Session, canvas: CanvasView) -> None:
    canvas.actions_by_name["boxes"].setChecked(False)
    mouse.drag((130, 280), (200, 300))
    assert canvas.shown.boxes
    assert session.undo_stack.count() == 0
    mouse.click((130, 280))
    assert session.selection == ("2",)


def test_rulers_make_room_and_can_be_put_away(canvas: CanvasView) -> None:
    width = canvas.viewport().width()
    canvas.actions_by_name["rulers"].setChecked(False)
    assert canvas.viewport().width() > width


def test_many_boxes_look_the_same_during_a_drag_as_after_it(mouse: Mouse, session: Session, canvas: CanvasView) -> None:
    layout = session.layout
    for number in range(20):
        layout = add_box(layout, f"thing {number}", Rect(20 + 22 * number, 420, 16, 16))
    session.edit("Add boxes", layout)
    session.select(tuple(box.id for box in layout.boxes[3:]))
    canvas.actions_by_name["labels"].setChecked(False)
    # The numbers beside the mouse stand below this part.
    mouse.press((28, 428))
    mouse.move((40, 440))
    mouse.move((48, 458))
    top = canvas.transform.to_view((0, 430))[1]
    area = QRect(0, round(top), canvas.viewport().width(), 36)
    during = canvas.viewport().grab(area).toImage()
    mouse.release((48, 458))
    assert session.layout.boxes[-1].rect == Rect(458, 450, 16, 16)
    assert canvas.viewport().grab(area).toImage() == during
