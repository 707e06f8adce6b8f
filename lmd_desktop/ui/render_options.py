"""The part of the render panel about how much is painted: preset, sampler, how many, attention, and checking."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QSpinBox, QWidget

from lmd_desktop.app.rendering_job import Order
from lmd_desktop.domain.presets import PRESETS, with_preset
from lmd_desktop.domain.requests import MethodSpec, RenderSettings
from lmd_desktop.domain.samplers import SAMPLERS
from lmd_desktop.ui.table_words import told

MOST_PICTURES = 16


class RenderOptions(QWidget):
    """Holds the fields, which the render panel lays out. ``changed`` carries the RenderSettings after a choice.

    How many pictures, and whether they are explained and checked, lasts as long as the window.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._settings = RenderSettings()
        self._spec: MethodSpec | None = None
        self.preset = self._combo("preset", self.tr("Preset"))
        for preset in PRESETS.values():
            self.preset.addItem(told(preset.title), preset.name)
            self.preset.setItemData(self.preset.count() - 1, told(preset.summary), Qt.ItemDataRole.ToolTipRole)
        self.preset.addItem(self.tr("Own settings"), None)
        self.sampler = self._combo("sampler", self.tr("Sampler"))
        self.sampler.addItem(self.tr("The painter's own"), None)
        for sampler in SAMPLERS.values():
            self.sampler.addItem(sampler.title, sampler.name)
            self.sampler.setItemData(self.sampler.count() - 1, told(sampler.summary), Qt.ItemDataRole.ToolTipRole)
        self.count = QSpinBox(parent)
        self.count.setObjectName("count")
        self.count.setAccessibleName(self.tr("Pictures at once"))
        self.count.setToolTip(self.tr("So many pictures as one job, with seeds counted on."))
        self.count.setRange(1, MOST_PICTURES)
        self.count.setPrefix("× ")
        self.explain = QCheckBox(self.tr("Explain: a sheet of attention"), parent)
        self.explain.setObjectName("explain")
        self.explain.setToolTip(self.tr("Also shows where the painter looked for each thing, step by step; slower."))
        self.check = QCheckBox(self.tr("Check the boxes afterwards"), parent)
        self.check.setObjectName("check_afterwards")
        self.check.setToolTip(self.tr("A judge looks at each picture and marks which boxes came out."))
        self.preset.activated.connect(self._choose_preset)
        self.sampler.activated.connect(self._choose_sampler)

    @property
    def checks(self) -> bool:
        return self.check.isChecked()

    def order(self) -> Order:
        return Order(count=self.count.value(), explains=self.explain.isChecked())

    def show_settings(self, settings: RenderSettings, spec: MethodSpec | None, can: tuple[str, ...] | None) -> None:
        """Mark the preset that these settings are; samplers that the painter cannot do are not to be chosen."""
        self._settings, self._spec = settings, spec
        self.preset.setEnabled(spec is not None)
        names = [name for name, preset in PRESETS.items() if spec and _is_like(settings, preset.name, spec)]
        self.preset.setCurrentIndex(self.preset.findData(names[0] if names else None))
        self.sampler.setCurrentIndex(max(self.sampler.findData(settings.sampler), 0))
        items = self.sampler.model()
        for row in range(self.sampler.count()):
            sampler = SAMPLERS.get(self.sampler.itemData(row) or "")
            is_able = sampler is None or can is None or set(sampler.needs) <= set(can)
            if isinstance(items, QStandardItemModel):
                items.item(row).setEnabled(is_able)

    def _choose_preset(self) -> None:
        preset = PRESETS.get(self.preset.currentData() or "")
        if preset is not None and self._spec is not None:
            self.changed.emit(with_preset(self._settings, preset, self._spec))

    def _choose_sampler(self) -> None:
        self.changed.emit(replace(self._settings, sampler=self.sampler.currentData()))

    def _combo(self, name: str, title: str) -> QComboBox:
        combo = QComboBox(self.parentWidget())
        combo.setObjectName(name)
        combo.setAccessibleName(title)
        combo.setMinimumContentsLength(8)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return combo


def _is_like(settings: RenderSettings, preset: str, spec: MethodSpec) -> bool:
    wanted = with_preset(settings, PRESETS[preset], spec)
    return replace(wanted, parameters=()) == replace(settings, parameters=()) and dict(wanted.parameters) == dict(
        settings.parameters
    )
