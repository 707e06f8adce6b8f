"""Remembers where the window and its panels are and what the canvas shows, also if the program never gets to its end.

Place and panels are those of the screen; a moment after each change they are in the settings.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow

from lmd_desktop.app.settings import AppSettings
from lmd_desktop.ui.side_rail import SideRail

REST_MS = 1000  # after the last change
SWITCHES = ("guides", "snap_centres", "snap_thirds", "grid", "labels", "rulers")  # actions of the canvas
CHANGES = (QEvent.Type.Resize, QEvent.Type.Move)


class WindowPlaces(QObject):
    """``switches`` are the actions of the canvas by name."""

    def __init__(
        self, window: QMainWindow, settings: AppSettings, rail: SideRail, switches: dict[str, QAction]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._rail = rail
        self._kept: tuple[str, str] | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        self._restore()
        for name in SWITCHES:
            action = switches[name]
            action.setChecked(settings.value.canvas_switches.get(name, action.isChecked()))
            action.toggled.connect(lambda is_on, name=name: self._keep_switch(name, is_on=is_on))

    def watch(self) -> None:
        """From now on, with the window on the screen, every change is the person's."""
        self._kept = self._place()
        self._window.installEventFilter(self)
        for dock in self._window.findChildren(QDockWidget):
            dock.installEventFilter(self)
            for changed in (dock.visibilityChanged, dock.dockLocationChanged, dock.topLevelChanged):
                changed.connect(self._rest.start)

    def keep(self) -> None:
        """Now, because the window closes."""
        self._rest.stop()
        self._settings.remember_place(_screen_name(), self._place())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in CHANGES:
            self._rest.start()
        return False

    def _look(self) -> None:
        place = self._place()
        if place != self._kept:
            self._kept = place
            self._settings.remember_place(_screen_name(), place)

    def _place(self) -> tuple[str, str]:
        return _as_text(self._window.saveGeometry()), _as_text(self._rail.state())

    def _restore(self) -> None:
        """The place and the panels as they were on this screen, else as they were last on any."""
        places = self._settings.value.window_places
        geometry, state = places.get(_screen_name()) or next(reversed(places.values()), ("", ""))
        if geometry:
            self._window.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii", "ignore")))
        if state:
            self._window.restoreState(QByteArray.fromBase64(state.encode("ascii", "ignore")))

    def _keep_switch(self, name: str, *, is_on: bool) -> None:
        self._settings.set(canvas_switches=self._settings.value.canvas_switches | {name: is_on})


def _screen_name() -> str:
    screen = QGuiApplication.primaryScreen()
    return f"{screen.name()} {screen.size().width()}x{screen.size().height()}"


def _as_text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")
