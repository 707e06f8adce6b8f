"""The architecture of Stable Diffusion 1.5 with random weights, gated as for GLIGEN: speed does not depend on weights.

The UNet is the real one, or one of the same layers and hardly any width, for counting its calls. The text encoder has
one layer and the autoencoder next to none: what is measured here is the UNet.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from lmd_desktop.catalog import resources_folder
from lmd_desktop.rendering.pipeline import Pipeline

CHANNELS = (320, 640, 1280, 1280)
THIN_CHANNELS = (16, 16, 16, 16)
TEXT_WIDTH = 768
SCHEDULER: dict[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}


def make_pipeline(channels: tuple[int, ...], *, pixels: int, device: str) -> Pipeline:
    """A painter whose pictures have this side by default; the weights are the same on every call."""
    torch.manual_seed(7)
    target = torch.device(device)
    is_thin = channels != CHANNELS
    unet = UNet2DConditionModel(
        sample_size=pixels // 8,
        block_out_channels=channels,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=8,
        norm_num_groups=8 if is_thin else 32,
        attention_type="gated",
    )
    tokenizer = CLIPTokenizer.from_pretrained(resources_folder() / "clip", local_files_only=True)
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=TEXT_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=12,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        mid_block_add_attention=False,
    )
    parts: list[Any] = [part.eval().requires_grad_(False).to(target) for part in (CLIPTextModel(text), unet, vae)]
    return Pipeline(
        name="Stable Diffusion 1.5, random weights",
        sha256="",
        tokenizer=tokenizer,
        text_encoder=parts[0],
        unet=parts[1],
        vae=parts[2],
        scheduler_class=DDIMScheduler,
        scheduler_config=dict(DDIMScheduler(**SCHEDULER).config),
        device=target,
        dtype=torch.float32,
    )
