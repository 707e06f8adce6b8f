"""Files as ComfyUI and A1111 users have them: the key names of the original training code, random weights of any size.

Written from the module structure of CompVis' and Stability's code, not from diffusers' converters.
"""

from __future__ import annotations

import functools
import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """``channels`` and ``depths`` (transformer blocks) per level; ``encoders`` are (kind, width, layers)."""

    channels: tuple[int, ...]
    depths: tuple[int, ...]
    middle_depth: int
    context: int
    encoders: tuple[tuple[str, int, int], ...]
    is_linear: bool = False
    label: int = 0
    vae_channels: tuple[int, ...] = (128, 256, 512, 512)
    vocabulary: int = 49408


SD1 = Sizes((320, 640, 1280, 1280), (1, 1, 1, 0), 1, 768, (("clip", 768, 12),))
SD2 = Sizes((320, 640, 1280, 1280), (1, 1, 1, 0), 1, 1024, (("openclip", 1024, 24),), is_linear=True)
SDXL = Sizes(
    (320, 640, 1280), (0, 2, 10), 10, 2048, (("clip", 768, 12), ("openclip", 1280, 32)), is_linear=True, label=2816
)
REFINER = Sizes((384, 768, 1536, 1536), (0, 4, 4, 0), 4, 1280, (("openclip", 1280, 32),), is_linear=True, label=2560)

_SMALL_VAE = (32, 32, 64, 64)
TINY_SD1 = Sizes((32, 64, 64, 64), (1, 1, 1, 0), 1, 64, (("clip", 64, 2),), vae_channels=_SMALL_VAE)
TINY_SD2 = Sizes(
    (64, 64, 128, 128), (1, 1, 1, 0), 1, 64, (("openclip", 64, 3),), is_linear=True, vae_channels=_SMALL_VAE
)
TINY_SDXL = Sizes(
    (64, 64, 128),
    (0, 1, 2),
    2,
    128,
    (("clip", 64, 2), ("openclip", 64, 3)),
    is_linear=True,
    label=64 + 6 * 256,
    vae_channels=_SMALL_VAE,
)
TINY_REFINER = Sizes(
    (64, 64, 128, 128),
    (0, 1, 1, 0),
    1,
    64,
    (("openclip", 64, 3),),
    is_linear=True,
    label=64 + 5 * 256,
    vae_channels=_SMALL_VAE,
)

PREFIXES = {
    ("clip",): ("cond_stage_model.transformer.",),
    ("openclip",): ("cond_stage_model.model.",),
    ("clip", "openclip"): ("conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."),
}


def checkpoint(sizes: Sizes, *, has_vae: bool = True) -> Shapes:
    """A whole file: UNet, VAE, text encoders."""
    shapes: Shapes = {}
    _put(shapes, "model.diffusion_model.", unet(sizes))
    if has_vae:
        _put(shapes, "first_stage_model.", vae(sizes.vae_channels))
    prefixes = PREFIXES[tuple(kind for kind, _, _ in sizes.encoders)]
    if sizes.label and len(prefixes) == 1:
        prefixes = ("conditioner.embedders.0.model.",)
    for prefix, (kind, width, layers) in zip(prefixes, sizes.encoders, strict=True):
        make = clip if kind == "clip" else openclip
        _put(shapes, prefix, make(width, layers, sizes.vocabulary))
    if prefixes[0].startswith("cond_stage"):
        shapes |= {"betas": (1000,), "alphas_cumprod": (1000,), "model_ema.decay": ()}
    return shapes


