"""Asks which methods and how many seeds of the present layout are to be painted as one job."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.rendering_job import Order
from lmd_desktop.domain.requests import MethodSpec
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, heading

MOST_SEEDS = 16


class GridDialog(QDialog):
    """``ordered`` carries the Order. Methods that the painter cannot do are shown and say why."""

    ordered = Signal(object)

    def __init__(
        self,
        methods: tuple[MethodSpec, ...],
        *,
        chosen: str,
        can: tuple[str, ...] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("grid_dialog")
        self.setWindowTitle(self.tr("Seed and method grid"))
        self._boxes: dict[str, QCheckBox] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, SPACING)
        layout.setSpacing(SMALL_SPACING)
        row = QHBoxLayout()
        row.addWidget(heading(self.tr("Methods")), 1)
        for text, is_on in ((self.tr("All"), True), (self.tr("None"), False)):
            button = QToolButton(self)
            button.setText(text)
            button.setAutoRaise(True)
            button.clicked.connect(lambda _checked=False, is_on=is_on: self._check_all(is_on=is_on))
            row.addWidget(button)
        layout.addLayout(row)
        for spec in methods:
            box = QCheckBox(told(spec.title), self)
            box.setObjectName(f"grid_{spec.name}")
            is_able = can is None or set(spec.needs) <= set(can)
            box.setEnabled(is_able)
            box.setChecked(is_able and spec.name == chosen)
            box.setToolTip(told(spec.summary) if is_able else self.tr("The painter has no GLIGEN layers."))
            box.toggled.connect(self._show_count)
            self._boxes[spec.name] = box
            layout.addWidget(box)
        self.seeds = QSpinBox(self)
        self.seeds.setObjectName("grid_seeds")
        self.seeds.setAccessibleName(self.tr("Seeds"))
        self.seeds.setRange(1, MOST_SEEDS)
        self.seeds.setValue(4)
        self.seeds.valueChanged.connect(self._show_count)
        row = QHBoxLayout()
        row.addWidget(heading(self.tr("Seeds")), 1)
        row.addWidget(self.seeds)
        layout.addSpacing(SPACING)
        layout.addLayout(row)
        self.count = QLabel(self)
        self.count.setProperty("muted", True)
        layout.addWidget(self.count)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.render_button = self.buttons.addButton(self.tr("Render"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.render_button.setObjectName("render_grid")
        self.buttons.accepted.connect(self._order)
        self.buttons.rejected.connect(self.reject)
        layout.addSpacing(SPACING)
        layout.addWidget(self.buttons)
        self._show_count()

    def _methods(self) -> tuple[str, ...]:
        return tuple(name for name, box in self._boxes.items() if box.isChecked())

    def _check_all(self, *, is_on: bool) -> None:
        for box in self._boxes.values():
            box.setChecked(is_on and box.isEnabled())

    def _show_count(self) -> None:
        count = len(self._methods()) * self.seeds.value()
        self.count.setText(self.tr("{0} pictures, as one job").format(count) if count else self.tr("Choose a method."))
        self.render_button.setEnabled(count > 0)

    def _order(self) -> None:
        self.accept()
        self.ordered.emit(Order(count=self.seeds.value(), methods=self._methods()))
