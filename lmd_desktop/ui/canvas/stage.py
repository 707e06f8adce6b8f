"""Paints one moment of the canvas: kept pictures for what rests, single items for what moves, and only what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QRegion

from lmd_desktop.domain.layout import Box, Rect
from lmd_desktop.ui.canvas.frame import Judged, Moment, Resting, moving_items, resting_boxes, resting_items
from lmd_desktop.ui.canvas.ground import Ground, paint_ground
from lmd_desktop.ui.canvas.items import Item, JudgedItem, changed_region
from lmd_desktop.ui.canvas.layers import Layer, Surface
from lmd_desktop.ui.canvas.moving_group import MovingGroup
from lmd_desktop.ui.canvas.painting import LabelPainter
from lmd_desktop.ui.canvas.view_transform import ViewTransform

HINT_MARGIN = 24


@dataclass(frozen=True, slots=True)
class Looks:
    """What decides how a moment looks: the viewport, the zoom, what lies under the boxes, palette and font."""

    surface: Surface
    view: ViewTransform
    ground: Ground
    palette: QPalette
    font: QFont
    hint: str


class Stage:
    """Remembers what was painted last, and what was computed to know what to paint next."""

    def __init__(self) -> None:
        self._paper, self._layer = Layer(Qt.GlobalColor.black), Layer()
        self._boxes: tuple[Box, ...] = ()
        self._marked: frozenset[str] = frozenset()
        self._judged: Judged = ()
        self._resting = Resting()
        self._painted: list[Item] = []
        self._computed: tuple[tuple[object, ...], list[Item]] = ((), [])
        self._labels: tuple[object, LabelPainter] | None = None
        self._group = MovingGroup()

    def paint(self, painter: QPainter, region: QRegion, moment: Moment, *, looks: Looks) -> None:
        """Bring the kept pictures up to date and paint a region of the viewport."""
        surface, view, palette = looks.surface, looks.view, looks.palette
        labels, canvas = self._label_painter(looks), moment.layout.canvas

        def draw_paper(paper: QPainter) -> None:
            paint_ground(paper, surface, view, canvas=canvas, ground=looks.ground, palette=palette)

        def draw_resting(layer: QPainter) -> None:
            resting = resting_items(
                boxes,
                view,
                surface,
                labels=labels,
                has_labels=moment.shown.labels,
                marked=self._marked,
                judged=self._judged,
            )
            # The boxes that have just begun to move keep their labels where they were.
            before = self._resting.habits if moment.live.rects else {}
            self._resting = replace(resting, habits=before | resting.habits)
            for item in resting.items:
                item.paint(layer, palette, labels)

        self._boxes = boxes = resting_boxes(moment)
        self._marked, self._judged = _marked_of(boxes, moment), moment.judged
        self._paper.refresh((view, canvas, looks.ground, palette.cacheKey()), surface, draw_paper)
        key = (view, boxes, moment.shown.labels, self._marked, self._judged, labels)
        self._layer.refresh(key, surface, draw_resting)
        self._painted = self._moving(moment, looks)
        self._paper.paint(painter, region)
        if boxes:
            self._layer.paint(painter, region)
        painter.setFont(looks.font)
        for item in self._painted:
            item.paint(painter, palette, labels)
        if moment.is_empty and looks.ground.is_bare:
            _paint_hint(painter, moment, looks)

    def changes(self, moment: Moment, *, looks: Looks) -> QRegion:
        """What must be painted again for this moment."""
        whole = QRegion(QRect(0, 0, looks.surface.width, looks.surface.height))
        boxes = resting_boxes(moment)
        signs = (_marked_of(boxes, moment), moment.judged)
        if boxes != self._boxes or signs != (self._marked, self._judged):
            return whole
        items = self._moving(moment, looks)
        if items == self._painted:
            return QRegion()
        changed = changed_region(self._painted, items)
        return whole if changed is None else changed & whole

    def judged_at(self, x: float, y: float) -> str:
        """The id of the box whose judge's sign is at a place (view pixels); empty if there is none."""
        signs = (item for item in self._resting.items if isinstance(item, JudgedItem))
        return next((s.box_id for s in signs if s.edges[0] <= x < s.edges[2] and s.edges[1] <= y < s.edges[3]), "")

    def _moving(self, moment: Moment, looks: Looks) -> list[Item]:
        """Computed once per moment: first to know what changed, then to paint it."""
        labels = self._label_painter(looks)
        key = (moment, looks.view, looks.surface, labels, self._resting)
        if self._computed[0] != key:
            view, surface, resting = looks.view, looks.surface, self._resting
            group = self._group.item(moment, view, surface, labels=labels, palette=looks.palette, resting=resting)
            items = moving_items(moment, view, surface, labels=labels, resting=resting, group=group)
            self._computed = (key, items)
        return self._computed[1]

    def _label_painter(self, looks: Looks) -> LabelPainter:
        key = (looks.font.key(), looks.surface.ratio)
        if self._labels is None or self._labels[0] != key:
            self._labels = (key, LabelPainter(looks.font, looks.surface.ratio))
        return self._labels[1]


def _marked_of(boxes: tuple[Box, ...], moment: Moment) -> frozenset[str]:
    return moment.marked and frozenset(box.id for box in boxes if box.id in moment.marked)


def _paint_hint(painter: QPainter, moment: Moment, looks: Looks) -> None:
    canvas = moment.layout.canvas
    left, top, right, bottom = looks.view.edges(Rect(0, 0, canvas.width, canvas.height))
    area = QRectF(QPointF(left, top), QPointF(right, bottom))
    area.adjust(HINT_MARGIN, HINT_MARGIN, -HINT_MARGIN, -HINT_MARGIN)
    painter.setPen(looks.palette.color(QPalette.ColorRole.PlaceholderText))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, looks.hint)