def unet(sizes: Sizes, *, is_gated: bool = False) -> Shapes:
    shapes: Shapes = {}
    width = sizes.channels[0]
    _linear(shapes, "time_embed.0", 4 * width, width)
    _linear(shapes, "time_embed.2", 4 * width, 4 * width)
    if sizes.label:
        _linear(shapes, "label_emb.0.0", 4 * width, sizes.label)
        _linear(shapes, "label_emb.0.2", 4 * width, 4 * width)
    _conv(shapes, "input_blocks.0.0", width, 4)
    skips, number = [width], 1
    for level, channels in enumerate(sizes.channels):
        for _ in range(2):
            _residual(shapes, f"input_blocks.{number}.0", skips[-1], channels, 4 * width)
            _transformer(shapes, f"input_blocks.{number}.1", channels, sizes.depths[level], sizes, is_gated)
            skips.append(channels)
            number += 1
        if level < len(sizes.channels) - 1:
            _conv(shapes, f"input_blocks.{number}.0.op", channels, channels)
            skips.append(channels)
            number += 1
    last = sizes.channels[-1]
    _residual(shapes, "middle_block.0", last, last, 4 * width)
    _transformer(shapes, "middle_block.1", last, sizes.middle_depth, sizes, is_gated)
    _residual(shapes, "middle_block.2", last, last, 4 * width)
    number = 0
    for level in reversed(range(len(sizes.channels))):
        channels = sizes.channels[level]
        for block in range(3):
            _residual(shapes, f"output_blocks.{number}.0", last + skips.pop(), channels, 4 * width)
            _transformer(shapes, f"output_blocks.{number}.1", channels, sizes.depths[level], sizes, is_gated)
            if level and block == 2:
                _conv(shapes, f"output_blocks.{number}.{2 if sizes.depths[level] else 1}.conv", channels, channels)
            last = channels
            number += 1
    _norm(shapes, "out.0", width)
    _conv(shapes, "out.2", 4, width)
    return shapes


def gligen(sizes: Sizes) -> Shapes:
    """Only the gated layers and the position net, as in the pruned file that ComfyUI reads."""
    shapes = {name: shape for name, shape in unet(sizes, is_gated=True).items() if ".fuser." in name}
    _linear(shapes, "position_net.linears.0", 512, sizes.context + 64)
    _linear(shapes, "position_net.linears.2", 512, 512)
    _linear(shapes, "position_net.linears.4", sizes.context, 512)
    return shapes | {
        "position_net.null_positive_feature": (sizes.context,),
        "position_net.null_position_feature": (64,),
    }


def vae(channels: tuple[int, ...]) -> Shapes:
    shapes: Shapes = {}
    top = channels[-1]
    _conv(shapes, "encoder.conv_in", channels[0], 3)
    width = channels[0]
    for level, out in enumerate(channels):
        for block in range(2):
            _vae_block(shapes, f"encoder.down.{level}.block.{block}", width, out)
            width = out
        if level < len(channels) - 1:
            _conv(shapes, f"encoder.down.{level}.downsample.conv", out, out)
    _vae_middle(shapes, "encoder", top)
    _norm(shapes, "encoder.norm_out", top)
    _conv(shapes, "encoder.conv_out", 8, top)
    _conv(shapes, "decoder.conv_in", top, 4)
    _vae_middle(shapes, "decoder", top)
    width = top
    for level in reversed(range(len(channels))):
        for block in range(3):
            _vae_block(shapes, f"decoder.up.{level}.block.{block}", width, channels[level])
            width = channels[level]
        if level:
            _conv(shapes, f"decoder.up.{level}.upsample.conv", width, width)
    _norm(shapes, "decoder.norm_out", width)
    _conv(shapes, "decoder.conv_out", 3, width)
    _conv(shapes, "quant_conv", 8, 8, 1)
    _conv(shapes, "post_quant_conv", 4, 4, 1)
    return shapes


