"""The configurations that a single checkpoint file lacks: those of its family, with the sizes that its header tells."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lmd_desktop.catalog import resources_folder
from lmd_desktop.catalog.checkpoint_file import VAE, CheckpointInfo, Family
from lmd_desktop.catalog.painter_folder import native_side
from lmd_desktop.catalog.safetensors_header import Shape
from lmd_desktop.catalog.weight_kinds import UNET, context_width

Config = dict[str, Any]
HEAD_WIDTH = 64  # of the text encoders, and of the UNets since Stable Diffusion 2.x
HEADS_OF_SD1 = 8  # in every layer, whatever its width
BLOCKS_PER_LEVEL = 3  # two with weights of their own, and one that halves the picture


def family_config(family: Family) -> dict[str, Config]:
    """By component (``unet``, ``vae``, ``text_encoder``, ``text_encoder_2``, ``tokenizer``, ``scheduler`` …)."""
    path = resources_folder() / "painters" / f"{family}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def fitted_configs(checkpoint: CheckpointInfo, shapes: Mapping[str, Shape]) -> dict[str, Config]:
    """The family's configurations with the widths, depths and levels of this file."""
    configs = family_config(checkpoint.family)
    configs["unet"] |= _unet_sizes(checkpoint.family, below(shapes, UNET))
    if checkpoint.has_vae:
        configs["vae"] |= vae_sizes(below(shapes, VAE))
    vae_factor = 2 ** (len(configs["vae"]["block_out_channels"]) - 1)
    configs["unet"]["sample_size"] = native_side(checkpoint) // vae_factor
    encoders = [part for part in ("text_encoder", "text_encoder_2") if part in configs]
    for part, prefix in zip(encoders, checkpoint.prefixes, strict=True):
        configs[part] |= _text_sizes(checkpoint.family, below(shapes, prefix))
    configs["scheduler"]["prediction_type"] = checkpoint.prediction
    if checkpoint.has_zero_terminal_snr:
        # Lin et al. 2024: the last trained timestep is pure noise, and sampling has to start there.
        configs["scheduler"] |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return configs


def vae_sizes(shapes: Mapping[str, Shape]) -> Config:
    """Of a VAE in the original layout, without prefix."""
    channels = levels(shapes, "encoder.down.{}.block.0.conv1.weight")
    return {
        "block_out_channels": channels,
        "down_block_types": ["DownEncoderBlock2D"] * len(channels),
        "up_block_types": ["UpDecoderBlock2D"] * len(channels),
        "latent_channels": shapes["decoder.conv_in.weight"][1],
    }


def below(shapes: Mapping[str, Shape], prefix: str) -> dict[str, Shape]:
    """The tensors of one part, without its prefix."""
    return {name.removeprefix(prefix): shape for name, shape in shapes.items() if name.startswith(prefix)}


def _unet_sizes(family: Family, shapes: Mapping[str, Shape]) -> Config:
    channels = levels(shapes, "input_blocks.{}.0.out_layers.3.weight", first=1, step=BLOCKS_PER_LEVEL)
    starts = [1 + BLOCKS_PER_LEVEL * level for level in range(len(channels))]
    depths = [_count(shapes, rf"input_blocks\.{start}\.1\.transformer_blocks\.(\d+)\.") for start in starts]
    middle = _count(shapes, r"middle_block\.1\.transformer_blocks\.(\d+)\.")
    sizes: Config = {
        "block_out_channels": channels,
        "cross_attention_dim": context_width(shapes),
        "down_block_types": ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if depth else "UpBlock2D" for depth in reversed(depths)],
        # The last one is also that of the middle block; levels without attention take any.
        "transformer_layers_per_block": [*(depth or 1 for depth in depths[:-1]), depths[-1] or middle],
        "attention_head_dim": HEADS_OF_SD1 if family == "sd1" else [width // HEAD_WIDTH for width in channels],
    }
    if "label_emb.0.0.weight" in shapes:
        sizes["projection_class_embeddings_input_dim"] = shapes["label_emb.0.0.weight"][1]
    return sizes


def _text_sizes(family: Family, shapes: Mapping[str, Shape]) -> Config:
    """Of a text encoder as OpenAI's CLIP has it, or as OpenCLIP."""
    if "positional_embedding" in shapes:
        layers = _count(shapes, r"transformer\.resblocks\.(\d+)\.")
        width = shapes["positional_embedding"][1]
        return {
            # Stable Diffusion 2.x reads the last but one: the last is left out.
            "num_hidden_layers": layers - 1 if family == "sd2" else layers,
            "hidden_size": width,
            "intermediate_size": shapes["transformer.resblocks.0.mlp.c_fc.weight"][0],
            "num_attention_heads": max(1, width // HEAD_WIDTH),
            "vocab_size": shapes["token_embedding.weight"][0],
            "projection_dim": shapes.get("text_projection", (0, width))[1],
        }
    shapes = below(shapes, "text_model.") or dict(shapes)
    width = shapes["embeddings.position_embedding.weight"][1]
    return {
        "num_hidden_layers": _count(shapes, r"encoder\.layers\.(\d+)\."),
        "hidden_size": width,
        "intermediate_size": shapes["encoder.layers.0.mlp.fc1.weight"][0],
        "num_attention_heads": max(1, width // HEAD_WIDTH),
        "vocab_size": shapes["embeddings.token_embedding.weight"][0],
    }


def levels(shapes: Mapping[str, Shape], pattern: str, *, first: int = 0, step: int = 1) -> list[int]:
    """How many channels each level gives, for as long as there is a next one."""
    channels: list[int] = []
    while (name := pattern.format(first + step * len(channels))) in shapes:
        channels.append(shapes[name][0])
    return channels


def _count(shapes: Mapping[str, Shape], pattern: str) -> int:
    """How many there are of what the pattern numbers from 0."""
    found = (re.match(pattern, name) for name in shapes)
    return 1 + max((int(match[1]) for match in found if match), default=-1)
