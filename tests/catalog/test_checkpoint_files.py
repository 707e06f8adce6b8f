"""A file of weights is named for what it is from its header alone: a painter of a family, or something else."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest

from lmd_desktop.catalog import inspect_painter
from lmd_desktop.catalog.checkpoint_file import CheckpointInfo, tell_checkpoint
from lmd_desktop.catalog.safetensors_header import read_weights_header
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size

UNET = "model.diffusion_model."
CROSS = f"{UNET}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
CONV_IN = f"{UNET}input_blocks.0.0.weight"
LABEL = f"{UNET}label_emb.0.0.weight"
VAE = "first_stage_model.decoder.conv_in.weight"
Shapes = dict[str, tuple[int, ...]]

SD1: Shapes = {
    CONV_IN: (320, 4, 3, 3),
    CROSS: (640, 768),
    VAE: (512, 4, 3, 3),
    "cond_stage_model.transformer.text_model.encoder.layers.0.self_attn.k_proj.weight": (768, 768),
}
SD2: Shapes = {
    CONV_IN: (320, 4, 3, 3),
    CROSS: (640, 1024),
    VAE: (512, 4, 3, 3),
    "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight": (3072, 1024),
}
SD2_OF_SGM: Shapes = {
    name.replace("cond_stage_model.model.", "conditioner.embedders.0.model."): shape for name, shape in SD2.items()
}
SDXL: Shapes = {
    CONV_IN: (320, 4, 3, 3),
    CROSS: (640, 2048),
    LABEL: (1280, 2816),
    VAE: (512, 4, 3, 3),
    "conditioner.embedders.0.transformer.text_model.encoder.layers.0.self_attn.k_proj.weight": (768, 768),
    "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight": (3840, 1280),
}
REFINER: Shapes = {
    CONV_IN: (384, 4, 3, 3),
    CROSS: (768, 1280),
    LABEL: (1536, 2560),
    VAE: (512, 4, 3, 3),
    "conditioner.embedders.0.model.transformer.resblocks.0.attn.in_proj_weight": (3840, 1280),
}


def write(path: Path, shapes: Shapes, metadata: dict[str, str] | None = None) -> Path:
    """A whole header over a hole: the tensors take no room on the disk, and nobody reads them."""
    header: dict[str, object] = {}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
    return write_header(path, header | ({"__metadata__": metadata} if metadata else {}), end)


def write_header(path: Path, header: object, room: int) -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    with path.open("r+b") as file:
        file.truncate(8 + len(text) + room)
    return path


def told(path: Path) -> CheckpointInfo:
    return tell_checkpoint(read_weights_header(path))


@pytest.mark.parametrize(
    ("shapes", "family", "side"),
    [(SD1, "sd1", 512), (SD2, "sd2", 768), (SD2_OF_SGM, "sd2", 768), (SDXL, "sdxl", 1024)],
)
def test_the_family_is_read_from_the_header(tmp_path: Path, *, shapes: Shapes, family: str, side: int) -> None:
    info = inspect_painter(write(tmp_path / "painter.safetensors", shapes))
    assert (info.family, info.native_size) == (family, Size(side, side))
    assert (info.name, info.is_gated) == ("painter", False)


@pytest.mark.parametrize(
    ("shapes", "metadata", "prediction"),
    [
        (SD1, {}, "epsilon"),
        (SD2, {}, None),
        (SD2, {"modelspec.prediction_type": "v"}, "v_prediction"),
        (SD2, {"modelspec.prediction_type": "epsilon"}, "epsilon"),
        (SD2, {"modelspec.architecture": "stable-diffusion-v2-768-v"}, "v_prediction"),
        (SD2, {"modelspec.architecture": "stable-diffusion-v2-512"}, "epsilon"),
        (SDXL, {}, "epsilon"),
        ({**SDXL, "v_pred": (0,), "ztsnr": (0,)}, {}, "v_prediction"),
    ],
)
def test_what_the_unet_predicts_is_read_where_it_is_noted(
    tmp_path: Path, *, shapes: Shapes, metadata: dict[str, str], prediction: str | None
) -> None:
    checkpoint = told(write(tmp_path / "painter.safetensors", shapes, metadata))
    assert checkpoint.prediction == prediction
    assert checkpoint.has_zero_terminal_snr == ("ztsnr" in shapes)


@pytest.mark.parametrize(("noted", "prediction"), [('parameterization: "v"', "v_prediction"), ("", "epsilon")])
def test_a_settings_file_beside_the_checkpoint_tells_what_it_predicts(
    tmp_path: Path, *, noted: str, prediction: str
) -> None:
    (tmp_path / "painter.yaml").write_text(f"model:\n  params:\n    {noted}\n", encoding="utf-8")
    assert told(write(tmp_path / "painter.safetensors", SD2)).prediction == prediction


def test_the_noted_resolution_is_the_native_one(tmp_path: Path) -> None:
    path = write(tmp_path / "painter.safetensors", SD1, {"modelspec.resolution": "768x768"})
    assert inspect_painter(path).native_size == Size(768, 768)


def without(shapes: Shapes, part: str) -> Shapes:
    return {name: shape for name, shape in shapes.items() if part not in name}


@pytest.mark.parametrize(
    ("shapes", "words", "next_step"),
    [
        ({"double_blocks.0.img_attn.norm.key_norm.scale": (128,)}, "a Flux model: not supported", "Stable Diffusion"),
        ({f"{UNET}double_blocks.0.img_attn.norm.key_norm.scale": (128,)}, "a Flux model", "Stable Diffusion"),
        ({f"{UNET}joint_blocks.0.context_block.attn.qkv.weight": (4, 4)}, "an SD3 model: not supported", "checkpoint"),
        ({"control_model.input_blocks.0.0.weight": (320, 4, 3, 3)}, "a ControlNet, not a painter", "checkpoint"),
        ({"controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3)}, "a ControlNet", "checkpoint"),
        (
            {"lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": (8, 768)},
            "a LoRA, an addition to a painter of Stable Diffusion 1.x",
            "--lora",
        ),
        (
            {"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (8, 2048)},
            "a LoRA, an addition to a painter of SDXL",
            "--lora",
        ),
        ({"transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight": (8, 64)}, "a LoRA", "--lora"),
        ({"lora_unet_mid_block.hada_w1_a": (8, 8)}, "a LyCORIS file", "checkpoint"),
        (
            {
                "position_net.null_positive_feature": (768,),
                "input_blocks.1.1.transformer_blocks.0.fuser.linear.weight": (320, 768),
            },
            "a file of GLIGEN layers, an addition to a painter of Stable Diffusion 1.x",
            "--gligen",
        ),
        ({"decoder.up.0.block.0.conv1.weight": (128, 128, 3, 3)}, "a VAE alone", "--vae"),
        ({"decoder.up_blocks.0.resnets.0.conv1.weight": (128, 128, 3, 3)}, "a VAE alone", "--vae"),
        ({"text_model.encoder.layers.0.self_attn.k_proj.weight": (768, 768)}, "a text encoder alone", "checkpoint"),
        ({"encoder.block.0.layer.0.SelfAttention.k.weight": (768, 768)}, "a text encoder alone", "checkpoint"),
        ({"down_blocks.0.resnets.0.conv1.weight": (320, 320, 3, 3)}, "a UNet alone", "checkpoint"),
        ({"model.layers.0.self_attn.k_proj.weight": (64, 64)}, "a language model", "checkpoint"),
        ({"mask_decoder.mask_tokens.weight": (4, 256)}, "a SAM segmenter", "checkpoint"),
        ({"emb_params": (4, 768)}, "a textual inversion", "checkpoint"),
        ({"down_blocks.0.motion_modules.0.proj_in.weight": (64, 64)}, "a motion module", "checkpoint"),
        ({f"{UNET}input_blocks.1.1.proj_in.weight.absmax": (64,)}, "quantised", "checkpoint"),
        ({**SD1, f"{UNET}scaled_fp8": (0,)}, "quantised weights: not supported", "checkpoint"),
        ({"something": (1,)}, "none of a painter", "checkpoint"),
        ({**SD1, CONV_IN: (320, 9, 3, 3)}, "an inpainting model of Stable Diffusion 1.x", "checkpoint"),
        ({**SD2_OF_SGM, **REFINER}, "the SDXL refiner", "checkpoint"),
        (without(SD1, "first_stage"), "The VAE is missing", "--vae"),
        (without(SD1, "cond_stage"), "The text encoder is missing in .*, a UNet of Stable Diffusion 1.x", "whole"),
        (without(SDXL, "embedders.1"), "The text encoder is missing in .*, a UNet of SDXL", "whole"),
    ],
)
def test_another_or_an_incomplete_file_is_named(tmp_path: Path, *, shapes: Shapes, words: str, next_step: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        inspect_painter(write(tmp_path / "file.safetensors", shapes))
    assert refused.value.exit_code is ExitCode.MODEL_MISSING
    assert next_step in refused.value.next_step


def test_a_missing_vae_is_no_fault_if_one_is_given(tmp_path: Path) -> None:
    path = write(tmp_path / "painter.safetensors", without(SD1, "first_stage"))
    assert inspect_painter(path, has_own_vae=True).family == "sd1"


def test_a_pickle_is_opened_only_if_the_person_says_so(tmp_path: Path) -> None:
    path = tmp_path / "painter.ckpt"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match="pickle") as refused:
        inspect_painter(path)
    assert "--allow-pickle" in refused.value.next_step
    assert inspect_painter(path, allows_pickles=True).name == "painter"
