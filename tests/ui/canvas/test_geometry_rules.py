"""The rules of dragging as numbers: handles, ratio, hit tests, snapping, zoom, labels, clipboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.ui.canvas.clipboard import layout_from_text, layout_to_text
from lmd_desktop.ui.canvas.geometry import (
    Handle,
    boxes_at,
    boxes_touching,
    handle_at,
    handle_points,
    moved_rects,
    next_box_below,
    rect_between,
    resized_rect,
)
from lmd_desktop.ui.canvas.labels import place_label
from lmd_desktop.ui.canvas.snapping import NO_SNAPPING, Snapping, gather_lines, snap_move, snap_resize
from lmd_desktop.ui.canvas.view_transform import MAX_ZOOM, ViewTransform, fitted, panned, zoomed

CANVAS = Size(512, 512)


def box(box_id: str, rect: Rect, *, is_hidden: bool = False) -> Box:
    return Box(box_id, f"thing {box_id}", rect, "#0072B2", is_hidden=is_hidden)


def test_a_drawn_rectangle_does_not_depend_on_the_direction_of_the_drag() -> None:
    assert rect_between((100, 90), (40, 30), CANVAS) == rect_between((40, 30), (100, 90), CANVAS)
    assert rect_between((40, 30), (100, 90), CANVAS) == Rect(40, 30, 60, 60)


def test_a_drawn_rectangle_is_cut_off_at_the_canvas() -> None:
    assert rect_between((-50, 500), (20, 900), CANVAS) == Rect(0, 500, 20, 12)


def test_a_rectangle_smaller_than_a_box_may_be_is_none() -> None:
    assert rect_between((10, 10), (17, 100), CANVAS) is None


@pytest.mark.parametrize("handle", list(Handle))
@pytest.mark.parametrize("keeps_ratio", [False, True])
@pytest.mark.parametrize("delta", [(-900.0, -900.0), (900.0, 900.0), (900.0, -900.0), (37.4, -11.8), (0.0, 0.0)])
def test_a_resized_box_is_inside_the_canvas_and_not_too_small(
    handle: Handle, keeps_ratio: bool, delta: tuple[float, float]
) -> None:
    rect = resized_rect(Rect(100, 200, 80, 40), handle, delta, canvas=CANVAS, keeps_ratio=keeps_ratio)
    assert rect.x >= 0
    assert rect.y >= 0
    assert rect.right <= 512
    assert rect.bottom <= 512
    assert min(rect.width, rect.height) >= 8
    if keeps_ratio:
        assert abs(rect.width / rect.height - 2) < 0.1
    if delta == (0.0, 0.0):
        assert rect == Rect(100, 200, 80, 40)


def test_the_opposite_corner_stays_when_a_corner_is_dragged_in_ratio() -> None:
    rect = resized_rect(Rect(100, 200, 80, 40), Handle.TOP_LEFT, (-20, 0), canvas=CANVAS, keeps_ratio=True)
    assert (rect.right, rect.bottom) == (180, 240)
    assert (rect.width, rect.height) == (100, 50)


def test_moved_boxes_stop_together_at_the_edge() -> None:
    moved = moved_rects({"1": Rect(0, 0, 10, 10), "2": Rect(50, 50, 10, 10)}, (-30, 20), CANVAS)
    assert moved == {"1": Rect(0, 20, 10, 10), "2": Rect(50, 70, 10, 10)}


def test_small_boxes_have_corner_handles_only_and_they_stand_outside() -> None:
    points = handle_points(100, 100, 116, 116)
    assert set(points) == {handle for handle in Handle if handle.is_corner}
    assert points[Handle.TOP_LEFT] == (95, 95)
    assert handle_at(points, (108, 108)) is None


def test_a_handle_is_hit_within_twelve_pixels() -> None:
    points = handle_points(100, 100, 300, 300)
    assert handle_at(points, (106, 94)) is Handle.TOP_LEFT
    assert handle_at(points, (107, 100)) is None


def test_the_smallest_box_is_hit_first_and_hidden_ones_never() -> None:
    boxes = (
        box("1", Rect(40, 40, 20, 20)),
        box("2", Rect(0, 0, 100, 100)),
        box("3", Rect(45, 45, 9, 9), is_hidden=True),
    )
    assert [b.id for b in boxes_at(boxes, (50, 50))] == ["1", "2"]


def test_of_equal_boxes_the_topmost_is_hit() -> None:
    boxes = (box("1", Rect(0, 0, 50, 50)), box("2", Rect(10, 10, 50, 50)))
    assert [b.id for b in boxes_at(boxes, (20, 20))] == ["2", "1"]


def test_cycling_starts_again_after_the_last_box() -> None:
    boxes = (box("1", Rect(0, 0, 100, 100)), box("2", Rect(0, 0, 50, 50)))
    below = next_box_below(boxes, (20, 20), ("2",))
    again = next_box_below(boxes, (20, 20), ("1",))
    assert below is not None
    assert again is not None
    assert (below.id, again.id) == ("1", "2")


def test_a_marquee_touches_without_enclosing() -> None:
    boxes = (box("1", Rect(0, 0, 100, 100)), box("2", Rect(200, 200, 50, 50)))
    assert boxes_touching(boxes, (150, 150), (90, 90)) == ("1",)


def test_a_move_snaps_to_the_nearest_line_and_shows_it() -> None:
    lines = gather_lines([Rect(100, 100, 50, 50)], CANVAS, Snapping())
    snapped = snap_move(Rect(300, 300, 40, 40), (-186.0, 0.0), lines, scale=1.0)
    assert snapped.delta == (-190.0, 0.0)
    assert len(snapped.guides) == 1
    assert snapped.guides[0].start[0] == 150


def test_snapping_reaches_less_far_when_zoomed_in() -> None:
    lines = gather_lines([Rect(100, 100, 50, 50)], CANVAS, Snapping())
    assert snap_move(Rect(300, 300, 40, 40), (-186.0, 0.0), lines, scale=4.0).delta == (-186.0, 0.0)


def test_boxes_snap_to_the_centre_of_the_canvas() -> None:
    lines = gather_lines([], CANVAS, Snapping())
    assert snap_move(Rect(0, 0, 100, 60), (203.0, 30.0), lines, scale=1.0).delta == (206.0, 30.0)


def test_only_the_dragged_edge_snaps_in_a_resize() -> None:
    lines = gather_lines([], CANVAS, replace(NO_SNAPPING, grid=True))
    snapped = snap_resize(Rect(3, 5, 50, 50), Handle.RIGHT, (10.0, 4.0), lines=lines, scale=1.0)
    assert snapped.delta == (11.0, 4.0)


def test_a_zoom_keeps_the_point_under_the_mouse_and_has_limits() -> None:
    view = zoomed(ViewTransform(1.0, 30.0, 40.0), 1000.0, (200.0, 100.0))
    assert view.scale == MAX_ZOOM
    assert view.to_view((170.0, 60.0)) == (200.0, 100.0)


def test_the_canvas_cannot_be_pushed_out_of_sight() -> None:
    view = panned(ViewTransform(), (-9000.0, 9000.0), CANVAS, viewport=Size(800, 600))
    assert view.x + 512 > 0
    assert view.y < 600


def test_fit_centres_the_canvas() -> None:
    view = fitted(Rect(0, 0, 512, 512), Size(800, 592))
    assert (view.scale, view.x, view.y) == (1.0, 144, 40)


def test_labels_give_way_to_each_other() -> None:
    bounds = (0.0, 0.0, 800.0, 600.0)
    first = place_label((100, 100, 400, 300), 80, 20, bounds=bounds, taken=())
    second = place_label((100, 100, 400, 300), 80, 20, bounds=bounds, taken=(first,))
    assert first[:2] == (104, 104)
    assert second != first


def test_a_label_of_a_box_at_the_edge_stays_in_sight() -> None:
    edges = place_label((-30, -30, 60, 20), 80, 20, bounds=(0.0, 0.0, 800.0, 600.0), taken=())
    assert edges[0] >= 0
    assert edges[1] >= 0


def test_boxes_survive_the_clipboard() -> None:
    original = Box("3", "a 红 cup", Rect(1, 2, 30, 40), "#000000", negative="a lid", strength=1.5, seed=7)
    pasted = layout_from_text(layout_to_text(Layout(CANVAS, (original,), "a table", "cats")), CANVAS)
    assert pasted is not None
    assert (pasted.background_prompt, pasted.negative_prompt) == ("a table", "cats")
    (read,) = pasted.boxes
    assert (read.phrase, read.rect, read.negative, read.strength, read.seed) == (
        "a 红 cup", Rect(1, 2, 30, 40), "a lid", 1.5, 7,
    )  # fmt: skip


def test_boxes_of_another_canvas_are_carried_along() -> None:
    text = layout_to_text(Layout(Size(1024, 256), (box("1", Rect(512, 64, 256, 128)),)))
    pasted = layout_from_text(text, CANVAS)
    assert pasted is not None
    assert pasted.boxes[0].rect == Rect(256, 128, 128, 256)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", '{"objects": 3}', "[" * 5000 + '"objects"', '{"objects": [], "canvas": {"width": 9}}',
        '{"canvas": {"width": 512, "height": 512}, "objects": [1, null, {}]}',
        '{"canvas": {"width": 512, "height": 512}, "objects": [{"phrase": "", "x": 0, "y": 0, "width": 9, '
        '"height": 9}]}',
        '{"canvas": {"width": 512, "height": 512}, "objects": [{"phrase": "cup", "x": 1e99, "y": 0, "width": 9, '
        '"height": 9}]}',
    ],
)  # fmt: skip
def test_text_that_holds_no_boxes_gives_none(text: str) -> None:
    assert layout_from_text(text, CANVAS) is None


def test_each_kind_of_line_is_snapped_to_by_itself() -> None:
    thirds = gather_lines([Rect(0, 0, 101, 101)], Size(600, 600), replace(NO_SNAPPING, thirds=True))
    assert snap_move(Rect(0, 300, 20, 21), (196.0, 0.0), thirds, scale=1.0).delta == (200.0, 0.0)
    assert snap_move(Rect(0, 300, 20, 21), (104.0, 0.0), thirds, scale=1.0).delta == (104.0, 0.0)
    boxes = gather_lines([Rect(0, 0, 101, 101)], Size(600, 600), replace(NO_SNAPPING, boxes=True))
    assert snap_move(Rect(0, 300, 20, 21), (104.0, 0.0), boxes, scale=1.0).delta == (101.0, 0.0)
    assert snap_move(Rect(0, 300, 20, 21), (287.0, 0.0), boxes, scale=1.0).delta == (287.0, 0.0)
    centres = gather_lines([], Size(600, 600), replace(NO_SNAPPING, centres=True))
    assert snap_move(Rect(0, 300, 20, 21), (287.0, 0.0), centres, scale=1.0).delta[0] == 290.0
