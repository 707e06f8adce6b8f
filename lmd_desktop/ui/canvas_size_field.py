"""The size of the canvas: usual ones by name, or any by two numbers."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import set_canvas
from lmd_desktop.domain.layout import MAX_CANVAS, MIN_CANVAS, Size

PRESETS = (Size(512, 512), Size(768, 512), Size(512, 768), Size(768, 768), Size(1024, 1024))


class CanvasSizeField(QWidget):
    """A change is a hand edit: the boxes are carried along, and it can be undone."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_custom = False
        self.presets = QComboBox(self)
        self.presets.setObjectName("canvas_preset")
        self.presets.setAccessibleName(self.tr("Canvas size"))
        for size in PRESETS:
            self.presets.addItem(f"{size.width} × {size.height}", size)
        self.presets.addItem(self.tr("Custom"), None)
        self.width_field = self._side("canvas_width", self.tr("Canvas width"))
        self.height_field = self._side("canvas_height", self.tr("Canvas height"))
        self._custom = QWidget(self)
        row = QHBoxLayout(self._custom)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.width_field, 1)
        row.addWidget(QLabel("×", self._custom))
        row.addWidget(self.height_field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.presets)
        layout.addWidget(self._custom)
        self._show_size()
        self.presets.activated.connect(self._choose)
        self.width_field.editingFinished.connect(self._take_numbers)
        self.height_field.editingFinished.connect(self._take_numbers)
        session.scene_changed.connect(self._show_size)

    def _side(self, name: str, title: str) -> QSpinBox:
        field = QSpinBox(self)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setRange(MIN_CANVAS, MAX_CANVAS)
        field.setSingleStep(64)
        return field

    def _show_size(self) -> None:
        canvas = self._session.layout.canvas
        self._is_custom = self._is_custom or canvas not in PRESETS
        self.width_field.setValue(canvas.width)
        self.height_field.setValue(canvas.height)
        self.presets.setCurrentIndex(len(PRESETS) if self._is_custom else PRESETS.index(canvas))
        self._custom.setVisible(self._is_custom)

    def _choose(self, index: int) -> None:
        self._is_custom = index == len(PRESETS)
        self._custom.setVisible(self._is_custom)
        if not self._is_custom:
            self._set(PRESETS[index])

    def _take_numbers(self) -> None:
        self._set(Size(self.width_field.value(), self.height_field.value()))

    def _set(self, size: Size) -> None:
        layout = self._session.layout
        if size != layout.canvas:
            self._session.edit(self.tr("Change the canvas size"), set_canvas(layout, size))
