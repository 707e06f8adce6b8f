"""Paints the pictures of several seeds of one request: texts once, then batches of as many as fit together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lmd_desktop.rendering.decode import decode_latents, to_pixels
from lmd_desktop.rendering.denoise import denoise, overall_task
from lmd_desktop.rendering.estimate import Work
from lmd_desktop.rendering.explain import Explained, Explanation
from lmd_desktop.rendering.latents import seeded
from lmd_desktop.rendering.method import Hooks, Method
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.run import Run
from lmd_desktop.rendering.side_by_side import SideBySide, pictures_at_once


@dataclass(frozen=True, slots=True)
class Painted:
    """A finished picture: ``pixels`` are (rows, columns, 3) bytes."""

    run: Run
    pixels: Tensor
    explanation: Explanation | None = None


def runs_of_seeds(run: Run, seeds: Sequence[int]) -> tuple[Run, ...]:
    """The same picture with other noise; embeddings and boxes are shared."""
    return tuple(
        replace(run, request=replace(run.request, seed=seed), generator=seeded(seed), memory=run.memory.again())
        for seed in seeds
    )


def paint(
    methods: Sequence[Method], monitor: Monitor, on_clean: Callable[[Tensor], None], *, explains: bool
) -> list[Painted]:
    """The pictures of these methods, which differ in their seeds alone; previews show the first of a batch.

    Pictures that are explained are painted one after the other.
    """
    at_once = 1 if explains else pictures_at_once(methods[0])
    batches = [methods[first : first + at_once] for first in range(0, len(methods), at_once)]
    rows, columns = methods[0].run.grid
    monitor.estimate.plan([work for batch in batches for work in _works(batch)], rows * columns)
    painted: list[Painted] = []
    for batch in batches:
        painted += _paint_explained(batch[0], monitor, on_clean) if explains else _paint_batch(batch, monitor, on_clean)
    return painted


def _paint_explained(method: Method, monitor: Monitor, on_clean: Callable[[Tensor], None]) -> list[Painted]:
    watched = Explained(method)
    painted = _paint_batch([method], monitor, on_clean, hooks=watched)
    explanation = watched.explanation()
    if explanation is None:
        monitor.note("There is no attention to show: no phrase is guided, or the method replaces attention itself.")
    return [replace(picture, explanation=explanation) for picture in painted]


def _paint_batch(
    batch: Sequence[Method],
    monitor: Monitor,
    on_clean: Callable[[Tensor], None],
    *,
    hooks: Hooks | None = None,
) -> list[Painted]:
    """``hooks`` stand in for the methods' own in the overall loop."""
    pipeline = batch[0].run.pipeline
    starts = torch.cat([method.start() for method in batch])
    task = overall_task(batch[0].run, starts, on_clean=on_clean)
    if len(batch) > 1:
        # Every picture has a row of its own.
        task = replace(
            task,
            prompt_embeds=task.prompt_embeds.repeat(len(batch), 1, 1),
            negative_embeds=task.negative_embeds.repeat(len(batch), 1, 1),
            generators=[method.run.generator for method in batch],
        )
    with monitor.stage("denoise"):
        latents = denoise(task, hooks or (batch[0] if len(batch) == 1 else SideBySide(batch)))
    painted: list[Painted] = []
    with monitor.stage("decode"):
        for index, (method, row) in enumerate(zip(batch, latents.split(1), strict=True)):
            monitor.check()
            monitor.progress("decode", index, len(batch))
            painted.append(Painted(method.run, to_pixels(decode_latents(pipeline, row))))
        monitor.progress("decode", len(batch), len(batch))
    return painted


def _works(batch: Sequence[Method]) -> list[Work]:
    """What each picture needs alone, then the loop that they share, then the decoder for one after the other."""
    run = batch[0].run
    total = len(run.pipeline.new_scheduler(run.request.num_inference_steps).timesteps)
    works = [work for method in batch for work in method.works(total)]
    alone = [work for work in works if work.stage != "denoise"]
    shared = [work for work in works if work.stage == "denoise"]
    steps = tuple(sum(units) for units in zip(*(work.steps for work in shared), strict=True))
    return [*alone, Work("denoise", steps), Work("decode", (1.0,) * len(batch))]
