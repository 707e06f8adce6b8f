"""What the mouse does with boxes: press, drag, release or cancel; a drag is one edit of the session. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from lmd_desktop.app.session import Session
from lmd_desktop.domain.arrange import bounding_rect
from lmd_desktop.domain.groups import with_groups
from lmd_desktop.domain.layout import Box, Rect
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.canvas.drags import Drag, DrawDrag, Held, Live, MarqueeDrag, MoveDrag, ResizeDrag, live_at
from lmd_desktop.ui.canvas.geometry import (
    EDGE_REACH,
    Handle,
    Point,
    box_with_edge_at,
    boxes_at,
    boxes_touching,
    default_rect,
    handle_at,
    handle_points,
    next_box_below,
)
from lmd_desktop.ui.canvas.snapping import SnapLines, Snapping, gather_lines
from lmd_desktop.ui.canvas.view_transform import ViewTransform

DRAG_THRESHOLD = 3.0  # view pixels that the mouse must travel before a press becomes a drag


class Tool(Enum):
    SELECT = "select"
    BOX = "box"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Press:
    """A button that is down: where, what dragging it would do, and what releasing it on the spot does."""

    position: Point
    drag: Drag | None
    click: Callable[[], None]
    blocked_by: Box | None = None


class Pointer:
    """Follows one press at a time. ``live`` is what to draw meanwhile; the session changes only on release.

    A press on a grouped box takes its group; Alt-click, a double click and the list reach the box alone.
    """

    def __init__(self, session: Session, commands: BoxCommands) -> None:
        self._session = session
        self._commands = commands
        self._press: Press | None = None
        self._selection_before: tuple[str, ...] = ()
        self._is_selecting = False
        # True if the selection was chosen elsewhere (list, Alt-click): then a drag inside a selected box takes that
        # box, not a smaller one on top of it.
        self._is_chosen = False
        self.tool = Tool.SELECT
        self.snapping = Snapping()
        self.is_dragging = False
        self.live = Live()
        session.selection_changed.connect(self._note_selection)

    @property
    def is_pressed(self) -> bool:
        return self._press is not None

    def press(self, position: Point, held: Held, *, view: ViewTransform) -> None:
        """A button goes down; a single selected box, Alt-click and Shift-click answer at once or on release."""
        self._selection_before = self._session.selection
        point = view.to_scene(position)
        if self.tool is Tool.BOX or held.ctrl:
            self._press = Press(position, DrawDrag(point, self._lines(())), lambda: None)
            return
        grip = self.grip_at(position, view)
        if grip is not None:
            boxes, handle = grip
            lines = self._lines(tuple(box.id for box in boxes))
            self._press = Press(position, ResizeDrag(point, boxes, handle, lines), lambda: None)
            return
        self._press = self._press_on_boxes(position, point, held, view=view)

    def move(self, position: Point, held: Held, *, view: ViewTransform) -> Box | None:
        """The mouse moved with the button down. Gives the locked box that keeps the drag from starting, if any."""
        press = self._press
        if press is None:
            return None
        if not self.is_dragging:
            travelled = max(abs(position[0] - press.position[0]), abs(position[1] - press.position[1]))
            if travelled < DRAG_THRESHOLD:
                return None
            if press.drag is None:
                self._press = None
                return press.blocked_by
            self.is_dragging = True
            self._begin(press.drag)
        if press.drag is not None:
            point = view.to_scene(position)
            self.live = live_at(press.drag, point, held, layout=self._session.layout, scale=view.scale)
            if isinstance(press.drag, MarqueeDrag):
                touched = boxes_touching(self._session.layout.boxes, press.drag.start, point)
                self._select((*press.drag.kept, *self._grouped(*touched)))
        return None

    def release(self) -> Rect | None:
        """The button goes up: the drag becomes one edit, or the click acts. Gives the rectangle of a drawn box."""
        press, live, was_dragging = self._press, self.live, self.is_dragging
        self._reset()
        if press is None:
            return None
        if not was_dragging:
            if isinstance(press.drag, DrawDrag):
                return default_rect(press.drag.start, self._session.layout.canvas)
            press.click()
            return None
        match press.drag:
            case MoveDrag(is_copy=True):
                self._commands.add_copies(live.copies)
            case MoveDrag():
                self._commands.move(live.rects)
            case ResizeDrag():
                self._commands.resize(live.rects)
            case _:
                pass
        return live.draft

    def cancel(self) -> bool:
        """Esc: everything is as it was before the press. False if nothing was pressed."""
        if self._press is None:
            return False
        self._reset()
        self._select(self._selection_before)
        return True

    def grip_at(self, position: Point, view: ViewTransform) -> tuple[tuple[Box, ...], Handle] | None:
        """The selected boxes and the handle of the frame around them at a position in view pixels."""
        boxes = self.resizable()
        if not boxes:
            return None
        frame = bounding_rect([box.rect for box in boxes])
        handle = handle_at(handle_points(*view.edges(frame)), position)
        return None if handle is None else (boxes, handle)

    def resizable(self) -> tuple[Box, ...]:
        """The boxes that the handles resize: the selected ones, but for locked and hidden ones."""
        if self.tool is not Tool.SELECT:
            return ()
        selection = set(self._session.selection)
        boxes = self._session.layout.boxes if selection else ()
        return tuple(box for box in boxes if box.id in selection and not box.is_locked and not box.is_hidden)

    def target_at(self, position: Point, view: ViewTransform) -> Box | None:
        """The box that a press at this position takes: a selected one by its outline, else the smallest."""
        point = view.to_scene(position)
        boxes = self._session.layout.boxes
        selected = tuple(box for box in boxes if box.id in self._session.selection)
        by_edge = box_with_edge_at(selected, point, EDGE_REACH / view.scale)
        if by_edge is not None:
            return by_edge
        if self._is_chosen:
            chosen = boxes_at(selected, point)
            if chosen:
                return chosen[0]
        hit = boxes_at(boxes, point)
        return hit[0] if hit else None

    def follows_scene(self) -> bool:
        """Whether the dragged boxes are as they were at the start; undo or a plan may have changed them."""
        drag = self._press.drag if self._press is not None else None
        boxes = drag.boxes if isinstance(drag, MoveDrag | ResizeDrag) else ()
        layout = self._session.layout
        return all(layout.has_box(box.id) and layout.box(box.id).rect == box.rect for box in boxes)

    def _press_on_boxes(self, position: Point, point: Point, held: Held, *, view: ViewTransform) -> Press:
        target = self.target_at(position, view)
        if target is None:
            kept = self._session.selection if held.shift else ()
            return Press(position, MarqueeDrag(point, kept), lambda: self._select(kept))
        if held.alt:
            below = next_box_below(self._session.layout.boxes, point, self._session.selection)
            dragged = self._with_selection(target)
            drag = MoveDrag(point, dragged, self._lines(()), is_copy=True)
            return Press(position, drag, lambda: self._choose(below or target))
        taken = self._grouped(target.id)
        if held.shift:
            was_selected = target.id in self._session.selection
            others = tuple(box_id for box_id in self._session.selection if box_id not in taken)
            self._select((*others, *taken))
            after = others if was_selected else (*others, *taken)
            return self._press_on_box(position, point, target, click=lambda: self._select(after))
        if target.id not in self._session.selection:
            self._select(taken)
        smallest = next(iter(boxes_at(self._session.layout.boxes, point)), target)
        return self._press_on_box(position, point, target, click=lambda: self._select(self._grouped(smallest.id)))

    def _press_on_box(self, position: Point, point: Point, target: Box, *, click: Callable[[], None]) -> Press:
        movable = tuple(box for box in self._with_selection(target) if not box.is_locked)
        if not movable or target.is_locked:
            return Press(position, None, click, blocked_by=target)
        lines = self._lines(tuple(box.id for box in movable))
        return Press(position, MoveDrag(point, movable, lines), click)

    def _with_selection(self, target: Box) -> tuple[Box, ...]:
        """The selected boxes if the target is one of them, else the target with its group."""
        selection = self._session.selection
        if target.id not in selection:
            selection = self._grouped(target.id)
        return tuple(box for box in self._session.layout.boxes if box.id in selection)

    def _grouped(self, *box_ids: str) -> tuple[str, ...]:
        return with_groups(self._session.layout, box_ids)

    def _begin(self, drag: Drag) -> None:
        if isinstance(drag, MoveDrag) and drag.is_copy:
            self._select(tuple(box.id for box in drag.boxes))

    def _lines(self, moving: tuple[str, ...]) -> SnapLines:
        layout = self._session.layout
        others = [box.rect for box in layout.boxes if box.id not in moving and not box.is_hidden]
        return gather_lines(others, layout.canvas, self.snapping)

    def _reset(self) -> None:
        self._press = None
        self.is_dragging = False
        self.live = Live()

    def _select(self, box_ids: tuple[str, ...]) -> None:
        self._is_selecting = True
        self._session.select(box_ids)
        self._is_selecting = False
        self._is_chosen = False

    def _choose(self, box: Box) -> None:
        self._select((box.id,))
        self._is_chosen = True

    def _note_selection(self) -> None:
        if not self._is_selecting:
            self._is_chosen = True


def with_live(box: Box, live: Live) -> Box:
    """The box as the drag shows it."""
    rect = live.rects.get(box.id)
    return box if rect is None else replace(box, rect=rect)
