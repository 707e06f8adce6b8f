"""A mouse that speaks in scene pixels and sends real events to the viewport of a canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lmd_desktop.ui.canvas.view import CanvasView

NO_KEYS = Qt.KeyboardModifier.NoModifier
Place = tuple[float, float]


class Mouse:
    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas

    def click(self, place: Place, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mouseClick(self._canvas.viewport(), Qt.MouseButton.LeftButton, keys, self.point(place))

    def double_click(self, place: Place) -> None:
        QTest.mouseDClick(self._canvas.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, self.point(place))

    def press(
        self,
        place: Place,
        keys: Qt.KeyboardModifier = NO_KEYS,
        *,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        QTest.mousePress(self._canvas.viewport(), button, keys, self.point(place))

    def move(
        self,
        place: Place,
        keys: Qt.KeyboardModifier = NO_KEYS,
        *,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        """With the button held; QTest's own move cannot hold modifier keys."""
        point = self.point(place).toPointF()
        there = self._canvas.viewport().mapToGlobal(point)
        event = QMouseEvent(QMouseEvent.Type.MouseMove, point, there, Qt.MouseButton.NoButton, button, keys)
        QApplication.sendEvent(self._canvas.viewport(), event)

    def release(
        self,
        place: Place,
        keys: Qt.KeyboardModifier = NO_KEYS,
        *,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        QTest.mouseRelease(self._canvas.viewport(), button, keys, self.point(place))

    def drag(self, start: Place, end: Place, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        self.press(start, keys)
        self.move(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), keys)
        self.move(end, keys)
        self.release(end, keys)

    def point(self, place: Place) -> QPoint:
        x, y = self._canvas.transform.to_view(place)
        return QPoint(round(x), round(y))
