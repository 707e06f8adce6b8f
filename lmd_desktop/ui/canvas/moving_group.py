"""Many boxes that a drag moves together: painted once into a picture, which then follows the mouse."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPalette, QPixmap, QRegion

from lmd_desktop.domain.arrange import bounding_rect
from lmd_desktop.domain.layout import Box
from lmd_desktop.ui.canvas.frame import Moment, Resting
from lmd_desktop.ui.canvas.items import Item, SelectionItem, box_items, label_items, mark_items
from lmd_desktop.ui.canvas.labels import MIN_LABEL_WIDTH, Edges
from lmd_desktop.ui.canvas.layers import Surface
from lmd_desktop.ui.canvas.painting import LabelPainter
from lmd_desktop.ui.canvas.view_transform import ViewTransform

LEAST_BOXES = 12  # fewer are painted one by one, each only where it changed
MARGIN = 40.0  # view pixels around the boxes: outlines, and labels above and below
MOST_VIEWPORTS = 3.0  # sides of the picture in sides of the viewport: zoomed in, boxes may be huge


@dataclass(frozen=True, slots=True, eq=False)
class GroupItem:
    """The picture at its place in view pixels."""

    picture: QPixmap
    x: float
    y: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GroupItem) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int, float, float]:
        return self.picture.cacheKey(), self.x, self.y

    def region(self) -> QRegion:
        size = self.picture.deviceIndependentSize()
        return QRegion(QRect(round(self.x) - 1, round(self.y) - 1, round(size.width()) + 2, round(size.height()) + 2))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painter.drawPixmap(QPointF(self.x, self.y), self.picture)


class MovingGroup:
    """Keeps the picture of the drag that goes on."""

    def __init__(self) -> None:
        self._key: object = None
        self._picture = QPixmap()

    def item(
        self,
        moment: Moment,
        view: ViewTransform,
        surface: Surface,
        *,
        labels: LabelPainter,
        palette: QPalette,
        resting: Resting,
    ) -> GroupItem | None:
        """None if the boxes are few, too large for a picture, or do not all move the same way."""
        boxes = _moved_together(moment)
        if boxes is None:
            self._key = None
            return None
        bounds = view.edges(bounding_rect([box.rect for box in boxes]))
        start = (round(bounds[0] - MARGIN), round(bounds[1] - MARGIN))
        width = round(bounds[2] + MARGIN + MIN_LABEL_WIDTH) - start[0]
        height = round(bounds[3] + MARGIN) - start[1]
        if width > MOST_VIEWPORTS * surface.width or height > MOST_VIEWPORTS * surface.height:
            return None
        key = (view.scale, boxes, moment.shown, moment.marked, surface.ratio, palette.cacheKey(), labels)
        if key != self._key:
            self._key = key
            self._picture = QPixmap(round(width * surface.ratio), round(height * surface.ratio))
            self._picture.setDevicePixelRatio(surface.ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.translate(-start[0], -start[1])
            place = (float(start[0]), float(start[1]), float(start[0] + width), float(start[1] + height))
            for item in _items(boxes, moment, view, place=place, labels=labels, resting=resting):
                item.paint(painter, palette, labels)
            painter.end()
        moved = view.edges(moment.live.rects[boxes[0].id])
        before = view.edges(boxes[0].rect)
        return GroupItem(self._picture, round(start[0] + moved[0] - before[0]), round(start[1] + moved[1] - before[1]))


def _moved_together(moment: Moment) -> tuple[Box, ...] | None:
    """The boxes as they were before the drag, if all of them keep their size and move by the same step."""
    live = moment.live.rects
    if len(live) < LEAST_BOXES or not moment.shown.boxes:
        return None
    replaced = {box.id for box in moment.pending}
    boxes = tuple(box for box in moment.layout.boxes if box.id in live)
    steps = {
        (rect.x - box.rect.x, rect.y - box.rect.y, rect.width - box.rect.width, rect.height - box.rect.height)
        for box in boxes
        for rect in (live[box.id],)
    }
    is_move = len(steps) == 1 and next(iter(steps))[2:] == (0, 0)
    return boxes if is_move and len(boxes) == len(live) and not replaced & live.keys() else None


def _items(
    boxes: tuple[Box, ...],
    moment: Moment,
    view: ViewTransform,
    *,
    place: Edges,
    labels: LabelPainter,
    resting: Resting,
) -> list[Item]:
    """As single items would show them: outlines, warning signs, labels at their habitual places, selection."""
    shown = box_items(boxes, view)
    items: list[Item] = [*shown, *mark_items(shown, moment.marked, bounds=place)]
    if moment.shown.labels:
        items += label_items(shown, labels, bounds=place, taken=(), habits=resting.habits)
    return items + [SelectionItem(item.edges) for item in shown if item.box.id in moment.selection]
