"""The numbers and words of the selected box."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QIntValidator, QPalette
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import MAX_CANVAS, MAX_PHRASE_LENGTH, MIN_BOX, Box
from lmd_desktop.domain.requests import MAX_SEED
from lmd_desktop.ui.canvas.caption_editor import phrase_validator
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.text_fields import PromptLine
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING

STRENGTH_STEP = 0.05


class NumberField(QSpinBox):
    """Scene pixels. ``visit`` stays the same until the field is left: typing there is one undo step."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setRange(0, MAX_CANVAS)
        self.setAccelerated(True)
        self.visit = 0

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.visit += 1
        super().focusOutEvent(event)

    def show_value(self, value: int, *, minimum: int, maximum: int) -> None:
        """Show what the session holds; nothing is told to anybody."""
        was_blocked = self.blockSignals(True)
        self.setRange(minimum, maximum)
        if self.value() != value or not self.text():
            self.setValue(value)
        self.blockSignals(was_blocked)

    def show_nothing(self) -> None:
        was_blocked = self.blockSignals(True)
        self.clear()
        self.blockSignals(was_blocked)


class BoxFields(QWidget):
    """Acts on the one selected box; with none or several it is greyed and says why."""

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
        self.box_x = NumberField("boxX", self.tr("Left edge in pixels"), self)
        self.box_y = NumberField("boxY", self.tr("Top edge in pixels"), self)
        self.box_width = NumberField("boxWidth", self.tr("Width in pixels"), self)
        self.box_height = NumberField("boxHeight", self.tr("Height in pixels"), self)
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
        count = len(self._session.selection)
        self._fields.setEnabled(box is not None)
        if box is None and count == 0:
            self.hint.setText(self.tr("Select a box to change its words, place and strength."))
        elif box is None:
            text = self.tr("%1 boxes are selected. They can be locked, hidden, duplicated and deleted together.")
            self.hint.setText(text.replace("%1", str(count)))
        elif box.is_locked:
            self.hint.setText(self.tr("This box is locked. Unlock it to change its place."))
        self.hint.setVisible(box is None or box.is_locked)
        self._show_box(box)

    def _show_box(self, box: Box | None) -> None:
        canvas = self._session.layout.canvas
        self.phrase.show_text(box.phrase if box else "")
        self.negative.show_text(box.negative if box else "")
        if box is not None:
            rect = box.rect
            self.box_x.show_value(rect.x, minimum=0, maximum=canvas.width - rect.width)
            self.box_y.show_value(rect.y, minimum=0, maximum=canvas.height - rect.height)
            self.box_width.show_value(rect.width, minimum=MIN_BOX, maximum=canvas.width - rect.x)
            self.box_height.show_value(rect.height, minimum=MIN_BOX, maximum=canvas.height - rect.y)
        for field in (self.box_x, self.box_y, self.box_width, self.box_height):
            field.setEnabled(box is None or not box.is_locked)
            if box is None:
                field.show_nothing()
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

    def _connect(self) -> None:
        self.phrase.typed.connect(self._rename)
        self.negative.typed.connect(self._set_negative)
        self.seed.typed.connect(self._set_seed)
        for field in (self.box_x, self.box_y, self.box_width, self.box_height):
            field.valueChanged.connect(self._set_rect)
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

    def _set_rect(self) -> None:
        box, field = self._box(), self.sender()
        if box is not None and isinstance(field, NumberField):
            name = {self.box_x: "x", self.box_y: "y", self.box_width: "width", self.box_height: "height"}[field]
            merge = f"{field.objectName()} {field.visit} {box.id}"
            self._commands.set_rect(box.id, replace(box.rect, **{name: field.value()}), merge=merge)

    def _set_strength(self, strength: float) -> None:
        box = self._box()
        if box is not None:
            merge = f"strength {self._strength_visit} {box.id}"
            self._commands.set_strength(box.id, round(strength, 2), merge=merge)

    def _end_strength_visit(self) -> None:
        self._strength_visit += 1

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
            grid.addWidget(field, row, 1, 1, 3)
        for row, column, text, field in (
            (2, 0, self.tr("X"), self.box_x),
            (2, 2, self.tr("Y"), self.box_y),
            (3, 0, self.tr("Width"), self.box_width),
            (3, 2, self.tr("Height"), self.box_height),
        ):
            grid.addWidget(_label(text, field), row, column)
            grid.addWidget(field, row, column + 1)
        grid.addWidget(_label(self.tr("Strength"), self.slider), 4, 0)
        grid.addLayout(strength, 4, 1, 1, 3)
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
