"""The dialog at work: deciding on changes, branches, other words, search, pasted layouts, and very long dialogs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from lmd_desktop.domain import edits
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import CanvasEdit, Scene, add_request, edit_layout, go_to
from lmd_desktop.domain.violations import Fix, Violation
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.turn_card import TurnCard
from lmd_desktop.ui.turn_comparison import TurnComparison
from lmd_desktop.ui.turn_menu import turn_menu

WAIT_MS = 60_000
AMBIGUOUS = '[{"name": "a red car", "box": [100, 200, 300, 400]}, {"name": "a cup", "box": [10, 20, 110, 220]}]'
WRONG = Violation(
    "negation", "There should be no “trees”.", "", (), Fix("Add “trees” to the negative prompt", negative="trees")
)


def with_box(layout: Layout, phrase: str, number: int = 0) -> Layout:
    return edits.add_box(layout, phrase, Rect(20 + 70 * number, 40, 60, 60))


def answered(scene: Scene, text: str, layout: Layout, *, violations: tuple[Violation, ...] = ()) -> Scene:
    result = PlanResult(layout, "box 1 a cat | 8 8 64 64\n", "m", "", 1, violations=violations, repairs=("Mended it.",))
    return add_answer(add_request(scene, text), result)


@pytest.fixture
def decided_window(window: MainWindow) -> MainWindow:
    """A cat that was there; the plan moved it, added a dog and left a violation."""
    start = Scene(start=with_box(Layout(), "a cat"))
    layout = with_box(edits.move_box(start.layout, "1", 100, 200), "a dog", 1)
    window.workspace.document.new(answered(start, "a dog, no trees", layout, violations=(WRONG,)))
    return window


def last_card(window: MainWindow) -> TurnCard:
    return window.dialog_panel.cards[-1]


def press(parent: QWidget, name: str) -> None:
    parent.findChild(QToolButton, name).click()


def texts(parent: QWidget) -> str:
    return "\n".join(label.text() for label in parent.findChildren(QLabel))


def dashed(window: MainWindow) -> list[str]:
    return [box.id for box in window.canvas.pending_boxes]


def test_boxes_of_an_answer_stay_dashed_until_they_are_accepted(decided_window: MainWindow) -> None:
    assert dashed(decided_window) == ["1", "2"]
    press(last_card(decided_window), "accept_2")
    assert dashed(decided_window) == ["1"]
    press(last_card(decided_window), "accept_all")
    assert dashed(decided_window) == []
    assert last_card(decided_window).findChild(QToolButton, "accept_all") is None


def test_a_rejected_box_goes_as_a_turn_of_its_own_and_undo_brings_it_back(decided_window: MainWindow) -> None:
    session = decided_window.workspace.session
    press(last_card(decided_window), "reject_2")
    assert [box.phrase for box in session.layout.boxes] == ["a cat"]
    assert isinstance(session.scene.dialog.path()[-1], CanvasEdit)
    assert "removed “a dog”" in texts(last_card(decided_window))
    assert dashed(decided_window) == ["1"]
    session.undo_stack.undo()
    assert dashed(decided_window) == ["1", "2"]


def test_rejecting_all_by_the_menu_gives_the_canvas_before_back(decided_window: MainWindow) -> None:
    session = decided_window.workspace.session
    before = session.scene.start
    action = next(action for action in decided_window.actions() if action.objectName() == "reject_changes")
    action.trigger()
    assert session.layout == before


def test_the_next_request_accepts_what_is_open(decided_window: MainWindow) -> None:
    session = decided_window.workspace.session
    session.commit("Ask", add_request(session.scene, "bigger"))
    assert dashed(decided_window) == []


def test_a_violation_is_told_in_words_and_mended_with_one_click(decided_window: MainWindow) -> None:
    assert "There should be no “trees”." in texts(last_card(decided_window))
    press(last_card(decided_window), "fix_0")
    assert decided_window.workspace.session.layout.negative_prompt == "trees"
    plan = decided_window.dialog_panel.cards[1]
    assert plan.findChild(QToolButton, "fix_0") is None
    assert "✓ There should be no “trees”." in texts(plan)


def test_what_the_llm_wrote_and_what_was_put_right_is_one_click_away(decided_window: MainWindow) -> None:
    press(last_card(decided_window), "details")
    details = last_card(decided_window).findChild(QLabel, "details")
    assert "box 1 a cat | 8 8 64 64" in details.text()
    assert "Mended it." in details.text()


def test_a_request_in_other_words_is_sent_as_a_branch(working_window: MainWindow, qtbot: QtBot) -> None:
    window = working_window
    panel = window.dialog_panel
    window.workspace.document.new(answered(Scene(), "a cat", with_box(Layout(), "a cat")))
    press(panel.cards[0], "reword")
    assert panel.composer.toPlainText() == "a cat"
    panel.composer.setPlainText("a bird")
    qtbot.keyClick(panel.composer, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.workspace.planning.state.is_planning, timeout=WAIT_MS)
    dialog = window.workspace.session.scene.dialog
    assert [turn.id for turn in dialog.children(None)] == ["t1", "t3"]
    assert [box.phrase for box in window.workspace.session.layout.boxes] == ["a bird"]
    assert not panel.findChild(QWidget, "rewording").isVisible()


def test_esc_leaves_the_other_words(decided_window: MainWindow, qtbot: QtBot) -> None:
    panel = decided_window.dialog_panel
    press(panel.cards[0], "reword")
    qtbot.keyClick(panel.composer, Qt.Key.Key_Escape)
    assert panel.composer.toPlainText() == ""
    assert not panel.findChild(QWidget, "rewording").isVisible()


def test_the_tree_shows_every_branch_and_a_click_goes_there(decided_window: MainWindow) -> None:
    session, header = decided_window.workspace.session, decided_window.dialog_panel.header
    assert not header.branch_button.isEnabled()
    other = answered(go_to(session.scene, None), "a whale", with_box(Layout(), "a whale"))
    session.commit("Branch", other)
    header.branch_button.click()
    rows = [header.tree.topLevelItem(row) for row in range(header.tree.topLevelItemCount())]
    assert [row.text(0) for row in rows] == ["a whale · 2 turns", "a dog, no trees · 2 turns"]
    header.tree.itemClicked.emit(rows[1], 0)
    assert session.scene.dialog.head == "t2"


def test_a_search_marks_the_turn_that_was_found_and_tells_of_other_branches(
    decided_window: MainWindow, qtbot: QtBot
) -> None:
    panel = decided_window.dialog_panel
    session = decided_window.workspace.session
    session.commit("Branch", answered(go_to(session.scene, None), "a Dög", with_box(Layout(), "a whale")))
    panel.header.start_search()
    qtbot.keyClicks(panel.header.search.line, "dog")
    assert panel.header.search.count.text() == "1 of 1 · 2 in other branches"
    assert [card.view.turn.id for card in panel.cards if card.property("isFound")] == ["t3"]
    qtbot.keyClick(panel.header.search.line, Qt.Key.Key_Escape)
    assert not any(card.property("isFound") for card in panel.cards)


def test_a_layout_pasted_into_the_request_is_asked_about_with_its_choices(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.dialog_panel
    data = QMimeData()
    data.setText(AMBIGUOUS.replace("box", "bbox"))
    panel.composer.insertFromMimeData(data)
    assert panel.composer.toPlainText() == ""
    qtbot.waitUntil(lambda: panel.paster.question is not None, timeout=WAIT_MS)
    for _ in range(2):
        if panel.paster.question is not None:
            key = next((c.key for c in panel.paster.question.choices if c.key == "xyxy"), "")
            button = panel.findChild(QPushButton, f"choice_{key or panel.paster.question.choices[0].key}")
            assert not button.icon().isNull()
            button.click()
    assert [box.phrase for box in window.workspace.session.layout.boxes] == ["a red car", "a cup"]
    assert window.workspace.session.undo_stack.undoText() == "Paste a layout"


def test_what_only_looks_like_a_layout_comes_back_as_text(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.dialog_panel
    data = QMimeData()
    data.setText('{"boxes": [[1, 2, 3, 4]]}')
    panel.composer.insertFromMimeData(data)
    qtbot.waitUntil(lambda: panel.composer.toPlainText() != "" or bool(panel.cards), timeout=WAIT_MS)
    assert panel.composer.toPlainText() == data.text()


def test_the_layout_of_any_turn_is_copied_from_its_menu(decided_window: MainWindow) -> None:
    menu = turn_menu(decided_window.dialog_panel.cards[0])
    layouts = next(action.menu() for action in menu.actions() if action.menu() is not None)
    next(action for action in layouts.actions() if action.text() == "JSON").trigger()
    assert '"phrase": "a cat"' in QGuiApplication.clipboard().text()
    assert '"a dog"' not in QGuiApplication.clipboard().text()


def test_arabic_stands_on_the_right_and_chinese_on_the_left(window: MainWindow) -> None:
    scene = answered(Scene(), "قارب أحمر على اليسار", with_box(Layout(), "قارب"))
    window.workspace.document.new(answered(scene, "加一只猫", with_box(scene.layout, "一只猫", 1)))
    directions = {
        label.text(): label.layoutDirection()
        for card in window.dialog_panel.cards
        for label in card.findChildren(QLabel)
    }
    assert directions["قارب أحمر على اليسار"] == Qt.LayoutDirection.RightToLeft
    assert directions["加一只猫"] == Qt.LayoutDirection.LeftToRight


def test_only_a_few_cards_of_a_long_dialog_exist_and_every_turn_can_be_reached(
    window: MainWindow, qtbot: QtBot
) -> None:
    scene = Scene(start=with_box(Layout(), "a cat"))
    for number in range(300):
        scene = edit_layout(scene, edits.move_box(scene.layout, "1", number, 30), coalesce=False)
    window.workspace.document.new(scene)
    turns = window.dialog_panel.turns
    assert 3 <= len(turns.cards) < 30
    assert turns.cards[-1].view.turn.id == "t300"
    assert turns.verticalScrollBar().value() == turns.verticalScrollBar().maximum()
    turns.focus_turn(0)
    assert turns.cards[0].view.turn.id == "t1"
    qtbot.keyClick(turns.cards[0], Qt.Key.Key_Down)
    assert turns.cards[1].hasFocus()
    assert not turns.cards[1].visibleRegion().isEmpty()


def test_a_card_that_grows_keeps_those_in_sight_apart(decided_window: MainWindow, qtbot: QtBot) -> None:
    cards = decided_window.dialog_panel.cards
    press(cards[-1], "details")
    qtbot.waitUntil(lambda: cards[-1].height() >= cards[-1].sizeHint().height() - 40)
    assert cards[0].geometry().bottom() < cards[1].geometry().top()


def test_cards_that_stay_below_one_that_changed_keep_their_height(window: MainWindow) -> None:
    for first in ("a cat", "a small cat"):
        scene = answered(Scene(), first, with_box(Layout(), "a cat"))
        layout = with_box(with_box(scene.layout, "a dog", 1), "a bird in a very tall old tree", 2)
        window.workspace.document.new(answered(scene, "a dog and a bird in a very tall old tree, please", layout))
    cut = [
        card.view.turn.id
        for card in window.dialog_panel.cards
        if card.height() < card.layout().totalHeightForWidth(card.width())
    ]
    assert cut == []


def test_two_turns_are_compared_in_pictures_and_words(decided_window: MainWindow) -> None:
    session = decided_window.workspace.session
    session.edit("Move box", edits.move_box(session.layout, "2", 300, 300))
    decided_window.findChild(QAction, "compare_turns").trigger()
    comparison = decided_window.findChild(TurnComparison)
    assert comparison.words.text() == "• moved “a dog” right 41 % and down 51 %"
    request = session.scene.dialog.turns[0].id
    comparison.choices[0].setCurrentIndex(comparison.choices[0].findData(request))
    assert "added “a dog”" in comparison.words.text()
    comparison.choices[1].setCurrentIndex(comparison.choices[1].findData(request))
    assert comparison.words.text() == "Both are the same."
