"""Cuts things out of their own pictures and pastes their latents over the background, the largest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor

from lmd_desktop.rendering.latents import Bounds, Grid, box_mask, cells_of

MASK_THRESHOLD = 0.25  # of the brightest cell in the box
BLUR_SIGMA = 0.5  # in cells of the attention map
LEAST_SHARE = 0.15  # a mask that fills less of its box is noise, not a thing


@dataclass(frozen=True, slots=True)
class CutOut:
    """A thing painted alone: its latents before the first step and after each, and where it is."""

    latents: tuple[Tensor, ...]  # each (channels, rows, columns)
    mask: Tensor  # (rows, columns), 0 or 1


@dataclass(frozen=True, slots=True)
class Composition:
    """The background noise with all things pasted in, before the first step and after each; and where things are."""

    latents: tuple[Tensor, ...]  # each (1, channels, rows, columns)
    mask: Tensor  # (rows, columns), 0 or 1


def attention_mask(attention: Tensor, bounds: Bounds, latent_grid: Grid) -> Tensor:
    """Where the thing is inside its box, from the attention to its word, (rows, columns) of any grid.

    The box itself if the attention does not show a thing there.
    """
    box = box_mask(bounds, latent_grid, attention.device)
    smooth = _blurred(attention[None, None].float(), BLUR_SIGMA)
    large = F.interpolate(smooth, size=latent_grid, mode="bicubic", align_corners=False)[0, 0]
    inside = large[box > 0]
    lowest, highest = large.min(), inside.max()
    if not highest > lowest:
        return box
    mask = box * ((large - lowest) / (highest - lowest) > MASK_THRESHOLD)
    return mask if mask.sum() >= LEAST_SHARE * box.sum() else box


def is_inside(attention: Tensor, bounds: Bounds) -> bool:
    """Whether the brightest cell of a map, (rows, columns), lies in the box or at most one cell beside it."""
    rows, columns = attention.shape
    row, column = divmod(int(_blurred(attention[None, None].float(), BLUR_SIGMA).argmax()), columns)
    cells = cells_of(bounds, (rows, columns))
    return cells.top - 1 <= row <= cells.bottom and cells.left - 1 <= column <= cells.right


def compose(background: Tensor, cut_outs: Sequence[CutOut], *, bounds: Sequence[Bounds]) -> Composition:
    """Small things stay on top. The noise of the start is taken over the whole box and one cell around it."""
    order = sorted(range(len(cut_outs)), key=lambda index: -float(cut_outs[index].mask.sum()))
    grid = (background.shape[-2], background.shape[-1])
    whole = torch.zeros(grid, device=background.device)
    start = background.clone()
    for index in order:
        cells = cells_of(bounds[index], grid)
        rows = slice(max(cells.top - 1, 0), cells.bottom + 1)
        columns = slice(max(cells.left - 1, 0), cells.right + 1)
        start[0, :, rows, columns] = cut_outs[index].latents[0][:, rows, columns]
        whole = torch.maximum(whole, cut_outs[index].mask)
    later: list[Tensor] = []
    for step in range(1, len(cut_outs[0].latents)):
        pasted = torch.zeros_like(background)
        for index in order:
            pasted = torch.where(cut_outs[index].mask > 0, cut_outs[index].latents[step][None], pasted)
        later.append(pasted)
    return Composition((start, *later), whole)


def _blurred(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (1, 1, rows, columns)."""
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=image.device, dtype=image.dtype)
    kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = F.pad(image, (radius, radius, radius, radius), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
