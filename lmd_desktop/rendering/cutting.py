"""Cuts each thing that was painted alone out of its picture, and says where it goes; Segment Anything if asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.box_cache import PaintedAlone
from lmd_desktop.rendering.composition import (
    CutOut,
    Offset,
    attention_mask,
    brightest_cell,
    cut_out,
    is_inside,
    offset_between,
    offset_to_centre,
)
from lmd_desktop.rendering.decode import decode_latents, to_pixels
from lmd_desktop.rendering.denoise import estimate_clean, predict_guided
from lmd_desktop.rendering.latents import Grid, box_mask, shift_between
from lmd_desktop.rendering.method import Step
from lmd_desktop.rendering.per_box import AloneSettings, BoxAlone, alone_grounding, alone_task, mean_attention
from lmd_desktop.rendering.run import Run
from lmd_desktop.rendering.segmenting import choose_mask

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CutSettings:
    """``mask`` is ``attention``, ``sam`` or ``box``; ``align`` is ``thing`` or ``box``; see the parameters of LMD."""

    mask: str
    sam_prompt: str
    align: str
    align_by: str
    drops_strays: bool


def cut_thing(
    run: Run,
    alone: BoxAlone,
    painted: PaintedAlone,
    *,
    grids: Mapping[str, Grid],
    settings: CutSettings,
    alone_settings: AloneSettings,
) -> CutOut | None:
    """The thing, moved to its box; None if it came out elsewhere and could only be pasted as bare background."""
    attention = mean_attention(painted, grids)
    box = box_mask(alone.bounds, run.grid, painted.latents.device)
    moves_thing = settings.align == "thing"
    if settings.mask == "sam":
        mask = _segmented(run, alone, painted, attention, settings=settings, alone_settings=alone_settings)
    elif settings.mask == "box" or attention is None:
        mask = box
    else:
        mask = attention_mask(attention, alone.bounds, run.grid, may_leave_box=moves_thing)
    is_stray = attention is not None and not is_inside(attention, alone.bounds)
    is_followed = moves_thing and not torch.equal(mask, box)  # a thing that moves to its box may lie anywhere
    if settings.drops_strays and is_stray and not is_followed:
        log.info("“%s” did not come out in its box when painted alone", alone.placed.box.id)
        return None
    if moves_thing:
        cell = _coarsest_cell(run.grid, grids) if settings.align_by == "coarse" else (1, 1)
        offset = offset_to_centre(mask, alone.placed.bounds, cell=cell)
    else:
        offset = offset_between(alone.bounds, alone.placed.bounds, run.grid)
    cut = cut_out(painted.latents, mask, offset)
    return cut if bool(cut.mask.any()) else None


def moved_maps(
    painted: PaintedAlone, offset: Offset, *, grids: Mapping[str, Grid], latent_grid: Grid
) -> dict[str, Tensor]:
    """The attention maps of a thing where it was moved to, by layer: (steps, heads, cells).

    By the same way as the latents; on a coarser grid that may end between two cells, which are mixed then.
    """
    moved: dict[str, Tensor] = {}
    for name, maps in painted.maps.items():
        grid = grids[name]
        rows = offset.rows * grid[0] / latent_grid[0]
        columns = offset.columns * grid[1] / latent_grid[1]
        moved[name] = shift_between(maps.float().unflatten(-1, grid), rows, columns).flatten(-2)
    return moved


def _segmented(
    run: Run,
    alone: BoxAlone,
    painted: PaintedAlone,
    attention: Tensor | None,
    *,
    settings: CutSettings,
    alone_settings: AloneSettings,
) -> Tensor:
    """Segment Anything's mask, (rows, columns) of the latents; made once for a result and remembered with it.

    A proposal must agree with the coarse mask: attention for a point, the box for a box, as published.
    """
    segmenter = run.segmenter()
    by_point = settings.sam_prompt == "point" and attention is not None
    name = f"sam {'point' if by_point else 'box'} {painted.steps} {segmenter.sha256}"
    if name in painted.masks:
        return painted.masks[name]
    if by_point and attention is not None:
        row, column = brightest_cell(attention)
        place = ((column + 0.5) / attention.shape[1], (row + 0.5) / attention.shape[0])
        coarse = attention_mask(attention, alone.bounds, run.grid, may_leave_box=True)
    else:
        place = alone.bounds
        coarse = box_mask(alone.bounds, run.grid, painted.latents.device)
    pixels = to_pixels(decode_latents(run.pipeline, _finished(run, alone, painted, alone_settings)))
    masks, trust = segmenter.segment(pixels, place)
    mask = choose_mask(masks.to(coarse.device), trust, coarse)
    mask = mask if bool(mask.any()) else coarse
    run.memory.cache.keep_mask(alone.key, name, mask)
    return mask


def _finished(run: Run, alone: BoxAlone, painted: PaintedAlone, settings: AloneSettings) -> Tensor:
    """The finished latents of a box's own picture, as far as one more UNet call tells: (1, channels, rows, columns)."""
    latents = painted.latents[-1:]
    if painted.steps == painted.total:
        return latents
    task = alone_task(run, (alone,), latents=latents, steps=painted.steps)
    scheduler = run.pipeline.new_scheduler(run.request.num_inference_steps)
    step = Step(painted.steps, painted.total, scheduler.timesteps[painted.steps], latents, scheduler)
    is_grounded = step.is_before(settings.grounding_ratio)
    run.monitor.count_unet_call()
    noise_pred = predict_guided(
        run.pipeline,
        step,
        task.conditioning,
        grounding=alone_grounding(run, (alone,), settings) if is_grounded else None,
    )
    return estimate_clean(run.pipeline, step, noise_pred)


def _coarsest_cell(latent_grid: Grid, grids: Mapping[str, Grid]) -> Grid:
    """Rows and columns of latents that one cell of the coarsest guided map covers."""
    rows, columns = min(grids.values(), key=lambda grid: grid[0] * grid[1])
    return max(1, latent_grid[0] // rows), max(1, latent_grid[1] // columns)
