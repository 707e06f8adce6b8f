"""The things drawn above the resting boxes, as values: comparing two frames tells which parts to paint again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPalette, QRegion

from lmd_desktop.domain.layout import Box
from lmd_desktop.ui.canvas import painting
from lmd_desktop.ui.canvas.geometry import HANDLE_SIZE, Point
from lmd_desktop.ui.canvas.labels import Edges, is_in_sight, kept_within, place_label, place_sign
from lmd_desktop.ui.canvas.painting import LabelPainter
from lmd_desktop.ui.canvas.view_transform import ViewTransform

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark

MARK_SIDE = 18.0  # view pixels
MARK_GAP = 4.0
FRAME_REACH = 6  # view pixels that outlines, halos and the selection reach beyond their box
MANY_ITEMS = 48

Habits = dict[tuple[str, int, int], Point]  # (box id, width and height on the screen) -> offset of its label


class Item(Protocol):
    """Something that is drawn; equal items look the same."""

    def region(self) -> QRegion: ...

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None: ...


@dataclass(frozen=True, slots=True)
class BoxItem:
    box: Box
    edges: Edges
    is_dashed: bool = False

    def region(self) -> QRegion:
        return QRegion(_area(self.edges, FRAME_REACH))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_box(painter, self.box, self.edges, is_dashed=self.is_dashed)


@dataclass(frozen=True, slots=True)
class LabelItem:
    box: Box
    edges: Edges

    def region(self) -> QRegion:
        return QRegion(_area(self.edges, 1))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        labels.paint(painter, self.box, self.edges)


@dataclass(frozen=True, slots=True)
class MarkItem:
    """A warning sign: something is found about this box."""

    edges: Edges

    def region(self) -> QRegion:
        return QRegion(_area(self.edges, 1))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        labels.paint_mark(painter, self.edges)


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """What a judge says of a box in the picture."""

    box_id: str
    mark: Mark
    edges: Edges

    def region(self) -> QRegion:
        return QRegion(_area(self.edges, 1))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        labels.paint_judged(painter, self.mark, self.edges)


@dataclass(frozen=True, slots=True)
class FrameItem:
    """The frame around several selected boxes, which the handles resize together."""

    edges: Edges

    def region(self) -> QRegion:
        return _border(self.edges)

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_group_frame(painter, self.edges, palette)


@dataclass(frozen=True, slots=True)
class SplitItem:
    """The line between the picture before and the picture after, and the knob that moves it."""

    line: Edges
    knob: Edges

    def region(self) -> QRegion:
        return QRegion(_area(self.line, 2)) + QRegion(_area(self.knob, 2))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_split(painter, self.line, self.knob, palette)


@dataclass(frozen=True, slots=True)
class SelectionItem:
    edges: Edges

    def region(self) -> QRegion:
        return _border(self.edges)

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_selection(painter, self.edges, palette)


@dataclass(frozen=True, slots=True)
class HoverItem:
    edges: Edges

    def region(self) -> QRegion:
        return _border(self.edges)

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_hover(painter, self.edges, palette)


@dataclass(frozen=True, slots=True)
class HandlesItem:
    points: tuple[Point, ...]

    def region(self) -> QRegion:
        region, reach = QRegion(), HANDLE_SIZE / 2 + 2
        for x, y in self.points:
            region += _area((x - reach, y - reach, x + reach, y + reach), 1)
        return region

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_handles(painter, self.points, palette)


@dataclass(frozen=True, slots=True)
class GuideItem:
    start: Point
    end: Point

    def region(self) -> QRegion:
        return QRegion(_area((*self.start, *self.end), 2))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_guide(painter, self.start, self.end)


@dataclass(frozen=True, slots=True)
class MarqueeItem:
    edges: Edges

    def region(self) -> QRegion:
        return QRegion(_area(self.edges, 1))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_marquee(painter, self.edges, palette)


@dataclass(frozen=True, slots=True)
class FocusItem:
    """A line around the viewport that the keyboard has reached."""

    edges: Edges

    def region(self) -> QRegion:
        return _border(self.edges)

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        painting.paint_focus(painter, self.edges, palette)


@dataclass(frozen=True, slots=True)
class ReadoutItem:
    text: str
    edges: Edges

    def region(self) -> QRegion:
        return QRegion(_area(self.edges, 1))

    def paint(self, painter: QPainter, palette: QPalette, labels: LabelPainter) -> None:
        left, top, right, bottom = self.edges
        painting.paint_readout(painter, QRectF(QPointF(left, top), QPointF(right, bottom)), self.text)


def box_items(boxes: Sequence[Box], view: ViewTransform, *, is_dashed: bool = False) -> list[BoxItem]:
    return [BoxItem(box, view.edges(box.rect), is_dashed) for box in boxes if not box.is_hidden]


def mark_items(items: Sequence[BoxItem], marked: frozenset[str], *, bounds: Edges) -> list[MarkItem]:
    """Signs in the upper right corner of boxes that are found fault with; beside boxes without room for it."""
    marks: list[MarkItem] = []
    for item in items:
        if item.box.id in marked:
            left, top, right, bottom = item.edges
            is_roomy = min(right - left, bottom - top) >= 2 * MARK_SIDE
            x, y = (right - MARK_GAP - MARK_SIDE, top + MARK_GAP) if is_roomy else (right + MARK_GAP, top)
            marks.append(MarkItem(kept_within(round(x), round(y), MARK_SIDE, MARK_SIDE, bounds=bounds)))
    return marks


def judged_items(
    items: Sequence[BoxItem], judged: Sequence[tuple[str, Mark]], *, bounds: Edges, taken: Sequence[Edges]
) -> list[JudgedItem]:
    """The judge's signs, off each other and off what is there already; boxes without a mark have none."""
    marks, used, placed = dict(judged), list(taken), list[JudgedItem]()
    for item in items:
        mark = marks.get(item.box.id)
        if mark is not None and is_in_sight(item.edges, bounds):
            edges = place_sign(item.edges, MARK_SIDE, bounds=bounds, taken=used)
            used.append(edges)
            placed.append(JudgedItem(item.box.id, mark, edges))
    return placed


