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
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get("key"), str):
                self.lines[line["key"]] = cast(JsonObject, line)


def settings_hash(settings: Mapping[str, object]) -> str:
    """A few digits that change with any setting."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]
