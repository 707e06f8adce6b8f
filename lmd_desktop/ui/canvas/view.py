"""The canvas widget: shows the session's boxes over the picture, and turns mouse and keys into edits of the session.

It is painted by hand: what rests is kept as pictures (layers.py), and a drag paints only what it changed (items.py).
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QToolTip, QWidget

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.app.session import Session
from lmd_desktop.domain.arrange import bounding_rect
from lmd_desktop.domain.groups import is_grouped, units, with_groups
from lmd_desktop.domain.layout import Box, Rect, Size
from lmd_desktop.ui.canvas.actions import CONTEXT_MENU, CanvasActions
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.canvas.cursors import cursor_for
from lmd_desktop.ui.canvas.frame import Moment, Shown
from lmd_desktop.ui.canvas.geometry import Point
from lmd_desktop.ui.canvas.ground import Ground, GroundPicture
from lmd_desktop.ui.canvas.judged import Judged
from lmd_desktop.ui.canvas.layers import Surface
from lmd_desktop.ui.canvas.marks import Marks
from lmd_desktop.ui.canvas.mouse import held_keys, position_of
from lmd_desktop.ui.canvas.naming import Naming
from lmd_desktop.ui.canvas.pointer import Pointer, Tool
from lmd_desktop.ui.canvas.rulers import Rulers
from lmd_desktop.ui.canvas.snapping import Snapping
from lmd_desktop.ui.canvas.split import is_on_knob, share_at, split_places
from lmd_desktop.ui.canvas.stage import Looks, Stage
from lmd_desktop.ui.canvas.view_transform import SELECTION_MARGIN, ViewTransform, fitted, panned, zoomed

WHEEL_ZOOM = 1.0015  # per unit of the wheel's angle; one notch is 120 units
KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class CanvasView(QAbstractScrollArea):
    """``actions_by_name`` holds every QAction; ``hint_given`` carries a sentence for the status bar.

    ``split_moved`` carries the share of the canvas that shows the picture before.
    """

    zoom_changed = Signal(float)
    view_moved = Signal()
    hint_given = Signal(str)
    split_moved = Signal(float)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # One of ours: asked for Qt's own, PySide would first make every kind of widget there is (7 ms of the start).
        self.setViewport(QWidget(self))
        self._session = session
        self._commands = BoxCommands(session, self)
        self._pointer = Pointer(session, self._commands)
        self._view = ViewTransform()
        self._is_fitted = True
        self._canvas = session.layout.canvas
        self._ground = Ground()
        self._opacity = 1.0
        self._shown = Shown()
        self._marks = Marks()
        self.judged = Judged(session, self)
        self._pending: tuple[Box, ...] = ()
        self._hovered: str | None = None
        self._mouse: Point = (0.0, 0.0)
        self._pan_from: tuple[Point, ViewTransform] | None = None
        self._is_space_down = self._is_splitting = False
        self._has_focus_ring = False
        self._stage = Stage()
        self._rulers = Rulers(self)
        self._naming = Naming(session, self._commands, self.viewport())
        self._naming.changed.connect(self._repaint_changes)
        self._naming.left.connect(lambda: self.setFocus(Qt.FocusReason.OtherFocusReason))
        self._set_up_widget()
        self._actions = CanvasActions(self, self._commands)
        session.scene_changed.connect(self._show_scene)
        session.selection_changed.connect(self._show_selection)
        self.judged.changed.connect(self._show_judged)
        self._show_selection()

    # What the window uses

    @property
    def actions_by_name(self) -> dict[str, QAction]:
        return self._actions.by_name

    @property
    def zoom(self) -> float:
        return self._view.scale

    @property
    def transform(self) -> ViewTransform:
        """Where scene pixels are in the viewport."""
        return self._view

    @property
    def is_fitted(self) -> bool:
        """Whether the whole canvas is shown, whatever size the window gets."""
        return self._is_fitted

    @property
    def pending_boxes(self) -> tuple[Box, ...]:
        return self._pending

    @property
    def ground(self) -> Ground:
        return self._ground

    def set_ground(self, ground: Ground) -> None:
        """Everything that lies under the boxes."""
        if ground != self._ground:
            self._ground = ground
            self.viewport().update()

    def set_backdrop(self, image: QImage | None) -> None:
        """A result or a live preview under the boxes, stretched over the canvas; None shows the empty paper."""
        picture = None if image is None or image.isNull() else GroundPicture(image, self._opacity)
        self.set_ground(replace(self._ground, picture=picture))

    def set_backdrop_opacity(self, opacity: float) -> None:
        self._opacity = min(max(opacity, 0.0), 1.0)
        if self._ground.picture is not None:
            self.set_backdrop(self._ground.picture.image)

    def set_lint(self, lint: LintWatch) -> None:
        """Whose findings are marked on the boxes, also while they are dragged."""
        self._marks.lint = lint
        lint.changed.connect(self._repaint_changes)
        self._repaint_changes()

    def show_pending_boxes(self, boxes: tuple[Box, ...]) -> None:
        """Boxes that the planner is writing, dashed; they stand for scene boxes of the same id. () clears them."""
        self._pending = boxes
        self.viewport().update()

    def set_tool(self, tool: Tool) -> None:
        self._pointer.tool = tool
        self._actions.by_name[f"{tool.value}_tool"].setChecked(True)
        self._refresh(Qt.KeyboardModifier.NoModifier)

    @property
    def snapping(self) -> Snapping:
        return self._pointer.snapping

    def set_snapping(self, snapping: Snapping) -> None:
        self._pointer.snapping = snapping
        self.set_ground(replace(self._ground, has_grid=snapping.grid, has_thirds=snapping.thirds))

    @property
    def shown(self) -> Shown:
        return self._shown

    def set_shown(self, shown: Shown) -> None:
        self._shown = shown
        self._rulers.set_shown(shown.rulers)
        self.setViewportMargins(self._rulers.margin, self._rulers.margin, 0, 0)
        self.viewport().update()

    def pan_by(self, dx: float, dy: float) -> None:
        """Push the scene by view pixels."""
        self._set_view(panned(self._view, (dx, dy), self._canvas, viewport=self._viewport_size()))

    # Zoom and pan

    def fit(self) -> None:
        """Show the whole canvas, also when the window changes its size, until the next zoom or pan."""
        self._set_view(
            fitted(Rect(0, 0, self._canvas.width, self._canvas.height), self._viewport_size()), is_fitted=True
        )

    def fit_selection(self) -> None:
        layout = self._session.layout
        rects = [layout.box(box_id).rect for box_id in self._session.selection]
        if rects:
            self._set_view(fitted(bounding_rect(rects), self._viewport_size(), margin=SELECTION_MARGIN))

    def zoom_to(self, factor: float) -> None:
        """Zoom about the middle of the viewport; 1.0 is one logical pixel per scene pixel."""
        size = self._viewport_size()
        self._set_view(zoomed(self._view, factor, (size.width / 2, size.height / 2)))

    def zoom_by(self, factor: float) -> None:
        self.zoom_to(self._view.scale * factor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle = event.angleDelta().y()
        if angle:
            position = event.position()
            factor = self._view.scale * WHEEL_ZOOM**angle
            self._set_view(zoomed(self._view, factor, (position.x(), position.y())))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._rulers.place(self.viewport().geometry())
        if self._is_fitted:
            self.fit()
        else:
            self._set_view(panned(self._view, (0.0, 0.0), self._canvas, viewport=self._viewport_size()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_fitted:
            self.fit()

    def _set_view(self, view: ViewTransform, *, is_fitted: bool = False) -> None:
        has_new_scale = view.scale != self._view.scale
        self._view, self._is_fitted = view, is_fitted
        self._naming.place(view)
        self._rulers.show_view(view, self._selected_frame())
        self.viewport().update()
        if has_new_scale:
            self.zoom_changed.emit(view.scale)
        self.view_moved.emit()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._mouse = position_of(event)
        is_left = event.button() == Qt.MouseButton.LeftButton
        is_panning = self._is_space_down or self._pointer.tool is Tool.HAND
        if event.button() == Qt.MouseButton.MiddleButton or (is_left and is_panning):
            self._pan_from = (self._mouse, self._view)
        elif is_left and self._is_on_knob():
            self._is_splitting = True
        elif is_left and not self._shown.boxes:
            self._actions.by_name["boxes"].setChecked(True)
        elif is_left:
            self._pointer.press(self._mouse, held_keys(event.modifiers()), view=self._view)
        self._refresh(event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = position_of(event)
        if self._pan_from is not None:
            start, view = self._pan_from
            delta = (self._mouse[0] - start[0], self._mouse[1] - start[1])
            self._set_view(panned(view, delta, self._canvas, viewport=self._viewport_size()))
            return
        self._rulers.show_mouse(self._mouse)
        if self._is_splitting:
            self.set_split(share_at(self._mouse, self._canvas, self._view))
            return
        self._follow_mouse(event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None or self._is_splitting:
            self._pan_from, self._is_splitting = None, False
        elif event.button() == Qt.MouseButton.LeftButton:
            drawn = self._pointer.release()
            if drawn is not None:
                self._naming.name_new(drawn, self._view)
                self.set_tool(Tool.SELECT)
        self._refresh(event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        target = self._pointer.target_at(position_of(event), self._view)
        is_plain = event.button() == Qt.MouseButton.LeftButton and event.modifiers() == Qt.KeyboardModifier.NoModifier
        if target is not None and is_plain and self._pointer.tool is Tool.SELECT and not self._is_space_down:
            self._session.select((target.id,))
            self.rename_selected()
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        position = (float(event.pos().x()), float(event.pos().y()))
        target = self._pointer.target_at(position, self._view)
        if event.reason() == QContextMenuEvent.Reason.Mouse and target and target.id not in self._session.selection:
            self._session.select(with_groups(self._session.layout, (target.id,)))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in CONTEXT_MENU:
            menu.addSeparator() if name is None else menu.addAction(self._actions.by_name[name])
        menu.popup(event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self._rulers.show_mouse(None)
        self._repaint_changes()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip_at((event.pos().x(), event.pos().y())), self)
            return True
        return super().viewportEvent(event)

    def _tip_at(self, place: Point) -> str:
        """What is said of the box that is there, or whose sign is there."""
        judged, layout = self._stage.judged_at(*place), self._session.layout
        has_sign = layout.has_box(judged)
        box = layout.box(judged) if has_sign else self._pointer.target_at(place, self._view)
        return "\n".join(filter(None, (self.judged.tip(box), self._marks.tip(box))))

    def set_split(self, share: float) -> None:
        """How much of the canvas, from the left, shows the picture before."""
        self.set_ground(replace(self._ground, split=share))
        self._repaint_changes()
        self.split_moved.emit(share)

    def _is_on_knob(self) -> bool:
        if not self._ground.is_split:
            return False
        _, knob = split_places(self._ground.split, self._canvas, self._view, self._looks().surface)
        return is_on_knob(self._mouse, knob)

    def _follow_mouse(self, modifiers: Qt.KeyboardModifier) -> None:
        blocked_by = self._pointer.move(self._mouse, held_keys(modifiers), view=self._view)
        if blocked_by is not None:
            text = self.tr("“%1” is locked. Unlock it (Ctrl+Shift+L) to move it.")
            self.hint_given.emit(text.replace("%1", blocked_by.phrase))
        self._refresh(modifiers)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif event.key() == Qt.Key.Key_Space:
            self._is_space_down = True
            self._refresh(event.modifiers())
        elif self._pointer.is_dragging and event.key() in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt):
            self._follow_mouse(event.modifiers())
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
        if self._pointer.is_dragging:
            self._follow_mouse(event.modifiers())
        else:
            self._refresh(event.modifiers())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._has_focus_ring = event.reason() in KEYBOARD_REASONS
        self._repaint_changes()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._is_space_down = self._has_focus_ring = False
        self._repaint_changes()

    def _escape(self) -> None:
        """One thing at a time: the drag, the tool, the selection."""
        if not self._pointer.cancel():
            if self._pointer.tool is not Tool.SELECT:
                self.set_tool(Tool.SELECT)
            else:
                self._session.select(())
        self._repaint_changes()

    def rename_selected(self) -> None:
        """Open the line in which the selected box is named."""
        if len(self._session.selection) == 1:
            self._naming.rename(self._session.selection[0], self._view)

    # Following the session

    def _show_scene(self) -> None:
        layout = self._session.layout
        if self._pointer.is_dragging and not self._pointer.follows_scene():
            self._pointer.cancel()
        self._naming.follow_scene()
        if layout.canvas != self._canvas:
            self._canvas = layout.canvas
            self.fit()
        self._show_selection()
        self.viewport().update()

    def _show_selection(self) -> None:
        selection = set(self._session.selection)
        boxes = [box for box in self._session.layout.boxes if box.id in selection]
        self._actions.update_for_selection(
            count=len(boxes),
            things=len(units(boxes)),
            is_grouped=is_grouped(self._session.layout, selection),
            all_locked=bool(boxes) and all(box.is_locked for box in boxes),
            all_hidden=bool(boxes) and all(box.is_hidden for box in boxes),
            all_disabled=bool(boxes) and not any(box.is_enabled for box in boxes),
        )
        self._rulers.show_view(self._view, self._selected_frame())
        self._repaint_changes()

    def _show_judged(self) -> None:
        about = self.tr("The boxes of the picture. The list of boxes offers the same by keyboard.")
        self.setAccessibleDescription(f"{about} {self.judged.told()}".strip())
        self._repaint_changes()

    def _selected_frame(self) -> Rect | None:
        """Around the selected boxes, as a drag shows them."""
        selection, live = set(self._session.selection), self._pointer.live.rects
        chosen = [box for box in self._session.layout.boxes if box.id in selection]
        return bounding_rect([live.get(box.id, box.rect) for box in chosen]) if chosen else None

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._stage.paint(painter, event.region(), self._moment(), looks=self._looks())
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.viewport().update()

    def _refresh(self, modifiers: Qt.KeyboardModifier) -> None:
        """Cursor, hovered box and changed parts after mouse or keys did something."""
        held = held_keys(modifiers)
        wants_pan = self._is_space_down or self._pointer.tool is Tool.HAND
        draws = self._pointer.tool is Tool.BOX or held.ctrl
        is_free = not (self._pointer.is_pressed or wants_pan or draws) and self._shown.boxes
        grip = self._pointer.grip_at(self._mouse, self._view) if is_free else None
        target = self._pointer.target_at(self._mouse, self._view) if is_free and grip is None else None
        self._hovered = target.id if target is not None and self.viewport().underMouse() else None
        if self._pointer.is_dragging:
            self._rulers.show_view(self._view, self._selected_frame())
        if not self._pointer.is_pressed:
            shape = cursor_for(
                is_on_knob=self._is_on_knob(),
                is_panning=self._pan_from is not None,
                wants_pan=wants_pan,
                draws=draws,
                handle=grip[1] if grip is not None else None,
                target_is_locked=target.is_locked if target is not None else None,
            )
            if self.viewport().cursor().shape() != shape:
                self.viewport().setCursor(shape)
        self._repaint_changes()

    def _repaint_changes(self) -> None:
        region = self._stage.changes(self._moment(), looks=self._looks())
        if not region.isEmpty():
            self.viewport().update(region)

    def _moment(self) -> Moment:
        return Moment(
            layout=self._session.layout,
            selection=self._session.selection,
            pending=self._pending,
            live=self._pointer.live,
            draft=self._naming.draft,
            hovered=self._hovered,
            mouse=self._mouse,
            has_handles=self._pointer.tool is Tool.SELECT,
            has_focus_ring=self._has_focus_ring,
            shown=self._shown,
            marked=self._marks.marked(self._pointer.live.rects),
            judged=() if self._ground.is_split else self.judged.marks,
            split=self._ground.split if self._ground.is_split else None,
        )

    def _looks(self) -> Looks:
        size = self.viewport().size()
        return Looks(
            Surface(size.width(), size.height(), self.devicePixelRatioF()),
            self._view,
            self._ground,
            self.palette(),
            self.font(),
            self.tr("Type a sentence on the left, or draw a box here (R)"),
        )

    def _viewport_size(self) -> Size:
        return Size(self.viewport().width(), self.viewport().height())

    def _set_up_widget(self) -> None:
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Canvas"))
        self._show_judged()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(160, 120)
        self.setViewportMargins(self._rulers.margin, self._rulers.margin, 0, 0)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
