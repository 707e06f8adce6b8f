"""How long a picture still takes: the work is known beforehand, what a unit of it costs is learned while it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# What a stage costs before it was ever measured here, in UNet forwards of one picture: operation counts of Stable
# Diffusion 1.5 (decoder 2515 GFLOP, UNet 803), and next to nothing for texts and pastes.
PRIOR = {"encode": 0.1, "per_box": 1.0, "compose": 0.02, "denoise": 1.0, "decode": 3.1}
UNET_STAGES = ("per_box", "denoise")
FORWARDS_PER_ITERATION = 1.05  # a guidance iteration: forward to the last guided layer, and back
NEWEST_SHARE = 0.5  # how much the newest picture counts in what is remembered


@dataclass(frozen=True, slots=True)
class Work:
    """One pass of a stage and what its steps cost: in UNet forwards of one picture; of other stages, in pictures."""

    stage: str
    steps: tuple[float, ...]


class LearnedCosts:
    """Seconds per unit of every stage, kept from picture to picture of one painter; a unit is one latent cell's."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def learn(self, stage: str, seconds: float) -> None:
        old = self._seconds.get(stage, seconds)
        self._seconds[stage] = (1.0 - NEWEST_SHARE) * old + NEWEST_SHARE * seconds

    def expected(self, stage: str) -> float | None:
        """None as long as nothing comparable was ever measured."""
        if stage in self._seconds:
            return self._seconds[stage]
        known = [self._seconds[other] / PRIOR[other] for other in UNET_STAGES if other in self._seconds]
        return PRIOR[stage] * known[0] if known and stage in PRIOR else None


class Estimate:
    """Follows the (stage, step) reports of one picture through the passes that were planned for it."""

    def __init__(self, costs: LearnedCosts, clock: Callable[[], float] = time.perf_counter) -> None:
        self._costs = costs
        self._clock = clock
        self._works: tuple[Work, ...] = ()
        self._cells = 1
        self._at = -1  # the pass that is running
        self._step = 0
        self._started = clock()

    def plan(self, works: Sequence[Work], cells: int) -> None:
        """What is to come, in order; ``cells`` are the latent cells of one picture."""
        self._works, self._cells, self._at, self._step = tuple(works), cells, -1, 0

    def seconds_left(self, stage: str, step: int) -> float | None:
        """Of everything after this report; None before there is anything to judge by. Passes may be left out."""
        now = self._clock()
        self._move_to(stage, step, now)
        if self._at < 0:
            return None
        current = self._works[self._at]
        left = self._seconds(current.stage, sum(current.steps[step:]), self._rate(now))
        for work in self._works[self._at + 1 :]:
            seconds = self._seconds(work.stage, sum(work.steps), self._rate(now))
            left = left + seconds if left is not None and seconds is not None else None
        return left

    def _move_to(self, stage: str, step: int, now: float) -> None:
        is_same = self._at >= 0 and self._works[self._at].stage == stage and step >= self._step
        if not is_same:
            later = range(self._at + 1, len(self._works))
            following = next((index for index in later if self._works[index].stage == stage), None)
            if following is None:
                return
            self._at, self._started = following, now
        self._step = step
        done = sum(self._works[self._at].steps[:step]) * self._cells
        if done > 0 and step == len(self._works[self._at].steps):
            self._costs.learn(stage, (now - self._started) / done)

    def _rate(self, now: float) -> float | None:
        """Seconds per unit of the running pass, as it goes."""
        done = sum(self._works[self._at].steps[: self._step]) * self._cells
        return (now - self._started) / done if done > 0 else None

    def _seconds(self, stage: str, units: float, rate: float | None) -> float | None:
        """What so many units of a stage take: as measured in this pass, else as learned, else by comparison."""
        if units == 0.0:
            return 0.0
        running = self._works[self._at].stage
        if rate is not None and (stage == running or (stage in UNET_STAGES and running in UNET_STAGES)):
            return units * self._cells * rate
        cost = self._costs.expected(stage)
        if cost is None and rate is not None and running in UNET_STAGES:
            cost = PRIOR[stage] * rate
        return units * self._cells * cost if cost is not None else None
