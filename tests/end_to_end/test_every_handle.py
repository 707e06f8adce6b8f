"""Every handle of the real window, pulled with the mouse: of one box, of several, and the line between two pictures."""

from __future__ import annotations

import pytest
from hands import Hands
from PySide6.QtWidgets import QToolButton

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.scene import Scene
from lmd_desktop.ui.canvas.split import KNOB_SIDE

ONE, OTHER = Rect(120, 200, 100, 100), Rect(320, 260, 60, 100)
SIDES = [(0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5)]  # shares of width and height
PULL = (-24, -32)


def show(hands: Hands) -> None:
    layout = add_box(add_box(Layout(), "a cup", ONE), "a lamp", OTHER)
    hands.window.workspace.document.new(Scene(start=layout))
    hands.window.canvas.fit()
    hands.window.canvas.setFocus()


def pulled(rect: Rect, across: float, down: float) -> tuple[int, int, int, int]:
    """Left, top, right and bottom after a side or a corner went by PULL."""
    dx, dy = PULL
    left, top, right, bottom = rect.x, rect.y, rect.right, rect.bottom
    left, right = (left + dx, right) if across == 0 else (left, right + dx) if across == 1 else (left, right)
    top, bottom = (top + dy, bottom) if down == 0 else (top, bottom + dy) if down == 1 else (top, bottom)
    return left, top, right, bottom


def edges(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.right, rect.bottom


def pull(hands: Hands, rect: Rect, share: tuple[float, float]) -> None:
    start = rect.x + share[0] * rect.width, rect.y + share[1] * rect.height
    hands.drag(start, (start[0] + PULL[0], start[1] + PULL[1]))


@pytest.mark.parametrize("share", SIDES)
def test_each_handle_of_a_box_moves_its_sides_and_no_other(hands: Hands, share: tuple[float, float]) -> None:
    show(hands)
    hands.click_canvas(ONE.centre)
    pull(hands, ONE, share)
    session = hands.window.workspace.session
    assert edges(session.layout.box("1").rect) == pytest.approx(pulled(ONE, *share), abs=1)
    assert session.layout.box("2").rect == OTHER
    hands.press("Ctrl+Z")
    assert session.layout.box("1").rect == ONE


@pytest.mark.parametrize("share", SIDES)
def test_each_handle_of_a_selection_resizes_all_of_it(hands: Hands, share: tuple[float, float]) -> None:
    show(hands)
    hands.press("Ctrl+A")
    whole = Rect(ONE.x, ONE.y, OTHER.right - ONE.x, OTHER.bottom - ONE.y)
    pull(hands, whole, share)
    session = hands.window.workspace.session
    one, other = (session.layout.box(box_id).rect for box_id in "12")
    now = (min(one.x, other.x), min(one.y, other.y), max(one.right, other.right), max(one.bottom, other.bottom))
    assert now == pytest.approx(pulled(whole, *share), abs=1)
    assert (one, other) != (ONE, OTHER)
    hands.press("Ctrl+Z")
    assert [session.layout.box(box_id).rect for box_id in "12"] == [ONE, OTHER]


def test_the_line_between_two_pictures_is_pulled_along(hands: Hands) -> None:
    show(hands)
    session, canvas = hands.window.workspace.session, hands.window.canvas
    session.set_render_settings(type(session.render_settings)(num_inference_steps=1))
    for count in (1, 2):
        hands.press("Ctrl+Return")
        hands.wait(lambda count=count: len(session.renders) == count)
        hands.wait(lambda: not hands.window.workspace.jobs.active())
    bar = hands.window.desk.overlay_bar
    button = next(each for each in bar.findChildren(QToolButton) if each.defaultAction() is bar.compare)
    hands.click(button)
    assert bar.split.value() == 50
    x, bottom = canvas.transform.to_view((256, 512))
    knob = canvas.transform.to_scene(
        (x, min(bottom + KNOB_SIDE / 2 + 2, canvas.viewport().height() - KNOB_SIDE / 2 - 1))
    )
    hands.drag(knob, (knob[0] - 102, knob[1]))
    assert bar.split.value() == pytest.approx(30, abs=1)
    assert session.layout.box("1").rect == ONE
    hands.click(button)
