"""Puts GLIGEN's layers (Li et al., CVPR 2023) into the UNet of a painter that has none."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.catalog.weight_kinds import CONTEXT_WIDTHS, context_width, tell_kind
from lmd_desktop.rendering.checkpoints.tensors import Tensors, build, read_tensors, settings_of, shapes_of

CHOOSE_GLIGEN = "Choose GLIGEN layers for text and boxes that were made for this family (Stable Diffusion 1.4)."
_PREFIX = re.compile(r"^(model\.)?(diffusion_model\.)?(unet\.)?")
_BLOCK = re.compile(r"^(input_blocks|middle_block|output_blocks)\.(\d+)\.(?:(\d+)\.)?(transformer_blocks\..*)$")


def with_gligen(
    unet: UNet2DConditionModel, path: Path, *, dtype: torch.dtype, allows_pickles: bool
) -> UNet2DConditionModel:
    """The same UNet with gated layers; UserError if the file has none, or layers for another UNet.

    ``path`` is a file in the original layout or in that of diffusers, or a diffusers folder of a whole gated painter.
    """
    found = _gligen_tensors(path, layers_per_block=unet.config["layers_per_block"], allows_pickles=allows_pickles)
    config = settings_of(unet) | {"attention_type": "gated"}
    try:
        return build(lambda: UNet2DConditionModel.from_config(config), {**unet.state_dict(), **found}, dtype=dtype)
    except ValueError as error:
        width = context_width(shapes_of(found)) or 0
        theirs = CONTEXT_WIDTHS.get(width, f"a UNet that reads text of width {width}")
        cause = f"The GLIGEN layers in “{path.name}” are for {theirs} and do not fit this painter ({error})."
        raise unusable(cause, CHOOSE_GLIGEN) from error


def _gligen_tensors(path: Path, *, layers_per_block: int, allows_pickles: bool) -> Tensors:
    """The gated layers and the position net by diffusers' names; whatever else the file holds is left out."""
    found: Tensors = {}
    for file in _files(path):
        tensors = read_tensors(file, allows_pickles=allows_pickles, what="file of GLIGEN layers")
        for name, tensor in tensors.items():
            bare = _PREFIX.sub("", name)
            if ".fuser." in bare or bare.startswith("position_net."):
                found[_to_diffusers(bare, layers_per_block)] = tensor
        if not found and file == _files(path)[-1]:
            kind = tell_kind(shapes_of(tensors))
            told = kind.told(shapes_of(tensors), "GLIGEN layers") if kind else "no file of GLIGEN layers"
            raise unusable(f"“{path}” is {told}.", CHOOSE_GLIGEN)
    return found


def _files(path: Path) -> tuple[Path, ...]:
    if not path.is_dir():
        return (path,)
    folder = path / "unet" if (path / "unet").is_dir() else path
    files = tuple(sorted(folder.glob("*.safetensors")))
    if not files:
        raise unusable(f"“{path}” holds no GLIGEN layers as .safetensors.", CHOOSE_GLIGEN)
    full = tuple(file for file in files if ".fp16" not in file.name)
    return full or files


def _to_diffusers(name: str, layers_per_block: int) -> str:
    """Block names of the original code; below the transformer blocks both have the same names."""
    match = _BLOCK.match(name)
    if match is None:
        return name
    stage, number, rest = match[1], int(match[2]), match[4]
    if stage == "middle_block":
        return f"mid_block.attentions.0.{rest}"
    up, number = ("up", number) if stage == "output_blocks" else ("down", number - 1)
    level, index = divmod(number, layers_per_block + 1)
    return f"{up}_blocks.{level}.attentions.{index}.{rest}"
