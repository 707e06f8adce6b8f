"""Dragging on the canvas with a real mouse: select, move, resize, draw, copy; one undo step each."""

from __future__ import annotations

import pytest
from canvas_mouse import Mouse
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import delete_boxes, hide_boxes, lock_boxes
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.canvas.snapping import Snapping
from lmd_desktop.ui.canvas.view import CanvasView

CUP, TABLE, EMPTY = (130.0, 280.0), (300.0, 350.0), (300.0, 100.0)
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def rect_of(session: Session, box_id: str) -> Rect:
    return session.layout.box(box_id).rect


def test_a_click_takes_the_smallest_box_under_the_mouse(mouse: Mouse, session: Session) -> None:
    mouse.click(CUP)
    assert session.selection == ("2",)


def test_alt_click_goes_to_the_box_below_and_round_again(mouse: Mouse, session: Session) -> None:
    mouse.click(CUP, ALT)
    mouse.click(CUP, ALT)
    assert session.selection == ("1",)
    mouse.click(CUP, ALT)
    assert session.selection == ("2",)


def test_a_drag_inside_a_box_chosen_by_alt_click_moves_that_box(mouse: Mouse, session: Session) -> None:
    mouse.click(CUP)
    mouse.click(CUP, ALT)
    mouse.drag(CUP, (140, 280))
    assert rect_of(session, "1") == Rect(60, 200, 300, 200)
    assert rect_of(session, "2") == Rect(101, 251, 60, 60)


def test_a_drag_on_a_small_box_moves_it_although_the_large_one_below_is_selected(
    mouse: Mouse, session: Session
) -> None:
    mouse.click(TABLE)
    mouse.drag(CUP, (140, 280))
    assert rect_of(session, "2") == Rect(111, 251, 60, 60)


def test_the_outline_of_a_selected_box_takes_that_box(mouse: Mouse, session: Session) -> None:
    mouse.click(TABLE)
    mouse.drag((100, 201), (100, 211))
    assert rect_of(session, "1") == Rect(50, 210, 300, 200)


def test_a_click_on_the_empty_canvas_deselects(mouse: Mouse, session: Session) -> None:
    mouse.click(CUP)
    mouse.click(EMPTY)
    assert session.selection == ()


def test_a_whole_drag_is_one_undo_step(mouse: Mouse, session: Session) -> None:
    mouse.drag(CUP, (160, 300))
    assert rect_of(session, "2") == Rect(131, 271, 60, 60)
    assert session.undo_stack.count() == 1
    assert session.undo_stack.undoText() == "Move box"
    session.undo_stack.undo()
    assert rect_of(session, "2") == Rect(101, 251, 60, 60)


def test_nothing_is_committed_before_the_button_goes_up(mouse: Mouse, session: Session) -> None:
    mouse.press(CUP)
    mouse.move((200, 300))
    assert session.undo_stack.count() == 0
    assert rect_of(session, "2") == Rect(101, 251, 60, 60)


def test_escape_during_a_drag_restores_everything(mouse: Mouse, session: Session, canvas: CanvasView) -> None:
    mouse.press(CUP)
    mouse.move((200, 300))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release((200, 300))
    assert rect_of(session, "2") == Rect(101, 251, 60, 60)
    assert session.undo_stack.count() == 0
    assert session.selection == ()


def test_a_tremble_of_the_mouse_is_a_click(mouse: Mouse, session: Session) -> None:
    mouse.drag(CUP, (131, 281))
    assert session.selection == ("2",)
    assert session.undo_stack.count() == 0


def test_boxes_stay_inside_the_canvas_though_the_mouse_leaves_it(mouse: Mouse, session: Session) -> None:
    mouse.drag(CUP, (-900, 2000))
    assert rect_of(session, "2") == Rect(0, 452, 60, 60)


def test_a_selection_moves_together_and_keeps_its_distances(mouse: Mouse, session: Session) -> None:
    session.select(("2", "3"))
    mouse.drag((440, 100), (900, 110))
    assert rect_of(session, "3") == Rect(432, 50, 80, 120)
    assert rect_of(session, "2") == Rect(133, 261, 60, 60)
    assert session.undo_stack.undoText() == "Move boxes"


