"""Rulers along the canvas in scene pixels; they show where the selection and the mouse are."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPalette, QRegion
from PySide6.QtWidgets import QWidget

from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.canvas.geometry import Point
from lmd_desktop.ui.canvas.layers import Layer, Surface
from lmd_desktop.ui.canvas.view_transform import ViewTransform

THICKNESS = 18  # logical pixels
LEAST_NUMBER_GAP = 56.0  # view pixels between two numbers
TICKS_BETWEEN = 5
RANGE_ALPHA = 70
FONT_SHARE = 0.78  # of the window's font


class Ruler(QWidget):
    """One of the two: ``is_across`` lies above the canvas, the other one left of it."""

    def __init__(self, parent: QWidget, *, is_across: bool) -> None:
        super().__init__(parent)
        self._is_across = is_across
        self._start, self._scale = 0.0, 1.0
        self._selected: tuple[float, float] | None = None
        self._mouse: float | None = None
        self._layer = Layer()
        self.setObjectName("ruler_across" if is_across else "ruler_down")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_place(self, start: float, scale: float, selected: tuple[float, float] | None) -> None:
        """``start`` is where scene pixel 0 is in view pixels; ``selected`` the range to mark, in scene pixels."""
        if (start, scale, selected) != (self._start, self._scale, self._selected):
            self._start, self._scale, self._selected = start, scale, selected
            self.update()

    def show_mouse(self, position: float | None) -> None:
        """A hair at a place in view pixels."""
        if position != self._mouse:
            for place in (self._mouse, position):
                if place is not None:
                    self.update(self._area(place - 1, place + 2).toAlignedRect())
            self._mouse = position

    def paintEvent(self, event: QPaintEvent) -> None:
        surface = Surface(self.width(), self.height(), self.devicePixelRatioF())
        palette = self.palette()
        key = (self._start, self._scale, palette.cacheKey(), self.font().key())
        self._layer.refresh(key, surface, self._paint_scale)
        painter = QPainter(self)
        self._layer.paint(painter, QRegion(event.rect()))
        if self._selected is not None:
            shade = QColor(palette.color(QPalette.ColorRole.Highlight))
            shade.setAlpha(RANGE_ALPHA)
            first, last = (self._start + value * self._scale for value in self._selected)
            painter.fillRect(self._area(first, last), shade)
        if self._mouse is not None:
            painter.fillRect(self._area(self._mouse, self._mouse + 1), palette.color(QPalette.ColorRole.Highlight))
        painter.end()

    def _paint_scale(self, painter: QPainter) -> None:
        palette = self.palette()
        painter.fillRect(QRect(0, 0, self.width(), self.height()), palette.color(QPalette.ColorRole.Window))
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF() * FONT_SHARE, 6.0))
        painter.setFont(font)
        colour = palette.color(QPalette.ColorRole.PlaceholderText)
        metrics = QFontMetricsF(font)
        step = nice_step(self._scale)
        length = self.width() if self._is_across else self.height()
        index = math.floor(-self._start / self._scale / step * TICKS_BETWEEN)
        while (place := self._start + index * step / TICKS_BETWEEN * self._scale) < length:
            has_number = index % TICKS_BETWEEN == 0
            self._paint_tick(painter, place, THICKNESS * (0.55 if has_number else 0.25), colour)
            if has_number:
                self._paint_number(painter, place, str(round(index * step / TICKS_BETWEEN)), metrics)
            index += 1
        edge = QRectF(0, THICKNESS - 1, length, 1) if self._is_across else QRectF(THICKNESS - 1, 0, 1, length)
        painter.fillRect(edge, palette.color(QPalette.ColorRole.Mid))

    def _paint_tick(self, painter: QPainter, place: float, height: float, colour: QColor) -> None:
        x = round(place)
        tick = QRectF(x, THICKNESS - height, 1, height)
        painter.fillRect(tick if self._is_across else QRectF(tick.y(), tick.x(), height, 1), colour)

    def _paint_number(self, painter: QPainter, place: float, text: str, metrics: QFontMetricsF) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        if self._is_across:
            painter.drawText(QPointF(round(place) + 3, metrics.ascent()), text)
            return
        painter.save()
        painter.translate(metrics.ascent(), round(place) - 3)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), text)
        painter.restore()

    def _area(self, first: float, last: float) -> QRectF:
        start, length = round(first), round(last) - round(first)
        return QRectF(start, 0, length, THICKNESS) if self._is_across else QRectF(0, start, THICKNESS, length)


def nice_step(scale: float) -> int:
    """Scene pixels from one number to the next: 1, 2 or 5 times a power of ten, as many as fit."""
    least = LEAST_NUMBER_GAP / scale
    power = 10 ** math.floor(math.log10(max(least, 1.0)))
    return next(round(power * factor) for factor in (1, 2, 5, 10) if power * factor >= least)


class Rulers:
    """Both rulers of a canvas; they take room above and left of the viewport while they are shown."""

    def __init__(self, parent: QWidget) -> None:
        self._across, self._down = Ruler(parent, is_across=True), Ruler(parent, is_across=False)
        self._corner = QWidget(parent)
        self._corner.setAutoFillBackground(True)

    @property
    def margin(self) -> int:
        return 0 if self._across.isHidden() else THICKNESS

    def set_shown(self, is_shown: bool) -> None:
        for part in (self._across, self._down, self._corner):
            part.setVisible(is_shown)

    def place(self, viewport: QRect) -> None:
        """Beside the viewport, which lies at ``viewport`` in the canvas widget."""
        left, top = viewport.x() - THICKNESS, viewport.y() - THICKNESS
        self._across.setGeometry(viewport.x(), top, viewport.width(), THICKNESS)
        self._down.setGeometry(left, viewport.y(), THICKNESS, viewport.height())
        self._corner.setGeometry(left, top, THICKNESS, THICKNESS)

    def show_view(self, view: ViewTransform, selected: Rect | None) -> None:
        self._across.show_place(view.x, view.scale, (selected.x, selected.right) if selected else None)
        self._down.show_place(view.y, view.scale, (selected.y, selected.bottom) if selected else None)

    def show_mouse(self, position: Point | None) -> None:
        self._across.show_mouse(position[0] if position else None)
        self._down.show_mouse(position[1] if position else None)
