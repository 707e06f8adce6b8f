"""The losses that pull attention into the boxes (LLM-grounded Diffusion, Lian et al., TMLR 2024, equations 3 to 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.latents import Bounds, Grid, box_mask, cells_of

TOP_SHARE = 0.2  # the part of a region whose strongest cells count
HEADS_OF_THE_PAPER = 8  # the published scale and threshold are for a sum over the 8 heads of Stable Diffusion 1.x
TINY = 1e-5
EDGE_CELLS = 1  # on either side of a box's first and last row and column: BoxDiff's corners


@dataclass(frozen=True, slots=True)
class Target:
    """A phrase of the prompt, ``word`` being its noun, and the boxes it stands for."""

    positions: tuple[int, ...]
    word: int
    box_ids: tuple[str, ...]
    bounds: tuple[Bounds, ...]
    strengths: tuple[float, ...]

    @property
    def strength(self) -> float:
        return sum(self.strengths) / len(self.strengths)

    @property
    def wanted(self) -> tuple[tuple[Bounds, float], ...]:
        """The boxes that pull, with their strengths; those of strength 0 are left to the prompt."""
        pairs = zip(self.bounds, self.strengths, strict=True)
        return tuple((bounds, strength) for bounds, strength in pairs if strength > 0)


@dataclass(frozen=True, slots=True)
class GuidedTokens:
    """Every token of some targets with the cells of one grid that it should look at, one row per token and region.

    Made once per picture: a loss is then a few operations on whole tensors, and nothing waits for the device.
    """

    positions: Tensor  # (tokens), in the prompt
    inside: Tensor  # (tokens, rows, columns), 1 in the region
    outside: Tensor  # (tokens, rows, columns), 1 outside of all regions of the phrase
    top_inside: Tensor  # (tokens, cells), 1/k for the k strongest of the cells inside: weights of sorted values
    top_outside: Tensor  # (tokens, cells), the same outside
    edge_rows: Tensor  # (tokens, rows), 1 at the upper and lower edges of the boxes
    edge_columns: Tensor  # (tokens, columns), 1 at the left and right edges
    strengths: Tensor  # (tokens), the mean of the region's boxes
    shares: Tensor  # (tokens), 1 / rows of the phrase


def guided_tokens(
    targets: Sequence[Target], grid: Grid, device: torch.device, *, each_box_alone: bool = False
) -> GuidedTokens:
    """Rows for at least one target; its boxes are one region, or one each. Boxes of strength 0 are left out."""
    cpu = torch.device("cpu")  # where counting cells waits for nothing
    rows: list[tuple[Tensor, ...]] = []
    for target in targets:
        wanted = target.wanted
        beyond = 1.0 - _union([bounds for bounds, _ in wanted], grid, cpu)
        regions = [(one,) for one in wanted] if each_box_alone else [wanted]
        for region in regions:
            inside = _union([bounds for bounds, _ in region], grid, cpu)
            strength = sum(strength for _, strength in region) / len(region)
            share = 1.0 / (len(target.positions) * len(regions))
            shape = (inside, beyond, _top_weights(inside), _top_weights(beyond), *_edges(region, grid))
            weights = (torch.tensor(strength), torch.tensor(share))
            rows += [(torch.tensor(position), *shape, *weights) for position in target.positions]
    return GuidedTokens(*(torch.stack(column).to(device) for column in zip(*rows, strict=True)))


def mean_of_top(values: Tensor, weights: Tensor) -> Tensor:
    """The mean of the strongest cells, (..., tokens), of (..., tokens, cells), by the rows' ``top_`` weights."""
    return (values.sort(dim=-1, descending=True).values * weights).sum(dim=-1)


# Layer name -> box id -> (heads, cells); only of boxes that were painted alone.
References = Mapping[str, Mapping[str, Tensor]]


