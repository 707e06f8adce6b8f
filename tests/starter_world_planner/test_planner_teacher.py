"""The teacher of the starter planner keeps its own rules."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from lmd_desktop.benchmark.dialogs import benchmark_dialogs
from models.starter_world.planner.arrangements import around_body, inside_body, nested_body, sizes_body
from models.starter_world.planner.captions import body_boxes, draw_caption
from models.starter_world.planner.dialogs import Mix, draw_dialog, drawn_by_hand
from models.starter_world.planner.followups import DRAWS, draw_kind
from models.starter_world.planner.held_out import is_held_out, is_suite_caption, is_suite_turn, suite_captions
from models.starter_world.planner.layout import Layout, answer_text, read_answer, user_turn
from models.starter_world.planner.placing import overlap
from models.starter_world.planner.words import LARGE, head_of

SIZES = ((512, 512), (512, 384), (384, 512), (512, 256))


@pytest.mark.parametrize("size", SIZES)
def test_first_layouts_do_not_overlap_and_stay_on_the_lattice_inside(size: tuple[int, int]) -> None:
    rng = random.Random(7)
    for _ in range(300):
        rects = [box.rect for box in draw_caption(rng, size).layout.boxes]
        for index, (x, y, width, height) in enumerate(rects):
            assert min(x, y) >= 0
            assert min(width, height) >= 24
            assert x + width <= size[0]
            assert y + height <= size[1]
            assert not any(value % 8 for value in (x, y, width, height))
            for other in rects[:index]:
                shared = overlap(rects[index], other)
                assert shared in (0, width * height, other[2] * other[3])  # apart, or the one in the other


def test_what_a_caption_says_of_places_and_sizes_holds_in_its_layout() -> None:
    draws = {"around": around_body, "nested": nested_body, "inside": inside_body, "sizes": sizes_body}
    rng = random.Random(12)
    for kind, draw in draws.items():
        for _ in range(100):
            body = draw(rng, strangeness=0.1)
            rects = [box.rect for box in body_boxes(body, (512, 512))]
            for side, first, second in body.relations:
                one, other = (rects[body.groups.index(group)] for group in (first, second))
                axis = 0 if side in ("left", "right") else 1
                near, far = (one, other) if side in ("left", "above") else (other, one)
                assert near[axis] + near[axis + 2] <= far[axis], (kind, body.text)
            for upper, lower in body.contacts:
                assert rects[upper][1] + rects[upper][3] == rects[lower][1]
                assert rects[upper][0] < rects[lower][0] + rects[lower][2]
            for inner, outer in body.insides:
                assert overlap(rects[inner], rects[outer]) == rects[inner][2] * rects[inner][3]
            if kind == "sizes":
                areas = [rect[2] * rect[3] for rect in rects]
                big = 0 if body.groups[0].adjective in LARGE else 1
                assert areas[big] > 1.2 * areas[1 - big], body.text


def test_no_caption_and_no_request_of_the_benchmark_is_ever_drawn() -> None:
    assert len(suite_captions()) > 1500
    assert is_suite_caption("a realistic photo of a scene with TEN birds.")
    assert is_suite_caption("A table to the left of a dog a bird above the dog, and a book to the right of the dog!")
    rng = random.Random(13)
    captions = [draw_caption(rng, (512, 512), chinese_share=0.3).said for _ in range(2000)]
    assert not any(is_suite_caption(text) for text in captions)
    turn = benchmark_dialogs()[0].turns[0]
    assert is_suite_turn([box.phrase for box in turn.before.boxes], turn.request)


def test_a_second_try_shows_what_was_wrong_and_only_the_right_answer_is_learnt() -> None:
    rng = random.Random(14)
    tries = [
        dialog
        for dialog in (draw_dialog(rng, Mix(mistakes=1.0)) for _ in range(100))
        if any(not turn.is_learnt for turn in dialog)
    ]
    assert len(tries) > 20
    for dialog in tries:
        wrong, again = next((one, two) for one, two in pairwise(dialog) if not one.is_learnt)
        assert "\nnote wrong: " in again.user
        assert again.answer != wrong.answer
        assert again.user.rpartition("\nrequest ")[2] == wrong.user.rpartition("\nrequest ")[2]


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
