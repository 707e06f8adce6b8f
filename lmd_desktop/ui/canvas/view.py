"""The canvas widget: shows the session's boxes over the picture, and turns mouse and keys into edits of the session.

It is painted by hand: what rests is kept as pictures (layers.py), and a drag paints only what it changed (items.py).
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QWidget

from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import Box, Rect, Size
from lmd_desktop.ui.canvas.actions import CanvasActions
from lmd_desktop.ui.canvas.caption_editor import CaptionEditor
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.canvas.cursors import cursor_for
from lmd_desktop.ui.canvas.drags import Held
from lmd_desktop.ui.canvas.frame import Moment
from lmd_desktop.ui.canvas.geometry import Point, bounding_rect
from lmd_desktop.ui.canvas.layers import Backdrop, Surface
from lmd_desktop.ui.canvas.pointer import Pointer, Tool
from lmd_desktop.ui.canvas.stage import Looks, Stage
from lmd_desktop.ui.canvas.view_transform import SELECTION_MARGIN, ViewTransform, fitted, panned, zoomed

WHEEL_ZOOM = 1.0015  # per unit of the wheel's angle; one notch is 120 units
KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
MENU = (
    "rename", None, "cut", "copy", "paste", "duplicate", "delete", None, "lock", "hide", None, "to_front", "raise",
    "lower", "to_back",
)  # fmt: skip


class CanvasView(QAbstractScrollArea):
    """``actions_by_name`` holds every QAction; ``hint_given`` carries a sentence for the status bar."""

    zoom_changed = Signal(float)
    hint_given = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = BoxCommands(session, self)
        self._pointer = Pointer(session, self._commands)
        self._view = ViewTransform()
        self._is_fitted = True
        self._canvas = session.layout.canvas
        self._backdrop: Backdrop | None = None
        self._opacity = 1.0
        self._pending: tuple[Box, ...] = ()
        self._draft: Rect | None = None
        self._editor: CaptionEditor | None = None
        self._edited_box: str | None = None
        self._hovered: str | None = None
        self._has_labels = True
        self._mouse: Point = (0.0, 0.0)
        self._pan_from: tuple[Point, ViewTransform] | None = None
        self._is_space_down = False
        self._has_focus_ring = False
        self._stage = Stage()
        self._set_up_widget()
        self._actions = CanvasActions(self, self._commands)
        session.scene_changed.connect(self._show_scene)
        session.selection_changed.connect(self._show_selection)
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
    def pending_boxes(self) -> tuple[Box, ...]:
        return self._pending

    def set_backdrop(self, image: QImage | None) -> None:
        """A result or a live preview under the boxes, stretched over the canvas; None shows the empty paper."""
        self._backdrop = None if image is None or image.isNull() else Backdrop(image, self._opacity)
        self.viewport().update()

    def set_backdrop_opacity(self, opacity: float) -> None:
        self._opacity = min(max(opacity, 0.0), 1.0)
        if self._backdrop is not None:
            self.set_backdrop(self._backdrop.image)

    def show_pending_boxes(self, boxes: tuple[Box, ...]) -> None:
        """Boxes that the planner is writing, dashed; they stand for scene boxes of the same id. () clears them."""
        self._pending = boxes
        self.viewport().update()

    def set_tool(self, tool: Tool) -> None:
        self._pointer.tool = tool
        self._actions.by_name[f"{tool.value}_tool"].setChecked(True)
        self._refresh(Qt.KeyboardModifier.NoModifier)

    def set_guides(self, is_on: bool) -> None:
        self._pointer.has_guides = is_on

    def set_grid(self, is_on: bool) -> None:
        self._pointer.has_grid = is_on

    def set_labels(self, is_on: bool) -> None:
        self._has_labels = is_on
        self.viewport().update()

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
        self._place_editor()
        self.viewport().update()
        if has_new_scale:
            self.zoom_changed.emit(view.scale)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._mouse = _position(event)
        is_left = event.button() == Qt.MouseButton.LeftButton
        is_panning = self._is_space_down or self._pointer.tool is Tool.HAND
        if event.button() == Qt.MouseButton.MiddleButton or (is_left and is_panning):
            self._pan_from = (self._mouse, self._view)
        elif is_left:
            self._pointer.press(self._mouse, _held(event.modifiers()), view=self._view)
        self._refresh(event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = _position(event)
        if self._pan_from is not None:
            start, view = self._pan_from
            delta = (self._mouse[0] - start[0], self._mouse[1] - start[1])
            self._set_view(panned(view, delta, self._canvas, viewport=self._viewport_size()))
            return
        self._follow_mouse(event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
        elif event.button() == Qt.MouseButton.LeftButton:
            drawn = self._pointer.release()
            if drawn is not None:
                self._name_new_box(drawn)
        self._refresh(event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        target = self._pointer.target_at(_position(event), self._view)
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
            self._session.select((target.id,))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in MENU:
            menu.addSeparator() if name is None else menu.addAction(self._actions.by_name[name])
        menu.popup(event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self._repaint_changes()

    def _follow_mouse(self, modifiers: Qt.KeyboardModifier) -> None:
        blocked_by = self._pointer.move(self._mouse, _held(modifiers), view=self._view)
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

    # Naming in place

    def rename_selected(self) -> None:
        """Open the line in which the selected box is named."""
        if len(self._session.selection) == 1:
            box = self._session.layout.box(self._session.selection[0])
            self._edited_box = box.id
            self._open_editor(box.phrase)

    def _name_new_box(self, rect: Rect) -> None:
        self._draft = rect
        self._open_editor("")
        self.set_tool(Tool.SELECT)

    def _open_editor(self, phrase: str) -> None:
        self._editor = CaptionEditor(phrase, self.viewport())
        self._editor.finished.connect(self._finish_naming)
        self._place_editor()
        self._editor.show()
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self._repaint_changes()

    def _finish_naming(self, phrase: str) -> None:
        editor, draft, box_id = self._editor, self._draft, self._edited_box
        self._editor, self._draft, self._edited_box = None, None, None
        if editor is not None:
            had_focus = editor.hasFocus()
            editor.deleteLater()
            if had_focus:
                self.setFocus(Qt.FocusReason.OtherFocusReason)
        if phrase and draft is not None:
            self._commands.add(phrase, draft)
        elif phrase and box_id is not None:
            self._commands.rename(box_id, phrase)
        self._repaint_changes()

    def _place_editor(self) -> None:
        if self._editor is not None:
            box_id = self._edited_box
            rect = self._draft if box_id is None else self._session.layout.box(box_id).rect
            if rect is not None:
                self._editor.place(self._view.edges(rect))

    # Following the session

    def _show_scene(self) -> None:
        layout = self._session.layout
        if self._pointer.is_dragging and not self._pointer.follows_scene():
            self._pointer.cancel()
        if self._editor is not None and self._edited_box is not None and not layout.has_box(self._edited_box):
            self._editor.finish(keeps_text=False)
        if layout.canvas != self._canvas:
            self._canvas = layout.canvas
            self.fit()
        self._show_selection()
        self.viewport().update()

    def _show_selection(self) -> None:
        layout = self._session.layout
        boxes = [layout.box(box_id) for box_id in self._session.selection if layout.has_box(box_id)]
        self._actions.update_for_selection(
            count=len(boxes),
            all_locked=bool(boxes) and all(box.is_locked for box in boxes),
            all_hidden=bool(boxes) and all(box.is_hidden for box in boxes),
        )
        self._repaint_changes()

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
        held = _held(modifiers)
        wants_pan = self._is_space_down or self._pointer.tool is Tool.HAND
        draws = self._pointer.tool is Tool.BOX or held.ctrl
        is_free = not (self._pointer.is_pressed or wants_pan or draws)
        grip = self._pointer.grip_at(self._mouse, self._view) if is_free else None
        target = self._pointer.target_at(self._mouse, self._view) if is_free and grip is None else None
        self._hovered = target.id if target is not None and self.viewport().underMouse() else None
        if not self._pointer.is_pressed:
            shape = cursor_for(
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
            draft=self._draft,
            hovered=self._hovered,
            mouse=self._mouse,
            has_labels=self._has_labels,
            has_handles=self._pointer.tool is Tool.SELECT,
            has_focus_ring=self._has_focus_ring,
        )

    def _looks(self) -> Looks:
        size = self.viewport().size()
        return Looks(
            Surface(size.width(), size.height(), self.devicePixelRatioF()),
            self._view,
            self._backdrop,
            self.palette(),
            self.font(),
            self.tr("Type a sentence on the left, or draw a box here (R)"),
        )

    def _viewport_size(self) -> Size:
        return Size(self.viewport().width(), self.viewport().height())

    def _set_up_widget(self) -> None:
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(
            self.tr("The boxes of the picture. The list of boxes offers the same by keyboard.")
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(160, 120)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)


def _position(event: QMouseEvent) -> Point:
    return event.position().x(), event.position().y()


def _held(modifiers: Qt.KeyboardModifier) -> Held:
    return Held(
        shift=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
        ctrl=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
    )
