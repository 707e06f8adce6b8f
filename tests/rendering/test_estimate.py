"""The time left is that of the whole picture, from work that is known beforehand and costs that are learned."""

from __future__ import annotations

import pytest

from lmd_desktop.rendering.estimate import Estimate, LearnedCosts, Work

WORKS = (Work("per_box", (4.0, 4.0)), Work("denoise", (3.0, 2.0, 2.0)), Work("decode", (1.0,)))
CELLS = 100


class Clock:
    """Time that a test moves on by hand."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def paint(estimate: Estimate, clock: Clock, works: tuple[Work, ...] = WORKS) -> list[tuple[float | None, float]]:
    """Half a second per unit, the decoder two seconds: pairs of the estimate and the truth at every report."""
    estimate.plan(WORKS, CELLS)
    told: list[tuple[float | None, float]] = []
    for work in works:
        for step in range(len(work.steps) + 1):
            told.append((estimate.seconds_left(work.stage, step), clock.now))
            if step < len(work.steps):
                clock.now += 2.0 if work.stage == "decode" else 0.5 * work.steps[step]
    return [(left, clock.now - then) for left, then in told]


def test_after_the_first_step_the_rest_is_known_by_comparison() -> None:
    clock = Clock()
    told = paint(Estimate(LearnedCosts(), clock), clock)
    assert told[0][0] is None
    for left, truth in told[1:]:
        assert left == pytest.approx(truth, abs=0.5)  # the decoder was never measured: 3.1 forwards, 1.55 s


def test_the_second_picture_is_known_from_its_start() -> None:
    clock, costs = Clock(), LearnedCosts()
    paint(Estimate(costs, clock), clock)
    told = paint(Estimate(costs, clock), clock)
    assert all(left == pytest.approx(truth) for left, truth in told)


def test_work_that_is_not_needed_is_not_waited_for() -> None:
    clock, costs = Clock(), LearnedCosts()
    paint(Estimate(costs, clock), clock)
    told = paint(Estimate(costs, clock), clock, WORKS[1:])
    assert all(left == pytest.approx(truth) for left, truth in told)


def test_passes_of_one_stage_follow_each_other() -> None:
    clock, costs = Clock(), LearnedCosts()
    costs.learn("denoise", 0.5 / CELLS)
    estimate = Estimate(costs, clock)
    estimate.plan((Work("denoise", (2.0, 2.0)), Work("denoise", (2.0, 2.0))), CELLS)
    assert estimate.seconds_left("denoise", 0) == pytest.approx(4.0)
    clock.now += 2.0
    assert estimate.seconds_left("denoise", 2) == pytest.approx(2.0)
    assert estimate.seconds_left("denoise", 0) == pytest.approx(2.0)
