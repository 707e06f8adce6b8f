"""How the boxes become a picture: method, preset, steps, guidance, seed, canvas size, painter parts, and Render."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.foresight import Foresight
from lmd_desktop.app.painting_parts import PartsSettings
from lmd_desktop.app.rendering_job import Order, RenderingJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import clean_line
from lmd_desktop.domain.requests import MethodSpec, RenderRecord
from lmd_desktop.ui.canvas_size_field import CanvasSizeField
from lmd_desktop.ui.changed_only import ChangedOnly
from lmd_desktop.ui.fold import Fold
from lmd_desktop.ui.parameter_form import ParameterForm
from lmd_desktop.ui.parts_form import PartsForm
from lmd_desktop.ui.render_options import RenderOptions
from lmd_desktop.ui.seed_field import SeedField
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.wheel_guard import guard_wheel

MAX_STEPS = 200
MAX_GUIDANCE = 30.0


class RenderPanel(QWidget):
    """Draws the session's render settings and changes them; Render and Stop are told to the window."""

    render_asked = Signal()
    stop_asked = Signal()

    def __init__(
        self,
        session: Session,
        rendering: RenderingJobs,
        *,
        foresight: Foresight,
        parts: PartsSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._rendering = rendering
        self.options = RenderOptions(self)
        self.changed_only = ChangedOnly(session, foresight, self)
        self.parts = PartsForm(parts, parent=self)
        self._shown_form: MethodSpec | None = None
        self._is_showing = False
        self.setObjectName("render_panel")
        self._make_fields()
        self._lay_out()
        self._connect()
        self.show_methods()
        self._show_settings()
        self.show_rendering(False)

    def order(self) -> Order:
        """How many pictures Render paints, and whether with sheets of attention."""
        return self.options.order()

    def show_rendering(self, is_rendering: bool) -> None:
        self.stop_button.setEnabled(is_rendering)

    def show_methods(self) -> None:
        """What the renderer announced; before that the chosen method stands alone."""
        specs = self._rendering.methods
        self._is_showing = True
        self.method.clear()
        for spec in specs:
            self.method.addItem(told(spec.title), spec.name)
            self.method.setItemData(self.method.count() - 1, told(spec.summary), Qt.ItemDataRole.ToolTipRole)
        if not specs:
            self.method.addItem(self.tr("Starting the renderer…"), self._session.render_settings.method)
        self.method.setEnabled(bool(specs))
        self._is_showing = False
        self._shown_form = None
        self._show_settings()

    def show_device(self, text: str) -> None:
        self._device.setText(told(text))

    def show_picture(self, record: RenderRecord) -> None:
        self.seed.show_drawn(record.request.seed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Only now the fields have the fonts and margins of the style sheet: wide enough never to scroll sideways.
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(self._fields.minimumSizeHint().width() + bar)

    def _make_fields(self) -> None:
        self.method = QComboBox(self)
        self.method.setObjectName("method")
        self.method.setAccessibleName(self.tr("Method"))
        self.method.setMinimumContentsLength(10)
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setProperty("muted", True)
        self.steps = QSpinBox(self)
        self.steps.setObjectName("steps")
        self.steps.setAccessibleName(self.tr("Steps"))
        self.steps.setRange(1, MAX_STEPS)
        self.steps.setToolTip(self.tr("More steps take longer and often look better."))
        self.guidance = QDoubleSpinBox(self)
        self.guidance.setObjectName("guidance_scale")
        self.guidance.setAccessibleName(self.tr("Guidance scale"))
        self.guidance.setRange(0.0, MAX_GUIDANCE)
        self.guidance.setSingleStep(0.5)
        self.guidance.setDecimals(1)
        self.guidance.setToolTip(self.tr("How closely the picture follows the words."))
        self.seed = SeedField(self)
        self.canvas_size = CanvasSizeField(self._session, self)
        self.prompt = QLineEdit(self)
        self.prompt.setObjectName("prompt_override")
        self.prompt.setAccessibleName(self.tr("Overall prompt"))
        self.prompt.setPlaceholderText(self.tr("Made from the boxes and the background"))
        self.prompt.setToolTip(self.tr("The prompt for the whole picture, instead of the one made from the layout."))
        self._device = QLabel(self)
        self._device.setObjectName("device")
        self._device.setProperty("muted", True)
        self._device.setWordWrap(True)
        self.render_button = QPushButton(self.tr("Render"), self)
        self.render_button.setObjectName("render")
        self.render_button.setProperty("primary", True)
        self.render_button.setToolTip(self.tr("Paint a picture of these boxes (Ctrl+Enter)."))
        self.stop_button = QPushButton(self.tr("Stop"), self)
        self.stop_button.setObjectName("stop_rendering")
        self.stop_button.setProperty("beside", True)
        self.stop_button.setToolTip(self.tr("Stop painting (Shift+Esc)."))

    def _lay_out(self) -> None:
        self._form_place = QVBoxLayout()
        self._form_place.setContentsMargins(0, 0, 0, 0)
        more = QWidget(self)
        more_layout = QVBoxLayout(more)
        more_layout.setContentsMargins(0, 0, 0, 0)
        more_layout.addWidget(self.summary)
        sampler = QHBoxLayout()
        sampler.addWidget(QLabel(self.tr("Sampler"), more))
        sampler.addWidget(self.options.sampler, 1)
        more_layout.addLayout(sampler)
        more_layout.addLayout(self._form_place)
        more_layout.addWidget(QLabel(self.tr("Overall prompt"), more))
        more_layout.addWidget(self.prompt)
        more_layout.addWidget(self.options.explain)
        more_layout.addWidget(self.options.check)
        self.more = Fold(self.tr("More"), more, self)
        self.more.heading.setObjectName("more")
        self.painter_parts = Fold(self.tr("Painter parts"), self.parts, self)
        self.painter_parts.heading.setObjectName("painter_parts")
        inner = QWidget(self)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Method"), self.method)
        form.addRow(self.tr("Preset"), self.options.preset)
        numbers = QHBoxLayout()
        numbers.setSpacing(6)
        numbers.addWidget(self.steps, 1)
        numbers.addWidget(QLabel(self.tr("Guidance"), inner))
        numbers.addWidget(self.guidance, 1)
        form.addRow(self.tr("Steps"), numbers)
        seeds = QHBoxLayout()
        seeds.setSpacing(6)
        seeds.addWidget(self.seed, 1)
        seeds.addWidget(self.options.count)
        form.addRow(self.tr("Seed"), seeds)
        form.addRow(self.tr("Canvas"), self.canvas_size)
        inner_layout = QVBoxLayout(inner)
        inner_layout.setContentsMargins(8, 6, 8, 2)
        inner_layout.setSpacing(4)
        inner_layout.addLayout(form)
        inner_layout.addWidget(self.more)
        inner_layout.addWidget(self.painter_parts)
        inner_layout.addWidget(self._device)
        inner_layout.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("render_settings")
        scroll.setAccessibleName(self.tr("Render settings"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        guard_wheel(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll, self._fields = scroll, inner
        buttons = QGridLayout()
        buttons.setContentsMargins(8, 4, 8, 8)
        buttons.setSpacing(6)
        buttons.addWidget(self.changed_only.line, 0, 0, 1, 3)
        buttons.addWidget(self.render_button, 1, 0)
        buttons.addWidget(self.changed_only.button, 1, 1)
        buttons.addWidget(self.stop_button, 1, 2)
        buttons.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        for signal in (self.method.currentIndexChanged, self.steps.valueChanged, self.guidance.valueChanged):
            signal.connect(self._keep)
        self.seed.changed.connect(self._keep)
        self.prompt.editingFinished.connect(self._keep)
        self.render_button.clicked.connect(self.render_asked)
        self.stop_button.clicked.connect(self.stop_asked)
        self._session.render_settings_changed.connect(self._show_settings)
        self._rendering.methods_changed.connect(self.show_methods)
        self._rendering.model_loaded.connect(self._show_options)
        self.options.changed.connect(self._session.set_render_settings)
        self.painter_parts.heading.toggled.connect(self.parts.show_parts)

    def _keep(self) -> None:
        """Take over what the fields say."""
        if self._is_showing:
            return
        settings = self._session.render_settings
        method = str(self.method.currentData())
        form = self._form_place.itemAt(0)
        is_same = method == settings.method and form is not None
        widget = form.widget() if form is not None else None
        parameters = widget.values() if is_same and isinstance(widget, ParameterForm) else ()
        self._session.set_render_settings(
            replace(
                settings,
                method=method,
                parameters=parameters if is_same else (),
                num_inference_steps=self.steps.value(),
                guidance_scale=self.guidance.value(),
                seed=self.seed.seed(),
                prompt=clean_line(self.prompt.text()) or None,
            )
        )

    def _show_settings(self) -> None:
        settings = self._session.render_settings
        self._is_showing = True
        self.method.setCurrentIndex(max(self.method.findData(settings.method), 0))
        self.steps.setValue(settings.num_inference_steps)
        self.guidance.setValue(settings.guidance_scale)
        self.seed.show_seed(settings.seed)
        if self.prompt.text() != (settings.prompt or ""):
            self.prompt.setText(settings.prompt or "")
        self._is_showing = False
        self._show_form()

    def _show_form(self) -> None:
        """The form of the chosen method; rebuilt only when another method or other values are shown."""
        settings, spec = self._session.render_settings, self._spec()
        self._show_options()
        self.summary.setText(told(spec.summary) if spec else "")
        self.summary.setVisible(spec is not None)
        old_item = self._form_place.itemAt(0)
        old = old_item.widget() if old_item is not None else None
        if spec == self._shown_form and isinstance(old, ParameterForm) and old.values() == settings.parameters:
            return
        if old is not None:
            self._form_place.removeWidget(old)
            old.deleteLater()
        self._shown_form = spec
        if spec is not None:
            form = ParameterForm(spec.parameters, settings.parameters, self)
            guard_wheel(form)
            form.changed.connect(self._keep)
            self._form_place.addWidget(form)

    def _show_options(self) -> None:
        self.options.show_settings(self._session.render_settings, self._spec(), self._rendering.can)

    def _spec(self) -> MethodSpec | None:
        """Of the chosen method, once the renderer has announced it."""
        name = self._session.render_settings.method
        return next((spec for spec in self._rendering.methods if spec.name == name), None)
