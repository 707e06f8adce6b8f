"""Sizes, seeds, noise and box masks in the latent grid; scene pixels end here."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.domain.requests import MAX_SEED

MIN_SIDE_IN_MULTIPLES = 2
FLOOR = 0.8  # where a thing that is painted alone stands, from the top (LMD, Lian et al., TMLR 2024)
STEPS_OF_A_SIDE = 2**20  # shares of a side are counted in: no side of up to 4096 pixels lies between two of them

Grid = tuple[int, int]  # rows, columns
Bounds = tuple[float, float, float, float]  # x0, y0, x1, y1 from 0 to 1


@dataclass(frozen=True, slots=True)
class Cells:
    """A box in cells of a grid: rows ``top`` to ``bottom``, columns ``left`` to ``right``, ends excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def count(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


def paint_size(native: Size, multiple: int, *, canvas: Size, asked: Size | None) -> Size:
    """The asked size, or the native number of pixels with the canvas's ratio; sides are multiples the model can do."""
    if asked is not None:
        width, height = float(asked.width), float(asked.height)
    else:
        ratio = math.sqrt(canvas.width / canvas.height)
        side = math.sqrt(native.width * native.height)
        width, height = side * ratio, side / ratio
    return Size(_to_multiple(width, multiple), _to_multiple(height, multiple))


def relative_bounds(rect: Rect, canvas: Size) -> Bounds:
    """A rectangle in shares of the canvas, cut off at its edges."""

    def share(value: int, whole: int) -> float:
        return min(max(value / whole, 0.0), 1.0)

    return (
        share(rect.x, canvas.width),
        share(rect.y, canvas.height),
        share(rect.right, canvas.width),
        share(rect.bottom, canvas.height),
    )


def standing_bounds(bounds: Bounds) -> Bounds:
    """A box of the same size in the middle of the picture, standing a fifth above its lower edge; tall ones lower.

    It depends on the size alone, to the last bit, however the box was moved before.
    """
    x0, y0, x1, y1 = bounds
    width, height = _extent(x0, x1), _extent(y0, y1)
    left, top = (1.0 - width) / 2, max(FLOOR - height, 0.0)
    return left, top, left + width, top + height


def cells_of(bounds: Bounds, grid: Grid) -> Cells:
    """The cells of a box; at least one. The width is rounded by itself: moving a box does not change it."""
    rows, columns = grid
    x0, y0, x1, y1 = bounds
    width = min(max(round(_extent(x0, x1) * columns), 1), columns)
    height = min(max(round(_extent(y0, y1) * rows), 1), rows)
    left = min(round(x0 * columns), columns - width)
    top = min(round(y0 * rows), rows - height)
    return Cells(left, top, left + width, top + height)


def shift(values: Tensor, rows: int, columns: int) -> Tensor:
    """Moves the last two dimensions down and to the right by whole cells; what comes in from outside is 0."""
    height, width = values.shape[-2:]
    moved = torch.zeros_like(values)
    if abs(rows) < height and abs(columns) < width:
        to_rows, from_rows = _overlap(rows, height)
        to_columns, from_columns = _overlap(columns, width)
        moved[..., to_rows, to_columns] = values[..., from_rows, from_columns]
    return moved


def shift_between(values: Tensor, rows: float, columns: float) -> Tensor:
    """As ``shift``, by any share of a cell: cells in between are mixed linearly. Exact by whole cells."""
    down, right = math.floor(rows), math.floor(columns)
    part_down, part_right = rows - down, columns - right
    moved = torch.zeros_like(values)
    for more_down, share_down in ((0, 1.0 - part_down), (1, part_down)):
        for more_right, share_right in ((0, 1.0 - part_right), (1, part_right)):
            if share_down * share_right > 0:
                moved += share_down * share_right * shift(values, down + more_down, right + more_right)
    return moved


def box_mask(bounds: Bounds, grid: Grid, device: torch.device) -> Tensor:
    """1 inside the box, 0 outside: (rows, columns)."""
    cells = cells_of(bounds, grid)
    mask = torch.zeros(grid, device=device)
    mask[cells.top : cells.bottom, cells.left : cells.right] = 1.0
    return mask


def box_seed(seed: int, box_id: str) -> int:
    """A seed that depends on the picture's seed and the box's id alone: other boxes may come and go."""
    digest = hashlib.sha256(f"{seed}:{box_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % (MAX_SEED + 1)


def seeded(seed: int) -> torch.Generator:
    """On the CPU, so that a seed gives the same noise on every device."""
    return torch.Generator("cpu").manual_seed(seed)


def noise(generator: torch.Generator, channels: int, grid: Grid, *, device: torch.device) -> Tensor:
    """(1, channels, rows, columns) of unit variance, in single precision."""
    return torch.randn((1, channels, *grid), generator=generator).to(device)


def mix_noise(background: Tensor, foreground: Tensor, mask: Tensor, *, ratio: float) -> Tensor:
    """Inside the mask sqrt(1-r) background + sqrt(r) foreground, which keeps unit variance; outside the background."""
    inside = math.sqrt(1.0 - ratio) * background + math.sqrt(ratio) * foreground
    return torch.where(mask > 0, inside, background)


def _extent(first: float, last: float) -> float:
    """The difference without what floating point adds to it at one place and not at another."""
    return round((last - first) * STEPS_OF_A_SIDE) / STEPS_OF_A_SIDE


def _overlap(offset: int, length: int) -> tuple[slice, slice]:
    """Where values land, and where they come from, if a row of this length moves by an offset."""
    return slice(max(offset, 0), length + min(offset, 0)), slice(max(-offset, 0), length - max(offset, 0))


def _to_multiple(side: float, multiple: int) -> int:
    return max(round(side / multiple), MIN_SIDE_IN_MULTIPLES) * multiple
