"""Keeps the mouse wheel from changing numbers and choices that only lie under the pointer while a panel is scrolled."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class _WheelGuard(QObject):
    """Hands the wheel on to the panel unless the field has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def guard_wheel(panel: QWidget) -> None:
    """Guard every number field and choice inside ``panel``."""
    guard = _WheelGuard(panel)
    for field in (*panel.findChildren(QAbstractSpinBox), *panel.findChildren(QComboBox)):
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(guard)
