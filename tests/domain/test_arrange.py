"""Aligning, distributing, equal sizes, and a frame around several boxes that is resized."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.arrange import (
    Edge,
    align_boxes,
    bounding_rect,
    canvas_of_ratio,
    distribute_boxes,
    equalise_boxes,
    scaled_rects,
    smallest_frame,
)
from lmd_desktop.domain.edits import lock_boxes
from lmd_desktop.domain.layout import MIN_BOX, Box, Layout, Rect, Size

CANVAS = Size(512, 512)


def layout_of(*rects: Rect) -> Layout:
    return Layout(CANVAS, tuple(Box(str(n), f"thing {n}", rect, "#000000") for n, rect in enumerate(rects, start=1)))


def rects(layout: Layout) -> list[Rect]:
    return [box.rect for box in layout.boxes]


@pytest.mark.parametrize(
    ("edge", "first", "second"),
    [
        ("left", (10, 20), (10, 200)),
        ("centre", (80, 20), (55, 200)),
        ("right", (150, 20), (100, 200)),
        ("top", (10, 20), (100, 20)),
        ("middle", (10, 95), (100, 110)),
        ("bottom", (10, 170), (100, 200)),
    ],
)
def test_boxes_align_to_the_frame_around_them(edge: Edge, first: tuple[int, int], second: tuple[int, int]) -> None:
    layout = layout_of(Rect(10, 20, 50, 70), Rect(100, 200, 100, 40))
    assert [(r.x, r.y) for r in rects(align_boxes(layout, ["1", "2"], edge))] == [first, second]


def test_one_box_aligns_to_the_canvas() -> None:
    layout = layout_of(Rect(10, 20, 50, 70))
    assert rects(align_boxes(layout, ["1"], "right")) == [Rect(462, 20, 50, 70)]


def test_the_others_align_to_a_locked_box_which_stays() -> None:
    layout = lock_boxes(layout_of(Rect(10, 20, 50, 70), Rect(100, 200, 100, 40)), ["2"])
    assert rects(align_boxes(layout, ["1", "2"], "left")) == [Rect(100, 20, 50, 70), Rect(100, 200, 100, 40)]


def test_distributing_makes_equal_gaps_and_keeps_the_outermost() -> None:
    layout = layout_of(Rect(0, 0, 50, 50), Rect(300, 0, 50, 50), Rect(60, 0, 100, 50))
    assert [r.x for r in rects(distribute_boxes(layout, ["1", "2", "3"], "across"))] == [0, 300, 125]
    assert distribute_boxes(layout, ["1", "2"], "across") == layout


def test_boxes_take_the_size_of_the_one_selected_first_about_their_centres() -> None:
    layout = layout_of(Rect(100, 100, 50, 70), Rect(200, 200, 100, 40))
    after = equalise_boxes(layout, ["2", "1"], width=True, height=False)
    assert rects(after) == [Rect(75, 100, 100, 70), Rect(200, 200, 100, 40)]
    assert rects(equalise_boxes(layout, ["1", "2"], width=True, height=True))[1] == Rect(225, 185, 50, 70)


def test_touching_boxes_still_touch_after_their_frame_is_resized() -> None:
    before = {"1": Rect(10, 10, 33, 50), "2": Rect(43, 10, 57, 50)}
    after = scaled_rects(before, Rect(10, 10, 127, 31), CANVAS)
    assert after["1"].right == after["2"].x
    assert bounding_rect(list(after.values())) == Rect(10, 10, 127, 31)


def test_a_frame_cannot_make_a_box_too_small() -> None:
    before = {"1": Rect(0, 0, 16, 100), "2": Rect(16, 0, 184, 100)}
    width, height = smallest_frame(list(before.values()))
    after = scaled_rects(before, Rect(0, 0, width, height), CANVAS)
    assert (width, height) == (100, 8)
    assert min(min(r.width, r.height) for r in after.values()) == MIN_BOX


@pytest.mark.parametrize(("ratio", "size"), [((1, 1), (512, 512)), ((3, 2), (624, 416)), ((9, 16), (384, 680))])
def test_another_ratio_keeps_the_area_in_whole_latent_cells(ratio: tuple[int, int], size: tuple[int, int]) -> None:
    assert canvas_of_ratio(CANVAS, *ratio) == Size(*size)
