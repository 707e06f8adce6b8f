"""Layouts: what a box may be, and how a wrong one is repaired."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import (
    BOX_COLOURS,
    Box,
    Layout,
    Rect,
    Size,
    check_canvas,
    check_rect,
    clamp_rect,
    clean_line,
    clean_phrase,
    colour_for,
    next_box_id,
    repair_layout,
    scale_layout,
)

CANVAS = Size(512, 512)


def box(box_id: str, rect: Rect, phrase: str = "a red car") -> Box:
    return Box(box_id, phrase, rect, colour_for(box_id))


def test_a_phrase_is_one_line_without_bars_and_control_characters() -> None:
    assert clean_phrase("  a\tred\n| car\x00\x1b ") == "a red car"
    assert len(clean_phrase("x" * 500)) == 200
    assert clean_line("蓝色 杯子 🍵") == "蓝色 杯子 🍵"


def test_ids_are_above_every_id_in_use() -> None:
    layout = Layout(boxes=(box("7", Rect(0, 0, 8, 8)), box("x", Rect(0, 0, 8, 8)), box("2", Rect(0, 0, 8, 8))))
    assert next_box_id(layout) == "8"
    assert next_box_id(Layout()) == "1"


def test_a_colour_depends_on_the_id_alone() -> None:
    assert colour_for("1") == colour_for(str(1 + len(BOX_COLOURS)))
    assert colour_for("one") in BOX_COLOURS


@pytest.mark.parametrize(
    ("rect", "expected"),
    [
        (Rect(10, 10, 20, 20), Rect(10, 10, 20, 20)),
        (Rect(-5, 600, 20, 20), Rect(0, 492, 20, 20)),
        (Rect(500, 0, 2, 900), Rect(500, 0, 8, 512)),
    ],
)
def test_a_rectangle_is_moved_inside_and_keeps_its_size_where_it_fits(rect: Rect, expected: Rect) -> None:
    assert clamp_rect(rect, CANVAS) == expected


@pytest.mark.parametrize("rect", [Rect(0, 0, 7, 20), Rect(0, 0, 20, 0), Rect(-1, 0, 20, 20), Rect(500, 0, 20, 20)])
def test_a_rectangle_too_small_or_outside_is_refused_with_the_rule(rect: Rect) -> None:
    with pytest.raises(UserError) as caught:
        check_rect(rect, CANVAS)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.next_step


@pytest.mark.parametrize("canvas", [Size(63, 512), Size(512, 4097), Size(0, 0)])
def test_an_impossible_canvas_is_refused(canvas: Size) -> None:
    with pytest.raises(UserError, match="from 64 to 4096"):
        check_canvas(canvas)


def test_repair_tells_every_change_and_leaves_a_good_layout_alone() -> None:
    good = Layout(CANVAS, (box("1", Rect(0, 0, 100, 100)),), "a table", "cats")
    assert repair_layout(good) == (good, ())
    bad = Layout(
        CANVAS,
        (
            box("1", Rect(500, 0, 100, 100)),
            box("1", Rect(0, 0, 100, 100), "a | cup\n"),
            box("2", Rect(0, 0, 0, 5)),
            box("3", Rect(0, 0, 50, 50), "  "),
        ),
        "a\ntable",
    )
    repaired, notes = repair_layout(bad)
    assert [(b.id, b.phrase, b.rect.x) for b in repaired.boxes] == [("1", "a red car", 412), ("4", "a cup", 0)]
    assert repaired.background_prompt == "a table"
    assert len(notes) == 4


def test_boxes_that_touch_still_touch_after_scaling() -> None:
    layout = Layout(CANVAS, (box("1", Rect(0, 0, 171, 100)), box("2", Rect(171, 0, 341, 100))))
    scaled = scale_layout(layout, Size(300, 256))
    left, right = scaled.boxes
    assert left.rect.right == right.rect.x
    assert right.rect.right == 300


def test_asking_for_a_box_that_is_not_there_names_those_that_are() -> None:
    layout = Layout(boxes=(box("1", Rect(0, 0, 8, 8)), box("4", Rect(0, 0, 8, 8))))
    with pytest.raises(UserError, match=r"no box “9”.*1, 4"):
        layout.box("9")
    assert layout.has_box("4")


def test_only_enabled_boxes_are_painted() -> None:
    on, off = box("1", Rect(0, 0, 8, 8)), Box("2", "x", Rect(0, 0, 8, 8), "#000000", is_enabled=False)
    assert Layout(boxes=(on, off)).enabled_boxes == (on,)
    assert Layout().is_empty