def test_shift_keeps_a_move_on_one_axis(mouse: Mouse, session: Session) -> None:
    mouse.press(CUP)
    mouse.move((170, 290), SHIFT)
    mouse.release((170, 290), SHIFT)
    assert rect_of(session, "2") == Rect(141, 251, 60, 60)


@pytest.mark.parametrize(
    ("handle", "to", "expected"),
    [
        ((400, 40), (390, 30), Rect(390, 30, 90, 130)),
        ((440, 40), (440, 60), Rect(400, 60, 80, 100)),
        ((480, 40), (490, 50), Rect(400, 50, 90, 110)),
        ((480, 100), (500, 300), Rect(400, 40, 100, 120)),
        ((480, 160), (470, 150), Rect(400, 40, 70, 110)),
        ((440, 160), (900, 180), Rect(400, 40, 80, 140)),
        ((400, 160), (410, 170), Rect(410, 40, 70, 130)),
        ((400, 100), (700, 100), Rect(472, 40, 8, 120)),
    ],
)
def test_each_of_the_eight_handles_resizes(
    mouse: Mouse, session: Session, handle: tuple[float, float], to: tuple[float, float], expected: Rect
) -> None:
    session.select(("3",))
    mouse.drag(handle, to)
    assert rect_of(session, "3") == expected
    assert session.undo_stack.undoText() == "Resize box"


def test_handles_have_the_same_reach_at_any_zoom(mouse: Mouse, session: Session, canvas: CanvasView) -> None:
    session.select(("3",))
    canvas.zoom_to(0.25)
    # 5 view pixels from the corner are 20 scene pixels here.
    mouse.drag((480 + 20, 160 + 20), (480 + 20, 160 + 40))
    assert rect_of(session, "3") == Rect(400, 40, 80, 140)


def test_shift_keeps_the_ratio_of_a_resize(mouse: Mouse, session: Session) -> None:
    session.select(("3",))
    mouse.press((400, 160))
    mouse.move((380, 160), SHIFT)
    mouse.release((380, 160), SHIFT)
    assert rect_of(session, "3") == Rect(380, 40, 100, 150)


def test_alt_drag_leaves_the_original_and_selects_the_copy(mouse: Mouse, session: Session) -> None:
    mouse.drag(CUP, (230, 380), ALT)
    assert rect_of(session, "2") == Rect(101, 251, 60, 60)
    assert session.selection == ("4",)
    assert session.layout.box("4").phrase == "a red cup"
    assert rect_of(session, "4") == Rect(201, 351, 60, 60)


def test_shift_click_adds_to_the_selection_and_takes_away(mouse: Mouse, session: Session) -> None:
    mouse.click(CUP)
    mouse.click((440, 100), SHIFT)
    assert session.selection == ("2", "3")
    mouse.click(CUP, SHIFT)
    assert session.selection == ("3",)


def test_a_marquee_selects_what_it_touches(mouse: Mouse, session: Session) -> None:
    mouse.drag((20, 180), (120, 260))
    assert set(session.selection) == {"1", "2"}
    mouse.drag((390, 20), (420, 60), SHIFT)
    assert set(session.selection) == {"1", "2", "3"}


def test_hidden_boxes_cannot_be_hit(mouse: Mouse, session: Session) -> None:
    session.edit("Hide", hide_boxes(session.layout, ("2",), is_hidden=True))
    mouse.click(CUP)
    assert session.selection == ("1",)


def test_locked_boxes_stay_and_say_why(mouse: Mouse, session: Session, canvas: CanvasView, qtbot: QtBot) -> None:
    session.edit("Lock", lock_boxes(session.layout, ("2",)))
    with qtbot.waitSignal(canvas.hint_given) as hint:
        mouse.drag(CUP, (200, 300))
    assert hint.args is not None
    assert "a red cup" in hint.args[0]
    assert rect_of(session, "2") == Rect(101, 251, 60, 60)
    assert session.selection == ("2",)


def test_locked_boxes_have_no_handles(mouse: Mouse, session: Session) -> None:
    session.edit("Lock", lock_boxes(session.layout, ("3",)))
    session.select(("3",))
    mouse.drag((480, 160), (500, 180))
    assert rect_of(session, "3") == Rect(400, 40, 80, 120)


