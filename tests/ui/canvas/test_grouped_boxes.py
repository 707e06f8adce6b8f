"""Grouped boxes on the canvas: a press takes them all, Alt-click and the list reach one, copies stay grouped."""

from __future__ import annotations

import pytest
from canvas_mouse import Mouse
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lmd_desktop.app.session import Session
from lmd_desktop.domain.groups import group_boxes
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.canvas.view import CanvasView

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CUP, WINDOW, EMPTY = (130.0, 280.0), (440.0, 100.0), (250.0, 100.0)


@pytest.fixture
def grouped(session: Session) -> Session:
    """The cup (2) and the window (3)."""
    session.edit("Group boxes", group_boxes(session.layout, ("2", "3")))
    return session


def corners(session: Session) -> list[tuple[int, int]]:
    return [(box.rect.x, box.rect.y) for box in session.layout.boxes]


def test_a_click_a_shift_click_and_a_marquee_take_the_whole_group(mouse: Mouse, grouped: Session) -> None:
    mouse.click(CUP)
    assert set(grouped.selection) == {"2", "3"}
    mouse.click((60, 380), SHIFT)
    assert set(grouped.selection) == {"1", "2", "3"}
    mouse.click(WINDOW, SHIFT)
    assert grouped.selection == ("1",)
    mouse.drag((390, 30), (500, 60))
    assert set(grouped.selection) == {"2", "3"}


def test_a_drag_moves_the_group_in_one_step_that_undo_takes_back(mouse: Mouse, grouped: Session) -> None:
    mouse.drag(CUP, (140, 300))
    assert corners(grouped) == [(50, 200), (111, 271), (410, 60)]
    grouped.undo_stack.undo()
    assert corners(grouped) == [(50, 200), (101, 251), (400, 40)]


def test_alt_click_and_a_double_click_reach_one_box(canvas: CanvasView, mouse: Mouse, grouped: Session) -> None:
    mouse.click(CUP, Qt.KeyboardModifier.AltModifier)
    assert grouped.selection == ("2",)
    mouse.drag(CUP, (140, 280))
    assert corners(grouped) == [(50, 200), (111, 251), (400, 40)]
    mouse.click(EMPTY)
    mouse.double_click(WINDOW)
    assert grouped.selection == ("3",)
    assert canvas.actions_by_name["select_group"].isEnabled()
    canvas.actions_by_name["select_group"].trigger()
    assert set(grouped.selection) == {"2", "3"}


def test_copies_by_drag_and_by_keys_are_another_group(canvas: CanvasView, mouse: Mouse, grouped: Session) -> None:
    mouse.drag(CUP, (130, 180), Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(canvas, Qt.Key.Key_C, CTRL)
    QTest.keyClick(canvas, Qt.Key.Key_V, CTRL)
    assert [box.group for box in grouped.layout.boxes] == ["", "1", "1", "2", "2", "3", "3"]


def test_keys_group_and_ungroup_and_the_actions_know_when(canvas: CanvasView, mouse: Mouse, session: Session) -> None:
    actions = canvas.actions_by_name
    mouse.click(CUP)
    assert [actions[name].isEnabled() for name in ("group", "ungroup")] == [False, False]
    mouse.click(WINDOW, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_G, CTRL)
    assert [box.group for box in session.layout.boxes] == ["", "1", "1"]
    mouse.drag((480, 160), (490, 170))
    assert session.layout.box("3").rect != Rect(400, 40, 80, 120)
    QTest.keyClick(canvas, Qt.Key.Key_G, CTRL | SHIFT)
    assert [box.group for box in session.layout.boxes] == ["", "", ""]
    assert not actions["ungroup"].isEnabled()
