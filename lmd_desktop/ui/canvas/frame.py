"""Which boxes rest, which things are drawn above them: one moment of the canvas, computed from session and pointer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QFontMetricsF

from lmd_desktop.domain.arrange import bounding_rect
from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for, next_box_id
from lmd_desktop.ui.canvas.drags import Live
from lmd_desktop.ui.canvas.geometry import Point, handle_points
from lmd_desktop.ui.canvas.items import (
    BoxItem,
    FocusItem,
    FrameItem,
    GuideItem,
    Habits,
    HandlesItem,
    HoverItem,
    Item,
    MarqueeItem,
    ReadoutItem,
    SelectionItem,
    SplitItem,
    box_items,
    habits_of,
    judged_items,
    label_items,
    mark_items,
)
from lmd_desktop.ui.canvas.labels import Edges
from lmd_desktop.ui.canvas.layers import Surface
from lmd_desktop.ui.canvas.painting import LabelPainter
from lmd_desktop.ui.canvas.split import split_places
from lmd_desktop.ui.canvas.view_transform import ViewTransform

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark

Judged = tuple[tuple[str, "Mark"], ...]  # ids of boxes, and what a judge says of them

READOUT_OFFSET = 18.0  # view pixels from the mouse
READOUT_PADDING = 6.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the scene and the helpers is drawn."""

    boxes: bool = True
    labels: bool = True
    rulers: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything that decides what the canvas shows, besides zoom and looks."""

    layout: Layout
    selection: tuple[str, ...]
    pending: tuple[Box, ...]
    live: Live
    draft: Rect | None
    hovered: str | None
    mouse: Point
    has_handles: bool
    has_focus_ring: bool
    shown: Shown = Shown()
    marked: frozenset[str] = frozenset()
    judged: Judged = ()
    split: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see but paper."""
        is_drawing = self.draft is not None or self.live.draft is not None
        return not (self.layout.boxes or self.pending or is_drawing)


def resting_boxes(moment: Moment) -> tuple[Box, ...]:
    """The boxes that a drag leaves alone and that no pending box replaces."""
    if not moment.shown.boxes:
        return ()
    replaced = {box.id for box in moment.pending}
    return tuple(
        box
        for box in moment.layout.boxes
        if not box.is_hidden and box.id not in moment.live.rects and box.id not in replaced
    )


@dataclass(frozen=True, slots=True)
class Resting:
    """What goes into the picture of the resting boxes, labels above all boxes, and where the labels are."""

    items: tuple[Item, ...] = ()
    label_places: tuple[Edges, ...] = ()
    habits: Habits = field(default_factory=dict)


def resting_items(
    boxes: tuple[Box, ...],
    view: ViewTransform,
    surface: Surface,
    *,
    labels: LabelPainter,
    has_labels: bool,
    marked: frozenset[str],
    judged: Judged,
) -> Resting:
    items = box_items(boxes, view)
    bounds = _bounds(surface)
    marks = mark_items(items, marked, bounds=bounds)
    signs = judged_items(items, judged, bounds=bounds, taken=[mark.edges for mark in marks])
    taken = [sign.edges for sign in (*marks, *signs)]
    placed = label_items(items, labels, bounds=bounds, taken=taken, habits={}) if has_labels else []
    places = (*taken, *(item.edges for item in placed))
    return Resting((*items, *marks, *signs, *placed), places, habits_of(items, placed))


def moving_items(
    moment: Moment,
    view: ViewTransform,
    surface: Surface,
    *,
    labels: LabelPainter,
    resting: Resting,
    group: Item | None = None,
) -> list[Item]:
    """What is drawn above the resting boxes, in this order; ``group`` stands for all boxes that a drag moves."""
    layout, live = moment.layout, moment.live
    if not moment.shown.boxes:
        return _tool_items(moment, view, surface, labels=labels)
    is_single = group is None
    moved = [replace(box, rect=live.rects[box.id]) for box in layout.boxes if is_single and box.id in live.rects]
    boxes: list[BoxItem] = [
        *box_items(moved, view),
        *box_items(live.copies, view),
        *box_items([box for box in moment.pending if box.id not in live.rects], view, is_dashed=True),
    ]
    draft = moment.draft or live.draft
    if draft is not None:
        box_id = next_box_id(layout)
        boxes += box_items((Box(box_id, "", draft, colour_for(box_id)),), view, is_dashed=True)
    items: list[Item] = [] if group is None else [group]
    items += [*boxes, *mark_items(boxes, moment.marked, bounds=_bounds(surface))]
    if moment.shown.labels:
        places, habits = resting.label_places, resting.habits
        items += label_items(boxes, labels, bounds=_bounds(surface), taken=places, habits=habits)
    items += _selection_items(moment, view, has_group=group is not None)
    return items + _tool_items(moment, view, surface, labels=labels)


def _tool_items(moment: Moment, view: ViewTransform, surface: Surface, *, labels: LabelPainter) -> list[Item]:
    """What belongs to no box: guides, marquee, the split of before and after, focus, numbers at the mouse."""
    live = moment.live
    items: list[Item] = []
    items += [GuideItem(view.to_view(guide.start), view.to_view(guide.end)) for guide in live.guides]
    if live.marquee is not None:
        (x1, y1), (x2, y2) = (view.to_view(point) for point in live.marquee)
        items.append(MarqueeItem((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))))
    if moment.split is not None:
        line, knob = split_places(moment.split, moment.layout.canvas, view, surface)
        items.append(SplitItem(line, knob))
    if moment.has_focus_ring:
        items.append(FocusItem(_bounds(surface)))
    if live.readout:
        items.append(ReadoutItem(live.readout, _readout_edges(live.readout, moment.mouse, surface, labels.metrics)))
    return items


def _selection_items(moment: Moment, view: ViewTransform, *, has_group: bool) -> list[Item]:
    live = moment.live
    boxes = {box.id: box for box in moment.layout.boxes}
    items: list[Item] = []
    if moment.hovered in boxes and moment.hovered not in moment.selection:
        items.append(HoverItem(view.edges(boxes[moment.hovered].rect)))
    selected = [boxes[box_id] for box_id in moment.selection if box_id in boxes]
    for box in selected:
        if not box.is_hidden and not (has_group and box.id in live.rects):
            items.append(SelectionItem(view.edges(live.rects.get(box.id, box.rect))))
    if moment.has_handles:
        sized = [live.rects.get(box.id, box.rect) for box in selected if not box.is_locked and not box.is_hidden]
        if sized:
            edges = view.edges(bounding_rect(sized))
            if len(sized) > 1:
                items.append(FrameItem(edges))
            items.append(HandlesItem(tuple(handle_points(*edges).values())))
    return items


def _bounds(surface: Surface) -> Edges:
    return 0.0, 0.0, float(surface.width), float(surface.height)


def _readout_edges(text: str, mouse: Point, surface: Surface, metrics: QFontMetricsF) -> Edges:
    width = round(metrics.horizontalAdvance(text) + 2 * READOUT_PADDING)
    height = round(metrics.height() + READOUT_PADDING)
    x = min(max(mouse[0] + READOUT_OFFSET, 0.0), surface.width - width)
    y = min(max(mouse[1] + READOUT_OFFSET, 0.0), surface.height - height)
    return round(x), round(y), round(x) + width, round(y) + height
