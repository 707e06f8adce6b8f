"""The dialog: typing, the turns and their branches, and what it says when the LLM fails."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import move_box
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request
from lmd_desktop.ui.answer_card import AnswerCard
from lmd_desktop.ui.application import fill_scene
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.turn_card import TurnCard

WAIT_MS = 60_000


def cards(window: MainWindow) -> tuple[TurnCard, ...]:
    return window.dialog_panel.cards


def texts(card: TurnCard) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel))


def click(card: TurnCard, name: str) -> None:
    card.findChild(QToolButton, name).click()


def ask(window: MainWindow, qtbot: QtBot, text: str) -> None:
    composer = window.dialog_panel.composer
    composer.setPlainText(text)
    qtbot.keyClick(composer, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.workspace.planning.state.is_planning, timeout=WAIT_MS)


def test_enter_sends_and_the_answer_appears_as_a_turn(working_window: MainWindow, qtbot: QtBot) -> None:
    ask(working_window, qtbot, "a cat, a dog")
    shown = [type(card.view.turn) for card in cards(working_window)]
    assert shown == [Request, Plan]
    assert "2 boxes: a cat · a dog" in texts(cards(working_window)[1])
    assert working_window.dialog_panel.composer.toPlainText() == ""


def test_shift_enter_starts_a_new_line(window: MainWindow, qtbot: QtBot) -> None:
    composer = window.dialog_panel.composer
    qtbot.keyClicks(composer, "one")
    qtbot.keyClick(composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer, "two")
    assert composer.toPlainText() == "one\ntwo"
    assert window.workspace.session.scene.dialog.turns == ()


def test_earlier_requests_come_back_with_alt_up(window: MainWindow, qtbot: QtBot) -> None:
    composer = window.dialog_panel.composer
    composer.set_history(("first", "second"))
    composer.setPlainText("draft")
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(composer, Qt.Key.Key_Up, alt)
    assert composer.toPlainText() == "second"
    qtbot.keyClick(composer, Qt.Key.Key_Up, alt)
    assert composer.toPlainText() == "first"
    for _ in range(2):
        qtbot.keyClick(composer, Qt.Key.Key_Down, alt)
    assert composer.toPlainText() == "draft"


def test_an_empty_request_is_refused_in_words_and_a_long_one_keeps_its_text(window: MainWindow) -> None:
    panel = window.dialog_panel
    panel.send()
    complaint = panel.findChild(QLabel, "complaint")
    assert "empty" in complaint.text()
    panel.composer.setPlainText("x" * 5001)
    assert not complaint.isVisible()
    panel.send()
    assert "5001 characters" in complaint.text()
    assert len(panel.composer.toPlainText()) == 5001


def test_odd_characters_are_shown_as_they_are_and_never_as_markup(working_window: MainWindow, qtbot: QtBot) -> None:
    text = "a <b>cat</b> 🐈 你好 <|im_end|>"
    ask(working_window, qtbot, text)
    assert text in texts(cards(working_window)[0])


def test_a_drag_becomes_one_readable_turn_that_grows(window: MainWindow) -> None:
    fill_scene(window.workspace, None)
    session = window.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 60, 248))
    session.edit("Move box", move_box(session.layout, "1", 101, 248))
    shown = cards(window)
    assert len(shown) == 3
    assert isinstance(shown[-1].view.turn, CanvasEdit)
    assert "moved “a red car” right 12 %" in texts(shown[-1])


def test_a_note_is_written_in_place_and_reaches_the_turn(window: MainWindow, qtbot: QtBot) -> None:
    fill_scene(window.workspace, None)
    session = window.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 60, 248))
    note = cards(window)[-1].findChild(QLineEdit, "note")
    qtbot.keyClicks(note, "closer to the edge")
    qtbot.keyClick(note, Qt.Key.Key_Return)
    turn = session.scene.dialog.path()[-1]
    assert isinstance(turn, CanvasEdit)
    assert turn.note == "closer to the edge"


def test_revert_takes_a_hand_edit_back_and_undo_brings_it_again(window: MainWindow) -> None:
    fill_scene(window.workspace, None)
    session = window.workspace.session
    before = session.layout
    session.edit("Move box", move_box(session.layout, "1", 60, 248))
    click(cards(window)[-1], "revert")
    assert session.layout == before
    assert len(cards(window)) == 2
    session.undo_stack.undo()
    assert session.layout != before


def test_a_click_on_a_turn_shows_it_and_keeps_the_later_ones_in_sight(window: MainWindow, qtbot: QtBot) -> None:
    fill_scene(window.workspace, None)
    session = window.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 60, 248))
    qtbot.mouseClick(cards(window)[1], Qt.MouseButton.LeftButton)
    assert session.scene.dialog.head == "t2"
    assert [card.view.is_ahead for card in cards(window)] == [False, False, True]


def test_a_fork_is_marked_and_its_branches_can_be_switched(window: MainWindow) -> None:
    fill_scene(window.workspace, None)
    session = window.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 60, 248))
    window.dialog_panel.commands.go_to("t2")
    session.finish_edit_turn()
    session.edit("Move box", move_box(session.layout, "1", 0, 0))
    assert "2 of 2" in texts(cards(window)[-1])
    click(cards(window)[-1], "branch_before")
    assert session.scene.dialog.head == "t3"
    assert "1 of 2" in texts(cards(window)[-1])


def test_a_failure_shows_reason_and_details_and_offers_another_try(working_window: MainWindow, qtbot: QtBot) -> None:
    ask(working_window, qtbot, "fail")
    card = working_window.dialog_panel.findChild(AnswerCard)
    assert card.isVisible()
    assert "The model wrote nothing usable." in card.accessibleName()
    assert "The layout is unchanged." in card.accessibleName()
    assert "UserError" in card.findChild(QLabel, "answer_raw").text()
    assert card.findChild(QToolButton, "retry").isVisible()


def test_boxes_are_dashed_on_the_canvas_while_the_planner_writes(working_window: MainWindow, qtbot: QtBot) -> None:
    window = working_window
    window.dialog_panel.composer.setPlainText("wait")
    window.dialog_panel.send()
    qtbot.waitUntil(lambda: len(window.canvas.pending_boxes) == 1, timeout=WAIT_MS)
    assert not window.dialog_panel.send_button.isEnabled()
    window.stop_all()
    qtbot.waitUntil(lambda: not window.workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert window.canvas.pending_boxes == ()
    assert window.dialog_panel.send_button.isEnabled()
