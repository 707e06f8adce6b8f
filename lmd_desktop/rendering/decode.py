"""Latents to colours through the model's own decoder, once more in single precision if half precision overflowed."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn

from lmd_desktop.domain.errors import UserError
from lmd_desktop.rendering.pipeline import Pipeline

log = logging.getLogger(__name__)


def decode_latents(pipeline: Pipeline, latents: Tensor) -> Tensor:
    """(batch, 3, height, width) around -1 to 1."""
    scaled = latents / pipeline.vae.config["scaling_factor"]
    decoded = _decode(pipeline, scaled, pipeline.dtype)
    if not _is_finite(decoded) and pipeline.dtype is not torch.float32:
        log.info("the decoder overflowed in %s, decoding in float32", pipeline.dtype)
        nn.Module.to(pipeline.vae, torch.float32)
        try:
            decoded = _decode(pipeline, scaled, torch.float32)
        finally:
            nn.Module.to(pipeline.vae, pipeline.dtype)
    if not _is_finite(decoded):
        raise UserError("The painter's decoder overflowed.", "Paint on the CPU, or choose another painter.")
    return decoded


def to_pixels(decoded: Tensor) -> Tensor:
    """(rows, columns, 3) bytes of the first picture."""
    picture = (decoded[0].float() / 2 + 0.5).clamp(0.0, 1.0)
    return (picture * 255).round().to(torch.uint8).movedim(0, -1).contiguous().cpu()


def _decode(pipeline: Pipeline, scaled: Tensor, dtype: torch.dtype) -> Tensor:
    latents: Any = scaled.to(dtype)  # diffusers asks for a FloatTensor, which half precision is not
    return pipeline.vae.decode(latents, return_dict=False)[0]


def _is_finite(values: Tensor) -> bool:
    return bool(torch.isfinite(values).all())
