"""Keeps backdrop, guide lines and attention with the document, and shows those of the one that is opened."""

from __future__ import annotations

from PySide6.QtCore import QObject

from lmd_desktop.app.document import Document
from lmd_desktop.ui.overlays import Overlays


class ViewKeeper(QObject):
    def __init__(self, document: Document, overlays: Overlays) -> None:
        super().__init__(overlays)
        self._document = document
        self._overlays = overlays
        document.opened.connect(self._show)
        overlays.changed.connect(self._keep)

    def _show(self) -> None:
        self._overlays.show_view(self._document.view)

    def _keep(self) -> None:
        # While a scene is being replaced, what is shown belongs to neither.
        if not self._document.is_switching:
            self._document.set_view(self._overlays.view)
