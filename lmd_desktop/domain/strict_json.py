"""Reads JSON of strangers: no key twice, no number that is none, no text that could not be written again."""

from __future__ import annotations

import json
import math
from typing import cast

JsonObject = dict[str, object]


def parse_strict(data: bytes) -> object:
    """The value that UTF-8 text holds; raises ValueError with the reason, which never quotes more than a few words.

    Halves of surrogate pairs, which JSON can escape but nothing can write, become question marks.
    """
    try:
        text = data.decode("utf-8")
        value: object = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_with_each_key_once
        )
        if "\\ud" in text or "\\uD" in text:
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


def parse_strict_object(data: bytes) -> JsonObject:
    """The same for text whose outermost value must be an object."""
    value = parse_strict(data)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return cast(JsonObject, value)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _with_each_key_once(pairs: list[tuple[str, object]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if any(key == other for other, _ in pairs[:i]))
        raise ValueError(f"“{twice[:40]}” is there twice")
    return found