def test_a_drag_ends_when_its_box_disappears(mouse: Mouse, session: Session) -> None:
    mouse.press(CUP)
    mouse.move((200, 300))
    session.edit("Delete box", delete_boxes(session.layout, ("2",)))
    mouse.release((200, 300))
    assert not session.layout.has_box("2")
    assert session.undo_stack.count() == 1


def test_snapping_to_the_grid_is_off_until_it_is_asked_for(mouse: Mouse, session: Session, canvas: CanvasView) -> None:
    canvas.actions_by_name["grid"].setChecked(True)
    mouse.drag(CUP, (140, 280))
    assert rect_of(session, "2") == Rect(112, 248, 60, 60)


def test_smart_guides_pull_an_edge_to_the_edge_of_another_box(
    mouse: Mouse, session: Session, canvas: CanvasView
) -> None:
    canvas.set_snapping(Snapping())
    mouse.drag(CUP, (81, 280))
    assert rect_of(session, "2").x == 50


class TestDrawing:
    def editor(self, canvas: CanvasView) -> QLineEdit:
        editor = canvas.viewport().findChild(QLineEdit, "captionEditor")
        assert isinstance(editor, QLineEdit)
        return editor

    def test_a_box_is_drawn_named_and_selected(self, mouse: Mouse, session: Session, canvas: CanvasView) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_R)
        mouse.drag((200, 40), (300, 120))
        assert len(session.layout.boxes) == 3
        QTest.keyClicks(self.editor(canvas), "a brass lamp")
        QTest.keyClick(self.editor(canvas), Qt.Key.Key_Return)
        assert session.layout.box("4").phrase == "a brass lamp"
        assert rect_of(session, "4") == Rect(200, 40, 100, 80)
        assert session.selection == ("4",)
        assert session.undo_stack.undoText() == "Add box"

    def test_ctrl_drag_draws_upon_other_boxes(self, mouse: Mouse, session: Session, canvas: CanvasView) -> None:
        mouse.drag(CUP, (180, 380), CTRL)
        QTest.keyClicks(self.editor(canvas), "a spoon")
        QTest.keyClick(self.editor(canvas), Qt.Key.Key_Return)
        assert rect_of(session, "4") == Rect(130, 280, 50, 100)

    def test_escape_discards_the_drawn_box(self, mouse: Mouse, session: Session, canvas: CanvasView) -> None:
        mouse.drag((200, 40), (300, 120), CTRL)
        QTest.keyClicks(self.editor(canvas), "a lamp")
        QTest.keyClick(self.editor(canvas), Qt.Key.Key_Escape)
        assert len(session.layout.boxes) == 3
        assert session.undo_stack.count() == 0

    def test_a_click_elsewhere_keeps_what_was_typed(self, mouse: Mouse, session: Session, canvas: CanvasView) -> None:
        mouse.drag((200, 40), (300, 120), CTRL)
        QTest.keyClicks(self.editor(canvas), "a lamp")
        mouse.click(EMPTY)
        assert session.layout.box("4").phrase == "a lamp"

    def test_the_bar_cannot_be_typed_into_a_phrase(self, mouse: Mouse, session: Session, canvas: CanvasView) -> None:
        mouse.drag((200, 40), (300, 120), CTRL)
        QTest.keyClicks(self.editor(canvas), "a | lamp")
        assert self.editor(canvas).text() == "a  lamp"

    def test_a_click_with_the_box_tool_makes_a_box_of_usual_size(
        self, mouse: Mouse, session: Session, canvas: CanvasView
    ) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_R)
        mouse.click((256, 128))
        QTest.keyClicks(self.editor(canvas), "a lamp")
        QTest.keyClick(self.editor(canvas), Qt.Key.Key_Return)
        assert rect_of(session, "4") == Rect(192, 64, 128, 128)

    def test_a_double_click_renames_in_place(self, mouse: Mouse, session: Session, canvas: CanvasView) -> None:
        mouse.double_click(CUP)
        assert self.editor(canvas).text() == "a red cup"
        self.editor(canvas).selectAll()
        QTest.keyClicks(self.editor(canvas), "a blue cup")
        QTest.keyClick(self.editor(canvas), Qt.Key.Key_Return)
        assert session.layout.box("2").phrase == "a blue cup"
        assert canvas.hasFocus()