def label_items(
    items: Sequence[BoxItem], labels: LabelPainter, *, bounds: Edges, taken: Sequence[Edges], habits: Habits
) -> list[LabelItem]:
    """Labels of the boxes that are in sight, placed off each other and off those that are there already.

    A box that has a habit keeps its label where it was beside it, so that labels do not jump during a drag.
    """
    used = list(taken)
    placed: list[LabelItem] = []
    # Small boxes choose first: a large one has more places for its label.
    for item in sorted(items, key=lambda item: item.box.rect.width * item.box.rect.height):
        left, top, right, bottom = item.edges
        if item.box.phrase and is_in_sight(item.edges, bounds):
            width = labels.width(item.box, item.edges)
            offset = habits.get((item.box.id, round(right - left), round(bottom - top)))
            if offset is not None:
                edges = kept_within(left + offset[0], top + offset[1], width, labels.height, bounds=bounds)
            else:
                edges = place_label(item.edges, width, labels.height, bounds=bounds, taken=used)
            used.append(edges)
            placed.append(LabelItem(item.box, edges))
    return placed


def habits_of(items: Sequence[BoxItem], placed: Sequence[LabelItem]) -> Habits:
    """Where each label stands beside its box; it counts while the box has the same size on the screen."""
    edges_of = {item.box.id: item.edges for item in items}
    habits: Habits = {}
    for label in placed:
        left, top, right, bottom = edges_of[label.box.id]
        key = (label.box.id, round(right - left), round(bottom - top))
        habits[key] = (label.edges[0] - left, label.edges[1] - top)
    return habits


def changed_region(before: Sequence[Item], after: Sequence[Item]) -> QRegion | None:
    """What must be painted again when one frame follows another; None for everything."""
    if len(before) + len(after) > MANY_ITEMS:
        # Finding out and painting many small parts costs more than painting all.
        return None
    region = QRegion()
    for item in set(before) ^ set(after):
        region += item.region()
    return region


def _area(edges: Edges, reach: int) -> QRect:
    left, top = int(edges[0] // 1) - reach, int(edges[1] // 1) - reach
    return QRect(left, top, int(edges[2] // 1) + reach + 1 - left, int(edges[3] // 1) + reach + 1 - top)


def _border(edges: Edges) -> QRegion:
    outer, inner = _area(edges, FRAME_REACH), _area(edges, -FRAME_REACH)
    return QRegion(outer) - QRegion(inner) if inner.isValid() else QRegion(outer)