def clip(width: int, layers: int, vocabulary: int) -> Shapes:
    shapes: Shapes = {
        "text_model.embeddings.token_embedding.weight": (vocabulary, width),
        "text_model.embeddings.position_embedding.weight": (77, width),
    }
    for layer in range(layers):
        name = f"text_model.encoder.layers.{layer}"
        for projection in ("k_proj", "v_proj", "q_proj", "out_proj"):
            _linear(shapes, f"{name}.self_attn.{projection}", width, width)
        _norm(shapes, f"{name}.layer_norm1", width)
        _linear(shapes, f"{name}.mlp.fc1", 4 * width, width)
        _linear(shapes, f"{name}.mlp.fc2", width, 4 * width)
        _norm(shapes, f"{name}.layer_norm2", width)
    _norm(shapes, "text_model.final_layer_norm", width)
    return shapes


def openclip(width: int, layers: int, vocabulary: int) -> Shapes:
    shapes: Shapes = {
        "positional_embedding": (77, width),
        "text_projection": (width, width),
        "logit_scale": (),
        "token_embedding.weight": (vocabulary, width),
    }
    for layer in range(layers):
        name = f"transformer.resblocks.{layer}"
        _norm(shapes, f"{name}.ln_1", width)
        shapes |= {f"{name}.attn.in_proj_weight": (3 * width, width), f"{name}.attn.in_proj_bias": (3 * width,)}
        _linear(shapes, f"{name}.attn.out_proj", width, width)
        _norm(shapes, f"{name}.ln_2", width)
        _linear(shapes, f"{name}.mlp.c_fc", 4 * width, width)
        _linear(shapes, f"{name}.mlp.c_proj", width, 4 * width)
    _norm(shapes, "ln_final", width)
    return shapes


def lora(sizes: Sizes, *, rank: int = 4) -> Shapes:
    """In kohya's layout: one cross-attention of the UNet, one layer of the text encoder."""
    shapes: Shapes = {}
    width, text = sizes.channels[1], sizes.encoders[0][1]
    block = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2"
    layer = "lora_te_text_model_encoder_layers_0"
    for name, out, inner in (
        (f"{block}_to_q", width, width),
        (f"{block}_to_k", width, sizes.context),
        (f"{block}_to_v", width, sizes.context),
        (f"{block}_to_out_0", width, width),
        *((f"{layer}_self_attn_{projection}_proj", text, text) for projection in ("q", "k", "v", "out")),
        (f"{layer}_mlp_fc1", 4 * text, text),
        (f"{layer}_mlp_fc2", text, 4 * text),
    ):
        shapes |= {f"{name}.lora_down.weight": (rank, inner), f"{name}.lora_up.weight": (out, rank)}
        shapes[f"{name}.alpha"] = ()
    return shapes


def parameters(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for shape in shapes.values())


def write(
    path: Path,
    shapes: Shapes,
    *,
    values: Mapping[str, float] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Random float16 weights that keep the size of what goes through them; never more than one tensor in memory.

    ``values`` fills the tensors of these names with one number instead.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata or {})}
    place = 0
    for name, shape in shapes.items():
        length = 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [place, place + length]}
        place += length
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in _tensors(shapes, values or {}):
            file.write(tensor.data)
    return path


