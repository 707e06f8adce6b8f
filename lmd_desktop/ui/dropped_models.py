"""Which models are being dropped on a window, and what takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import ModelLibrary

MODEL_SUFFIXES = (".gguf", ".safetensors", ".lmdmodels", ".ckpt", ".pt", ".pth", ".bin")


class TakesModels:
    """Comes before the widget among the bases of a class; models that are dropped on it join its library."""

    _library: ModelLibrary

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_models(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        for path in dropped_models(event):
            self._library.add(path)


def dropped_models(event: QDropEvent) -> tuple[Path, ...]:
    """Files that are named like models, and folders; nothing if anything else is among them."""
    paths = tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return paths if paths and all(_may_be_model(path) for path in paths) else ()


def _may_be_model(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in MODEL_SUFFIXES
