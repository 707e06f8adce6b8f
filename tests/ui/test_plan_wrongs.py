"""What a plan still gets wrong is told below the canvas, and one click puts it right there."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from lmd_desktop.domain import edits
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.domain.violations import Fix, Violation
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.plan_wrongs import PlanWrongs

TREES = Violation(
    "negation", "There should be no “trees”.", "", (), Fix("Add “trees” to the negative prompt", negative="trees")
)
LEFT = Violation("relation", "“a dog” should be to the left of “a cat”.", "", ("2", "1"))


@pytest.fixture
def strip(window: MainWindow) -> PlanWrongs:
    """Under a canvas with a plan that breaks its request twice."""
    layout = edits.add_box(Layout(), "a cat", Rect(8, 8, 64, 64))
    layout = edits.add_box(layout, "a dog", Rect(200, 8, 64, 64))
    asked = add_request(Scene(), "a dog left of a cat, no trees")
    window.workspace.document.new(add_answer(asked, PlanResult(layout, "", "m", "", 1, violations=(TREES, LEFT))))
    found = window.desk.findChild(PlanWrongs)
    assert found is not None
    return found


def press(strip: PlanWrongs, name: str) -> None:
    button = strip.findChild(QAbstractButton, name)
    assert button is not None
    button.click()


def sentences(strip: PlanWrongs) -> list[str]:
    return [label.text() for label in strip.findChildren(QLabel) if label.isVisibleTo(strip)]


def test_each_is_a_sentence_and_its_boxes_can_be_shown(window: MainWindow, strip: PlanWrongs) -> None:
    assert sentences(strip) == ["⚠ There should be no “trees”.", "⚠ “a dog” should be to the left of “a cat”."]
    press(strip, "show_wrong_1")
    assert set(window.workspace.session.selection) == {"1", "2"}
    assert strip.findChild(QAbstractButton, "show_wrong_0") is None


def test_one_click_puts_it_right_and_undo_brings_it_back(window: MainWindow, strip: PlanWrongs) -> None:
    press(strip, "mend_0")
    assert window.workspace.session.layout.negative_prompt == "trees"
    assert sentences(strip) == ["⚠ “a dog” should be to the left of “a cat”."]
    window.workspace.session.undo_stack.undo()
    assert len(sentences(strip)) == 2


def test_it_is_gone_once_put_away_or_asked_on(window: MainWindow, strip: PlanWrongs) -> None:
    session = window.workspace.session
    press(strip, "close_wrongs")
    assert strip.isHidden()
    asked = add_request(session.scene, "swap them")
    session.commit("Ask", asked)
    assert strip.isHidden()
    session.commit("Plan", add_answer(asked, PlanResult(asked.layout, "", "m", "", 1, violations=(LEFT,))))
    assert not strip.isHidden()
