"""Small drawings of layouts for the dialog: what a turn changed, before and after, and choices to pick from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.ui.theme import is_dark

SIDE = 92  # logical pixels, the longer side of a drawing
ARROW_WIDTH = 20
LEAST_SCALE = 0.5
FAINT, STRONG = 45, 150  # alpha of what stayed and of what changed


@dataclass(frozen=True, slots=True)
class Drawing:
    """A layout, with the ids of its boxes that are emphasised, dashed, or crossed out."""

    layout: Layout
    strong: frozenset[str] = frozenset()
    dashed: frozenset[str] = frozenset()
    crossed: frozenset[str] = frozenset()


def diff_drawings(before: Layout, after: Layout, undecided: Collection[str] = ()) -> tuple[Drawing, ...]:
    """What a change looks like: one drawing if there was nothing before, else the two of them."""
    old, new = {box.id: box for box in before.boxes}, {box.id: box for box in after.boxes}
    changed = frozenset(key for key in (*old, *new) if old.get(key) != new.get(key))
    now = Drawing(after, strong=changed & new.keys(), dashed=frozenset(undecided))
    if not before.boxes:
        return (now,)
    return (Drawing(before, strong=changed & old.keys(), crossed=frozenset(old.keys() - new.keys())), now)


class LayoutPicture(QWidget):
    """One drawing, or two with an arrow from the first to the second; smaller where there is less room."""

    def __init__(self, drawings: tuple[Drawing, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawings = drawings
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_drawings(self, drawings: tuple[Drawing, ...]) -> None:
        if drawings != self._drawings:
            self._drawings = drawings
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        sizes = [drawing_size(drawing.layout, SIDE) for drawing in self._drawings]
        width = sum(size.width() for size in sizes) + ARROW_WIDTH * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(round(hint.width() * LEAST_SCALE), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = min(1.0, self.width() / max(self.sizeHint().width(), 1))
        painter.translate(0, self.height() * (1 - scale) / 2)
        painter.scale(scale, scale)
        left = 0.0
        for number, drawing in enumerate(self._drawings):
            size = drawing_size(drawing.layout, SIDE)
            if number:
                self._paint_arrow(painter, left)
                left += ARROW_WIDTH
            paint_drawing(painter, QRectF(left, 0, size.width(), size.height()), drawing, self.palette())
            left += size.width()
        painter.end()

    def _paint_arrow(self, painter: QPainter, left: float) -> None:
        middle = self.height() / 2
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.5))
        painter.drawLine(QPointF(left + 5, middle), QPointF(left + 15, middle))
        for end in (middle - 3.5, middle + 3.5):
            painter.drawLine(QPointF(left + 15, middle), QPointF(left + 11, end))


def drawing_size(layout: Layout, side: int) -> QSize:
    """The size of a drawing whose longer side is ``side``; never thinner than a quarter of that."""
    longer = max(layout.canvas.width, layout.canvas.height)
    width, height = (
        max(side // 4, round(side * part / longer)) for part in (layout.canvas.width, layout.canvas.height)
    )
    return QSize(width, height)


def drawing_icon(layout: Layout, side: int, palette: QPalette, *, ratio: float = 1.0) -> QIcon:
    """A drawing of a layout for buttons and lists."""
    size = drawing_size(layout, side)
    pixmap = QPixmap(round(size.width() * ratio), round(size.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    everything = frozenset(box.id for box in layout.boxes)
    paint_drawing(painter, QRectF(0, 0, size.width(), size.height()), Drawing(layout, strong=everything), palette)
    painter.end()
    return QIcon(pixmap)


def paint_drawing(painter: QPainter, area: QRectF, drawing: Drawing, palette: QPalette) -> None:
    """A layout inside ``area``, in the palette's colours."""
    paper = QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Midlight if is_dark(palette) else QPalette.ColorRole.Mid), 1))
    painter.setBrush(palette.color(QPalette.ColorRole.AlternateBase))
    painter.drawRoundedRect(paper, 3, 3)
    layout = drawing.layout
    across, down = paper.width() / layout.canvas.width, paper.height() / layout.canvas.height
    painter.save()
    painter.setClipRect(paper)
    for box in layout.boxes:
        rect = QRectF(
            paper.x() + box.rect.x * across,
            paper.y() + box.rect.y * down,
            max(2.0, box.rect.width * across),
            max(2.0, box.rect.height * down),
        )
        _paint_box(painter, rect, box, drawing)
    painter.restore()


def _paint_box(painter: QPainter, rect: QRectF, box: Box, drawing: Drawing) -> None:
    colour = QColor(box.colour)
    is_strong = box.id in drawing.strong
    fill = QColor(colour)
    fill.setAlpha(STRONG if is_strong and box.id not in drawing.crossed else FAINT)
    line = QColor(colour)
    line.setAlpha(255 if is_strong else 150)
    pen = QPen(line, 1.5 if is_strong else 1.0)
    if box.id in drawing.dashed:
        pen.setDashPattern([2.5, 2.0])
        fill.setAlpha(FAINT)
    painter.setPen(pen)
    painter.setBrush(fill)
    painter.drawRect(rect.adjusted(0.75, 0.75, -0.75, -0.75))
    if box.id in drawing.crossed:
        painter.drawLine(rect.topLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomLeft())
