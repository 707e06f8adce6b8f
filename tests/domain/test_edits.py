"""Everything a hand can do to a layout, and what it may not do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lmd_desktop.domain import edits
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for


@pytest.fixture
def layout() -> Layout:
    rects = [Rect(0, 0, 100, 100), Rect(400, 300, 100, 100), Rect(200, 200, 50, 50)]
    boxes = tuple(Box(str(n), f"thing {n}", rect, colour_for(str(n))) for n, rect in enumerate(rects, start=1))
    return Layout(Size(512, 512), boxes, "a table", "cats")


def rect_of(layout: Layout, box_id: str) -> Rect:
    return layout.box(box_id).rect


def test_moving_and_resizing_keep_the_rest(layout: Layout) -> None:
    moved = edits.move_box(layout, "1", 30, 40)
    assert rect_of(moved, "1") == Rect(30, 40, 100, 100)
    resized = edits.resize_box(layout, "1", 60, 70)
    assert rect_of(resized, "1") == Rect(0, 0, 60, 70)
    assert moved.boxes[1:] == resized.boxes[1:] == layout.boxes[1:]


def test_a_selection_moves_together_and_stops_at_the_edge(layout: Layout) -> None:
    nudged = edits.nudge_boxes(layout, ["2", "3"], 50, -250)
    assert (rect_of(nudged, "2"), rect_of(nudged, "3")) == (Rect(412, 100, 100, 100), Rect(212, 0, 50, 50))
    assert edits.nudge_boxes(layout, [], 5, 5) == layout


def test_several_boxes_change_in_one_edit(layout: Layout) -> None:
    changed = edits.set_rects(layout, {"1": Rect(5, 5, 10, 10), "3": Rect(0, 0, 512, 512)})
    assert [rect_of(changed, box_id).width for box_id in "123"] == [10, 100, 512]


def test_a_new_box_lies_on_top_with_a_new_id(layout: Layout) -> None:
    added = edits.add_box(layout, " a | cup ", Rect(0, 0, 8, 8)).boxes[-1]
    assert (added.id, added.phrase, added.colour) == ("4", "a cup", colour_for("4"))


def test_copies_are_shifted_unlocked_and_stay_inside(layout: Layout) -> None:
    copied = edits.duplicate_boxes(edits.lock_boxes(layout, ["1", "2"]), ["1", "2"])
    first, second = copied.boxes[3:]
    assert (first.id, first.rect, first.is_locked) == ("4", Rect(16, 16, 100, 100), False)
    assert (second.id, second.rect) == ("5", Rect(412, 316, 100, 100))


def test_boxes_of_a_larger_canvas_are_pasted_inside() -> None:
    pasted = edits.paste_boxes(Layout(Size(100, 100)), [Box("9", "x", Rect(900, 900, 300, 300), "#000000")])
    assert pasted.boxes[0].rect == Rect(0, 0, 100, 100)
    assert pasted.boxes[0].id == "1"


def test_deleting_takes_only_what_was_named(layout: Layout) -> None:
    assert [box.id for box in edits.delete_boxes(layout, ["2"]).boxes] == ["1", "3"]


def test_the_stacking_order_changes_within_its_bounds(layout: Layout) -> None:
    assert [box.id for box in edits.reorder_box(layout, "1", 99).boxes] == ["2", "3", "1"]
    assert [box.id for box in edits.reorder_box(layout, "3", -4).boxes] == ["3", "1", "2"]


def test_every_property_of_a_box_can_be_set(layout: Layout) -> None:
    changed = edits.lock_boxes(layout, ["1"])
    changed = edits.hide_boxes(changed, ["1"], is_hidden=True)
    changed = edits.enable_boxes(changed, ["1"], is_enabled=False)
    changed = edits.set_box_negative(changed, "1", "a\nwheel")
    changed = edits.set_box_strength(edits.set_box_seed(changed, "1", 5), "1", 1.5)
    changed = edits.rename_box(changed, "1", "a blue car")
    expected = Box("1", "a blue car", Rect(0, 0, 100, 100), colour_for("1"), True, True, False, "a wheel", 1.5, 5)
    assert changed.box("1") == expected
    assert not edits.unlock_boxes(changed, ["1"]).box("1").is_locked


def test_prompts_are_kept_on_one_line(layout: Layout) -> None:
    changed = edits.set_negative(edits.set_background(layout, "a\nroom"), " dogs\t")
    assert (changed.background_prompt, changed.negative_prompt) == ("a room", "dogs")


def test_another_canvas_carries_the_boxes_along(layout: Layout) -> None:
    changed = edits.set_canvas(layout, Size(256, 1024))
    assert rect_of(changed, "2") == Rect(200, 600, 50, 200)


@pytest.mark.parametrize(
    "edit",
    [
        lambda layout: edits.move_box(layout, "1", 500, 0),
        lambda layout: edits.resize_box(layout, "1", 5, 50),
        lambda layout: edits.rename_box(layout, "1", " | "),
        lambda layout: edits.add_box(layout, "", Rect(0, 0, 9, 9)),
        lambda layout: edits.add_box(layout, "x", Rect(0, 0, 0, 0)),
        lambda layout: edits.delete_boxes(layout, ["1", "9"]),
        lambda layout: edits.lock_boxes(layout, ["9"]),
        lambda layout: edits.set_rects(layout, {"1": Rect(0, 0, 9, 900)}),
        lambda layout: edits.set_box_strength(layout, "1", 2.5),
        lambda layout: edits.set_canvas(layout, Size(10, 10)),
    ],
)
def test_what_cannot_be_is_refused_with_the_next_step(layout: Layout, edit: Callable[[Layout], Layout]) -> None:
    with pytest.raises(UserError) as caught:
        edit(layout)
    assert caught.value.cause
    assert caught.value.next_step
