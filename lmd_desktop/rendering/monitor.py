"""Watches a render: cancel, progress, time left, previews, the time of each stage, the number of UNet calls, notes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lmd_desktop.domain.layout import Size
from lmd_desktop.rendering.estimate import Estimate, LearnedCosts

PREVIEW_INTERVAL_S = 0.125

# Stage, step, steps of the stage, UNet calls so far, seconds left of everything (None: not known yet).
OnProgress = Callable[[str, int, int, int, float | None], None]
OnPreview = Callable[[Size, bytes], None]


class Monitor:
    """Passed down to everything that takes time."""

    def __init__(
        self,
        check: Callable[[], None],
        on_progress: OnProgress,
        on_preview: OnPreview | None,
        *,
        costs: LearnedCosts | None = None,
    ) -> None:
        self.estimate = Estimate(costs or LearnedCosts())
        self.unet_calls = 0
        self.notes: list[str] = []
        self._check = check
        self._on_progress = on_progress
        self._on_preview = on_preview
        self._seconds: dict[str, float] = {}
        self._previewed_at = 0.0

    @property
    def seconds(self) -> tuple[tuple[str, float], ...]:
        return tuple(self._seconds.items())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time until the end to this stage; stages follow each other, none lies within another."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

    def check(self) -> None:
        """Raises Cancelled once the person asked to stop."""
        self._check()

    def count_unet_call(self) -> None:
        """Called right before every UNet call, so that a cancel waits for one call at most."""
        self._check()
        self.unet_calls += 1

    def progress(self, stage: str, step: int, total: int) -> None:
        self._on_progress(stage, step, total, self.unet_calls, self.estimate.seconds_left(stage, step))

    def note(self, text: str) -> None:
        """Something that the person should know about this picture."""
        if text not in self.notes:
            self.notes.append(text)

    def wants_preview(self) -> bool:
        return self._on_preview is not None and time.perf_counter() - self._previewed_at >= PREVIEW_INTERVAL_S

    def preview(self, size: Size, rgb: bytes) -> None:
        if self._on_preview is not None:
            self._previewed_at = time.perf_counter()
            self._on_preview(size, rgb)
