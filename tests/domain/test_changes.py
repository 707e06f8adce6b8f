"""A change is told so that a person recognises it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmd_desktop.domain import edits
from lmd_desktop.domain.changes import compare_layouts, describe_changes
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for


@pytest.fixture
def layout() -> Layout:
    car = Box("1", "a red car", Rect(100, 100, 100, 100), colour_for("1"))
    cup = Box("2", "a cup", Rect(300, 300, 100, 100), colour_for("2"))
    return Layout(Size(500, 500), (car, cup), "a table")


def test_nothing_changed_says_nothing(layout: Layout) -> None:
    assert describe_changes(layout, layout) == ""
    assert compare_layouts(layout, layout).is_empty


def test_a_move_is_told_in_shares_of_the_canvas(layout: Layout) -> None:
    assert describe_changes(layout, edits.move_box(layout, "1", 40, 100)) == "moved “a red car” left 12 %"
    assert (
        describe_changes(layout, edits.move_box(layout, "1", 101, 150)) == "moved “a red car” right 1 % and down 10 %"
    )


def test_every_kind_of_change_has_its_words(layout: Layout) -> None:
    after = edits.rename_box(layout, "2", "a blue cup")
    after = edits.resize_box(after, "1", 50, 60)
    after = edits.lock_boxes(after, ["1"])
    after = edits.add_box(after, "a lamp", Rect(0, 0, 20, 20))
    after = edits.set_background(edits.set_negative(after, "cats"), "a shelf")
    assert describe_changes(layout, after) == (
        "added “a lamp”; resized “a red car” to 50×60; locked “a red car”; renamed “a cup” to “a blue cup”; "
        "background is now “a shelf”; negative prompt is now “cats”"
    )


def test_boxes_are_matched_by_id(layout: Layout) -> None:
    after = edits.add_box(edits.delete_boxes(layout, ["1"]), "a red car", Rect(0, 0, 20, 20))
    changes = compare_layouts(layout, after)
    assert (changes.added, changes.removed, changes.moved) == (("3",), ("1",), ())


def test_flags_order_and_settings_are_told(layout: Layout) -> None:
    after = edits.hide_boxes(edits.enable_boxes(layout, ["1"], is_enabled=False), ["2"], is_hidden=True)
    after = edits.reorder_box(edits.set_box_seed(after, "2", 9), "1", 1)
    assert describe_changes(layout, after) == (
        "hid “a cup”; changed the settings of “a cup”; disabled “a red car”; changed the stacking order"
    )


def test_another_canvas_is_one_change_and_not_one_per_box(layout: Layout) -> None:
    assert describe_changes(layout, edits.set_canvas(layout, Size(250, 500))) == "canvas 250×500"


def test_a_moved_and_a_resized_box_are_told_apart(layout: Layout) -> None:
    boxes = (replace(layout.boxes[0], rect=Rect(0, 0, 100, 100)), replace(layout.boxes[1], rect=Rect(0, 0, 10, 10)))
    changes = compare_layouts(layout, replace(layout, boxes=boxes))
    assert (changes.moved, changes.resized) == (("1",), ("2",))
