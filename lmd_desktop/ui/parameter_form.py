"""A form for the parameters of one render method, built from what the renderer announced."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QSpinBox, QWidget

from lmd_desktop.domain.requests import Parameter, ParameterValue
from lmd_desktop.ui.table_words import told

Values = tuple[tuple[str, ParameterValue], ...]
FLOAT_STEPS = 20


class ParameterForm(QWidget):
    """``changed`` follows every change by hand. Values that are the method's defaults are left out."""

    changed = Signal()

    def __init__(self, parameters: tuple[Parameter, ...], values: Values, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: dict[str, tuple[Parameter, QWidget]] = {}
        self.setObjectName("parameter_form")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        known = dict(values)
        for parameter in parameters:
            field = self._field(parameter, known.get(parameter.name, parameter.default))
            self._fields[parameter.name] = (parameter, field)
            if isinstance(field, QCheckBox):
                form.addRow(field)
            else:
                form.addRow(told(parameter.title), field)
        if not parameters:
            form.addRow(QLabel(self.tr("This method has no settings of its own."), self))

    def values(self) -> Values:
        pairs = ((name, _value(field)) for name, (_, field) in self._fields.items())
        return tuple((name, value) for name, value in pairs if value != self._fields[name][0].default)

    def _field(self, parameter: Parameter, value: ParameterValue) -> QWidget:
        match parameter.kind:
            case "bool":
                field = QCheckBox(told(parameter.title), self)
                field.setChecked(bool(value))
                field.toggled.connect(self.changed)
            case "int":
                field = QSpinBox(self)
                field.setRange(int(parameter.minimum), int(parameter.maximum))
                field.setValue(int(value))
                field.valueChanged.connect(self.changed)
            case "float":
                field = QDoubleSpinBox(self)
                span = parameter.maximum - parameter.minimum
                field.setRange(parameter.minimum, parameter.maximum)
                field.setDecimals(2 if span >= 1 else 4)
                field.setSingleStep(0.05 if span <= 2 else span / FLOAT_STEPS)
                field.setValue(float(value))
                field.valueChanged.connect(self.changed)
            case "choice":
                field = QComboBox(self)
                field.addItems(list(parameter.choices))
                field.setCurrentText(str(value))
                field.currentTextChanged.connect(self.changed)
        field.setObjectName(f"parameter_{parameter.name}")
        field.setAccessibleName(told(parameter.title))
        field.setToolTip(told(parameter.summary))
        return field


def _value(field: QWidget) -> ParameterValue:
    if isinstance(field, QCheckBox):
        return field.isChecked()
    if isinstance(field, QSpinBox):
        return field.value()
    if isinstance(field, QDoubleSpinBox):
        return round(field.value(), field.decimals())
    if isinstance(field, QComboBox):
        return field.currentText()
    raise TypeError(f"{type(field).__name__} is not a parameter field")
