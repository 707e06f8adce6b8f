"""Looks into a painter without loading it: a diffusers folder of Stable Diffusion, weights as safetensors only."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmd_desktop.catalog.file_kinds import PICKLE_SUFFIXES, name_kind, read_head, unusable
from lmd_desktop.domain.layout import Size

COMPONENTS = ("tokenizer", "text_encoder", "unet", "vae", "scheduler")
WITH_WEIGHTS = ("text_encoder", "unet", "vae")
MAX_HEADER = 100 * 1024 * 1024
CHOOSE_FOLDER = "Choose a folder in diffusers layout (it holds model_index.json)."
NO_PICKLES = "It could run any program when opened. Choose the same model with .safetensors weights."


@dataclass(frozen=True, slots=True)
class PainterInfo:
    """What the configuration files say; ``is_gated`` means that the UNet has GLIGEN layers."""

    path: Path
    name: str
    pipeline: str
    native_size: Size
    is_gated: bool
    size_bytes: int


def inspect_painter(path: Path) -> PainterInfo:
    """What is in a painter folder; raises UserError in words if it cannot be painted with."""
    if not path.is_dir():
        raise _refusal_of_file(path)
    if not (path / "model_index.json").is_file():
        raise unusable(f"“{path}” is a folder without a painter in it (no model_index.json).", CHOOSE_FOLDER)
    index = _read_json(path / "model_index.json")
    missing = [part for part in COMPONENTS if not (path / part).is_dir()]
    if "text_encoder_2" in index or "transformer" in index:
        cause = f"“{path.name}” is a {index.get('_class_name', 'model of another family')}."
        raise unusable(cause, "This version paints with Stable Diffusion 1.x and 2.x models; choose one of these.")
    if missing:
        raise unusable(f"The painter in “{path}” lacks {', '.join(missing)}.", "Copy or download the model again.")
    for part in WITH_WEIGHTS:
        _check_weights(path / part)
    unet = _read_json(path / "unet" / "config.json")
    vae = _read_json(path / "vae" / "config.json")
    files = [file for file in path.rglob("*") if file.is_file()]
    return PainterInfo(
        path=path,
        name=path.name,
        pipeline=str(index.get("_class_name", "unknown")),
        native_size=_native_size(unet, vae),
        is_gated=unet.get("attention_type") == "gated",
        size_bytes=sum(file.stat().st_size for file in files),
    )


def _refusal_of_file(path: Path) -> Exception:
    head = read_head(path, "painter model")
    if path.suffix.lower() in PICKLE_SUFFIXES:
        return unusable(f"“{path}” is a pickle checkpoint.", NO_PICKLES)
    if path.suffix.lower() != ".safetensors":
        kind = name_kind(head)
        return unusable(f"“{path}” is {kind or 'not a painter'}.", CHOOSE_FOLDER)
    names = _check_safetensors(path)
    if any(".lora_" in name or name.startswith("lora_") for name in names):
        return unusable(f"“{path}” is a LoRA, an addition to a painter, not a painter.", CHOOSE_FOLDER)
    cause = f"“{path}” is a single checkpoint file; this version paints with diffusers folders only."
    return unusable(cause, "Convert it with diffusers, or choose a folder that holds model_index.json.")


def _check_weights(folder: Path) -> None:
    files = [file for file in folder.iterdir() if file.is_file()]
    weights = [file for file in files if file.suffix == ".safetensors"]
    if not weights and any(file.suffix in PICKLE_SUFFIXES for file in files):
        raise unusable(f"“{folder}” holds its weights as pickle files.", NO_PICKLES)
    if not weights:
        raise unusable(f"“{folder}” holds no weights.", "Copy or download the model again.")
    for file in weights:
        _check_safetensors(file)


def _check_safetensors(path: Path) -> tuple[str, ...]:
    """The names of the tensors; UserError if the file is not whole.

    Layout: length of the header (8 bytes), header as JSON with the place of every tensor, the tensors.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else MAX_HEADER + 1
        text = file.read(length) if length <= MAX_HEADER else b""
    try:
        header: dict[str, Any] = json.loads(text)
        tensors = {name: value["data_offsets"][1] for name, value in header.items() if name != "__metadata__"}
        needed = 8 + length + max(tensors.values(), default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        kind = name_kind(read_head(path, "painter model"))
        told = f"is {kind}" if kind and "safetensors" not in kind else "is damaged or was not downloaded to its end"
        raise unusable(f"“{path}” {told}.", "Download it again.") from error
    if needed > size:
        cause = f"“{path}” was not downloaded to its end: {needed - size:,} bytes are missing."
        raise unusable(cause, "Download it again.")
    return tuple(tensors)


def _native_size(unet: dict[str, Any], vae: dict[str, Any]) -> Size:
    sample = unet.get("sample_size", 64)
    rows, columns = sample if isinstance(sample, list) else (sample, sample)
    factor = 2 ** (len(vae.get("block_out_channels", (0, 0, 0, 0))) - 1)
    return Size(columns * factor, rows * factor)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unusable(f"“{path}” is missing or damaged.", "Copy or download the model again.") from error
    if not isinstance(value, dict):
        raise unusable(f"“{path}” is damaged.", "Copy or download the model again.")
    return value
