"""Looks into a painter without loading it: a diffusers folder, or a single checkpoint file; safetensors unless told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lmd_desktop.catalog.checkpoint_file import (
    CHOOSE_PAINTER,
    FAMILY_TITLES,
    CheckpointInfo,
    Family,
    tell_checkpoint,
)
from lmd_desktop.catalog.digests import file_sha256
from lmd_desktop.catalog.file_kinds import NO_PICKLES, PICKLE_SUFFIXES, is_plain_path, name_kind, read_head, unusable
from lmd_desktop.catalog.safetensors_header import read_weights_header
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.strict_json import parse_strict_object

COMPONENTS = ("tokenizer", "text_encoder", "unet", "vae", "scheduler")
COMPONENTS_OF_XL = (*COMPONENTS, "tokenizer_2", "text_encoder_2")
WITH_WEIGHTS = ("text_encoder", "text_encoder_2", "unet", "vae")
MAX_JSON_BYTES = 8 * 1024 * 1024
MAX_SIDE = 16_384  # pixels
MAX_QUOTED = 60  # characters of what a hostile file says of itself
MAX_LEVELS = 12  # of a VAE, each of which halves the sides
COPY_AGAIN = "Copy or download the model again."
CHOOSE_FOLDER = "Choose a folder in diffusers layout (it holds model_index.json), or a checkpoint (.safetensors)."
NATIVE_SIDES: dict[Family, int] = {"sd1": 512, "sd2": 768, "sdxl": 1024, "sdxl_refiner": 1024}
PIPELINES: dict[Family, str] = {
    "sd1": "StableDiffusionPipeline",
    "sd2": "StableDiffusionPipeline",
    "sdxl": "StableDiffusionXLPipeline",
    "sdxl_refiner": "StableDiffusionXLImg2ImgPipeline",
}


@dataclass(frozen=True, slots=True)
class PainterInfo:
    """What the files say of themselves; ``is_gated`` means that the UNet has GLIGEN layers.

    A pickle is not looked into: its family is that of the oldest painters until it is loaded.
    """

    path: Path
    name: str
    family: Family
    pipeline: str
    native_size: Size
    is_gated: bool
    size_bytes: int


def inspect_painter(path: Path, *, has_own_vae: bool = False, allows_pickles: bool = False) -> PainterInfo:
    """What a painter is; raises UserError in words if it cannot be painted with.

    ``has_own_vae``: a VAE is given beside it. ``allows_pickles``: the person trusts this file to run programs.
    """
    if path.is_dir():
        return _inspect_folder(path)
    head = read_head(path, "painter model")
    suffix = path.suffix.lower()
    if suffix in PICKLE_SUFFIXES:
        if not allows_pickles:
            raise unusable(f"“{path}” is a pickle checkpoint.", f"{NO_PICKLES}, or allow it (--allow-pickle).")
        return _info(path, "sd1", side=NATIVE_SIDES["sd1"])
    if suffix != ".safetensors":
        raise unusable(f"“{path}” is {name_kind(head) or 'not a painter'}.", CHOOSE_FOLDER)
    checkpoint = tell_checkpoint(read_weights_header(path), needs_vae=not has_own_vae)
    if checkpoint.family == "sdxl_refiner":
        raise unusable(f"“{path}” is the SDXL refiner, which only finishes pictures.", CHOOSE_PAINTER)
    return _info(path, checkpoint.family, side=native_side(checkpoint))


def parts_sha256(folder: Path, cache_folder: Path | None = None) -> str:
    """One hash over the names and contents of the files of all components, in the order of their paths.

    What no picture depends on is left out: cards, previews, other pipelines. ``cache_folder`` is for ``file_sha256``.
    """
    whole = hashlib.sha256()
    parts = [folder / part for part in COMPONENTS_OF_XL if (folder / part).is_dir()]
    files = (file for part in parts or [folder] for file in part.rglob("*"))
    for file in sorted(files, key=lambda path: path.relative_to(folder).as_posix()):
        if file.is_file() and file.suffix in (".json", ".txt", ".safetensors"):
            whole.update(f"{file.relative_to(folder).as_posix()} {file_sha256(file, cache_folder)}\n".encode())
    return whole.hexdigest()


def native_side(checkpoint: CheckpointInfo) -> int:
    """Pixels of the square pictures that it was trained on; Stable Diffusion 2.x base models have smaller ones."""
    if checkpoint.native_side is not None:
        return checkpoint.native_side
    is_base = checkpoint.family == "sd2" and checkpoint.prediction == "epsilon"
    return 512 if is_base else NATIVE_SIDES[checkpoint.family]


def _info(path: Path, family: Family, *, side: int) -> PainterInfo:
    return PainterInfo(
        path=path,
        name=path.stem,
        family=family,
        pipeline=PIPELINES[family],
        native_size=Size(side, side),
        is_gated=False,
        size_bytes=path.stat().st_size,
    )


def _inspect_folder(path: Path) -> PainterInfo:
    if not (path / "model_index.json").is_file():
        raise unusable(f"“{path}” is a folder without a painter in it (no model_index.json).", CHOOSE_FOLDER)
    index = _read_json(path / "model_index.json")
    if "transformer" in index or "prior" in index:
        kind = str(index.get("_class_name", ""))[:MAX_QUOTED]
        cause = f"“{path.name}” is a {kind or 'model of another family'}: not supported."
        raise unusable(cause, CHOOSE_PAINTER)
    is_xl = "text_encoder_2" in index
    if is_xl and not (path / "text_encoder").is_dir() and (path / "text_encoder_2").is_dir():
        raise unusable(f"“{path.name}” is the SDXL refiner, which only finishes pictures.", CHOOSE_PAINTER)
    missing = [part for part in (COMPONENTS_OF_XL if is_xl else COMPONENTS) if not (path / part).is_dir()]
    if missing:
        raise unusable(f"The painter in “{path}” lacks {', '.join(missing)}.", COPY_AGAIN)
    for part in WITH_WEIGHTS:
        if (path / part).is_dir():
            check_weights(path / part)
    unet = _read_json(path / "unet" / "config.json")
    vae = _read_json(path / "vae" / "config.json")
    family: Family = "sdxl" if is_xl else "sd2" if unet.get("cross_attention_dim") == 1024 else "sd1"
    inputs = unet.get("in_channels", 4)
    if inputs != vae.get("latent_channels", 4):
        told = str(inputs)[:MAX_QUOTED]
        cause = f"“{path.name}” is a {FAMILY_TITLES[family]} model that reads {told} channels, as for inpainting."
        raise unusable(cause, CHOOSE_PAINTER)
    files = [file for file in path.rglob("*") if file.is_file()]
    return PainterInfo(
        path=path,
        name=path.name,
        family=family,
        pipeline=str(index.get("_class_name", "unknown")),
        native_size=_native_size(path, unet, vae),
        is_gated=unet.get("attention_type") == "gated",
        size_bytes=sum(file.stat().st_size for file in files),
    )


def check_weights(folder: Path) -> None:
    """UserError if a component's folder has no whole safetensors files."""
    files = [file for file in folder.iterdir() if file.is_file()]
    weights = [file for file in files if file.suffix == ".safetensors"]
    if not weights and any(file.suffix in PICKLE_SUFFIXES for file in files):
        raise unusable(f"“{folder}” holds its weights as pickle files.", f"{NO_PICKLES}.")
    if not weights:
        raise unusable(f"“{folder}” holds no weights.", COPY_AGAIN)
    for file in weights:
        read_weights_header(file)
    _check_shards(folder)


