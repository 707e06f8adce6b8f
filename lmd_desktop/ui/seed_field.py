"""The seed of the next picture: a number that can be rolled, and a lock that keeps it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QToolButton, QWidget

from lmd_desktop.app.worker_jobs import draw_seed
from lmd_desktop.domain.requests import MAX_SEED
from lmd_desktop.ui.theme import icon


class SeedField(QWidget):
    """``seed`` is None while the lock is open: then every picture draws its own."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = QSpinBox(self)
        self.number.setObjectName("seed")
        self.number.setAccessibleName(self.tr("Seed"))
        self.number.setRange(0, MAX_SEED)
        self.number.setToolTip(self.tr("The same seed with the same boxes gives the same picture."))
        self.roll = QToolButton(self)
        self.roll.setObjectName("roll_seed")
        self.roll.setIcon(icon("dice"))
        self.roll.setToolTip(self.tr("Draw another seed."))
        self.roll.setAccessibleName(self.tr("Draw another seed"))
        self.lock = QToolButton(self)
        self.lock.setObjectName("lock_seed")
        self.lock.setCheckable(True)
        self.lock.setToolTip(self.tr("Keep this seed for every picture; otherwise each picture draws its own."))
        self.lock.setAccessibleName(self.tr("Keep the seed"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.number, 1)
        row.addWidget(self.roll)
        row.addWidget(self.lock)
        self._show_lock()
        self.number.valueChanged.connect(self.changed)
        self.roll.clicked.connect(self._roll)
        self.lock.toggled.connect(self._on_lock)

    def seed(self) -> int | None:
        return self.number.value() if self.lock.isChecked() else None

    def show_seed(self, seed: int | None) -> None:
        """Show a seed without telling anyone; None opens the lock and leaves the number."""
        for widget in (self.number, self.lock):
            widget.blockSignals(True)
        if seed is not None:
            self.number.setValue(seed)
        self.lock.setChecked(seed is not None)
        self._show_lock()
        for widget in (self.number, self.lock):
            widget.blockSignals(False)

    def show_drawn(self, seed: int) -> None:
        """The seed that a picture drew, so that it can be kept afterwards."""
        if not self.lock.isChecked():
            self.number.blockSignals(True)
            self.number.setValue(seed)
            self.number.blockSignals(False)

    def _roll(self) -> None:
        # A rolled seed is one the person wants: it is kept until the lock is opened.
        self.show_seed(draw_seed())
        self.changed.emit()

    def _on_lock(self) -> None:
        self._show_lock()
        self.changed.emit()

    def _show_lock(self) -> None:
        is_kept = self.lock.isChecked()
        self.number.setEnabled(is_kept)
        self.lock.setIcon(icon("lock" if is_kept else "unlock"))
