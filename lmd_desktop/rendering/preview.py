"""Small pictures of unfinished latents: through the painter's tiny decoder if it has one, else by a linear map from
latents to RGB, fitted to the model's own decoder once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from torch import Tensor

from lmd_desktop.domain.layout import Size
from lmd_desktop.rendering.decode import decode_latents, to_pixels
from lmd_desktop.rendering.latents import seeded
from lmd_desktop.rendering.pipeline import Pipeline

FIT_PICTURES = 4
FIT_CELLS = 16  # a decode of 16x16 latents is cheap also for Stable Diffusion on a CPU
FIT_SEED = 7
SHORT_SIDE = 96  # pixels; the window enlarges it further
MOST_PIXELS = 256  # of the shorter side, of a preview that has more detail


def fit_preview_matrix(pipeline: Pipeline) -> Tensor:
    """(5, 3): the weights of the four latent channels and a constant, by least squares over random smooth latents."""
    channels = pipeline.unet.config["in_channels"]
    generator = seeded(FIT_SEED)
    coarse = torch.randn((FIT_PICTURES, channels, FIT_CELLS // 4, FIT_CELLS // 4), generator=generator)
    latents = F.interpolate(coarse, size=(FIT_CELLS, FIT_CELLS), mode="bicubic", align_corners=False)
    with torch.no_grad():
        decoded = decode_latents(pipeline, latents.to(pipeline.device)).float().cpu()
    colours = F.avg_pool2d(decoded, pipeline.vae_factor)  # one colour per latent cell
    known = _with_constant(latents)  # (cells, 5)
    wanted = colours.nan_to_num().clamp(-1.0, 1.0).movedim(1, -1).reshape(-1, 3)
    return torch.linalg.lstsq(known, wanted).solution


def preview_picture(latents: Tensor, matrix: Tensor) -> tuple[Size, bytes]:
    """RGB rows of the first picture of the batch."""
    rows, columns = latents.shape[-2:]
    colours = _with_constant(latents[:1].float().cpu()) @ matrix  # (cells, 3)
    picture = colours.reshape(1, rows, columns, 3).movedim(-1, 1)
    enlarged = F.interpolate(
        picture, scale_factor=max(1, round(SHORT_SIDE / min(rows, columns))), mode="bicubic", align_corners=False
    )
    return _bytes_of(enlarged)


@torch.no_grad()
def decoded_preview(latents: Tensor, decoder: AutoencoderTiny) -> tuple[Size, bytes]:
    """RGB rows of the first picture of the batch, as the tiny decoder shows it."""
    decoded: Tensor = decoder.decode(latents[:1].to(decoder.dtype), return_dict=False)[0]
    factor = min(1.0, MOST_PIXELS / min(decoded.shape[-2:]))
    if factor < 1.0:
        decoded = F.interpolate(decoded.float(), scale_factor=factor, mode="area")
    return _bytes_of(decoded)


def _bytes_of(picture: Tensor) -> tuple[Size, bytes]:
    """Of (1, 3, height, width) around -1 to 1."""
    pixels = to_pixels(picture.nan_to_num(nan=-1.0))  # black
    return Size(pixels.shape[1], pixels.shape[0]), pixels.numpy().tobytes()


def _with_constant(latents: Tensor) -> Tensor:
    """(batch, channels, rows, columns) -> (cells, channels + 1)."""
    flat = latents.movedim(1, -1).reshape(-1, latents.shape[1])
    return torch.cat([flat, torch.ones(len(flat), 1)], dim=1)
