"""Reads the header of a safetensors file: names, types and shapes of its tensors, none of which is loaded.

Layout: length of the header (8 bytes, little endian), header as JSON with type, shape and place of every tensor and
perhaps a map of texts (``__metadata__``), the tensors.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lmd_desktop.catalog.file_kinds import name_kind, read_head, unusable
from lmd_desktop.domain.strict_json import parse_strict_object

MAX_HEADER = 32 * 1024 * 1024  # the largest checkpoints in use take 1 MB
MAX_TENSORS = 100_000
MAX_SIDE = 2**32
MAX_DIMENSIONS = 16
# Bits of one number, by the names that the format has for them.
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip

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
        header = parse_strict_object(text)
        metadata = cast(dict[str, Any], header.pop("__metadata__", None) or {})
        texts = {str(key): str(value) for key, value in metadata.items()}
        shapes, end = _tensors(header)
        needed = 8 + length + end
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        kind = name_kind(head)
        told = f"is {kind}" if kind and "safetensors" not in kind else "is damaged or was not downloaded to its end"
        raise unusable(f"“{path}” {told}.", "Download it again.") from error
    if needed > size:
        cause = f"“{path}” was not downloaded to its end: {needed - size:,} bytes are missing."
        raise unusable(cause, "Download it again.")
    return WeightsHeader(path=path, shapes=shapes, metadata=texts, size_bytes=size)


def _tensors(header: Mapping[str, Any]) -> tuple[dict[str, Shape], int]:
    """The shapes, and where the last tensor ends; raises ValueError if a place does not fit its shape, or another's."""
    if len(header) > MAX_TENSORS:
        raise ValueError(f"it names {len(header)} tensors")
    shapes: dict[str, Shape] = {}
    places: list[tuple[int, int]] = []
    for name, entry in header.items():
        shape, (start, end) = entry["shape"], entry["data_offsets"]
        if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(map(_is_side, [*shape, start, end])):
            raise ValueError(f"{name[:40]} has an impossible shape or place")
        size = math.prod(shape) * BITS[entry["dtype"]]
        if size % 8 or end - start != size // 8:
            raise ValueError(f"{name[:40]} does not fit its place")
        shapes[name] = tuple(shape)
        places.append((start, end))
    last = 0
    for start, end in sorted(places):
        if start != last:
            raise ValueError("two tensors overlap, or there is a hole between them")
        last = end
    return shapes, last


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_SIDE * 2**16
