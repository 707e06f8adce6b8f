"""A file of JSON lines that survives everything: appended, synced, and read again by the next run.

The first line holds the settings, whose hash is part of the file's name: a changed setting starts a new file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from lmd_desktop.storage.reading import JsonObject, dump_json

HASH_DIGITS = 8


class Journal:
    """The finished lines of one kind of work under one set of settings, by their ``key``."""

    def __init__(self, folder: Path, kind: str, settings: Mapping[str, object]) -> None:
        self.settings = dict(settings)
        self.path = folder / f"{kind}-{settings_hash(settings)}.jsonl"
        self.lines: dict[str, JsonObject] = {}
        self._read()

    def add(self, key: str, line: Mapping[str, object]) -> JsonObject:
        """Append a line and wait until it is on the disk."""
        data = {"key": key, **line}
        is_new = not self.path.exists() or not self.path.stat().st_size
        with self.path.open("ab") as file:
            if is_new:
                file.write(dump_json({"settings": self.settings}) + b"\n")
            file.write(dump_json(data) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # Read back, so that a line looks the same in this run and in the next one.
        self.lines[key] = cast(JsonObject, json.loads(dump_json(data)))
        return self.lines[key]

    def _read(self) -> None:
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole, newline, rest = content.rpartition(b"\n")
        if rest:
            # The machine went down in the middle of a line.
            os.truncate(self.path, len(whole) + len(newline))
        self.lines |= _by_key(whole)


def lines_under_others(journal: Journal, kind: str, name: str) -> dict[str, JsonObject]:
    """The lines of the journals beside this one whose settings differ in nothing but ``name``.

    They are only read: another run may be in the middle of a line.
    """
    lines: dict[str, JsonObject] = {}
    wanted = {**journal.settings, name: None}
    for path in sorted(journal.path.parent.glob(f"{kind}-*.jsonl")):
        with path.open("rb") as file:
            settings = _parsed(file.readline()).get("settings")
            if path != journal.path and isinstance(settings, dict) and {**settings, name: None} == wanted:
                lines |= _by_key(file.read().rpartition(b"\n")[0])
    return lines


def _by_key(whole: bytes) -> dict[str, JsonObject]:
    """The lines that have a key; of several with the same one the last."""
    lines = (_parsed(text) for text in whole.splitlines())
    return {key: line for line in lines if isinstance(key := line.get("key"), str)}


def _parsed(text: bytes) -> JsonObject:
    """The object of a line; empty if it is none."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return cast(JsonObject, line) if isinstance(line, dict) else {}


def settings_hash(settings: Mapping[str, object]) -> str:
    """A few digits that change with any setting."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]
