"""The panel of boxes does by keyboard what the canvas does by mouse, in step with the session."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import add_box, lock_boxes
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.scene import Scene
from lmd_desktop.ui.box_list import Column
from lmd_desktop.ui.boxes_panel import BoxesPanel


@pytest.fixture
def session() -> Session:
    layout = add_box(Layout(), "a table", Rect(50, 200, 300, 200))
    return Session(Scene(start=add_box(layout, "a red cup", Rect(100, 250, 60, 60))))


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> BoxesPanel:
    panel = BoxesPanel(session)
    qtbot.addWidget(panel)
    panel.resize(300, 640)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def click_cell(panel: BoxesPanel, row: int, column: Column) -> None:
    rect = panel.list.visualRect(panel.list.model().index(row, column))
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, rect.center())


def phrases(panel: BoxesPanel) -> list[str]:
    model = panel.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_the_topmost_box_comes_first(panel: BoxesPanel) -> None:
    assert phrases(panel) == ["a red cup", "a table"]


def test_a_click_on_a_row_selects_the_box(panel: BoxesPanel, session: Session) -> None:
    click_cell(panel, 1, Column.PHRASE)
    assert session.selection == ("1",)
    assert panel.fields.phrase.text() == "a table"


def test_the_list_follows_the_selection_of_the_canvas(panel: BoxesPanel, session: Session) -> None:
    session.select(("1", "2"))
    assert {index.row() for index in panel.list.selectionModel().selectedRows()} == {0, 1}
    session.select(())
    assert panel.list.selectionModel().selectedRows() == []


def test_the_selection_survives_another_order(panel: BoxesPanel, session: Session) -> None:
    session.select(("1",))
    session.edit("Add box", add_box(session.layout, "a lamp", Rect(0, 0, 50, 50)))
    assert phrases(panel) == ["a lamp", "a red cup", "a table"]
    assert session.selection == ("1",)
    assert [index.row() for index in panel.list.selectionModel().selectedRows()] == [2]


def test_the_switches_lock_hide_and_leave_out(panel: BoxesPanel, session: Session) -> None:
    click_cell(panel, 0, Column.LOCK)
    click_cell(panel, 0, Column.SHOW)
    click_cell(panel, 0, Column.USE)
    box = session.layout.box("2")
    assert (box.is_locked, box.is_hidden, box.is_enabled) == (True, True, False)
    click_cell(panel, 0, Column.LOCK)
    assert not session.layout.box("2").is_locked


def test_space_presses_the_switch_that_has_the_focus(panel: BoxesPanel, session: Session) -> None:
    panel.list.setFocus()
    index = panel.list.model().index(1, Column.USE)
    panel.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
    QTest.keyClick(panel.list, Qt.Key.Key_Space)
    assert not session.layout.box("1").is_enabled


def test_a_switch_of_a_selected_row_acts_on_all_selected_boxes(panel: BoxesPanel, session: Session) -> None:
    session.select(("1", "2"))
    panel.list.setFocus()
    index = panel.list.model().index(0, Column.LOCK)
    panel.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
    QTest.keyClick(panel.list, Qt.Key.Key_Space)
    assert all(box.is_locked for box in session.layout.boxes)


def test_delete_and_copies_work_from_the_list(panel: BoxesPanel, session: Session) -> None:
    session.select(("2",))
    QTest.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert phrases(panel) == ["a table"]
    QTest.keyClick(panel.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert phrases(panel) == ["a red cup", "a table"]


def test_a_row_is_renamed_in_place(panel: BoxesPanel, session: Session) -> None:
    model = panel.list.model()
    model.setData(model.index(0, 0), "a blue | cup")
    assert session.layout.box("2").phrase == "a blue cup"
    model.setData(model.index(0, 0), "   ")
    assert session.layout.box("2").phrase == "a blue cup"


def test_add_makes_a_box_whose_phrase_can_be_typed_at_once(panel: BoxesPanel, session: Session, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.add_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.fields.phrase.hasFocus)
    QTest.keyClicks(panel.fields.phrase, "a brass lamp")
    box = session.layout.box("3")
    assert box.phrase == "a brass lamp"
    assert box.rect == Rect(192, 192, 128, 128)
    assert session.undo_stack.count() == 2


def test_typing_a_number_is_one_undo_step(panel: BoxesPanel, session: Session) -> None:
    session.select(("2",))
    panel.fields.box_x.setFocus()
    panel.fields.box_x.selectAll()
    QTest.keyClicks(panel.fields.box_x, "321")
    assert session.layout.box("2").rect == Rect(321, 250, 60, 60)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.layout.box("2").rect == Rect(100, 250, 60, 60)
    assert panel.fields.box_x.value() == 100


def test_numbers_cannot_leave_the_canvas(panel: BoxesPanel, session: Session) -> None:
    session.select(("2",))
    panel.fields.box_width.setValue(9999)
    panel.fields.box_y.setValue(9999)
    assert session.layout.box("2").rect == Rect(100, 452, 412, 60)


@pytest.mark.parametrize(("unit", "shown"), [(0, 100.0), (1, 19.5), (2, 195.0)])
def test_numbers_speak_pixels_per_cent_and_thousandths(
    panel: BoxesPanel, session: Session, unit: int, shown: float
) -> None:
    session.select(("2",))
    fields = panel.fields
    fields.unit.setCurrentIndex(unit)
    assert fields.box_x.value() == shown
    fields.box_x.setValue({0: 128, 1: 25.0, 2: 250}[unit])
    assert session.layout.box("2").rect == Rect(128, 250, 60, 60)
    fields.unit.setCurrentIndex(0)
    assert fields.box_x.value() == 128


def test_the_numbers_of_several_boxes_are_those_of_their_frame(panel: BoxesPanel, session: Session) -> None:
    session.select(("1", "2"))
    assert (panel.fields.box_x.value(), panel.fields.box_width.value()) == (50, 300)
    panel.fields.box_width.setValue(150)
    assert [box.rect for box in session.layout.boxes] == [Rect(50, 200, 150, 200), Rect(75, 250, 30, 60)]
    assert session.undo_stack.count() == 1


def test_the_place_of_a_locked_box_cannot_be_typed(panel: BoxesPanel, session: Session) -> None:
    session.edit("Lock", lock_boxes(session.layout, ("2",)))
    session.select(("2",))
    assert not panel.fields.box_x.isEnabled()
    assert panel.fields.phrase.isEnabled()
    assert "locked" in panel.fields.hint.text()


def test_slider_and_number_show_the_same_strength(panel: BoxesPanel, session: Session) -> None:
    session.select(("2",))
    panel.fields.slider.setValue(30)
    assert session.layout.box("2").strength == 1.5
    assert panel.fields.strength.value() == 1.5
    panel.fields.strength.setValue(0.25)
    assert panel.fields.slider.value() == 5


def test_an_empty_seed_is_automatic(panel: BoxesPanel, session: Session) -> None:
    session.select(("2",))
    QTest.keyClicks(panel.fields.seed, "77x")
    assert session.layout.box("2").seed == 77
    panel.fields.seed.setFocus()
    QTest.keyClick(panel.fields.seed, Qt.Key.Key_Backspace)
    QTest.keyClick(panel.fields.seed, Qt.Key.Key_Backspace)
    assert session.layout.box("2").seed is None


def test_without_a_single_selected_box_the_fields_say_why(panel: BoxesPanel, session: Session) -> None:
    assert not panel.fields.phrase.isEnabled()
    assert "Select a box" in panel.fields.hint.text()
    session.select(("1", "2"))
    assert not panel.fields.phrase.isEnabled()
    assert "2 boxes" in panel.fields.hint.text()
    assert panel.delete_button.isEnabled()
    session.select(("1",))
    assert panel.fields.phrase.isEnabled()
    assert not panel.fields.hint.isVisible()


def test_typing_a_background_is_one_undo_step_and_keeps_the_cursor(panel: BoxesPanel, session: Session) -> None:
    QTest.keyClicks(panel.background, "a dusk ")
    QTest.keyClicks(panel.background, "harbour")
    assert session.layout.background_prompt == "a dusk harbour"
    assert session.undo_stack.count() == 1
    assert session.undo_stack.undoText() == "Change background"


def test_the_negative_prompt_shows_what_the_session_holds(panel: BoxesPanel, session: Session) -> None:
    QTest.keyClicks(panel.negative_prompt, "cats")
    assert session.layout.negative_prompt == "cats"
    session.undo_stack.undo()
    assert panel.negative_prompt.toPlainText() == ""


def test_every_field_has_a_name_for_screen_readers(panel: BoxesPanel) -> None:
    fields = panel.fields
    for widget in (
        panel.list, panel.background, panel.negative_prompt, panel.add_button, fields.phrase, fields.negative,
        fields.box_x, fields.box_y, fields.box_width, fields.box_height, fields.strength, fields.slider, fields.seed,
    ):  # fmt: skip
        assert widget.accessibleName()
