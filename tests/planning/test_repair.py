"""Geometry is put right with as little change as possible, and never by moving what must stay."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.planning.meaning import related_boxes
from lmd_desktop.planning.repair import MAX_OVERLAP, free_place, overlap, repair_geometry


def box(box_id: str, phrase: str, rect: Rect, *, locked: bool = False) -> Box:
    return Box(box_id, phrase, rect, "#000000", is_locked=locked)


CAR, CUP = box("1", "a car", Rect(100, 200, 200, 120)), box("2", "a cup", Rect(260, 240, 100, 100))


def test_a_good_layout_is_left_alone() -> None:
    layout = Layout(boxes=(CAR, replace(CUP, rect=Rect(320, 240, 100, 100))))
    assert repair_geometry(layout).layout is layout


def test_unrelated_things_are_pushed_apart_the_shortest_way() -> None:
    repaired = repair_geometry(Layout(boxes=(CAR, CUP)))
    assert [b.rect for b in repaired.layout.boxes] == [Rect(60, 200, 200, 120), CUP.rect]
    assert repaired.repairs == ("“a car” was moved off another thing.",)


def test_a_locked_box_and_one_that_was_there_before_never_move() -> None:
    locked = replace(CAR, is_locked=True)
    assert repair_geometry(Layout(boxes=(locked, CUP))).layout.box("1") == locked
    before = Layout(boxes=(CAR,))
    assert repair_geometry(Layout(boxes=(CAR, CUP)), before).layout.box("1") == CAR
    both = Layout(boxes=(locked, replace(CUP, is_locked=True)))
    assert repair_geometry(both).layout is both


@pytest.mark.parametrize("request_text", ["a cup on a car", "a car with a cup", "a cup in front of a car"])
def test_what_the_request_puts_together_may_overlap(request_text: str) -> None:
    layout = Layout(boxes=(CAR, CUP))
    assert repair_geometry(layout, related=related_boxes(request_text, layout)).layout is layout


def test_a_thing_within_another_one_stays_there() -> None:
    layout = Layout(boxes=(box("1", "a table", Rect(50, 200, 400, 200)), box("2", "an apple", Rect(200, 210, 60, 60))))
    for request_text in ("an apple on a table", "make the room brighter"):
        assert repair_geometry(layout, related=related_boxes(request_text, layout)).layout is layout
    moved = repair_geometry(layout, related=related_boxes("an apple and a table", layout)).layout
    assert overlap(moved.boxes[0].rect, moved.boxes[1].rect) <= MAX_OVERLAP


def test_tiny_outside_and_double_boxes_are_put_right() -> None:
    layout = Layout(
        boxes=(
            box("1", "a bird", Rect(100, 100, 9, 12)),
            box("2", "a cat", Rect(480, 400, 64, 64)),
            box("3", "a dog", Rect(200, 300, 100, 100)),
            box("4", "A dog", Rect(202, 301, 100, 100)),
        )
    )
    repaired = repair_geometry(layout)
    assert [b.rect for b in repaired.layout.boxes] == [
        Rect(93, 94, 24, 24), Rect(448, 400, 64, 64), Rect(200, 300, 100, 100)]  # fmt: skip
    assert len(repaired.repairs) == 3


def test_random_layouts_end_without_clashes_inside_the_canvas_and_with_locks_in_place() -> None:
    clashes, were = 0, 0
    for seed in range(150):
        rng = random.Random(seed)
        canvas = Size(rng.choice((512, 768)), 512)
        boxes = tuple(
            box(str(i), f"a thing{i}", Rect(rng.randrange(canvas.width - 150), rng.randrange(350), rng.randint(40, 150),
                rng.randint(40, 150)), locked=rng.random() < 0.2) for i in range(1, rng.randint(3, 7))
        )  # fmt: skip
        layout = Layout(canvas=canvas, boxes=boxes)
        after = repair_geometry(layout).layout
        assert [b for b in after.boxes if b.is_locked] == [b for b in boxes if b.is_locked]
        assert all(b.rect.x >= 0 and b.rect.right <= canvas.width and b.rect.bottom <= 512 for b in after.boxes)
        pairs = [
            (a, b) for i, a in enumerate(after.boxes) for b in after.boxes[i + 1 :] if not (a.is_locked and b.is_locked)
        ]
        before = [overlap(a.rect, b.rect) > MAX_OVERLAP for i, a in enumerate(boxes) for b in boxes[i + 1 :]]
        left = sum(overlap(a.rect, b.rect) > MAX_OVERLAP for a, b in pairs)
        clashes, were = clashes + left, were + sum(before)
        assert left <= sum(before)
    assert clashes < were / 4


def test_a_free_place_lies_beside_the_others() -> None:
    layout = Layout(boxes=(box("1", "a car", Rect(100, 150, 300, 300)),))
    place = free_place(layout, 96, 96)
    assert overlap(place, layout.boxes[0].rect) == 0.0
