"""Groups: who belongs together, what copies make of it, and that arranging takes a group for one thing."""

from __future__ import annotations

from lmd_desktop.domain.arrange import align_boxes, distribute_boxes
from lmd_desktop.domain.changes import describe_changes
from lmd_desktop.domain.edits import add_box, delete_boxes, duplicate_boxes, lock_boxes
from lmd_desktop.domain.groups import group_boxes, is_grouped, ungroup_boxes, with_groups
from lmd_desktop.domain.layout import Layout, Rect


def four() -> Layout:
    """Boxes 1 to 4 from the left to the right, 40 pixels wide."""
    layout = Layout()
    for number, x in enumerate((20, 100, 200, 400), start=1):
        layout = add_box(layout, f"thing {number}", Rect(x, 20 * number, 40, 40))
    return layout


def groups(layout: Layout) -> list[str]:
    return [box.group for box in layout.boxes]


def xs(layout: Layout) -> list[int]:
    return [box.rect.x for box in layout.boxes]


def test_a_box_brings_its_whole_group_and_ungrouping_one_frees_all() -> None:
    layout = group_boxes(group_boxes(four(), ("1", "3")), ("2", "4"))
    assert groups(layout) == ["1", "2", "1", "2"]
    assert with_groups(layout, ("3", "4")) == ("3", "1", "4", "2")
    assert groups(ungroup_boxes(layout, ("3",))) == ["", "2", "", "2"]


def test_boxes_of_two_groups_become_one_and_a_single_box_none() -> None:
    layout = group_boxes(group_boxes(four(), ("1", "2")), ("3", "4"))
    joined = group_boxes(layout, ("1", "2", "3", "4"))
    assert len(set(groups(joined))) == 1
    assert group_boxes(four(), ("1",)) == four()


def test_what_is_left_of_a_group_is_none() -> None:
    layout = group_boxes(four(), ("1", "2"))
    assert is_grouped(layout, ("1",))
    assert not is_grouped(delete_boxes(layout, ("2",)), ("1",))


def test_copies_are_a_group_of_their_own_and_a_single_copy_is_in_none() -> None:
    layout = group_boxes(four(), ("1", "2"))
    assert groups(duplicate_boxes(layout, ("1", "2"))) == ["1", "1", "", "", "2", "2"]
    assert groups(duplicate_boxes(layout, ("1",))) == ["1", "1", "", "", ""]


def test_a_group_is_aligned_and_distributed_as_one_thing() -> None:
    layout = group_boxes(four(), ("1", "2"))
    assert xs(align_boxes(layout, ("1", "2", "3"), "right")) == [120, 200, 200, 400]
    assert xs(align_boxes(layout, ("1", "2"), "left")) == [0, 80, 200, 400]
    # From 20 to 140 the group, from 400 the last: 260 pixels between them, 40 of them the third's.
    assert xs(distribute_boxes(layout, ("1", "2", "3", "4"), "across")) == [20, 100, 250, 400]


def test_a_group_with_a_locked_box_stays_and_the_others_go_by_it() -> None:
    layout = lock_boxes(group_boxes(four(), ("1", "2")), ("2",))
    assert xs(align_boxes(layout, ("1", "2", "3"), "left")) == [20, 100, 20, 400]


def test_the_dialog_says_what_was_grouped() -> None:
    layout = group_boxes(four(), ("1", "2"))
    assert describe_changes(four(), layout) == "grouped “thing 1”; grouped “thing 2”"
    assert describe_changes(layout, ungroup_boxes(layout, ("1",))) == "ungrouped “thing 1”; ungrouped “thing 2”"