def _check_shards(folder: Path) -> None:
    """An index names the files that the weights are spread over; each must be there."""
    for index in folder.glob("*.safetensors.index*.json"):
        places = _read_json(index).get("weight_map", {})
        if not isinstance(places, dict):
            raise unusable(f"“{index}” is damaged.", COPY_AGAIN)
        shards = {str(name) for name in places.values()}
        if not all(is_plain_path(name) and "/" not in name for name in shards):
            raise unusable(f"“{index}” names files outside of its folder.", "Do not use this model.")
        missing = sorted(name for name in shards if not (folder / name).is_file())
        if missing:
            told = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
            raise unusable(f"“{folder}” lacks {told}.", COPY_AGAIN)


def _native_size(folder: Path, unet: dict[str, Any], vae: dict[str, Any]) -> Size:
    sample = unet.get("sample_size", 64)
    sides = cast(list[object], sample) if isinstance(sample, list) else [sample, sample]
    levels = vae.get("block_out_channels", (0, 0, 0, 0))
    if isinstance(levels, list | tuple) and 0 < len(levels) <= MAX_LEVELS and len(sides) == 2:
        factor = 2 ** (len(levels) - 1)
        match sides:
            case [int() as rows, int() as columns] if (
                0 < min(rows, columns) <= max(rows, columns) <= MAX_SIDE // factor
            ):
                return Size(columns * factor, rows * factor)
            case _:
                pass
    raise unusable(f"“{folder}” says an impossible size of its pictures.", COPY_AGAIN)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.is_file() and path.stat().st_size > MAX_JSON_BYTES:
            raise unusable(f"“{path}” is too large.", COPY_AGAIN)
        return parse_strict_object(path.read_bytes() if path.is_file() else b"")
    except (OSError, ValueError) as error:
        raise unusable(f"“{path}” is missing or damaged.", COPY_AGAIN) from error
