"""Keeps how the person looks at the document with it: backdrop, guide lines, attention, zoom; and shows it again."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from lmd_desktop.app.document import Document
from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.overlays import Overlays

REST_MS = 500  # after the last zoom or pan


class ViewKeeper(QObject):
    def __init__(self, document: Document, overlays: Overlays, canvas: CanvasView) -> None:
        super().__init__(overlays)
        self._document = document
        self._overlays = overlays
        self._canvas = canvas
        self._is_showing = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._keep)
        document.opened.connect(self._show)
        overlays.changed.connect(self._keep)
        canvas.view_moved.connect(self._rest.start)

    def _show(self) -> None:
        view = self._document.view
        self._is_showing = True
        self._overlays.show_view(view)
        self._is_showing = False
        if view.place is None:
            self._canvas.fit()
            return
        zoom, x, y = view.place
        self._canvas.zoom_to(zoom)
        shown_at, size = self._canvas.transform.to_view((x, y)), self._canvas.viewport().size()
        self._canvas.pan_by(size.width() / 2 - shown_at[0], size.height() / 2 - shown_at[1])

    def _keep(self) -> None:
        # While a scene is being replaced, what is shown belongs to neither.
        if not (self._document.is_switching or self._is_showing):
            self._document.set_view(replace(self._overlays.view, place=self._place()))

    def _place(self) -> tuple[float, float, float] | None:
        if self._canvas.is_fitted:
            return None
        size = self._canvas.viewport().size()
        x, y = self._canvas.transform.to_scene((size.width() / 2, size.height() / 2))
        return round(self._canvas.zoom, 4), round(x, 1), round(y, 1)
