"""Which models are being dropped on a window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDropEvent

MODEL_SUFFIXES = (".gguf", ".safetensors", ".ckpt", ".pt", ".pth", ".bin")


def dropped_models(event: QDropEvent) -> tuple[Path, ...]:
    """Files that are named like models, and folders; nothing if anything else is among them."""
    paths = tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return paths if paths and all(_may_be_model(path) for path in paths) else ()


def _may_be_model(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in MODEL_SUFFIXES
