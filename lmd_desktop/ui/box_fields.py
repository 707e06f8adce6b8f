"""The numbers and words of the selected box, or the frame around several."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.session import Session
from lmd_desktop.domain.arrange import bounding_rect, smallest_frame
from lmd_desktop.domain.layout import MAX_PHRASE_LENGTH, Box, Rect
from lmd_desktop.domain.requests import MAX_SEED
from lmd_desktop.ui.canvas.caption_editor import phrase_validator
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.number_field import NumberField, Unit
from lmd_desktop.ui.text_fields import PromptLine
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING

STRENGTH_STEP = 0.05


class BoxFields(QWidget):
    """Acts on the one selected box; of several it shows the frame, which takes them along."""

    def __init__(self, session: Session, commands: BoxCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._strength_visit = 0
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.phrase = PromptLine("boxPhrase", self)
        self.phrase.setMaxLength(MAX_PHRASE_LENGTH)
        self.phrase.setValidator(phrase_validator(self.phrase))
        self.phrase.setAccessibleName(self.tr("What the box shows"))
        self.negative = PromptLine("boxNegative", self)
        self.negative.setAccessibleName(self.tr("What the box must not show"))
        self.negative.setPlaceholderText(self.tr("not in this box"))
        self.box_x = NumberField("boxX", self)
        self.box_y = NumberField("boxY", self)
        self.box_width = NumberField("boxWidth", self)
        self.box_height = NumberField("boxHeight", self)
        self.unit = QComboBox(self)
        self._set_up_unit()
        self.strength = QDoubleSpinBox(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.seed = PromptLine("boxSeed", self)
        self._set_up_strength_and_seed()
        self._fields = QWidget(self)
        self._set_up_layout()
        self._connect()
        session.scene_changed.connect(self.show_session)
        session.selection_changed.connect(self.show_session)
        self.show_session()

    def show_session(self) -> None:
        """Fill the fields from the selected box."""
        box = self._box()
        movable = self._movable()
        count = len(self._session.selection)
        self._fields.setEnabled(count > 0)
        for widget in (self.phrase, self.negative, self.strength, self.slider, self.seed):
            widget.setEnabled(box is not None)
        if count == 0:
            self.hint.setText(self.tr("Select a box to change its words, place and strength."))
        elif box is None:
            text = self.tr("%1 boxes are selected. The numbers are of the frame around those that are not locked.")
            self.hint.setText(text.replace("%1", str(count)))
        elif box.is_locked:
            self.hint.setText(self.tr("This box is locked. Unlock it to change its place."))
        self.hint.setVisible(box is None or box.is_locked)
        self._show_frame(movable if box is None else (box,), is_movable=bool(movable))
        self._show_box(box)

    def _show_frame(self, boxes: tuple[Box, ...], *, is_movable: bool) -> None:
        fields = (self.box_x, self.box_y, self.box_width, self.box_height)
        for field in fields:
            field.setEnabled(is_movable)
            if not boxes:
                field.show_nothing()
        if boxes:
            canvas = self._session.layout.canvas
            rects = [box.rect for box in boxes]
            frame, (narrowest, lowest) = bounding_rect(rects), smallest_frame(rects)
            for field, pixels, minimum, maximum, side in (
                (self.box_x, frame.x, 0, canvas.width - frame.width, canvas.width),
                (self.box_y, frame.y, 0, canvas.height - frame.height, canvas.height),
                (self.box_width, frame.width, narrowest, canvas.width - frame.x, canvas.width),
                (self.box_height, frame.height, lowest, canvas.height - frame.y, canvas.height),
            ):
                field.show_pixels(pixels, minimum=minimum, maximum=maximum, side=side, unit=self.unit.currentData())

    def _show_box(self, box: Box | None) -> None:
        self.phrase.show_text(box.phrase if box else "")
        self.negative.show_text(box.negative if box else "")
        strength = box.strength if box is not None else 1.0
        for widget in (self.strength, self.slider):
            widget.blockSignals(True)
        if self.strength.value() != strength:
            self.strength.setValue(strength)
        self.slider.setValue(round(strength / STRENGTH_STEP))
        for widget in (self.strength, self.slider):
            widget.blockSignals(False)
        self.seed.show_text("" if box is None or box.seed is None else str(box.seed))

    def _box(self) -> Box | None:
        selection = self._session.selection
        return self._session.layout.box(selection[0]) if len(selection) == 1 else None

    def _movable(self) -> tuple[Box, ...]:
        selection = self._session.selection
        return tuple(box for box in self._session.layout.boxes if box.id in selection and not box.is_locked)

    def _connect(self) -> None:
        self.phrase.typed.connect(self._rename)
        self.negative.typed.connect(self._set_negative)
        self.seed.typed.connect(self._set_seed)
        for field in (self.box_x, self.box_y, self.box_width, self.box_height):
            field.typed.connect(self._set_frame)
        self.unit.currentIndexChanged.connect(self._show_unit)
        self.strength.valueChanged.connect(self._set_strength)
        self.slider.valueChanged.connect(lambda steps: self._set_strength(steps * STRENGTH_STEP))
        self.strength.editingFinished.connect(self._end_strength_visit)
        self.slider.sliderReleased.connect(self._end_strength_visit)

    def _rename(self, text: str, key: str) -> None:
        box = self._box()
        if box is not None:
            self._commands.rename(box.id, text, merge=f"{key} {box.id}")

    def _set_negative(self, text: str, key: str) -> None:
        box = self._box()
        if box is not None:
            self._commands.set_negative(box.id, text, merge=f"{key} {box.id}")

    def _set_seed(self, text: str, key: str) -> None:
        box = self._box()
        if box is not None and (not text or self.seed.hasAcceptableInput()):
            self._commands.set_seed(box.id, int(text) if text else None, merge=f"{key} {box.id}")

    def _set_frame(self, pixels: int) -> None:
        boxes, field = self._movable(), self.sender()
        if boxes and isinstance(field, NumberField):
            frame: Rect = bounding_rect([box.rect for box in boxes])
            name = {self.box_x: "x", self.box_y: "y", self.box_width: "width", self.box_height: "height"}[field]
            box_ids = tuple(box.id for box in boxes)
            merge = f"{field.objectName()} {field.visit} {' '.join(box_ids)}"
            self._commands.set_frame(box_ids, replace(frame, **{name: pixels}), merge=merge)

    def _show_unit(self) -> None:
        self._name_numbers()
        self.show_session()

    def _set_strength(self, strength: float) -> None:
        box = self._box()
        if box is not None:
            merge = f"strength {self._strength_visit} {box.id}"
            self._commands.set_strength(box.id, round(strength, 2), merge=merge)

    def _end_strength_visit(self) -> None:
        self._strength_visit += 1

    def _set_up_unit(self) -> None:
        self.unit.setObjectName("boxUnit")
        self.unit.setAccessibleName(self.tr("Unit of the numbers"))
        self.unit.setToolTip(self.tr("Pixels, per cent of the canvas, or thousandths of it as Ideogram counts"))
        for text, unit in ((self.tr("px"), Unit.PIXELS), ("%", Unit.PER_CENT), ("0–1000", Unit.THOUSANDTHS)):
            self.unit.addItem(text, unit)
        self._name_numbers()

    def _name_numbers(self) -> None:
        """Names for screen readers and tool tips, with the unit."""
        names = {
            Unit.PIXELS: self.tr("{0} in pixels"),
            Unit.PER_CENT: self.tr("{0} in per cent of the canvas"),
            Unit.THOUSANDTHS: self.tr("{0} in thousandths of the canvas"),
        }
        for field, name in (
            (self.box_x, self.tr("Left edge")),
            (self.box_y, self.tr("Top edge")),
            (self.box_width, self.tr("Width")),
            (self.box_height, self.tr("Height")),
        ):
            text = names[self.unit.currentData()].format(name)
            field.setAccessibleName(text)
            field.setToolTip(text)

    def _set_up_strength_and_seed(self) -> None:
        self.strength.setObjectName("boxStrength")
        self.strength.setAccessibleName(self.tr("Strength"))
        self.strength.setRange(0.0, 2.0)
        self.strength.setSingleStep(STRENGTH_STEP)
        self.slider.setObjectName("boxStrengthSlider")
        self.slider.setAccessibleName(self.tr("Strength"))
        self.slider.setRange(0, round(2.0 / STRENGTH_STEP))
        self.slider.setPageStep(5)
        tip = self.tr("How strongly the thing is pulled into its box; 1 is normal")
        self.strength.setToolTip(tip)
        self.slider.setToolTip(tip)
        self.seed.setValidator(QIntValidator(0, MAX_SEED, self.seed))
        self.seed.setPlaceholderText(self.tr("automatic"))
        self.seed.setAccessibleName(self.tr("Seed of this box; empty means automatic"))
        self.seed.setToolTip(self.tr("The box's own seed. Left empty, it follows from the picture's seed."))

    def _set_up_layout(self) -> None:
        strength = QHBoxLayout()
        strength.setSpacing(SPACING)
        strength.addWidget(self.slider, 1)
        strength.addWidget(self.strength)
        grid = QGridLayout(self._fields)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(SMALL_SPACING)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for row, text, field in (
            (0, self.tr("Phrase"), self.phrase),
            (1, self.tr("Negative"), self.negative),
            (5, self.tr("Seed"), self.seed),
        ):
            grid.addWidget(_label(text, field), row, 0)
            grid.addWidget(field, row, 1, 1, 4)
        grid.addWidget(self.unit, 2, 4, 2, 1)
        for row, column, text, field in (
            (2, 0, self.tr("X"), self.box_x),
            (2, 2, self.tr("Y"), self.box_y),
            (3, 0, self.tr("W"), self.box_width),
            (3, 2, self.tr("H"), self.box_height),
        ):
            grid.addWidget(_label(text, field), row, column)
            grid.addWidget(field, row, column + 1)
        grid.addWidget(_label(self.tr("Strength"), self.slider), 4, 0)
        grid.addLayout(strength, 4, 1, 1, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_SPACING)
        layout.addWidget(self.hint)
        layout.addWidget(self._fields)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


def _label(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(buddy)
    return label
