"""Which model a worker holds: another path, device or a file changed on disk means loading again."""

from __future__ import annotations

from pathlib import Path

ModelKey = tuple[str, str, int]


def key_of(model: str, device: str) -> ModelKey:
    path = Path(model)
    return model, device, path.stat().st_mtime_ns if path.exists() else 0
