"""The log file of a worker: small, turned over at start, and its last lines for an error report."""

from __future__ import annotations

import os
from pathlib import Path

MAX_LOG_BYTES = 1_000_000
TAIL_LINES = 30
TAIL_BYTES = 16_000


def prepare_log(folder: Path, kind: str) -> Path:
    """The log file of this kind of worker; a large one is set aside as ``<kind>.1.log`` first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{kind}.log"
    if size_of(path) > MAX_LOG_BYTES:
        try:
            path.replace(folder / f"{kind}.1.log")
        except PermissionError:
            # Windows: another window's worker still writes to it; it is turned over at a later start.
            return path
    return path


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def read_tail(path: Path, start: int) -> str:
    """The last lines written after byte ``start``."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(start, end - TAIL_BYTES) if start <= end else 0)
        text = file.read(TAIL_BYTES).decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-TAIL_LINES:])
