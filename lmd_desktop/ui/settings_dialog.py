"""The settings page: made from the table of settings, every change is applied at once."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.settings import AppSettings
from lmd_desktop.ui.settings_table import Setting
from lmd_desktop.ui.theme import SPACING, heading


class SettingsDialog(QDialog):
    """``at_start`` are the values of settings that need a restart, as the program was started with them."""

    restart_asked = Signal()

    def __init__(
        self,
        settings: AppSettings,
        table: tuple[Setting, ...],
        at_start: dict[str, object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._table = table
        self._at_start = at_start
        self.fields: dict[str, QComboBox | QCheckBox] = {}
        self.setObjectName("settings_dialog")
        self.setWindowTitle(self.tr("Settings"))
        self.restart = QPushButton(self.tr("Restart now"), self)
        self.restart.setObjectName("restart_now")
        self.restart.clicked.connect(self.restart_asked)
        self._note = QLabel(self.tr("The change is used from the next start on."), self)
        self._note.setWordWrap(True)
        self._lay_out()
        settings.changed.connect(self._show)
        self._show()
        self.setMinimumWidth(440)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        for group in dict.fromkeys(setting.group for setting in self._table):
            layout.addWidget(heading(group))
            form = QFormLayout()
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            for setting in self._table:
                if setting.group == group:
                    self._add_row(form, setting)
            layout.addLayout(form)
            layout.addSpacing(SPACING)
        row = QHBoxLayout()
        row.addWidget(self._note, 1)
        row.addWidget(self.restart)
        layout.addLayout(row)
        layout.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def _add_row(self, form: QFormLayout, setting: Setting) -> None:
        if setting.choices:
            field = QComboBox(self)
            for value, text in setting.choices:
                field.addItem(text, value)
            field.activated.connect(lambda row, setting=setting: self._take(setting, setting.choices[row][0]))
            label = QLabel(setting.text, self)
            label.setBuddy(field)
            form.addRow(label, field)
        else:
            field = QCheckBox(setting.text, self)
            field.clicked.connect(lambda is_on, setting=setting: self._take(setting, is_on))
            form.addRow(field)
        field.setObjectName(f"setting_{setting.name}")
        field.setAccessibleName(setting.text)
        field.setAccessibleDescription(setting.tip)
        field.setToolTip(setting.tip)
        self.fields[setting.name] = field

    def _take(self, setting: Setting, value: object) -> None:
        self._settings.set(**{setting.name: value})

    def _show(self) -> None:
        for setting in self._table:
            value, field = getattr(self._settings.value, setting.name), self.fields[setting.name]
            if isinstance(field, QCheckBox):
                field.setChecked(bool(value))
            else:
                values = [choice for choice, _ in setting.choices]
                field.setCurrentIndex(values.index(value) if value in values else -1)
        waits = any(getattr(self._settings.value, name) != value for name, value in self._at_start.items())
        self._note.setVisible(waits)
        self.restart.setVisible(waits)
