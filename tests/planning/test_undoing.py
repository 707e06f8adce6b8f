"""What a request asks back is known exactly: the canvas before the last request, or one thing as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmd_desktop.domain.edits import lock_boxes
from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for
from lmd_desktop.domain.requests import PlanRequest
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout
from lmd_desktop.planning.review import review


def box(box_id: str, phrase: str, x: int, y: int, width: int = 96, height: int = 96) -> Box:
    return Box(box_id, phrase, Rect(x, y, width, height), colour_for(box_id))


def layout_of(*boxes: Box) -> Layout:
    return Layout(boxes=boxes, background_prompt="a field")


START = layout_of(box("1", "a red cup", 40, 300), box("2", "a dog", 280, 280))
UNDOINGS = (
    "undo", "Undo that.", "undo it please", "no, undo that!", "undo the last change", "put it back",
    "Put that back!", "please put it back", "put them back", "put everything back", "put it back where it was",
    "put it back the way it was", "change it back", "turn it back", "bring it back", "move it back",
    "take that back", "take it back", "revert", "revert that", "revert the last change", "cancel that", "go back",
    "go back one step", "one step back", "as before", "like before", "make it as before",
    "make it like it was before", "the way it was before", "as it was before", "make it how it was",
    "leave it as it was before", "I liked it better before", "it was better before", "Oh no, put it back please",
    "could you undo that?", "undo the last request",
)  # fmt: skip


def led(*steps: tuple[str, Layout], start: Layout = START) -> Scene:
    """A dialog in which each request was answered with a layout."""
    scene = Scene(start=start)
    for text, layout in steps:
        scene = add_plan(add_request(scene, text), layout, raw="", model="m", model_sha256="0", seed=1)
    return scene


def reviewed(scene: Scene, text: str) -> Layout:
    """What becomes of an answer that does nothing."""
    asked = add_request(scene, text)
    return review(PlanRequest(asked.dialog.path(), asked.layout, text, 1), asked.layout).layout


def without(layout: Layout, box_id: str) -> Layout:
    return replace(layout, boxes=tuple(box for box in layout.boxes if box.id != box_id))


@pytest.mark.parametrize("words", UNDOINGS)
def test_an_undo_is_understood_in_many_words(words: str) -> None:
    assert reviewed(led(("remove the cup", without(START, "1"))), words) == START


@pytest.mark.parametrize(
    "words",
    ["put the cup back", "bring the cup back", "bring back the red cup", "restore the cup", "I want the cup back",
     "please put the red cup back again", "put the cup back where it was"],
)  # fmt: skip
def test_one_thing_comes_back_as_it_was_and_later_changes_stay(words: str) -> None:
    removed = without(START, "1")
    moved = layout_of(box("2", "a dog", 8, 8))
    scene = led(("remove the cup", removed), ("move the dog up", moved))
    assert reviewed(scene, words) == layout_of(box("1", "a red cup", 40, 300), box("2", "a dog", 8, 8))


def test_a_thing_that_was_moved_by_hand_goes_back_to_its_place() -> None:
    moved = layout_of(box("1", "a red cup", 300, 8), START.box("2"))
    scene = edit_layout(led(("no trees", START)), moved)
    assert reviewed(scene, "put the cup back") == START


def test_a_thing_that_was_repainted_gets_its_look_back() -> None:
    blue = layout_of(box("1", "a blue cup", 40, 300), START.box("2"))
    assert reviewed(led(("make the cup blue", blue)), "bring the red cup back") == START


def test_a_locked_thing_stays_and_what_is_not_sure_is_left_to_the_planner() -> None:
    moved = lock_boxes(layout_of(box("1", "a red cup", 300, 8), START.box("2")), ["1"])
    scene = edit_layout(led(("no trees", START)), moved)
    assert reviewed(scene, "put the cup back") == moved
    assert reviewed(led(), "undo that") == START
    assert reviewed(led(("remove the cup", without(START, "1"))), "put the cat back") == without(START, "1")


def test_an_undo_keeps_what_was_locked_since() -> None:
    grown = lock_boxes(layout_of(box("1", "a red cup", 0, 280, 160, 160), START.box("2")), ["1"])
    scene = edit_layout(led(("make the cup bigger", grown)), grown)
    assert reviewed(scene, "undo that").box("1") == grown.box("1")
