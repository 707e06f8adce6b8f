"""Paints several pictures of one layout in one loop: each has its method and seed, the UNet sees them as a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from lmd_desktop.rendering.bounded import BOUNDED
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.method import Hooks, Method, Step

CELLS_AT_ONCE = 4 * 64 * 64  # latent cells in one batch: four pictures of 512 pixels


def pictures_at_once(method: Method) -> int:
    """How many pictures may share a batch; 1 for methods that change attention or combine predictions themselves."""
    is_short = method.run.pipeline.memory_level >= MemoryLevel.ONE_AT_A_TIME
    if is_short or not method.shares_batches or method.run.parameters.get(BOUNDED.name):
        return 1
    rows, columns = method.run.grid
    return max(1, CELLS_AT_ONCE // (rows * columns))


class SideBySide(Hooks):
    """Hands each method its own row of the batch, as if its picture were alone."""

    def __init__(self, methods: Sequence[Method]) -> None:
        self._methods = tuple(methods)

    @contextmanager
    def patches(self) -> Iterator[None]:
        with ExitStack() as stack:
            for method in self._methods:
                stack.enter_context(method.patches())
            yield

    def before_step(self, step: Step) -> Tensor:
        return torch.cat([method.before_step(own) for method, own in self._own_steps(step)])

    def grounding(self, step: Step) -> Grounding | None:
        found = [method.grounding(own) for method, own in self._own_steps(step)]
        grounded = [grounding for grounding in found if grounding is not None]
        if not grounded:
            return None
        return Grounding(
            torch.cat([grounding.boxes for grounding in grounded]),
            torch.cat([grounding.embeddings for grounding in grounded]),
            torch.cat([grounding.masks for grounding in grounded]),
        )

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        rows = zip(self._own_steps(step), latents.split(1), strict=True)
        return torch.cat([method.after_step(own, row) for (method, own), row in rows])

    def _own_steps(self, step: Step) -> Iterator[tuple[Method, Step]]:
        for method, row in zip(self._methods, step.latents.split(1), strict=True):
            yield method, replace(step, latents=row)
