"""A field for one number of a place or size, in pixels, per cent or thousandths of the canvas. It knows no session."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from lmd_desktop.domain.layout import MAX_CANVAS


class Unit(Enum):
    """What a whole side of the canvas counts; scenes hold pixels alone."""

    PIXELS = None
    PER_CENT = 100
    THOUSANDTHS = 1000

    def shown(self, pixels: int, side: int) -> float:
        """Pixels of a side of the canvas in this unit."""
        return float(pixels) if self.value is None else pixels * self.value / side

    def pixels(self, shown: float, side: int) -> int:
        """The nearest whole pixel."""
        return round(shown if self.value is None else shown * side / self.value)


class NumberField(QDoubleSpinBox):
    """``typed`` carries pixels. ``visit`` stays the same until the field is left: typing there is one undo step."""

    typed = Signal(int)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setDecimals(0)
        self.setRange(0, MAX_CANVAS)
        self.setAccelerated(True)
        self.visit = 0
        self._unit, self._side, self._limits = Unit.PIXELS, 1, (0, MAX_CANVAS)
        self.valueChanged.connect(self._tell)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.visit += 1
        super().focusOutEvent(event)

    def show_pixels(self, pixels: int, *, minimum: int, maximum: int, side: int, unit: Unit) -> None:
        """Show what the session holds; nothing is told to anybody."""
        was_blocked = self.blockSignals(True)
        is_same = (unit, side) == (self._unit, self._side) and unit.pixels(self.value(), side) == pixels
        self._unit, self._side, self._limits = unit, side, (minimum, maximum)
        self.setDecimals(1 if unit is Unit.PER_CENT else 0)
        self.setRange(unit.shown(minimum, side), unit.shown(maximum, side))
        # What stands for the same pixel is left as the person typed it.
        if not is_same or not self.text():
            self.setValue(unit.shown(pixels, side))
        self.blockSignals(was_blocked)

    def show_nothing(self) -> None:
        was_blocked = self.blockSignals(True)
        self.clear()
        self.blockSignals(was_blocked)

    def _tell(self, shown: float) -> None:
        least, most = self._limits
        self.typed.emit(min(max(self._unit.pixels(shown, self._side), least), most))
