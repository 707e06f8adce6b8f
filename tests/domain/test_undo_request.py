"""“Undo that” is answered without a planner, exactly, and as turns of the dialog."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.edits import add_box, delete_boxes, lock_boxes, move_box
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.scene import Plan, Request, Scene, edit_layout
from lmd_desktop.domain.undo_request import answer_undo, is_undo


@pytest.fixture
def scene() -> Scene:
    """A cat; then it was moved; then a dog came."""
    start = add_box(Layout(), "a cat", Rect(0, 0, 64, 64))
    moved = edit_layout(Scene(start=start), move_box(start, "1", 100, 100))
    return edit_layout(moved, add_box(moved.layout, "a dog", Rect(200, 200, 64, 64)), coalesce=False)


def undone(scene: Scene, text: str = "undo that") -> Scene:
    after = answer_undo(scene, text)
    assert after is not None
    return after


@pytest.mark.parametrize("text", ["undo that", "Put it back!", "  please undo ", "改回去。", "No, take that back."])
def test_sentences_that_ask_for_nothing_else_are_known(text: str) -> None:
    assert is_undo(text)


@pytest.mark.parametrize("text", ["put the cat back on the left", "a dog, undo", "go back to the red one", "", "back"])
def test_sentences_that_say_more_are_the_planners(text: str) -> None:
    assert not is_undo(text)


def test_it_is_a_request_and_a_plan_with_the_layout_before(scene: Scene) -> None:
    after = undone(scene)
    assert [type(turn) for turn in after.dialog.path()[-2:]] == [Request, Plan]
    assert [box.phrase for box in after.layout.boxes] == ["a cat"]


def test_asked_again_it_goes_one_change_further_back_and_then_has_nothing_left(scene: Scene) -> None:
    twice = undone(undone(scene))
    assert twice.layout == scene.start
    assert answer_undo(twice, "undo that") is None


def test_what_was_made_after_an_undo_is_taken_back_first(scene: Scene) -> None:
    after = undone(scene)
    changed = edit_layout(after, delete_boxes(after.layout, ["1"]))
    assert undone(changed).layout == after.layout


def test_locked_boxes_stay_as_they_are(scene: Scene) -> None:
    locked = edit_layout(scene, lock_boxes(scene.layout, ["1", "2"]), coalesce=False)
    moved = edit_layout(locked, add_box(locked.layout, "a cup", Rect(0, 0, 9, 9)), coalesce=False)
    after = undone(undone(undone(moved)))
    assert [(box.id, box.rect, box.is_locked) for box in after.layout.boxes] == [
        (box.id, box.rect, True) for box in locked.layout.boxes
    ]
