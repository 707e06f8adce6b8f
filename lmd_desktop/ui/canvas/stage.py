"""Paints one moment of the canvas: kept pictures for what rests, single items for what moves, and only what changed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QRegion

from lmd_desktop.domain.layout import Box, Rect
from lmd_desktop.ui.canvas.frame import Moment, moving_items, resting_boxes, resting_items
from lmd_desktop.ui.canvas.items import Item, changed_region
from lmd_desktop.ui.canvas.labels import Edges
from lmd_desktop.ui.canvas.layers import Backdrop, Layer, Surface, paint_paper
from lmd_desktop.ui.canvas.painting import LabelPainter
from lmd_desktop.ui.canvas.view_transform import ViewTransform

HINT_MARGIN = 24


@dataclass(frozen=True, slots=True)
class Looks:
    """What decides how a moment looks: the viewport, the zoom, the backdrop, palette and font."""

    surface: Surface
    view: ViewTransform
    backdrop: Backdrop | None
    palette: QPalette
    font: QFont
    hint: str


class Stage:
    """Remembers what was painted last."""

    def __init__(self) -> None:
        self._paper, self._resting = Layer(Qt.GlobalColor.black), Layer()
        self._boxes: tuple[Box, ...] = ()
        self._items: list[Item] = []
        self._taken: list[Edges] = []
        self._labels: tuple[object, LabelPainter] | None = None

    def paint(self, painter: QPainter, region: QRegion, moment: Moment, *, looks: Looks) -> None:
        """Bring the kept pictures up to date and paint a region of the viewport."""
        surface, view, palette = looks.surface, looks.view, looks.palette
        labels, canvas = self._label_painter(looks), moment.layout.canvas

        def draw_paper(paper: QPainter) -> None:
            paint_paper(paper, surface, view, canvas=canvas, backdrop=looks.backdrop, palette=palette)

        def draw_resting(layer: QPainter) -> None:
            items, self._taken = resting_items(boxes, view, surface, labels=labels, has_labels=moment.has_labels)
            for item in items:
                item.paint(layer, palette, labels)

        self._boxes = boxes = resting_boxes(moment)
        self._paper.refresh((view, canvas, looks.backdrop, palette.cacheKey()), surface, draw_paper)
        self._resting.refresh((view, boxes, moment.has_labels, id(labels)), surface, draw_resting)
        self._items = moving_items(moment, view, surface, labels=labels, taken=self._taken)
        self._paper.paint(painter, region)
        self._resting.paint(painter, region)
        painter.setFont(looks.font)
        for item in self._items:
            item.paint(painter, palette, labels)
        if moment.is_empty and looks.backdrop is None:
            _paint_hint(painter, moment, looks)

    def changes(self, moment: Moment, *, looks: Looks) -> QRegion:
        """What must be painted again for this moment."""
        whole = QRegion(QRect(0, 0, looks.surface.width, looks.surface.height))
        if resting_boxes(moment) != self._boxes:
            return whole
        labels = self._label_painter(looks)
        items = moving_items(moment, looks.view, looks.surface, labels=labels, taken=self._taken)
        return changed_region(self._items, items) & whole

    def _label_painter(self, looks: Looks) -> LabelPainter:
        key = (looks.font.key(), looks.surface.ratio)
        if self._labels is None or self._labels[0] != key:
            self._labels = (key, LabelPainter(looks.font, looks.surface.ratio))
        return self._labels[1]


def _paint_hint(painter: QPainter, moment: Moment, looks: Looks) -> None:
    canvas = moment.layout.canvas
    left, top, right, bottom = looks.view.edges(Rect(0, 0, canvas.width, canvas.height))
    area = QRectF(QPointF(left, top), QPointF(right, bottom))
    area.adjust(HINT_MARGIN, HINT_MARGIN, -HINT_MARGIN, -HINT_MARGIN)
    painter.setPen(looks.palette.color(QPalette.ColorRole.PlaceholderText))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, looks.hint)
