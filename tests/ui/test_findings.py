"""What is found about boxes is marked on the canvas, said in the list, and mended by a button."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import add_box, set_negative
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.scene import Scene
from lmd_desktop.ui.boxes_panel import BoxesPanel
from lmd_desktop.ui.canvas.painting import MARK_COLOUR
from lmd_desktop.ui.canvas.view import CanvasView


@pytest.fixture
def session() -> Session:
    layout = add_box(Layout(), "a red cup", Rect(100, 200, 100, 100))
    return Session(Scene(start=add_box(layout, "a red cup", Rect(300, 200, 100, 100))))


@pytest.fixture
def lint(session: Session) -> LintWatch:
    return LintWatch(session)


@pytest.fixture
def panel(qtbot: QtBot, session: Session, lint: LintWatch) -> BoxesPanel:
    panel = BoxesPanel(session)
    panel.set_lint(lint)
    qtbot.addWidget(panel)
    panel.resize(300, 640)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def canvas(qtbot: QtBot, session: Session, lint: LintWatch) -> CanvasView:
    canvas = CanvasView(session)
    canvas.set_lint(lint)
    qtbot.addWidget(canvas)
    canvas.resize(700, 600)
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas


def overlap(session: Session) -> None:
    layout = session.layout
    boxes = (layout.boxes[0], replace(layout.boxes[1], rect=Rect(150, 200, 100, 100)))
    session.edit("Move box", replace(layout, boxes=boxes))


def is_marked(canvas: CanvasView, rect: Rect) -> bool:
    """Whether the warning's colour is in the upper right corner of a box."""
    right, top = canvas.transform.to_view((rect.right, rect.y))
    picture = canvas.viewport().grab().toImage()
    corner = [picture.pixelColor(round(right) - x, round(top) + y) for x in range(4, 22) for y in range(4, 22)]
    return any(_distance(colour, MARK_COLOUR) < 60 for colour in corner)


def _distance(first: QColor, second: QColor) -> int:
    return sum(abs(a - b) for a, b in zip(first.toTuple()[:3], second.toTuple()[:3], strict=True))


def test_nothing_is_said_while_all_is_well(panel: BoxesPanel) -> None:
    assert panel.findings.isHidden()


def test_the_list_says_what_is_found_also_to_screen_readers(panel: BoxesPanel, session: Session) -> None:
    height = panel.list.rowHeight(0)
    overlap(session)
    index = panel.list.model().index(0, 0)
    assert "overlaps 1" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "overlaps 1" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert panel.list.rowHeight(0) > height
    session.undo_stack.undo()
    assert panel.list.rowHeight(0) == height


def test_the_button_of_a_finding_mends_it_in_one_undo_step(panel: BoxesPanel, session: Session) -> None:
    overlap(session)
    button = panel.findings.findChild(QPushButton, "fix_overlap")
    assert button is not None
    assert "overlaps" in button.accessibleName()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert session.layout.box("2").rect == Rect(200, 200, 100, 100)
    assert session.undo_stack.undoText() == "Move apart"
    assert panel.findings.isHidden()
    session.undo_stack.undo()
    assert not panel.findings.isHidden()


def test_selected_boxes_come_first_with_what_is_found(panel: BoxesPanel, session: Session) -> None:
    overlap(session)
    session.edit("Change negative prompt", set_negative(session.layout, "lamps, lamp"))
    session.edit("Add box", add_box(session.layout, "a lamp", Rect(0, 0, 90, 90)))
    session.select(("3",))
    names = [button.objectName() for button in panel.findings.widget().findChildren(QPushButton)]
    assert names == ["fix_excluded"]


def test_a_phrase_missing_from_an_own_prompt_is_added_to_it(panel: BoxesPanel, session: Session) -> None:
    session.set_render_settings(replace(session.render_settings, prompt="a kitchen"))
    button = panel.findings.findChild(QPushButton, "fix_missing")
    assert button is not None
    button.click()
    assert session.render_settings.prompt == "a kitchen, a red cup"


def test_a_box_that_is_found_fault_with_is_marked_on_the_canvas(canvas: CanvasView, session: Session) -> None:
    assert not is_marked(canvas, session.layout.box("1").rect)
    overlap(session)
    assert is_marked(canvas, session.layout.box("1").rect)
    canvas.actions_by_name["labels"].setChecked(False)
    assert is_marked(canvas, session.layout.box("1").rect)


def test_a_mark_follows_a_box_while_it_is_drawn(canvas: CanvasView, session: Session, lint: LintWatch) -> None:
    session.edit("Change negative prompt", set_negative(session.layout, "red cup"))
    assert lint.marked == {"1", "2"}
    x, y = canvas.transform.to_view((350, 250))
    place = QPoint(round(x), round(y))
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseMove(canvas.viewport(), place + QPoint(0, 60))
    QTest.mouseMove(canvas.viewport(), place + QPoint(0, 80))
    moved = canvas.transform.to_scene((place.x(), place.y() + 80))[1] - 250
    assert is_marked(canvas, Rect(300, 200 + round(moved), 100, 100))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert session.layout.box("2").rect == Rect(300, 200, 100, 100)
