"""Tells the family and the parts of a single-file checkpoint from its header: no tensor is loaded.

The key names are those of the original training code (CompVis/Stability "ldm" and "sgm"), which ComfyUI, A1111 and the
model sites use: ``model.diffusion_model.`` is the UNet, ``first_stage_model.`` the VAE, ``cond_stage_model.`` or
``conditioner.embedders.N.`` the text encoders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmd_desktop.catalog.file_kinds import unusable
from lmd_desktop.catalog.safetensors_header import Shape, WeightsHeader
from lmd_desktop.catalog.weight_kinds import CONTEXT_WIDTHS, UNET, context_width, tell_kind
from lmd_desktop.domain.plain_files import read_start

Family = Literal["sd1", "sd2", "sdxl", "sdxl_refiner"]
Prediction = Literal["epsilon", "v_prediction"]

MAX_YAML_BYTES = 100_000

FAMILY_TITLES: Mapping[Family, str] = {
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sdxl": "SDXL",
    "sdxl_refiner": "SDXL refiner",
}
CHOOSE_PAINTER = "Choose a Stable Diffusion 1.x, 2.x or SDXL checkpoint (.safetensors), or a diffusers folder."
VAE = "first_stage_model."
# Of UNets that read more than latents, by the number of channels.
_OTHER_INPUTS = {
    5: "a depth model",
    7: "an upscaling model",
    8: "a model that edits pictures (InstructPix2Pix)",
    9: "an inpainting model",
}


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """``prefixes`` are those of its text encoders, in order; ``prediction`` None: the header does not tell."""

    family: Family
    prefixes: tuple[str, ...]
    prediction: Prediction | None
    has_zero_terminal_snr: bool
    has_vae: bool
    native_side: int | None  # pixels, if somebody noted them down


def tell_checkpoint(header: WeightsHeader, *, needs_vae: bool = True) -> CheckpointInfo:
    """What a checkpoint is; UserError names it if it is something else, or what it lacks."""
    path, shapes = header.path, header.shapes
    kind = tell_kind(shapes)
    if kind is None:
        raise unusable(f"“{path}” holds weights, but none of a painter.", CHOOSE_PAINTER)
    if kind.role != "painter":
        raise unusable(f"“{path}” is {kind.told(shapes)}.", _next_step(kind.name))
    family, prefixes = _family(path, shapes)
    inputs = shapes.get(f"{UNET}input_blocks.0.0.weight", (0, 4, 0, 0))[1]
    if inputs != 4:
        phrase = _OTHER_INPUTS.get(inputs, f"a model that reads {inputs} channels")
        raise unusable(f"“{path}” is {phrase} of {FAMILY_TITLES[family]}: not supported.", CHOOSE_PAINTER)
    if not family.startswith("sdxl") and f"{UNET}label_emb.0.0.weight" in shapes:
        raise unusable(f"“{path}” is a model that varies pictures (unCLIP): not supported.", CHOOSE_PAINTER)
    has_vae = any(name.startswith(f"{VAE}decoder.") for name in shapes)
    if not has_vae and needs_vae:
        raise unusable(f"The VAE is missing in “{path}”.", "Give one with it (--vae), or choose a whole checkpoint.")
    return CheckpointInfo(
        family=family,
        prefixes=prefixes,
        prediction=_prediction(header, family),
        has_zero_terminal_snr="ztsnr" in shapes,
        has_vae=has_vae,
        native_side=_native_side(header.metadata),
    )


def _family(path: Path, shapes: Mapping[str, Shape]) -> tuple[Family, tuple[str, ...]]:
    """The family follows from the text encoders: other widths than the published ones are no obstacle."""

    def has(prefix: str) -> bool:
        return any(name.startswith(prefix) for name in shapes)

    first_clip, second_clip = "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."
    if has(first_clip) and has(second_clip):
        return "sdxl", (first_clip, second_clip)
    if has("cond_stage_model.transformer."):
        return "sd1", ("cond_stage_model.transformer.",)
    for prefix in ("cond_stage_model.model.", "conditioner.embedders.0.model."):
        if has(f"{prefix}transformer."):
            is_refiner = prefix.startswith("conditioner") and f"{UNET}label_emb.0.0.weight" in shapes
            return ("sdxl_refiner" if is_refiner else "sd2"), (prefix,)
    whose = CONTEXT_WIDTHS.get(context_width(shapes) or 0, "an unknown family")
    cause = f"The text encoder is missing in “{path}”, a UNet of {whose}."
    raise unusable(cause, "Choose a whole checkpoint, with text encoder and VAE.")


def _prediction(header: WeightsHeader, family: Family) -> Prediction | None:
    """What the UNet predicts, if anybody noted it down: in a settings file beside it, as metadata, or as a marker.

    Nothing but Stable Diffusion 2.x and marked finetunes of SDXL predicts velocities.
    """
    settings = header.path.with_suffix(".yaml")
    if settings.is_file():
        text = read_start(settings, MAX_YAML_BYTES).decode("utf-8", "replace")
        noted = re.search(r"^\s*parameterization:\s*[\"']?(\w+)", text, re.MULTILINE)
        return "v_prediction" if noted and noted[1].startswith("v") else "epsilon"
    noted_type = header.metadata.get("modelspec.prediction_type", "").lower()
    if noted_type:
        return "v_prediction" if noted_type.startswith("v") else "epsilon"
    if "v_pred" in header.shapes:
        return "v_prediction"
    if family != "sd2":
        return "epsilon"
    architecture = header.metadata.get("modelspec.architecture", "").lower()
    if architecture.startswith("stable-diffusion-v2"):
        return "v_prediction" if architecture.endswith("-v") else "epsilon"
    return None


def _native_side(metadata: Mapping[str, str]) -> int | None:
    noted = re.match(r"(\d{2,4})(?:x(\d{2,4}))?$", metadata.get("modelspec.resolution", "").strip())
    return int(noted[1]) if noted else None


def _next_step(name: str) -> str:
    match name:
        case "lora":
            return "Choose a painter, and add this file to it (--lora)."
        case "gligen":
            return "Choose a painter, and add this file to it (--gligen)."
        case "vae":
            return "Choose a painter, and give it this VAE (--vae)."
        case _:
            return CHOOSE_PAINTER
