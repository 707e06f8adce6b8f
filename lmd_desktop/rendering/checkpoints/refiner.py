"""Loads the SDXL refiner: one checkpoint file, or a folder in diffusers layout. It has only the second text encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from lmd_desktop.catalog.checkpoint_file import FAMILY_TITLES, VAE
from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.catalog.painter_folder import check_weights
from lmd_desktop.rendering.checkpoints.folder import load_part
from lmd_desktop.rendering.checkpoints.single_file import (
    load_text_encoder,
    load_tokenizer,
    load_unet,
    open_checkpoint,
)
from lmd_desktop.rendering.checkpoints.tensors import below_prefix
from lmd_desktop.rendering.checkpoints.vae import vae_of

CHOOSE_REFINER = "Choose the refiner of SDXL 1.0: a .safetensors checkpoint, or a folder in diffusers layout."
PARTS = ("unet", "vae", "text_encoder_2", "tokenizer_2", "scheduler")


def load_refiner(path: Path, *, dtype: torch.dtype, allows_pickles: bool) -> Any:
    """diffusers' pipeline from picture to picture around it; UserError if it is something else."""
    parts = _from_folder(path, dtype) if path.is_dir() else _from_file(path, dtype, allows_pickles)
    # Imported here: nobody without a refiner should wait for it.
    from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_img2img import (
        StableDiffusionXLImg2ImgPipeline,
    )

    scheduler = getattr(diffusers, parts["scheduler"]["_class_name"]).from_config(parts["scheduler"])
    pipeline: Any = StableDiffusionXLImg2ImgPipeline(
        **(parts | {"scheduler": scheduler, "text_encoder": None, "tokenizer": None}),
        requires_aesthetics_score=True,
        add_watermarker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _from_file(path: Path, dtype: torch.dtype, allows_pickles: bool) -> dict[str, Any]:
    opened = open_checkpoint(path, needs_vae=True, allows_pickles=allows_pickles)
    if opened.checkpoint.family != "sdxl_refiner":
        family = FAMILY_TITLES[opened.checkpoint.family]
        raise unusable(f"“{path}” is a painter of {family}, not the refiner.", CHOOSE_REFINER)
    return {
        "unet": load_unet(opened, dtype=dtype),
        "vae": vae_of(below_prefix(opened.tensors, VAE), opened.configs["vae"], dtype=dtype),
        "text_encoder_2": load_text_encoder(CLIPTextModelWithProjection, opened, "text_encoder_2", dtype=dtype),
        "tokenizer_2": load_tokenizer(opened.configs["tokenizer_2"]),
        "scheduler": opened.configs["scheduler"],
    }


def _from_folder(path: Path, dtype: torch.dtype) -> dict[str, Any]:
    missing = [part for part in PARTS if not (path / part).is_dir()]
    if missing or (path / "text_encoder").is_dir():
        told = f"lacks {', '.join(missing)}" if missing else "is a painter, not the refiner"
        raise unusable(f"“{path}” {told}.", CHOOSE_REFINER)
    for part in ("unet", "vae", "text_encoder_2"):
        check_weights(path / part)
    return {
        "unet": load_part(UNet2DConditionModel, path / "unet", torch_dtype=dtype),
        "vae": load_part(AutoencoderKL, path / "vae", torch_dtype=dtype),
        "text_encoder_2": load_part(CLIPTextModelWithProjection, path / "text_encoder_2", dtype=dtype),
        "tokenizer_2": CLIPTokenizer.from_pretrained(path / "tokenizer_2", local_files_only=True),
        "scheduler": json.loads((path / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8")),
    }
