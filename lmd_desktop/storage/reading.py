"""Reads JSON strictly: every mistake is told with the place where it stands."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.strict_json import parse_strict

JsonObject = dict[str, object]
LARGEST_NUMBER = 2**53  # above it JSON readers of other programs lose digits
MAX_DEPTH = 64
PATH_BYTES = "bytes:"


class FormatError(ValueError):
    """Content that cannot be what its place asks for; the text names the place and the value."""


class Fields:
    """The keys of one JSON object, read by type; ``notes`` gathers what was repaired in the whole document."""

    def __init__(self, value: object, where: str, notes: list[str]) -> None:
        if not isinstance(value, dict):
            raise FormatError(f"{where} must be an object, but it is {_shown(value)}")
        self._values = cast(JsonObject, value)
        self.where = where
        self.notes = notes

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def names(self) -> tuple[str, ...]:
        return tuple(self._values)

    def value(self, name: str) -> object:
        return self._values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._get(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "must be text", value)
        # A lone surrogate can be read from JSON but never be written again.
        return value.encode("utf-8", "replace").decode("utf-8")

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def optional_path(self, name: str) -> Path | None:
        """As ``path_text`` wrote it; None also for a name that no file has."""
        text = self.optional_text(name)
        return path_of(text) if text else None

    def paths(self, name: str) -> tuple[Path, ...]:
        """A list of them, without those that no file has."""
        return tuple(path for text in self.texts(name) if (path := path_of(text)) is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(Fields({name: item}, self.where, self.notes).text(name) for item in self.items(name))

    def whole(
        self,
        name: str,
        default: int | None = None,
        *,
        minimum: int = -LARGEST_NUMBER,
        maximum: int = LARGEST_NUMBER,
    ) -> int:
        value = self._get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "must be a whole number", value)
        if not minimum <= value <= maximum:
            raise self._wrong(name, f"must be from {minimum} to {maximum}", value)
        return value

    def optional_whole(self, name: str, *, minimum: int, maximum: int) -> int | None:
        return self.whole(name, minimum=minimum, maximum=maximum) if self.has(name) else None

    def number(self, name: str, default: float | None = None, *, minimum: float, maximum: float) -> float:
        value = self._get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(name, "must be a number", value)
        if not minimum <= value <= maximum:
            raise self._wrong(name, f"must be from {minimum:g} to {maximum:g}", value)
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "must be true or false", value)
        return value

    def size(self, name: str) -> Size:
        items = self.items(name)
        if len(items) != 2:
            raise self._wrong(name, "must be [width, height]", items)
        pair = Fields({"width": items[0], "height": items[1]}, f"{self.where}, “{short(name)}”", self.notes)
        return Size(pair.whole("width", minimum=1), pair.whole("height", minimum=1))

    def optional_size(self, name: str) -> Size | None:
        return self.size(name) if self.has(name) else None

    def items(self, name: str) -> Sequence[object]:
        value = self._get(name, None)
        if not isinstance(value, list):
            raise self._wrong(name, "must be a list", value)
        return cast(list[object], value)

    def child(self, name: str) -> Fields:
        return Fields(self._get(name, None), f"{self.where}, “{short(name)}”", self.notes)

    def children(self, name: str, title: str) -> list[Fields]:
        """The objects of a list; in messages each is called ``title`` and its id, or its place from 1."""
        result: list[Fields] = []
        for place, item in enumerate(self.items(name), start=1):
            fields = Fields(item, f"{self.where}, {title} {place}", self.notes)
            if fields.has("id"):
                fields.where = f"{self.where}, {title} {_shown(fields.value('id'))}"
            result.append(fields)
        return result

    def _get(self, name: str, default: object) -> object:
        value = self._values.get(name, default)
        if value is None:
            raise FormatError(f"{self.where}: “{short(name)}” is missing")
        return value

    def _wrong(self, name: str, rule: str, value: object) -> FormatError:
        return FormatError(f"{self.where}: “{short(name)}” {rule}, but it is {_shown(value)}")


def parse_json(data: bytes, where: str) -> object:
    """JSON in UTF-8 as Python values; raises FormatError on anything else, also NaN, endless nesting, a key twice."""
    try:
        return parse_strict(data)
    except ValueError as error:
        raise FormatError(f"{where} is not valid JSON ({error})") from error


def dump_json(value: object) -> bytes:
    """The one way JSON is written: UTF-8, on one line, because only that is fast in Python.

    Halves of surrogate pairs, which a pasted text may hold and nothing can write, become question marks.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def path_text(path: Path) -> str:
    """A path as a text of JSON. The name of a file need not be text (Linux): then its bytes are written, in hex."""
    text = str(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return PATH_BYTES + os.fsencode(path).hex()
    return text


def optional_path_text(path: Path | None) -> str | None:
    """What ``Fields.optional_path`` reads."""
    return path_text(path) if path is not None else None


def path_of(text: str) -> Path | None:
    """What ``path_text`` wrote; None for a name with a zero byte: every question about it would raise."""
    if text.startswith(PATH_BYTES):
        try:
            text = os.fsdecode(bytes.fromhex(text.removeprefix(PATH_BYTES)))
        except ValueError:
            return None
    return Path(text) if "\0" not in text else None


def check_depth(value: object, where: str) -> None:
    """Raises FormatError if a value is nested deeper than it could safely be written again."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner += cast(JsonObject, item).values()
            elif isinstance(item, list):
                inner += cast(list[object], item)
        if not inner:
            return
        level = inner
    raise FormatError(f"{where} is nested too deeply")


def short(text: str) -> str:
    """A text of the file as a sentence about it may quote it: forty characters that can be shown."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text[:41])
    return shown if len(text) <= 40 else shown[:39] + "…"


def _shown(value: object) -> str:
    if isinstance(value, str) and len(value) < 39 and value.isalnum() and value.isascii():
        return f'"{value}"'
    text = json.dumps(value, ensure_ascii=False, default=repr) if not isinstance(value, dict | list) else "a group"
    return short(text)