def _tensors(shapes: Shapes, values: Mapping[str, float]) -> Iterator[np.ndarray]:
    for number, (name, shape) in enumerate(shapes.items()):
        count = math.prod(shape)
        if name in values:
            yield np.full(count, values[name], dtype=np.float16)
        elif len(shape) < 2:
            yield np.full(count, 1.0 if name.endswith(".weight") else 0.01 * (number % 7), dtype=np.float16)
        else:
            noise = _noise(0.02 if "embedding" in name else math.prod(shape[1:]) ** -0.5)
            yield np.resize(noise[number * 7919 % (len(noise) // 2) :], count)


@functools.cache
def _noise(spread: float) -> np.ndarray:
    """Of a prime-like length, so that the rows of a matrix do not repeat."""
    return (np.random.default_rng(7).standard_normal(1_000_003, dtype=np.float32) * spread).astype(np.float16)


def _put(shapes: Shapes, prefix: str, more: Shapes) -> None:
    shapes |= {f"{prefix}{name}": shape for name, shape in more.items()}


def _linear(shapes: Shapes, name: str, out: int, inner: int, *, has_bias: bool = True) -> None:
    shapes[f"{name}.weight"] = (out, inner)
    if has_bias:
        shapes[f"{name}.bias"] = (out,)


def _conv(shapes: Shapes, name: str, out: int, inner: int, size: int = 3) -> None:
    shapes |= {f"{name}.weight": (out, inner, size, size), f"{name}.bias": (out,)}


def _norm(shapes: Shapes, name: str, width: int) -> None:
    shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _residual(shapes: Shapes, name: str, inner: int, out: int, time: int) -> None:
    _norm(shapes, f"{name}.in_layers.0", inner)
    _conv(shapes, f"{name}.in_layers.2", out, inner)
    _linear(shapes, f"{name}.emb_layers.1", out, time)
    _norm(shapes, f"{name}.out_layers.0", out)
    _conv(shapes, f"{name}.out_layers.3", out, out)
    if inner != out:
        _conv(shapes, f"{name}.skip_connection", out, inner, 1)


def _transformer(shapes: Shapes, name: str, width: int, depth: int, sizes: Sizes, is_gated: bool) -> None:
    if not depth:
        return
    project = _linear if sizes.is_linear else lambda *where: _conv(*where, 1)
    _norm(shapes, f"{name}.norm", width)
    project(shapes, f"{name}.proj_in", width, width)
    for block in range(depth):
        own = f"{name}.transformer_blocks.{block}"
        _attention(shapes, f"{own}.attn1", width, width)
        _feed_forward(shapes, f"{own}.ff", width)
        _attention(shapes, f"{own}.attn2", width, sizes.context)
        for norm in ("norm1", "norm2", "norm3"):
            _norm(shapes, f"{own}.{norm}", width)
        if is_gated:
            _linear(shapes, f"{own}.fuser.linear", width, sizes.context)
            _attention(shapes, f"{own}.fuser.attn", width, width)
            _feed_forward(shapes, f"{own}.fuser.ff", width)
            _norm(shapes, f"{own}.fuser.norm1", width)
            _norm(shapes, f"{own}.fuser.norm2", width)
            shapes |= {f"{own}.fuser.alpha_attn": (), f"{own}.fuser.alpha_dense": ()}
    project(shapes, f"{name}.proj_out", width, width)


def _attention(shapes: Shapes, name: str, width: int, context: int) -> None:
    _linear(shapes, f"{name}.to_q", width, width, has_bias=False)
    _linear(shapes, f"{name}.to_k", width, context, has_bias=False)
    _linear(shapes, f"{name}.to_v", width, context, has_bias=False)
    _linear(shapes, f"{name}.to_out.0", width, width)


def _feed_forward(shapes: Shapes, name: str, width: int) -> None:
    _linear(shapes, f"{name}.net.0.proj", 8 * width, width)
    _linear(shapes, f"{name}.net.2", width, 4 * width)


def _vae_block(shapes: Shapes, name: str, inner: int, out: int) -> None:
    _norm(shapes, f"{name}.norm1", inner)
    _conv(shapes, f"{name}.conv1", out, inner)
    _norm(shapes, f"{name}.norm2", out)
    _conv(shapes, f"{name}.conv2", out, out)
    if inner != out:
        _conv(shapes, f"{name}.nin_shortcut", out, inner, 1)


def _vae_middle(shapes: Shapes, side: str, width: int) -> None:
    _vae_block(shapes, f"{side}.mid.block_1", width, width)
    _norm(shapes, f"{side}.mid.attn_1.norm", width)
    for projection in ("q", "k", "v", "proj_out"):
        _conv(shapes, f"{side}.mid.attn_1.{projection}", width, width, 1)
    _vae_block(shapes, f"{side}.mid.block_2", width, width)
