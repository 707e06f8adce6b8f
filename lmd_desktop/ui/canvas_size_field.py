"""The size of the canvas: usual ones by name, the usual ratios, its two sides swapped, or any two numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.session import Session
from lmd_desktop.domain.arrange import canvas_of_ratio
from lmd_desktop.domain.edits import set_canvas
from lmd_desktop.domain.layout import MAX_CANVAS, MIN_CANVAS, Size
from lmd_desktop.ui.theme import icon

PRESETS = (Size(512, 512), Size(768, 512), Size(512, 768), Size(768, 768), Size(1024, 1024))
RATIOS = ((1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16), (21, 9))


class CanvasSizeField(QWidget):
    """A change is a hand edit: the boxes are carried along, and it can be undone. A ratio keeps about the area."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_custom = False
        self.presets = QComboBox(self)
        self.presets.setObjectName("canvas_preset")
        self.presets.setAccessibleName(self.tr("Canvas size"))
        # As narrow as the sizes: the longer names of the ratios are read in the open list.
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.presets.setMinimumContentsLength(9)
        for size in PRESETS:
            self.presets.addItem(f"{size.width} × {size.height}", size)
        self.presets.insertSeparator(self.presets.count())
        for across, down in RATIOS:
            self.presets.addItem(self.tr("Ratio {0} : {1}").format(across, down), (across, down))
        self.presets.insertSeparator(self.presets.count())
        self.presets.addItem(self.tr("Custom"), None)
        self.swap = QToolButton(self)
        self.swap.setObjectName("canvas_swap")
        self.swap.setIcon(icon("swap"))
        self.swap.setAccessibleName(self.tr("Swap width and height"))
        self.swap.setToolTip(self.tr("Swap width and height; the boxes are carried along"))
        self.swap.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.width_field = self._side("canvas_width", self.tr("Canvas width"))
        self.height_field = self._side("canvas_height", self.tr("Canvas height"))
        self._custom = QWidget(self)
        self._lay_out()
        self._show_size()
        self.presets.activated.connect(self._choose)
        self.swap.clicked.connect(self._swap)
        self.width_field.editingFinished.connect(self._take_numbers)
        self.height_field.editingFinished.connect(self._take_numbers)
        session.scene_changed.connect(self._show_size)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.presets, 1)
        first.addWidget(self.swap)
        row = QHBoxLayout(self._custom)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.width_field, 1)
        row.addWidget(QLabel("×", self._custom))
        row.addWidget(self.height_field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(first)
        layout.addWidget(self._custom)

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
        last = self.presets.count() - 1
        self.presets.setCurrentIndex(last if self._is_custom else PRESETS.index(canvas))
        self._custom.setVisible(self._is_custom)
        self.swap.setEnabled(canvas.width != canvas.height)

    def _choose(self, index: int) -> None:
        match self.presets.itemData(index):
            case Size() as size:
                self._is_custom = False
                self._set(size)
            case (int() as across, int() as down):
                size = canvas_of_ratio(self._session.layout.canvas, across, down)
                self._is_custom = size not in PRESETS
                self._set(size)
            case _:
                self._is_custom = True
        self._show_size()

    def _swap(self) -> None:
        canvas = self._session.layout.canvas
        swapped = Size(canvas.height, canvas.width)
        self._is_custom = swapped not in PRESETS
        self._set(swapped)

    def _take_numbers(self) -> None:
        self._set(Size(self.width_field.value(), self.height_field.value()))

    def _set(self, size: Size) -> None:
        layout = self._session.layout
        if size != layout.canvas:
            self._session.edit(self.tr("Change the canvas size"), set_canvas(layout, size))
