"""The strip above the canvas: tools, helpers for placing boxes, undo and redo, and the zoom."""

from __future__ import annotations

from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.tool_buttons import action_button, menu_button

TOOLS = ("select_tool", "box_tool", "hand_tool")
HELPERS = ("guides", "snap_centres", "snap_thirds", "grid")
ARRANGEMENTS = (
    "align_left", "align_centre", "align_right", None, "align_top", "align_middle", "align_bottom", None,
    "distribute_across", "distribute_down", None, "equal_width", "equal_height", "equal_size",
)  # fmt: skip
ZOOMS = ("zoom_out", "zoom_in", "fit")
ICON_SIDE = 18
GAP = 2


class CanvasBar(QWidget):
    """Every button is an action of the canvas or the window, with its icon and its keys in the tool tip.

    Where there is little room, those go that menu and keys have too: zoom, then snapping, then undo.
    """

    def __init__(self, canvas: CanvasView, undo: tuple[QAction, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas_bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(GAP)
        for name in TOOLS:
            row.addWidget(self._button(canvas.actions_by_name[name]))
        row.addWidget(self._line())
        undos = (*(self._button(action) for action in undo), self._line())
        helpers = (*(self._button(canvas.actions_by_name[name]) for name in HELPERS), self._line())
        for widget in (*undos, *helpers):
            row.addWidget(widget)
        row.addWidget(self._arrange_button(canvas))
        row.addStretch(1)
        zooms = tuple(self._button(canvas.actions_by_name[name]) for name in ("zoom_out", "zoom_in"))
        row.addWidget(zooms[0])
        self.zoom = QToolButton(self)
        self.zoom.setObjectName("zoom")
        self.zoom.setAutoRaise(True)
        self.zoom.setAccessibleName(self.tr("Zoom to 100 %"))
        self.zoom.setToolTip(self.tr("Zoom to 100 % (Ctrl+0)"))
        self.zoom.clicked.connect(canvas.actions_by_name["zoom_actual"].trigger)
        row.addWidget(self.zoom)
        row.addWidget(zooms[1])
        row.addWidget(self._button(canvas.actions_by_name["fit"]))
        self.zoom.setMinimumWidth(self.zoom.fontMetrics().horizontalAdvance("0000 %") + 8)
        canvas.zoom_changed.connect(self._show_zoom)
        self._show_zoom(canvas.zoom)
        self._can_go: tuple[tuple[QWidget, ...], ...] = (zooms, helpers, undos)
        self._whole_width = row.minimumSize().width()
        self.setMinimumWidth(self._whole_width - sum(map(self._width_of, self._can_go)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self._whole_width
        for widgets in self._can_go:
            fits = event.size().width() >= needed
            for widget in widgets:
                widget.setVisible(fits)
            needed -= self._width_of(widgets)

    def _width_of(self, widgets: tuple[QWidget, ...]) -> int:
        """With the gaps beside them."""
        return sum(widget.sizeHint().width() + GAP for widget in widgets)

    def _arrange_button(self, canvas: CanvasView) -> QToolButton:
        menu = QMenu(self)
        fill_arrange_menu(menu, canvas)
        title = self.tr("Arrange")
        button = menu_button(menu, "arrange", ICON_SIDE, self, icon_name="align-left", title=title)
        button.setToolTip(self.tr("Align, distribute and make equal"))
        return button

    def _button(self, action: QAction) -> QToolButton:
        return action_button(action, ICON_SIDE, self)

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.VLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.backgroundRole().Midlight)
        return line

    def _show_zoom(self, factor: float) -> None:
        self.zoom.setText(self.tr("{0} %").format(round(factor * 100)))


def fill_arrange_menu(menu: QMenu, canvas: CanvasView) -> None:
    """Everything that orders several boxes among each other."""
    for name in ARRANGEMENTS:
        menu.addSeparator() if name is None else menu.addAction(canvas.actions_by_name[name])
