"""Loads a painter from a folder in diffusers layout: also in half precision, also spread over several files."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lmd_desktop.rendering.checkpoints.components import Components

log = logging.getLogger(__name__)
TINY = "vae_tiny"  # a TAESD (Bohan, github.com/madebyollin/taesd) of the painter's latents, for previews


def load_folder(folder: Path, *, dtype: torch.dtype) -> Components:
    """Raises what the libraries raise if a part is damaged."""

    def tokenizer(part: str) -> Any:
        return CLIPTokenizer.from_pretrained(folder / part, local_files_only=True)

    is_xl = (folder / "text_encoder_2").is_dir()
    unet = load_part(UNet2DConditionModel, folder / "unet", torch_dtype=dtype)
    return Components(
        tokenizer=tokenizer("tokenizer"),
        text_encoder=load_part(CLIPTextModel, folder / "text_encoder", dtype=dtype),
        unet=unet,
        vae=load_part(AutoencoderKL, folder / "vae", torch_dtype=dtype),
        scheduler=json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8")),
        tokenizer_2=tokenizer("tokenizer_2") if is_xl else None,
        text_encoder_2=load_part(CLIPTextModelWithProjection, folder / "text_encoder_2", dtype=dtype)
        if is_xl
        else None,
        vae_tiny=_load_tiny(folder / TINY, unet.config["in_channels"], dtype),
    )


def _load_tiny(folder: Path, channels: int, dtype: torch.dtype) -> AutoencoderTiny | None:
    """Previews are not worth a painter that cannot be loaded: one that is damaged or does not fit is left out."""
    if not folder.is_dir():
        return None
    try:
        tiny: AutoencoderTiny = load_part(AutoencoderTiny, folder, torch_dtype=dtype)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError):
        log.exception("%s cannot be loaded: previews are linear", folder)
        return None
    if tiny.config["latent_channels"] != channels:
        log.warning("%s is for other latents: previews are linear", folder)
        return None
    return tiny


def load_part(loader: Any, folder: Path, **precision: torch.dtype) -> Any:
    """One component. A folder may hold half precision weights only, in files named after it."""
    has_default = any(
        ".fp16" not in file.name for pattern in ("*.safetensors", "*.index.json") for file in folder.glob(pattern)
    )
    return loader.from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        variant=None if has_default else "fp16",
        **precision,
    )
