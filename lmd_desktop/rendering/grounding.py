"""GLIGEN grounding tokens: one per box, padded to the 30 slots that the gated layers were trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.latents import Bounds

SLOTS = 30


@dataclass(frozen=True, slots=True)
class Grounding:
    """What the UNet's position net takes, for a batch of pictures."""

    boxes: Tensor  # (batch, 30, 4), x0 y0 x1 y1 from 0 to 1
    embeddings: Tensor  # (batch, 30, width)
    masks: Tensor  # (batch, 30), 1 where a slot is used; less mixes its token with that of an empty slot

    def for_guidance_scale(self) -> Grounding:
        """For a batch of unconditional pictures followed by conditional ones: the first half sees empty slots."""
        return Grounding(
            torch.cat([self.boxes, self.boxes]),
            torch.cat([self.embeddings, self.embeddings]),
            torch.cat([torch.zeros_like(self.masks), self.masks]),
        )

    def emptied(self) -> Grounding:
        """The same slots, all unused."""
        return Grounding(self.boxes, self.embeddings, torch.zeros_like(self.masks))

    def kwargs(self) -> dict[str, dict[str, Tensor]]:
        """As ``cross_attention_kwargs`` of the UNet."""
        tokens = {"boxes": self.boxes, "positive_embeddings": self.embeddings, "masks": self.masks}
        return {"gligen": tokens}


def make_grounding(
    pictures: Sequence[Sequence[tuple[Bounds, Tensor, float]]], *, width: int, like: Tensor
) -> Grounding:
    """For each picture its boxes with their phrase vectors and strengths (0 to 1); at most 30 each."""
    boxes = torch.zeros(len(pictures), SLOTS, 4, device=like.device, dtype=like.dtype)
    embeddings = torch.zeros(len(pictures), SLOTS, width, device=like.device, dtype=like.dtype)
    masks = torch.zeros(len(pictures), SLOTS, device=like.device, dtype=like.dtype)
    for row, picture in enumerate(pictures):
        for slot, (bounds, vector, strength) in enumerate(picture):
            boxes[row, slot] = torch.tensor(bounds)
            embeddings[row, slot] = vector
            masks[row, slot] = strength
    return Grounding(boxes, embeddings, masks)
