"""Cuts things out of their own pictures, moves them to their boxes, pastes them together: the largest lies below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor

from lmd_desktop.rendering.latents import Bounds, Grid, box_mask, cells_of, shift

MASK_THRESHOLD = 0.25  # between the darkest and the brightest cell
BLUR_SIGMA = 0.5  # in cells of the attention map
LEAST_SHARE = 0.15  # a mask that fills less of its box is noise, not a thing
MOST_SHARE = 1.5  # a mask that is larger than its box by more is attention to everything, not a thing


@dataclass(frozen=True, slots=True)
class Offset:
    """How far something is moved, in latent cells."""

    rows: int
    columns: int

    def of(self, values: Tensor) -> Tensor:
        """Latents or masks, moved: (…, rows, columns); what comes in from outside is 0."""
        return shift(values, self.rows, self.columns)


@dataclass(frozen=True, slots=True)
class CutOut:
    """A thing painted alone, moved to its box."""

    latents: Tensor  # (steps + 1, channels, rows, columns): before the first step and after each
    mask: Tensor  # (rows, columns), 0 or 1
    offset: Offset  # from where it was painted


@dataclass(frozen=True, slots=True)
class Composition:
    """The background noise with all things pasted in, before the first step and after each; and where things are."""

    latents: Tensor  # (steps + 1, 1, channels, rows, columns)
    mask: Tensor  # (rows, columns), 0 or 1


def attention_mask(attention: Tensor, bounds: Bounds, latent_grid: Grid, *, may_leave_box: bool = False) -> Tensor:
    """Where the thing is, from the attention to its word, (rows, columns) of any grid.

    Cut off at the box, unless it ``may_leave_box`` and has about the size of one. The box itself if the attention does
    not show a thing there.
    """
    box = box_mask(bounds, latent_grid, attention.device)
    smooth = _blurred(attention[None, None].float(), BLUR_SIGMA)
    large = F.interpolate(smooth, size=latent_grid, mode="bicubic", align_corners=False)[0, 0]
    if may_leave_box:
        seen = _brighter_part(large, large.max())
        if seen is not None and LEAST_SHARE * box.sum() <= seen.sum() <= MOST_SHARE * box.sum():
            return seen
    seen = _brighter_part(large, large[box > 0].max())
    return box * seen if seen is not None and (box * seen).sum() >= LEAST_SHARE * box.sum() else box


def is_inside(attention: Tensor, bounds: Bounds) -> bool:
    """Whether the brightest cell of a map, (rows, columns), lies in the box or at most one cell beside it."""
    grid = (attention.shape[0], attention.shape[1])
    row, column = brightest_cell(attention)
    cells = cells_of(bounds, grid)
    return cells.top - 1 <= row <= cells.bottom and cells.left - 1 <= column <= cells.right


def brightest_cell(attention: Tensor) -> tuple[int, int]:
    """Row and column of the strongest attention, (rows, columns), specks smoothed away."""
    smooth = _blurred(attention[None, None].float(), BLUR_SIGMA)
    return divmod(int(smooth.argmax()), attention.shape[1])


def offset_between(painted: Bounds, wanted: Bounds, grid: Grid) -> Offset:
    """From one place of a box to another of the same size: exact, both have the same number of cells."""
    here, there = cells_of(painted, grid), cells_of(wanted, grid)
    return Offset(there.top - here.top, there.left - here.left)


def offset_to_centre(mask: Tensor, wanted: Bounds, *, cell: Grid = (1, 1)) -> Offset:
    """Moves the middle of a mask to the middle of a box, by whole multiples of ``cell`` latent cells.

    LMD takes a cell of the coarsest guided map, so that saved maps move by whole cells too, and is off by up to half of
    that: 32 pixels of 512. Maps between cells can be mixed, so one latent cell is enough.
    """
    cells = cells_of(wanted, (mask.shape[0], mask.shape[1]))
    rows, columns = mask.nonzero(as_tuple=True)
    down = (cells.top + cells.bottom) / 2 - (rows.float().mean().item() + 0.5)
    right = (cells.left + cells.right) / 2 - (columns.float().mean().item() + 0.5)
    return Offset(round(down / cell[0]) * cell[0], round(right / cell[1]) * cell[1])


def cut_out(latents: Tensor, mask: Tensor, offset: Offset) -> CutOut:
    """Moves latents, (steps + 1, channels, rows, columns), and their mask."""
    return CutOut(offset.of(latents), offset.of(mask), offset)


def compose(background: Tensor, cut_outs: Sequence[CutOut]) -> Composition:
    """Small things stay on top. The noise of the start is taken around the whole of a thing, a cell beyond it."""
    order = sorted(cut_outs, key=lambda cut: -float(cut.mask.sum()))
    steps = len(order[0].latents)
    whole = torch.zeros_like(order[0].mask)
    latents = torch.zeros((steps, *background.shape), device=background.device, dtype=background.dtype)
    latents[0] = background
    for cut in order:
        came_along = cut.offset.of(torch.ones_like(cut.mask))  # what lay outside of the picture has no noise
        around = _surroundings(cut.mask) * came_along
        latents[0] = torch.where(around > 0, cut.latents[0], latents[0])
        latents[1:] = torch.where(cut.mask > 0, cut.latents[1:, None], latents[1:])
        whole = torch.maximum(whole, cut.mask)
    return Composition(latents, whole)


def _surroundings(mask: Tensor) -> Tensor:
    """The smallest rectangle around a mask and one cell beyond it."""
    around = torch.zeros_like(mask)
    rows, columns = mask.nonzero(as_tuple=True)
    if len(rows):
        top, left = max(int(rows.min()) - 1, 0), max(int(columns.min()) - 1, 0)
        around[top : int(rows.max()) + 2, left : int(columns.max()) + 2] = 1.0
    return around


def _brighter_part(values: Tensor, highest: Tensor) -> Tensor | None:
    """Cells above the threshold between the darkest of all and ``highest``; None if all are alike."""
    lowest = values.min()
    return ((values - lowest) / (highest - lowest) > MASK_THRESHOLD).float() if highest > lowest else None


def _blurred(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (1, 1, rows, columns)."""
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=image.device, dtype=image.dtype)
    kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = F.pad(image, (radius, radius, radius, radius), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
