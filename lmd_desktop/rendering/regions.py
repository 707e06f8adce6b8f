"""Divides a picture among its boxes: who owns how much of each cell, and what every box's own text is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lmd_desktop.domain.requests import Parameter
from lmd_desktop.rendering.latents import Bounds, Cells, Grid, cells_of
from lmd_desktop.rendering.prompts import compose_box_prompt, compose_prompt
from lmd_desktop.rendering.run import PlacedBox, Run
from lmd_desktop.rendering.text import is_too_long

SOFTEST = 1 / 16  # of a side of the box: an edge that is softer would fade a box of few cells away
LEAST_WEIGHT = 1e-3  # less is none, so that a box has an end

OVERLAP = Parameter(
    name="overlap",
    title="Where boxes overlap",
    summary="Who gets the cells: the smaller box, the last one in z order, or all of them a share.",
    kind="choice",
    default="smaller",
    choices=("smaller", "last", "shared"),
)
FEATHER = Parameter(
    name="feather",
    title="Soft edges",
    summary="How soft the edges of the boxes are, in latent cells of 8 pixels; 0 cuts sharply, which leaves seams.",
    kind="float",
    default=1.0,
    maximum=8.0,
)
BOX_PROMPT = Parameter(
    name="box_prompt",
    title="A box's own prompt",
    summary="What its part of the picture is painted from: the phrase with the background prompt, or the phrase alone.",
    kind="choice",
    default="phrase",
    choices=("with_background", "phrase"),
)


def region_weights(bounds: Sequence[Bounds], grid: Grid, *, overlap: str, feather: float = 0.0) -> Tensor:
    """How much of each cell belongs to what is outside of all boxes and to each box: (1 + boxes, rows, columns).

    From 0 to 1, summing to 1 in every cell. ``feather`` is the deviation of the Gaussian that blurs the edges, in cells
    of this grid. Without it and with ``overlap`` "last" these are the masks of MultiDiffusion's region control.
    """
    soft = [_soft_mask(cells_of(one, grid), grid, feather) for one in bounds]
    if overlap == "shared":
        shares = torch.stack([torch.zeros(grid), *soft])
        shares = shares / shares.sum(dim=0).clamp(min=1.0)
        shares[0] = (1.0 - shares.sum(dim=0)).clamp(min=0.0)
        return shares
    order = list(range(len(bounds)))
    if overlap == "smaller":
        order.sort(key=lambda index: -cells_of(bounds[index], grid).count)
    weights = torch.zeros(1 + len(bounds), *grid)
    weights[0] = 1.0
    for index in order:  # each over what is there already
        weights *= 1.0 - soft[index]
        weights[1 + index] = soft[index]
    return weights


def guided_boxes(run: Run) -> tuple[PlacedBox, ...]:
    """The boxes that get a part of the picture; those of strength 0 are left to the text outside."""
    return tuple(placed for placed in run.boxes if placed.box.strength > 0)


def outside_prompt(run: Run) -> str:
    """What is painted where no box is: the background prompt, with the things whose boxes have strength 0."""
    layout = run.request.layout
    unguided = tuple(box for box in layout.enabled_boxes if box.strength == 0)
    text = compose_prompt(replace(layout, boxes=unguided)).text
    if is_too_long(run.pipeline, text):
        run.monitor.note("The text of the background is longer than it is read here; its end was left out.")
    return text


def own_prompts(run: Run, boxes: Sequence[PlacedBox], *, form: str) -> list[str]:
    """The text of each box's part in the form that ``BOX_PROMPT`` names.

    A background prompt so long that the phrase would be cut off is left out.
    """
    layout = run.request.layout
    texts: list[str] = []
    for placed in boxes:
        phrase = compose_box_prompt(replace(layout, background_prompt=""), placed.box).text
        whole = compose_box_prompt(layout, placed.box).text
        texts.append(phrase if form == "phrase" or is_too_long(run.pipeline, whole) else whole)
        if is_too_long(run.pipeline, texts[-1]):
            run.monitor.note(f"“{placed.box.phrase}” is longer than the painter reads; its end was left out.")
    return texts


def own_negatives(run: Run, boxes: Sequence[PlacedBox]) -> list[str]:
    """What each box's part must not show: its own negative prompt beside that of the whole picture."""
    return [", ".join(part for part in (placed.box.negative, run.negative_prompt) if part) for placed in boxes]


def tell_hidden(run: Run, boxes: Sequence[PlacedBox], *, overlap: str) -> None:
    """Notes which boxes are wholly under others: at most their soft edges are painted."""
    weights = region_weights([placed.bounds for placed in boxes], run.grid, overlap=overlap)
    for placed, seen in zip(boxes, weights[1:].flatten(1).amax(dim=1).tolist(), strict=True):
        if seen == 0.0:
            run.monitor.note(f"“{placed.box.phrase}” is wholly covered by other boxes; it may not be seen.")


def _soft_mask(cells: Cells, grid: Grid, feather: float) -> Tensor:
    """1 deep inside the box, 0 far outside, (rows, columns); sides on the edge of the picture stay sharp."""
    if feather == 0.0:
        mask = torch.zeros(grid)
        mask[cells.top : cells.bottom, cells.left : cells.right] = 1.0
        return mask
    down = _soft_interval(cells.top, cells.bottom, grid[0], feather)
    across = _soft_interval(cells.left, cells.right, grid[1], feather)
    mask = down[:, None] * across[None, :]
    return torch.where(mask < LEAST_WEIGHT, 0.0, torch.where(mask > 1.0 - LEAST_WEIGHT, 1.0, mask))


def _soft_interval(start: int, end: int, length: int, feather: float) -> Tensor:
    """An interval blurred by a Gaussian, at the middle of each cell: differences of its distribution function."""
    spread = math.sqrt(2.0) * min(feather, SOFTEST * (end - start))
    middles = torch.arange(length) + 0.5
    rise = torch.ones(length) if start == 0 else 0.5 + 0.5 * torch.erf((middles - start) / spread)
    fall = torch.zeros(length) if end == length else 0.5 + 0.5 * torch.erf((middles - end) / spread)
    return rise - fall
