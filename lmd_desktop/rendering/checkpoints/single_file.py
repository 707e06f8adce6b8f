"""Loads a painter from one checkpoint file in the original key layout; what the file lacks comes with the app."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_open_clip_checkpoint,
)
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lmd_desktop.catalog import resources_folder
from lmd_desktop.catalog.checkpoint_file import VAE, CheckpointInfo, tell_checkpoint
from lmd_desktop.catalog.safetensors_header import WeightsHeader, read_weights_header
from lmd_desktop.catalog.weight_kinds import UNET
from lmd_desktop.rendering.checkpoints.components import Components
from lmd_desktop.rendering.checkpoints.configs import Config, fitted_configs
from lmd_desktop.rendering.checkpoints.tensors import Tensors, below_prefix, build, read_tensors, shapes_of
from lmd_desktop.rendering.checkpoints.vae import load_vae, vae_of

log = logging.getLogger(__name__)

# Stable Diffusion 2.x was trained on velocities after its base was trained on noise, and only this normalisation tells:
# its biases spread further in the former (as ComfyUI found).
TELLING = f"{UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias"
VELOCITY_SPREAD = 0.09


@dataclass(frozen=True, slots=True)
class OpenCheckpoint:
    """A file that was told for what it is; its tensors are still on disk."""

    tensors: Tensors
    checkpoint: CheckpointInfo
    configs: dict[str, Config]


def open_checkpoint(path: Path, *, needs_vae: bool, allows_pickles: bool) -> OpenCheckpoint:
    """Raises UserError if it is no painter or lacks a part."""
    tensors = read_tensors(path, allows_pickles=allows_pickles)
    if path.suffix.lower() == ".safetensors":
        header = read_weights_header(path)
    else:
        header = WeightsHeader(path, shapes_of(tensors), {}, path.stat().st_size)
    checkpoint = tell_checkpoint(header, needs_vae=needs_vae)
    if checkpoint.prediction is None:
        checkpoint = replace(checkpoint, prediction=_measured_prediction(tensors))
    log.info("%s is a checkpoint of %s, %s", path, checkpoint.family, checkpoint.prediction)
    return OpenCheckpoint(tensors, checkpoint, fitted_configs(checkpoint, header.shapes))


def load_single_file(path: Path, vae: Path | None, *, dtype: torch.dtype, allows_pickles: bool) -> Components:
    """Raises UserError if it is no painter, ValueError if tensors are missing or have other sizes than their family's.

    ``vae`` is taken instead of the one in the file, which need not have one.
    """
    opened = open_checkpoint(path, needs_vae=vae is None, allows_pickles=allows_pickles)
    configs = opened.configs
    is_xl = "text_encoder_2" in configs
    return Components(
        tokenizer=load_tokenizer(configs["tokenizer"]),
        text_encoder=load_text_encoder(CLIPTextModel, opened, "text_encoder", dtype=dtype),
        unet=load_unet(opened, dtype=dtype),
        vae=load_vae(vae, configs["vae"], dtype=dtype, allows_pickles=allows_pickles)
        if vae is not None
        else vae_of(below_prefix(opened.tensors, VAE), configs["vae"], dtype=dtype),
        scheduler=configs["scheduler"],
        tokenizer_2=load_tokenizer(configs["tokenizer_2"]) if is_xl else None,
        text_encoder_2=load_text_encoder(CLIPTextModelWithProjection, opened, "text_encoder_2", dtype=dtype)
        if is_xl
        else None,
    )


def load_tokenizer(config: Config) -> Any:
    return CLIPTokenizer.from_pretrained(resources_folder() / "clip", local_files_only=True, **config)


def load_unet(opened: OpenCheckpoint, *, dtype: torch.dtype) -> UNet2DConditionModel:
    config = opened.configs["unet"]
    own = {name: tensor for name, tensor in opened.tensors.items() if name.startswith(UNET)}
    return build(
        lambda: UNet2DConditionModel.from_config(config), convert_ldm_unet_checkpoint(own, config), dtype=dtype
    )


def load_text_encoder(
    module_class: type[CLIPTextModel | CLIPTextModelWithProjection],
    opened: OpenCheckpoint,
    part: str,
    *,
    dtype: torch.dtype,
) -> Any:
    """``part`` is its name in the configurations; the encoders of a file come in the order of their prefixes."""
    parts = [name for name in ("text_encoder", "text_encoder_2") if name in opened.configs]
    own = below_prefix(opened.tensors, opened.checkpoint.prefixes[parts.index(part)])
    settings = CLIPTextConfig(**opened.configs[part])
    if any(name.startswith("transformer.resblocks.") for name in own):
        own = convert_open_clip_checkpoint(_Sized(settings), own, prefix="")
    # transformers has the layers of CLIPTextModel without, and of the other class with "text_model." before them.
    bare = {name.removeprefix("text_model."): tensor for name, tensor in own.items()}
    if module_class is CLIPTextModelWithProjection:
        bare = {name if name.startswith("text_projection") else f"text_model.{name}": bare[name] for name in bare}
    return build(lambda: module_class(settings), bare, dtype=dtype)


class _Sized:
    """All that diffusers' converter asks of a text encoder."""

    def __init__(self, config: CLIPTextConfig) -> None:
        self.config = config


def _measured_prediction(tensors: Mapping[str, torch.Tensor]) -> Any:
    bias = tensors.get(TELLING)
    is_velocity = bias is not None and float(bias.float().std(correction=0)) > VELOCITY_SPREAD
    return "v_prediction" if is_velocity else "epsilon"