def attention_loss(
    maps: Mapping[str, Tensor], grids: Mapping[str, Grid], targets: Sequence[Target], *, background_weight: float
) -> Tensor:
    """Max-based loss: the strongest cells of each phrase must lie inside its boxes, and none outside.

    ``maps`` are (heads, cells, tokens) by layer. Per layer, phrase and token:
    8 * mean over heads of (1 - mean top-k inside) + w * (mean top-k outside); k is a fifth of the region.
    The paper takes the boxes of equal things as one region; one thing could fill that alone, so here each counts.
    """
    tokens = {
        grid: guided_tokens(targets, grid, _device(maps), each_box_alone=True)
        for grid in {grids[name] for name in maps}
    }
    by_layer = {name: tokens[grids[name]] for name in maps}
    return max_loss(maps, by_layer, background_weight=background_weight) / len(targets)


def max_loss(maps: Mapping[str, Tensor], tokens: Mapping[str, GuidedTokens], *, background_weight: float) -> Tensor:
    """The loss of ``attention_loss``, summed over the phrases, with tokens by layer that were made before."""
    total = torch.zeros((), device=_device(maps))
    for name, attention in maps.items():
        rows = tokens[name]
        values = attention[:, :, rows.positions].float().transpose(1, 2)  # (heads, tokens, cells)
        inside = mean_of_top(values * rows.inside.flatten(1), rows.top_inside)  # (heads, tokens)
        outside = mean_of_top(values * rows.outside.flatten(1), rows.top_outside)
        energy = HEADS_OF_THE_PAPER * (1.0 - inside + background_weight * outside).mean(dim=0)
        total = total + (rows.strengths * rows.shares * energy).sum()
    return total / len(maps)


def reference_loss(
    maps: Mapping[str, Tensor], grids: Mapping[str, Grid], targets: Sequence[Target], references: References
) -> Tensor:
    """Distance between the overall picture's attention to each thing and that of the thing painted alone.

    Both maps are cut to the box and made to sum to 1, so that only their shape counts.
    """
    total = torch.zeros((), device=_device(maps))
    for name, attention in maps.items():
        for target in targets:
            word = attention[:, :, target.word].float()  # (heads, cells)
            per_box = zip(target.box_ids, target.bounds, target.strengths, strict=True)
            for box_id, bounds, strength in per_box:
                if box_id in references[name]:
                    mask = box_mask(bounds, grids[name], attention.device).flatten()
                    alone = references[name][box_id].float()
                    difference = _normalised(word * mask) - _normalised(alone * mask)
                    total = total + strength * difference.abs().sum(dim=1).mean() / len(target.box_ids)
    return total / (len(targets) * len(maps))


def _union(boxes: Sequence[Bounds], grid: Grid, device: torch.device) -> Tensor:
    return torch.stack([box_mask(bounds, grid, device) for bounds in boxes]).amax(dim=0)


def _top_weights(mask: Tensor) -> Tensor:
    """1/k at the first k of all cells, k being a fifth of the mask's cells, at least one: (cells)."""
    weights = torch.zeros(mask.numel())
    count = max(1, int(TOP_SHARE * int(mask.sum())))
    weights[:count] = 1.0 / count
    return weights


def _edges(region: Sequence[tuple[Bounds, float]], grid: Grid) -> tuple[Tensor, Tensor]:
    """1 within a cell of the first and the last row, and of the first and the last column, of every box."""
    rows, columns = torch.zeros(grid[0]), torch.zeros(grid[1])
    for bounds, _ in region:
        cells = cells_of(bounds, grid)
        for edges, first, last in ((rows, cells.top, cells.bottom - 1), (columns, cells.left, cells.right - 1)):
            for cell in (first, last):
                edges[max(cell - EDGE_CELLS, 0) : cell + EDGE_CELLS + 1] = 1.0
    return rows, columns


def _normalised(values: Tensor) -> Tensor:
    return values / (values.sum(dim=-1, keepdim=True) + TINY)


def _device(maps: Mapping[str, Tensor]) -> torch.device:
    return next(iter(maps.values())).device
