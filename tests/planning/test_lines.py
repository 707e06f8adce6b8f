"""The line format: what the planner is sent, and how its lines are read."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.planning.lines import (
    BoxLine,
    TextLine,
    parse_line,
    planner_canvas,
    to_planner,
    to_scene_rect,
    write_answer,
    write_user_turn,
)


def box(box_id: str, phrase: str, rect: Rect, *, is_locked: bool = False) -> Box:
    return Box(id=box_id, phrase=phrase, rect=rect, colour="#000000", is_locked=is_locked)


@pytest.fixture
def layout() -> Layout:
    boxes = (
        box("1", "a red car", Rect(50, 300, 170, 121), is_locked=True),
        box("2", "a blue cup", Rect(312, 296, 96, 104)),
    )
    return Layout(boxes=boxes, background_prompt="a city street", negative_prompt="cats")


def test_a_new_scene_is_sent_as_canvas_and_request() -> None:
    assert write_user_turn(Layout(), "a red car") == "canvas 512 512\nrequest a red car"


def test_a_layout_is_sent_on_the_grid_with_stars_at_locked_boxes(layout: Layout) -> None:
    assert write_user_turn(layout, "add a dog", ["parked"]) == (
        "canvas 512 512\n"
        "box 1 a red car | 48 304 168 120 *\n"
        "box 2 a blue cup | 312 296 96 104\n"
        "bg a city street\n"
        "neg cats\n"
        "note parked\n"
        "request add a dog"
    )


def test_an_answer_begins_with_the_locked_boxes(layout: Layout) -> None:
    turned = Layout(boxes=layout.boxes[::-1], background_prompt="a field")
    assert write_answer(turned) == (
        "box 1 a red car | 48 304 168 120\nbox 2 a blue cup | 312 296 96 104\nbg a field\nneg \n"
    )


@pytest.mark.parametrize(
    ("scene", "planner"),
    [
        (Size(512, 512), Size(512, 512)),
        (Size(1024, 768), Size(512, 384)),
        (Size(600, 1000), Size(304, 512)),
        (Size(4096, 64), Size(512, 8)),
        (Size(64, 64), Size(512, 512)),
    ],
)
def test_planner_space_has_a_longer_side_of_512(scene: Size, planner: Size) -> None:
    assert planner_canvas(scene) == planner


def test_a_repeated_number_keeps_its_exact_scene_value() -> None:
    scene = Layout(canvas=Size(1000, 600), boxes=(box("1", "a cat", Rect(101, 203, 307, 209)),))
    sent = to_planner(scene)
    line = sent.lines[0]
    assert to_scene_rect(line.rect, sent, line, scene.boxes[0]) == scene.boxes[0].rect
    moved = Rect(line.rect.x + 64, line.rect.y, line.rect.width, line.rect.height)
    assert to_scene_rect(moved, sent, line, scene.boxes[0]) == Rect(219, 203, 307, 209)


def test_every_sent_box_lies_inside_the_planner_canvas() -> None:
    corner = Layout(canvas=Size(777, 333), boxes=(box("1", "a cat", Rect(769, 325, 8, 8)),))
    rect, canvas = to_planner(corner).lines[0].rect, planner_canvas(corner.canvas)
    assert rect.width >= 8
    assert rect.height >= 8
    assert rect.right <= canvas.width
    assert rect.bottom <= canvas.height


def test_ids_that_are_no_small_numbers_get_numbers_above_the_others() -> None:
    rect = Rect(0, 0, 64, 64)
    scene = Layout(boxes=(box("cat", "a cat", rect), box("7", "a dog", rect), box("007", "a cup", rect)))
    assert [line.id for line in to_planner(scene).lines] == ["8", "7", "9"]


@pytest.mark.parametrize(
    "text",
    [
        "box 3 a red car | 8 16 24 32",
        "  - Box 3: a red car | 8, 16, 24, 32",
        "box #3 a red car|8 16 24 32 *",
        "**box 3. a red car** | [8, 16, 24, 32]",
    ],
)
def test_a_box_line_is_read_with_tolerance(text: str) -> None:
    line = parse_line(text)
    assert isinstance(line, BoxLine)
    assert line.id == "3"
    assert line.phrase == "a red car"
    assert line.rect == Rect(8, 16, 24, 32)


def test_text_lines_and_chatter_are_told_apart() -> None:
    assert parse_line("bg a forest") == TextLine(False, "a forest")
    assert parse_line("Background: a forest") == TextLine(False, "a forest")
    assert parse_line("neg ") == TextLine(True, "")
    assert parse_line("negative prompt is") == TextLine(True, "prompt is")
    assert parse_line("Here is your layout:") is None
    assert parse_line("box 1 | 0 0 8 8") is None
    assert parse_line("box 1 a cat | 176 104 25") is None
