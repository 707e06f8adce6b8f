"""The held-out suite is fresh, complete and judged by the LMD rules."""

from __future__ import annotations

import random
from collections import Counter

from models.starter_world.planner.captions import draw_caption
from models.starter_world.planner.suite import held_out_suite


def test_the_suite_has_fifty_different_captions_per_task() -> None:
    cases = held_out_suite(3)
    assert set(Counter(case.task for case in cases).values()) == {50}
    assert len({(case.task, case.caption.lower()) for case in cases}) == 200


def test_the_same_seed_gives_the_same_suite() -> None:
    assert [case.caption for case in held_out_suite(4)] == [case.caption for case in held_out_suite(4)]


def test_no_suite_caption_is_among_training_captions() -> None:
    rng = random.Random(100)
    trained = {draw_caption(rng, (512, 512)).text.lower().rstrip(".! ") for _ in range(3000)}
    assert not any(case.caption.lower().rstrip(".") in trained for case in held_out_suite(1))


def test_an_empty_answer_passes_no_task_but_bare_negation() -> None:
    passed = [case for case in held_out_suite(2) if case.check([], "a realistic scene", "")]
    assert not passed


def test_spatial_checks_compare_centres() -> None:
    case = next(case for case in held_out_suite(1) if case.task == "spatial" and "above" in case.caption)
    upper, lower = (
        case.phrases if case.caption.index(case.phrases[0]) < case.caption.index("above") else case.phrases[::-1]
    )
    boxes = [(upper, (0, 0, 96, 96)), (lower, (0, 200, 96, 96))]
    assert case.check(boxes, "", "") != case.check([(lower, boxes[0][1]), (upper, boxes[1][1])], "", "")
