"""Reads tensors from files, and builds modules from them without ever holding two copies in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from safetensors.torch import load_file
from torch import Tensor, nn

from lmd_desktop.catalog.file_kinds import NO_PICKLES, PICKLE_SUFFIXES, unusable
from lmd_desktop.catalog.safetensors_header import read_weights_header

Tensors = dict[str, Tensor]


def read_tensors(path: Path, *, allows_pickles: bool, what: str = "painter model") -> Tensors:
    """The tensors by name, still on disk: pages are read when they are used; UserError for what is no such file.

    Of a pickle that is allowed only the weights are unpickled; anything else in it is refused.
    """
    if path.suffix.lower() not in PICKLE_SUFFIXES:
        read_weights_header(path, what)
        return load_file(path)
    if not allows_pickles:
        raise unusable(f"“{path}” is a pickle.", f"{NO_PICKLES}, or allow it (--allow-pickle).")
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # torch raises what the unpickler of the day raises
        raise unusable(
            f"“{path}” holds more than weights, or is damaged: it is not opened.",
            "Choose the same model as .safetensors.",
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    if not isinstance(content, dict):
        raise unusable(f"“{path}” holds no weights by name.", "Choose the same model as .safetensors.")
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


def settings_of(module: Any) -> dict[str, Any]:
    """The configuration of a module of diffusers without its notes of which values were defaults: those would win."""
    return {name: value for name, value in module.config.items() if not name.startswith("_")}


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def build(create: Callable[[], Any], tensors: Mapping[str, Tensor], *, dtype: torch.dtype) -> Any:
    """The module that ``create`` makes, with these weights in this precision; ValueError names what does not fit."""
    with init_empty_weights():
        module: nn.Module = create()
    wanted = module.state_dict()
    missing = sorted(wanted.keys() - tensors.keys())
    if missing:
        raise ValueError(f"{type(module).__name__} lacks {len(missing)} tensors, among them {missing[0]}")
    for name, empty in wanted.items():
        if empty.shape != tensors[name].shape:
            raise ValueError(f"{name} is {tuple(tensors[name].shape)} instead of {tuple(empty.shape)}")
    module.load_state_dict({name: tensors[name].to(dtype) for name in wanted}, assign=True)
    return module


def below_prefix(tensors: Mapping[str, Tensor], prefix: str) -> Tensors:
    """The tensors of one part, without its prefix."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
