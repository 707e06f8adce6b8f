"""Which model a worker holds: another path, device or a file changed on disk means loading again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmd_desktop.domain.painter import PainterParts

ModelKey = tuple[str, str, PainterParts, tuple[int, ...]]


def key_of(model: str, device: str, parts: PainterParts | None = None) -> ModelKey:
    """``parts`` are those that are put into a painter."""
    parts = replace(parts or PainterParts(), refinement=None)  # which has a model of its own
    paths = (Path(model), *parts.paths)
    return model, device, parts, tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
