"""Latents to colours through the model's own decoder; in tiles if large, in single precision if half overflowed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lmd_desktop.domain.errors import UserError
from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.pipeline import Pipeline

# In latent cells: pictures of more than 1024 pixels, or 512 where memory is short, are decoded in tiles of 512.
CELLS_AT_ONCE, CELLS_AT_ONCE_IF_SHORT = 128 * 128, 64 * 64
TILE = 64

log = logging.getLogger(__name__)


def decode_latents(pipeline: Pipeline, latents: Tensor) -> Tensor:
    """(batch, 3, height, width) around -1 to 1."""
    scaled = latents / pipeline.vae.config["scaling_factor"]
    with _tiled(pipeline, latents):
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


@contextmanager
def _tiled(pipeline: Pipeline, latents: Tensor) -> Iterator[None]:
    """Overlapping tiles for pictures whose decoding would take more memory than painting them."""
    rows, columns = latents.shape[-2:]
    is_short = pipeline.memory_level >= MemoryLevel.ONE_AT_A_TIME
    if rows * columns <= (CELLS_AT_ONCE_IF_SHORT if is_short else CELLS_AT_ONCE):
        yield
        return
    vae: Any = pipeline.vae
    before = vae.use_tiling, vae.tile_latent_min_size, vae.tile_sample_min_size
    vae.use_tiling, vae.tile_latent_min_size, vae.tile_sample_min_size = True, TILE, TILE * pipeline.vae_factor
    try:
        yield
    finally:
        vae.use_tiling, vae.tile_latent_min_size, vae.tile_sample_min_size = before


def _decode(pipeline: Pipeline, scaled: Tensor, dtype: torch.dtype) -> Tensor:
    latents: Any = scaled.to(dtype)  # diffusers asks for a FloatTensor, which half precision is not
    return pipeline.vae.decode(latents, return_dict=False)[0]


def _is_finite(values: Tensor) -> bool:
    return bool(torch.isfinite(values).all())
