"""Looks into a GGUF file without loading it: is it whole, can it chat, and what is it.

Layout (little endian): magic, version, tensor count, key count; keys with typed values; per tensor its name, shape,
type and offset; padding; the tensors. Nothing here knows llama.cpp.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lmd_desktop.catalog.file_kinds import name_kind, read_head, unusable
from lmd_desktop.domain.chat_templates import known_template
from lmd_desktop.domain.model_shape import ModelShape

OLDEST_VERSION, NEWEST_VERSION = 2, 3
DEFAULT_ALIGNMENT = 32
MAX_TEXT = 4 * 1024 * 1024  # bytes; the longest are chat templates
MAX_KEYS, MAX_TENSORS = 100_000, 100_000  # of models in use: about 50, and 2,000
MAX_ITEMS = 10_000_000  # of a list; the largest are vocabularies
MAX_DIMENSIONS = 4
MAX_ALIGNMENT = 2**20
MAX_NAME = 200
STRING, ARRAY = 8, 9
# Formats of the fixed-size value types, by their number in the file.
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# Elements and bytes of one block, by tensor type; a type that is not here is taken as one byte for each element.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 32: "BF16",
}  # fmt: skip

INTEGERS = (0, 1, 2, 3, 4, 5, 10, 11)
MAX_LISTED = 1024  # items of a list of integers that is read: one for each block of a model

_SPLIT_EXPERT = re.compile(r"blk\.\d+\.ffn_(?:gate|up|down)\.\d+\.weight")

Value = int | float | bool | str | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """What the header says; ``context_length`` 0 means that it does not.

    ``chat_template`` is the one of the model's family where the file has none of its own.
    """

    path: Path
    name: str
    architecture: str
    quantisation: str
    context_length: int
    size_bytes: int
    tensor_count: int
    chat_template: str
    shape: ModelShape
    licence: str


@dataclass(frozen=True, slots=True)
class _Tensor:
    """``end`` is where it ends behind the start of the data."""

    name: str
    elements: int
    size: int
    end: int


class _Truncated(Exception):
    """The file ends before its header does, or the header claims what no model has."""


def inspect_gguf(path: Path) -> GgufInfo:
    """What is in a planner file; raises UserError in words if it cannot be a planner."""
    head = read_head(path, "planner model")
    if not head.startswith(b"GGUF"):
        kind = name_kind(head)
        told = f"is {kind}" if kind else "is not a GGUF file"
        raise unusable(f"“{path}” {told}.", "Choose a language model in GGUF format.")
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            values, tensors, data_start = _read_header(file, path)
        except (_Truncated, struct.error, OverflowError) as error:
            raise _truncated(path, size) from error
    if not tensors:
        raise unusable(f"“{path}” holds a vocabulary but no weights.", "Choose the model's full GGUF file.")
    if any(_SPLIT_EXPERT.match(tensor.name) for tensor in tensors):
        cause = f"“{path}” keeps each of its experts apart, as files of 2023 did; llama.cpp reads that no more."
        raise unusable(cause, "Choose a newer conversion of the same model.")
    end = data_start + max(tensor.end for tensor in tensors)
    if end > size:
        raise _truncated(path, size, end)
    name = _line(values.get("general.name"), path.stem)
    own = values.get("tokenizer.chat_template")
    template = own if isinstance(own, str) and own.strip() else known_template(name, path.stem)
    if template is None:
        cause = f"“{path}” has no chat template, so nobody knows how to talk to it."
        raise unusable(cause, "Choose an instruction-tuned GGUF (Instruct, chat or it in its name).")
    architecture = _line(values.get("general.architecture"), "unknown")
    context = values.get(f"{architecture}.context_length", 0)
    file_type = values.get("general.file_type")
    return GgufInfo(
        path=path,
        name=name,
        architecture=architecture,
        quantisation=QUANTISATIONS.get(file_type, "unknown") if isinstance(file_type, int) else "unknown",
        context_length=context if isinstance(context, int) and context > 0 else 0,
        size_bytes=size,
        tensor_count=len(tensors),
        chat_template=template,
        shape=_shape_of(values, tensors),
        licence=_line(values.get("general.license"), ""),
    )


def _shape_of(values: dict[str, Value], tensors: list[_Tensor]) -> ModelShape:
    architecture = values.get("general.architecture")

    def number(key: str, default: int = 0) -> int:
        """A list has one for each block; the largest is that of the ordinary ones."""
        value = values.get(f"{architecture}.{key}")
        value = max(value, default=None) if isinstance(value, tuple) else value
        return value if isinstance(value, int) and value >= 0 else default

    width, heads = number("embedding_length"), number("attention.head_count", 1)
    kv_heads = number("attention.head_count_kv", heads)
    head_size = number("attention.key_length", width // max(heads, 1))
    in_blocks = sum(tensor.size for tensor in tensors if tensor.name.startswith("blk."))
    embedding = next((tensor for tensor in tensors if tensor.name == "token_embd.weight"), None)
    return ModelShape(
        block_count=number("block_count"),
        block_bytes=in_blocks,
        other_bytes=sum(tensor.size for tensor in tensors) - in_blocks,
        key_size=kv_heads * head_size,
        value_size=kv_heads * number("attention.value_length", head_size),
        head_size=head_size,
        width=width,
        inner_width=number("feed_forward_length"),
        vocabulary_size=embedding.elements // width if embedding is not None and width else 0,
        context_length=number("context_length"),
        parameters=sum(tensor.elements for tensor in tensors),
    )


def _read_header(file: BinaryIO, path: Path) -> tuple[dict[str, Value], list[_Tensor], int]:
    """The values, the tensors, and where their data start."""
    file.seek(4)
    (version,) = struct.unpack("<I", _bytes(file, 4))
    if not OLDEST_VERSION <= version <= NEWEST_VERSION:
        cause = f"“{path}” is GGUF version {version}; versions 2 and 3 can be read."
        raise unusable(cause, "Choose a newer conversion of the model.")
    tensor_count, key_count = struct.unpack("<QQ", _bytes(file, 16))
    if key_count > MAX_KEYS or tensor_count > MAX_TENSORS:
        raise _Truncated
    values = dict(_read_pair(file) for _ in range(key_count))
    tensors = [_read_tensor(file) for _ in range(tensor_count)]
    if len(values) < key_count or len({tensor.name for tensor in tensors}) < tensor_count:
        raise unusable(f"“{path}” says two things under one name.", "Choose another conversion of the model.")
    step = values.get("general.alignment", DEFAULT_ALIGNMENT)
    if not isinstance(step, int) or not 0 < step <= MAX_ALIGNMENT:
        raise _Truncated
    return values, tensors, -(-file.tell() // step) * step


def _read_pair(file: BinaryIO) -> tuple[str, Value]:
    key = _text(file)
    (kind,) = struct.unpack("<I", _bytes(file, 4))
    return key, _read_value(file, kind)


def _read_value(file: BinaryIO, kind: int) -> Value:
    if kind == STRING:
        return _text(file)
    if kind == ARRAY:
        item_kind, count = struct.unpack("<IQ", _bytes(file, 12))
        if item_kind in INTEGERS and count <= MAX_LISTED:
            form = f"<{count}{SCALARS[item_kind]}"
            return struct.unpack(form, _bytes(file, struct.calcsize(form)))
        _skip_items(file, item_kind, count)
        return None
    if kind not in SCALARS:
        raise _Truncated
    form = f"<{SCALARS[kind]}"
    return struct.unpack(form, _bytes(file, struct.calcsize(form)))[0]


def _skip_items(file: BinaryIO, kind: int, count: int) -> None:
    if count > MAX_ITEMS:
        raise _Truncated
    if kind in SCALARS:
        file.seek(count * struct.calcsize(f"<{SCALARS[kind]}"), 1)
    elif kind == STRING:
        for _ in range(count):
            (length,) = struct.unpack("<Q", _bytes(file, 8))
            if length > MAX_TEXT:
                raise _Truncated
            file.seek(length, 1)
    else:
        raise _Truncated


def _read_tensor(file: BinaryIO) -> _Tensor:
    name = _text(file)
    (dimensions,) = struct.unpack("<I", _bytes(file, 4))
    if dimensions > MAX_DIMENSIONS:
        raise _Truncated
    *shape, kind, offset = struct.unpack(f"<{dimensions}QIQ", _bytes(file, 8 * dimensions + 12))
    block_elements, block_bytes = BLOCKS.get(kind, (1, 1))
    elements = math.prod(shape)
    size = elements // block_elements * block_bytes
    return _Tensor(name, elements, size, offset + size)


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", _bytes(file, 8))
    if length > MAX_TEXT:
        raise _Truncated
    return _bytes(file, length).decode("utf-8", errors="replace")


def _bytes(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise _Truncated
    return data


def _line(value: Value, default: str) -> str:
    """A text of the file as it may be shown: one line, without characters that hide or turn others around."""
    text = "".join(char if char.isprintable() else " " for char in str(value or ""))
    return " ".join(text.split())[:MAX_NAME] or default


def _truncated(path: Path, size: int, needed: int | None = None) -> Exception:
    missing = f": {needed - size:,} bytes are missing" if needed is not None else ""
    return unusable(f"“{path}” is damaged or was not downloaded to its end{missing}.", "Download it again.")
