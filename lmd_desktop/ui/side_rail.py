"""Folds the panels on the right away while the window is narrow, to a strip of buttons that bring them back."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QToolButton

from lmd_desktop.ui.theme import icon

NARROW = 1280  # logical pixels; below them the canvas needs the room more
VERY_NARROW = 960  # below them words under the icons take too much
CANVAS_WIDTH = 420  # what the canvas should keep beside an open panel
ICON_SIZE = QSize(20, 20)


class SideRail(QObject):
    """``icons`` are the names of the docks' icons. Made with the window; the strip itself only when it is needed."""

    def __init__(self, window: QMainWindow, icons: dict[QDockWidget, str]) -> None:
        super().__init__(window)
        self._window = window
        self._icons = icons
        self._folded: tuple[QDockWidget, ...] = ()
        self._is_narrow = False
        self._state = QByteArray()
        self._bar: QToolBar | None = None
        self._buttons: list[QToolButton] = []

    @property
    def is_shown(self) -> bool:
        return self._bar is not None and not self._bar.isHidden()

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """Those that can be seen."""
        return tuple(button for button in self._buttons if button.isVisible())

    def follow(self, width: int) -> None:
        """The window has this width now; panels that a person opens while it is narrow stay open."""
        is_narrow = width < NARROW
        for button in self._buttons:
            button.setToolButtonStyle(_style(width))
        if is_narrow == self._is_narrow:
            return
        self._is_narrow = is_narrow
        if is_narrow:
            self._fold(width)
        else:
            self._unfold()

    def state(self) -> QByteArray:
        """Docks and bars of the window as they are when it is wide, for the next start."""
        return self._state if self.is_shown else self._window.saveState()

    def _fold(self, width: int) -> None:
        right = Qt.DockWidgetArea.RightDockWidgetArea
        found = [
            dock
            for dock in self._window.findChildren(QDockWidget)
            if dock in self._icons
            and not (dock.isHidden() or dock.isFloating())
            and self._window.dockWidgetArea(dock) == right
        ]
        self._folded = tuple(found)
        if not found:
            return
        self._state = self._window.saveState()
        bar = self._bar = self._bar or self._made(width)
        for dock in found:
            dock.hide()
        for action, dock in zip(bar.actions(), self._icons, strict=True):
            action.setVisible(dock in found)
        bar.show()

    def _unfold(self) -> None:
        for dock in self._folded:
            dock.show()
        self._folded = ()
        if self._bar is not None:
            self._bar.hide()

    def _made(self, width: int) -> QToolBar:
        bar = QToolBar(self.tr("Panels on the right"), self._window)
        bar.setObjectName("side_rail")
        bar.setMovable(False)
        bar.toggleViewAction().setVisible(False)
        bar.setAccessibleName(self.tr("Panels on the right"))
        for dock, name in self._icons.items():
            self._buttons.append(self._button(dock, name))
            self._buttons[-1].setToolButtonStyle(_style(width))
            bar.addWidget(self._buttons[-1])
        self._window.addToolBar(Qt.ToolBarArea.RightToolBarArea, bar)
        return bar

    def _button(self, dock: QDockWidget, name: str) -> QToolButton:
        button = QToolButton(self._window)
        button.setObjectName(f"rail_{dock.objectName()}")
        button.setText(dock.windowTitle())
        button.setIcon(icon(name))
        button.setIconSize(ICON_SIZE)
        button.setAutoRaise(True)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(dock.toggleViewAction().property("sheetName"))
        button.setAccessibleName(dock.windowTitle())
        button.clicked.connect(lambda is_on: self._switch(dock, is_on=is_on))
        dock.visibilityChanged.connect(lambda _: button.setChecked(not dock.isHidden()))
        return button

    def _switch(self, dock: QDockWidget, *, is_on: bool) -> None:
        dock.setVisible(is_on)
        if is_on:
            dock.raise_()
            dock.widget().setFocus(Qt.FocusReason.OtherFocusReason)
            # Once it is laid out: what it takes, it takes from the panels on the left first.
            QTimer.singleShot(0, self, self._make_room)

    def _make_room(self) -> None:
        centre = self._window.centralWidget()
        missing = CANVAS_WIDTH - centre.width() if centre is not None else 0
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        docks = [
            dock
            for dock in self._window.findChildren(QDockWidget)
            if dock.isVisible() and not dock.isFloating() and self._window.dockWidgetArea(dock) == left
        ]
        if missing > 0 and docks:
            widths = [max(dock.width() - missing, dock.minimumSizeHint().width()) for dock in docks]
            self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)


def _style(width: int) -> Qt.ToolButtonStyle:
    styles = Qt.ToolButtonStyle
    return styles.ToolButtonIconOnly if width < VERY_NARROW else styles.ToolButtonTextUnderIcon
