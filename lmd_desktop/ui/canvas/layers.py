"""What rests while a drag goes on, kept as pictures: the paper with its backdrop, and the boxes that do not move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QRegion


@dataclass(frozen=True, slots=True)
class Surface:
    """The viewport in logical pixels and its device pixel ratio."""

    width: int
    height: int
    ratio: float


class Layer:
    """One cached picture of the viewport; it is painted again only when its key (all it depends on) differs."""

    def __init__(self, background: Qt.GlobalColor = Qt.GlobalColor.transparent) -> None:
        self._background = background
        self._key: object = None
        self._picture = QPixmap()

    def refresh(self, key: object, surface: Surface, paint: Callable[[QPainter], None]) -> None:
        """Paint it, unless nothing it depends on has changed."""
        whole = (surface, key)
        if whole == self._key:
            return
        size = QSize(round(surface.width * surface.ratio), round(surface.height * surface.ratio))
        if self._picture.size() != size or self._picture.devicePixelRatio() != surface.ratio:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(surface.ratio)
        self._picture.fill(self._background)
        painter = QPainter(self._picture)
        paint(painter)
        painter.end()
        self._key = whole

    def paint(self, painter: QPainter, region: QRegion) -> None:
        """Show the parts of the picture that lie in a region of the viewport."""
        ratio = self._picture.devicePixelRatio()
        for rect in _rects(region):
            source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
            painter.drawPixmap(QRectF(rect), self._picture, source)


def _rects(region: QRegion) -> Iterator[QRect]:
    # The stubs of PySide6 do not know that a region is iterable.
    return iter(region)  # pyright: ignore[reportCallIssue, reportArgumentType]
