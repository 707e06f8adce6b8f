"""Two hands on a window: real mouse and keyboard events, only where a person could reach and see what they touch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from lmd_desktop.ui.main_window import MainWindow

WAIT_MS = 60_000
NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
Place = tuple[float, float]


class Hands:
    """``place`` of the canvas is in scene pixels; keys go to whatever has the focus."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.qtbot = qtbot

    def wait(self, is_done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(is_done()), timeout=WAIT_MS)

    # Keyboard

    def press(self, keys: str) -> None:
        """One key with its modifiers, as the sheet of shortcuts writes it."""
        self._press(QTest.keyClick, keys)

    def hold(self, key: str) -> None:
        self._press(QTest.keyPress, key)

    def let_go(self, key: str) -> None:
        self._press(QTest.keyRelease, key)

    def type(self, text: str) -> None:
        QTest.keyClicks(self._focus(), text)

    # Mouse

    def click(self, widget: QWidget, keys: Qt.KeyboardModifier = NONE, *, at: QPoint | None = None) -> None:
        """Only what lies open in its window, on top of everything else there."""
        place = self._open_place(widget) if at is None else at
        on_top = widget.window().childAt(widget.mapTo(widget.window(), place))
        assert on_top is not None, widget
        assert on_top is widget or widget.isAncestorOf(on_top) or on_top.isAncestorOf(widget), (widget, on_top)
        QTest.mouseClick(widget, LEFT, keys, place)

    def click_canvas(self, place: Place, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.window.canvas.viewport(), LEFT, keys, self.point(place))

    def double_click_canvas(self, place: Place) -> None:
        QTest.mouseDClick(self.window.canvas.viewport(), LEFT, NONE, self.point(place))

    def drag(self, start: Place, end: Place, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """On the canvas, in four moves."""
        viewport = self.window.canvas.viewport()
        QTest.mousePress(viewport, button, keys, self.point(start))
        for step in range(1, 5):
            share = step / 4
            place = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            self.move(place, keys, button)
        QTest.mouseRelease(viewport, button, keys, self.point(end))

    def move(self, place: Place, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """With the button held; QTest's own move cannot hold modifier keys."""
        viewport, point = self.window.canvas.viewport(), self.point(place)
        there = QPointF(viewport.mapToGlobal(point))
        event = QMouseEvent(QMouseEvent.Type.MouseMove, QPointF(point), there, Qt.MouseButton.NoButton, button, keys)
        QApplication.sendEvent(viewport, event)

    def point(self, place: Place) -> QPoint:
        x, y = self.window.canvas.transform.to_view(place)
        return QPoint(round(x), round(y))

    # Files

    def name_a_file(self, path: Path, do: Callable[[], None]) -> None:
        """Do what asks for a file, paste its name into the question and press Enter."""
        answered: list[Path] = []

        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog):
                QTimer.singleShot(20, answer)
                return
            field = dialog.findChild(QLineEdit, "fileNameEdit")
            field.setFocus()
            field.selectAll()
            # Pasted: typed letters would open a list of what is there, which takes the Enter for itself.
            QGuiApplication.clipboard().setText(str(path))
            QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
            answered.append(path)
            QTest.keyClick(field, Qt.Key.Key_Return)

        QTimer.singleShot(0, answer)
        do()
        assert answered == [path]
        # Off screen there is no window manager that would give the focus back.
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def drop(self, path: Path) -> None:
        """A file from the file manager onto the window."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        middle, copy = self.window.rect().center(), Qt.DropAction.CopyAction
        entered = QDragEnterEvent(middle, copy, data, LEFT, NONE)
        QApplication.sendEvent(self.window, entered)
        assert entered.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(QPointF(middle), copy, data, LEFT, NONE))

    def _press(self, send: Callable[..., object], keys: str) -> None:
        combination = QKeySequence(keys)[0]
        send(self._focus(), combination.key(), combination.keyboardModifiers())

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or QApplication.activeWindow() or self.window

    def _open_place(self, widget: QWidget) -> QPoint:
        """The middle of what can be seen of it."""
        self.wait(lambda: not widget.visibleRegion().isEmpty())
        return widget.visibleRegion().boundingRect().center()
