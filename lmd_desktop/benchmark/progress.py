"""How far a long run is, with an estimate that knows what was finished before this run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from lmd_desktop.benchmark.statistics import Share


@dataclass(frozen=True, slots=True)
class Done:
    """``seconds_left`` is None until something was finished in this run."""

    what: str
    done: int
    total: int
    seconds_left: float | None
    so_far: Share


OnDone = Callable[[Done], None]


class Estimate:
    """Counts finished pieces of equal kind."""

    def __init__(self, what: str, total: int, on_done: OnDone, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._total, self._on_done, self._clock = what, total, on_done, clock
        self._started = clock()
        self._done = self._new = self._right = 0

    def skip(self, *, is_right: bool) -> None:
        """A piece of an earlier run."""
        self._done += 1
        self._right += is_right

    def add(self, *, is_right: bool) -> None:
        """A piece of this run; tells how far it is."""
        self.skip(is_right=is_right)
        self._new += 1
        each = (self._clock() - self._started) / self._new
        left = each * (self._total - self._done)
        self._on_done(Done(self._what, self._done, self._total, left, Share(self._right, self._done)))
