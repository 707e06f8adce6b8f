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
        is_new = not self.path.exists()
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
        for text in whole.splitlines():
            line = _parsed(text)
            key = line.get("key")
            if isinstance(key, str):
                self.lines[key] = line


def lines_under_others(journal: Journal, kind: str, name: str) -> dict[str, JsonObject]:
    """The lines of the journals beside this one whose settings differ in nothing but ``name``."""
    lines: dict[str, JsonObject] = {}
    wanted = {**journal.settings, name: None}
    for path in sorted(journal.path.parent.glob(f"{kind}-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            head = _parsed(file.readline())
        settings = head.get("settings")
        if path != journal.path and isinstance(settings, dict) and {**settings, name: None} == wanted:
            lines |= Journal(path.parent, kind, cast(JsonObject, settings)).lines
    return lines


def _parsed(text: str | bytes) -> JsonObject:
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
