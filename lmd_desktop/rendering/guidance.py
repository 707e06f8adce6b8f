"""The losses that pull attention into the boxes (LLM-grounded Diffusion, Lian et al., TMLR 2024, equations 3 to 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.latents import Bounds, Grid, box_mask

TOP_SHARE = 0.2  # the part of a region whose strongest cells count
HEADS_OF_THE_PAPER = 8  # the published scale and threshold are for a sum over the 8 heads of Stable Diffusion 1.x
TINY = 1e-5


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
    total = torch.zeros((), device=_device(maps))
    for name, attention in maps.items():
        for target in targets:
            masks = [box_mask(bounds, grids[name], attention.device).flatten() for bounds in target.bounds]  # (cells)
            beyond = 1.0 - torch.stack(masks).amax(dim=0)
            tokens = attention[:, :, list(target.positions)].float().transpose(1, 2)  # (heads, tokens, cells)
            inside = torch.stack([_mean_of_top(tokens * mask, mask.sum()) for mask in masks]).mean(dim=0)
            outside = _mean_of_top(tokens * beyond, beyond.sum())
            energy = HEADS_OF_THE_PAPER * (1.0 - inside + background_weight * outside).mean(dim=0)  # (tokens)
            total = total + target.strength * energy.mean()
    return total / (len(targets) * len(maps))


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


def _mean_of_top(values: Tensor, cells: Tensor) -> Tensor:
    """The mean of the strongest fifth of a region of ``cells`` cells, at least one cell."""
    count = max(1, int(TOP_SHARE * float(cells)))
    return values.topk(count, dim=-1).values.mean(dim=-1)


def _normalised(values: Tensor) -> Tensor:
    return values / (values.sum(dim=-1, keepdim=True) + TINY)


def _device(maps: Mapping[str, Tensor]) -> torch.device:
    return next(iter(maps.values())).device
