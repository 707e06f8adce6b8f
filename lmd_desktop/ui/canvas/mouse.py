"""What Qt's events of mouse and keys say, in the canvas's own words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent

from lmd_desktop.ui.canvas.drags import Held
from lmd_desktop.ui.canvas.geometry import Point


def position_of(event: QMouseEvent) -> Point:
    return event.position().x(), event.position().y()


def held_keys(modifiers: Qt.KeyboardModifier) -> Held:
    return Held(
        shift=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
        ctrl=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
    )
