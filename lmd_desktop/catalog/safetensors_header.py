"""Reads the header of a safetensors file: names, types and shapes of its tensors, none of which is loaded.

Layout: length of the header (8 bytes, little endian), header as JSON with type, shape and place of every tensor and
perhaps a map of texts (``__metadata__``), the tensors.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmd_desktop.catalog.file_kinds import name_kind, read_head, unusable

MAX_HEADER = 100 * 1024 * 1024

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WeightsHeader:
    """What is in a file of weights; ``metadata`` is what the program that wrote it noted down."""

    path: Path
    shapes: Mapping[str, Shape]
    metadata: Mapping[str, str]
    size_bytes: int

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes.values())


def read_weights_header(path: Path, what: str = "painter model") -> WeightsHeader:
    """The header of a whole file; UserError that says what it is instead, or how much of it is missing."""
    head = read_head(path, what)
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else MAX_HEADER + 1
        text = file.read(length) if length <= MAX_HEADER else b""
    try:
        header: dict[str, Any] = json.loads(text)
        metadata = header.pop("__metadata__", None) or {}
        needed = 8 + length + max((entry["data_offsets"][1] for entry in header.values()), default=0)
        shapes = {name: tuple(int(side) for side in entry["shape"]) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        kind = name_kind(head)
        told = f"is {kind}" if kind and "safetensors" not in kind else "is damaged or was not downloaded to its end"
        raise unusable(f"“{path}” {told}.", "Download it again.") from error
    if needed > size:
        cause = f"“{path}” was not downloaded to its end: {needed - size:,} bytes are missing."
        raise unusable(cause, "Download it again.")
    texts = {str(key): str(value) for key, value in metadata.items()}
    return WeightsHeader(path=path, shapes=shapes, metadata=texts, size_bytes=size)
