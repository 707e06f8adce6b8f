"""The teacher of the starter planner keeps its own rules."""

from __future__ import annotations

import random

import pytest

from models.starter_world.planner.captions import draw_caption
from models.starter_world.planner.dialogs import Mix, draw_dialog, drawn_by_hand
from models.starter_world.planner.followups import DRAWS, draw_kind
from models.starter_world.planner.held_out import is_held_out
from models.starter_world.planner.layout import Layout, answer_text, read_answer, user_turn
from models.starter_world.planner.placing import overlap
from models.starter_world.planner.words import head_of

SIZES = ((512, 512), (512, 384), (384, 512), (512, 256))


@pytest.mark.parametrize("size", SIZES)
def test_first_layouts_do_not_overlap_and_stay_on_the_lattice_inside(size: tuple[int, int]) -> None:
    rng = random.Random(7)
    for _ in range(300):
        rects = [box.rect for box in draw_caption(rng, size).layout.boxes]
        for index, (x, y, width, height) in enumerate(rects):
            assert min(x, y) >= 0
            assert x + width <= size[0]
            assert y + height <= size[1]
            assert not any(value % 8 for value in (x, y, width, height))
            assert not any(overlap(rects[index], other) for other in rects[:index])


def test_training_captions_have_no_held_out_combination() -> None:
    rng = random.Random(8)
    assert not any(is_held_out(draw_caption(rng, (512, 512)).keys) for _ in range(500))


def test_what_is_negated_is_in_no_box() -> None:
    rng = random.Random(9)
    for _ in range(500):
        layout = draw_caption(rng, (512, 512), chinese_share=0.0).layout
        if " " in layout.negative or not layout.negative:
            continue
        assert all(layout.negative != head_of(box.phrase) + "s" for box in layout.boxes)


@pytest.mark.parametrize("kind", sorted(set(DRAWS) - {"clear"}))
def test_follow_ups_leave_other_boxes_and_locked_boxes_alone(kind: str) -> None:
    rng = random.Random(f"kept {kind}")
    found = 0
    while found < 40:
        layout = drawn_by_hand(rng, (512, 512))
        outcome = draw_kind(rng, layout, (512, 512), kind=kind) if layout.boxes else None
        if outcome is None:
            continue
        found += 1
        after = {box.id: box for box in outcome.layout.boxes}
        for box in layout.boxes:
            if box.locked or box.id not in outcome.touched:
                assert after[box.id] == box
        locked = [box.id for box in layout.boxes if box.locked]
        assert [box.id for box in outcome.layout.boxes][: len(locked)] == locked


def test_answers_state_every_locked_box_first_and_can_be_read() -> None:
    rng = random.Random(10)
    for _ in range(200):
        for turn in draw_dialog(rng, Mix()):
            stars = [line.removesuffix(" *") for line in turn.user.split("\n") if line.endswith(" *")]
            assert turn.answer.split("\n")[: len(stars)] == stars
            read = read_answer(turn.answer)
            assert read is not None
            assert answer_text(read) == turn.answer


def test_an_empty_canvas_sends_only_its_size_and_the_request() -> None:
    assert user_turn((512, 384), Layout(), request="two cats") == "canvas 512 384\nrequest two cats"
