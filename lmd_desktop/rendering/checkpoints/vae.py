"""Builds the VAE of a checkpoint, or loads one that is given beside it: a file in either layout, or a folder."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from lmd_desktop.catalog.checkpoint_file import VAE
from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.catalog.painter_folder import check_weights
from lmd_desktop.catalog.weight_kinds import tell_kind
from lmd_desktop.rendering.checkpoints.configs import Config, levels, vae_sizes
from lmd_desktop.rendering.checkpoints.folder import load_part
from lmd_desktop.rendering.checkpoints.tensors import Tensors, below_prefix, build, read_tensors, shapes_of

CHOOSE_VAE = "Choose a VAE of Stable Diffusion or SDXL: a .safetensors file, or a folder in diffusers layout."
# How diffusers itself called the projections of the VAE's attention until 2023.
_OLD_NAMES = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}


def load_vae(path: Path, config: Config, *, dtype: torch.dtype, allows_pickles: bool) -> AutoencoderKL:
    """``config`` is that of the painter's own VAE: a file does not tell how its latents are scaled.

    Raises UserError if it is no VAE, or one of other latents than the painter's.
    """
    if path.is_dir():
        return _load_folder(path, config, dtype=dtype)
    tensors = read_tensors(path, allows_pickles=allows_pickles, what="VAE")
    kind = tell_kind(shapes_of(tensors))
    bare = below_prefix(tensors, VAE) or tensors
    if "decoder.conv_in.weight" not in bare:
        raise unusable(f"“{path}” is {kind.told(shapes_of(tensors), 'a VAE') if kind else 'not a VAE'}.", CHOOSE_VAE)
    channels = bare["decoder.conv_in.weight"].shape[1]
    if channels != config["latent_channels"]:
        cause = f"“{path}” is a VAE of {channels} latent channels; the painter has {config['latent_channels']}."
        raise unusable(cause, CHOOSE_VAE)
    if any(name.startswith("decoder.up_blocks.") for name in bare):
        return _from_diffusers_layout(bare, config, dtype=dtype)
    return vae_of(bare, config | vae_sizes(shapes_of(bare)), dtype=dtype)


def vae_of(tensors: Tensors, config: Config, *, dtype: torch.dtype) -> AutoencoderKL:
    """From tensors in the original layout, without prefix."""
    converted = convert_ldm_vae_checkpoint(tensors, config)
    return build(lambda: AutoencoderKL.from_config(config), converted, dtype=dtype)


def _load_folder(path: Path, config: Config, *, dtype: torch.dtype) -> AutoencoderKL:
    folder = path / "vae" if (path / "vae" / "config.json").is_file() else path
    if not (folder / "config.json").is_file():
        raise unusable(f"“{path}” is a folder without a VAE in it (no config.json).", CHOOSE_VAE)
    check_weights(folder)
    vae: AutoencoderKL = load_part(AutoencoderKL, folder, torch_dtype=dtype)
    for name in ("latent_channels", "scaling_factor"):
        theirs, ours = vae.config[name], config[name]
        if theirs != ours:
            cause = f"The VAE in “{path}” has a {name.replace('_', ' ')} of {theirs}, the painter one of {ours}."
            raise unusable(cause, "Choose a VAE of the same family.")
    return vae


def _from_diffusers_layout(tensors: Tensors, config: Config, *, dtype: torch.dtype) -> AutoencoderKL:
    renamed: Tensors = {}
    for name, tensor in tensors.items():
        for old, new in _OLD_NAMES.items():
            name = name.replace(old, new)
        is_convolution = ".attentions." in name and tensor.ndim == 4
        renamed[name] = tensor[:, :, 0, 0] if is_convolution else tensor
    channels = levels(shapes_of(tensors), "encoder.down_blocks.{}.resnets.0.conv1.weight")
    sizes: Config = {
        "block_out_channels": channels,
        "down_block_types": ["DownEncoderBlock2D"] * len(channels),
        "up_block_types": ["UpDecoderBlock2D"] * len(channels),
    }
    return build(lambda: AutoencoderKL.from_config(config | sizes), renamed, dtype=dtype)
