"""Paints each box of a layout alone, side by side in one batch, keeping latents and the attention to its word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.attention import AttentionRecorder
from lmd_desktop.rendering.denoise import Task, denoise
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.latents import Grid, box_mask, box_seed, mix_noise, seeded
from lmd_desktop.rendering.method import Hooks, Step
from lmd_desktop.rendering.prompts import compose_box_negative, compose_box_prompt, token_positions
from lmd_desktop.rendering.run import PlacedBox, Run
from lmd_desktop.rendering.text import encode_prompts

CELLS_AT_ONCE = 4 * 64 * 64  # latent cells in one batch: four boxes of a 512-pixel picture
SETTLED_RATIO = 0.2  # attention of the first fifth of the steps does not show the thing yet


@dataclass(frozen=True, slots=True)
class PaintedAlone:
    """What remains of a box's own picture: latents before the first step and after each, attention maps per step."""

    placed: PlacedBox
    latents: tuple[Tensor, ...]  # each (4, rows, columns)
    maps: tuple[Mapping[str, Tensor], ...]  # per step, by layer: (heads, cells) of the word; empty if it was cut off
    total: int  # steps of the whole picture

    def mean_attention(self, grids: Mapping[str, Grid]) -> Tensor | None:
        """The attention to the word on the finest guided grid, over heads and settled steps; None if unknown."""
        settled = [maps for index, maps in enumerate(self.maps) if index >= int(SETTLED_RATIO * self.total)]
        settled = [maps for maps in settled or self.maps[-1:] if maps]
        if not settled:
            return None
        finest = max(grids.values(), key=lambda grid: grid[0] * grid[1])
        names = [name for name, grid in grids.items() if grid == finest]
        found = torch.stack([maps[name].float().mean(dim=0) for maps in settled for name in names])
        return found.mean(dim=0).reshape(finest)


def paint_alone(
    run: Run, boxes: Sequence[PlacedBox], background: Tensor, *, recorder: AttentionRecorder, ratio: float
) -> tuple[PaintedAlone, ...]:
    """The first ``ratio`` of the steps of every box's own picture, all on the same background noise."""
    at_once = max(1, CELLS_AT_ONCE // (run.grid[0] * run.grid[1]))
    painted: list[PaintedAlone] = []
    for first in range(0, len(boxes), at_once):
        painted += _paint_batch(run, boxes[first : first + at_once], background, recorder=recorder, ratio=ratio)
    return tuple(painted)


def _paint_batch(
    run: Run, boxes: Sequence[PlacedBox], background: Tensor, *, recorder: AttentionRecorder, ratio: float
) -> list[PaintedAlone]:
    generators: list[torch.Generator] = []
    starts: list[Tensor] = []
    for placed in boxes:
        seed = placed.box.seed if placed.box.seed is not None else box_seed(run.request.seed, placed.box.id)
        generators.append(seeded(seed))
        own = run.unit_noise(generators[-1]) * run.noise_scale
        mask = box_mask(placed.bounds, run.grid, background.device)
        starts.append(mix_noise(background, own, mask, ratio=run.parameters.number("own_noise")))
    layout, with_defaults = run.request.layout, run.pipeline.knows_clip_words
    prompts = [compose_box_prompt(layout, placed.box) for placed in boxes]
    negatives = [compose_box_negative(layout, placed.box, with_defaults=with_defaults) for placed in boxes]
    positions = [token_positions(run.count_tokens, prompt.text, prompt.mentions[0]) for prompt in prompts]
    total = len(run.pipeline.new_scheduler(run.request.num_inference_steps).timesteps)
    task = Task(
        pipeline=run.pipeline,
        monitor=run.monitor,
        stage="per_box",
        latents=torch.cat(starts),
        prompt_embeds=encode_prompts(run.pipeline, [prompt.text for prompt in prompts]),
        negative_embeds=encode_prompts(run.pipeline, negatives),
        num_inference_steps=run.request.num_inference_steps,
        guidance_scale=run.request.guidance_scale,
        generators=generators,
        stop_after=int(ratio * total + 1e-6),
    )
    words = [position[-1] if position else None for position in positions]
    keeper = _Keeper(run, recorder, words, grounding=run.grounding(tuple((placed,) for placed in boxes)))
    denoise(task, keeper)
    steps = [task.latents, *keeper.latents]
    return [
        PaintedAlone(placed, tuple(step[row] for step in steps), tuple(maps[row] for maps in keeper.maps), total)
        for row, placed in enumerate(boxes)
    ]


class _Keeper(Hooks):
    """Grounds each picture in its single box, and keeps what the composition and the guidance need."""

    def __init__(
        self, run: Run, recorder: AttentionRecorder, words: Sequence[int | None], *, grounding: Grounding
    ) -> None:
        self.latents: list[Tensor] = []
        self.maps: list[list[Mapping[str, Tensor]]] = []  # per step, per picture
        self._ratio = run.parameters.number("grounding_ratio")
        self._recorder = recorder
        self._words = words
        self._grounding = grounding

    @contextmanager
    def patches(self) -> Iterator[None]:
        with self._recorder.installed(), self._recorder.recording():
            yield

    def grounding(self, step: Step) -> Grounding | None:
        return self._grounding if step.is_before(self._ratio) else None

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        first = -len(self._words)  # the conditional half comes last
        self.latents.append(latents)
        self.maps.append(
            [
                {name: maps[first + row, :, :, word].clone() for name, maps in self._recorder.maps.items()}
                if word is not None
                else {}
                for row, word in enumerate(self._words)
            ]
        )
        return latents
