"""How fast a job goes: when the next report is due, and about how many seconds are left of its pass."""

from __future__ import annotations

import time
from collections.abc import Callable

PROGRESS_INTERVAL_S = 0.05
PREVIEW_INTERVAL_S = 0.12


class Pace:
    """Follows one job's (stage, step, total) reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage, self._step = "", 0
        self._first: tuple[float, int] = (clock(), 0)
        self._last_progress = self._last_preview = float("-inf")

    def is_progress_due(self, stage: str, step: int, total: int) -> bool:
        """True for the first and last report of a stage, and about twenty times a second between them."""
        now = self._clock()
        # Each box is painted in a pass of its own under the same name.
        is_new = stage != self._stage or step < self._step
        if is_new:
            self._stage, self._first = stage, (now, step)
        self._step = step
        is_due = is_new or step >= total or now - self._last_progress >= PROGRESS_INTERVAL_S
        if is_due:
            self._last_progress = now
        return is_due

    def is_preview_due(self) -> bool:
        now = self._clock()
        if now - self._last_preview < PREVIEW_INTERVAL_S:
            return False
        self._last_preview = now
        return True

    def seconds_left(self, step: int, total: int) -> float | None:
        """From the mean time of this pass's steps so far; None before there is one or if the end is not known."""
        started, first_step = self._first
        if total <= 0 or step <= first_step:
            return None
        return (self._clock() - started) / (step - first_step) * max(0, total - step)
