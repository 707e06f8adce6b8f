"""What SDXL's UNet takes beside the tokens: the whole prompt as one vector, and the sizes of the picture."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor

from lmd_desktop.rendering.pipeline import Pipeline


def with_pooled(tokens: Tensor, pooled: Tensor) -> Tensor:
    """Tokens (prompts, tokens, width) with the pooled prompt (prompts, pooled width) as one more row, zero-padded.

    In one tensor both follow a prompt through every batch, slice and repeat; ``unet_inputs`` takes them apart again.
    """
    row = F.pad(pooled, (0, tokens.shape[-1] - pooled.shape[-1]))
    return torch.cat([tokens, row.unsqueeze(1)], dim=1)


def token_rows(pipeline: Pipeline, embeds: Tensor) -> Tensor:
    """The embeddings that cross-attention reads: all rows but SDXL's pooled one."""
    return embeds[:, :-1] if pipeline.is_xl else embeds


def unet_inputs(pipeline: Pipeline, embeds: Tensor, latents: Tensor) -> dict[str, Any]:
    """The text arguments of the UNet for a batch of latents (batch, 4, rows, columns).

    SDXL also wants the pooled prompt and, as six numbers, original size, crop and target size in pixels, height first
    (Podell et al., SDXL, 2023, section 2.2): a picture that was never cropped or enlarged.
    """
    if not pipeline.is_xl:
        return {"encoder_hidden_states": embeds}
    height, width = (cells * pipeline.vae_factor for cells in latents.shape[-2:])
    sizes = torch.tensor([height, width, 0, 0, height, width], device=embeds.device, dtype=embeds.dtype)
    pooled = embeds[:, -1, : pipeline.pooled_width]
    return {
        "encoder_hidden_states": token_rows(pipeline, embeds),
        "added_cond_kwargs": {"text_embeds": pooled, "time_ids": sizes.repeat(len(embeds), 1)},
    }
