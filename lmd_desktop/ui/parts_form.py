"""What is put into the painter beside its own weights, and who judges: files chosen, weighted and taken out again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.painting_parts import PartsSettings
from lmd_desktop.ui.theme import SMALL_SPACING, icon
from lmd_desktop.ui.wheel_guard import guard_wheel

if TYPE_CHECKING:
    from lmd_desktop.domain.painter import Lora, PainterParts

MOST_WEIGHT = 2.0
Chooser = Callable[[QWidget, str, bool], Path | None]


def choose_with_dialog(parent: QWidget, title: str, is_folder: bool) -> Path | None:
    """Ask for a weights file or a folder with the desktop's own dialog."""
    from PySide6.QtWidgets import QFileDialog  # not for the start

    if is_folder:
        chosen = QFileDialog.getExistingDirectory(parent, title)
    else:
        chosen, _ = QFileDialog.getOpenFileName(parent, title, "", "Safetensors (*.safetensors);;* (*)")
    return Path(chosen) if chosen else None


class PartsForm(QWidget):
    """Draws the parts of the settings and changes them; the next picture is painted with them."""

    changed = Signal()

    def __init__(
        self, parts: PartsSettings, choose: Chooser = choose_with_dialog, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._parts = parts
        self._choose = choose
        self.setObjectName("parts_form")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SMALL_SPACING)
        parts.changed.connect(self._show)
        self._rows: list[QWidget] = []

    def show_parts(self) -> None:
        """Read them when they are first looked at: a window that starts needs no file more."""
        self._show()

    def _show(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        value = self._parts.value
        painter, refinement = value.painter, value.painter.refinement
        self._rows = [
            self._row(self.tr("VAE"), "vae", painter.vae, lambda path: self._set(replace(painter, vae=path))),
            *(self._lora_row(place, lora) for place, lora in enumerate(painter.loras)),
            self._row(self.tr("LoRA"), "lora", None, self._add_lora),
            self._row(self.tr("GLIGEN"), "gligen", painter.gligen, lambda p: self._set(replace(painter, gligen=p))),
            self._row(
                self.tr("Refiner"),
                "refiner",
                refinement.path if refinement else None,
                lambda path: self._set(_refined(painter, path)),
                amount=refinement.strength if refinement else None,
                on_amount=self._set_strength,
                range_of=(0.05, 1.0),
            ),
            self._row(
                self.tr("Segmenter"),
                "segmenter",
                painter.segmenter,
                lambda path: self._set(replace(painter, segmenter=path)),
                is_folder=True,
            ),
            self._row(
                self.tr("Judge"),
                "judge",
                value.judge,
                lambda path: self._parts.change(replace(value, judge=path)),
                is_folder=True,
                nothing=self.tr("that of the app"),
            ),
        ]
        for row in self._rows:
            self._column.addWidget(row)
        guard_wheel(self)

    def _row(
        self,
        title: str,
        name: str,
        path: Path | None,
        take: Callable[[Path | None], None],
        *,
        amount: float | None = None,
        on_amount: Callable[[float], None] | None = None,
        range_of: tuple[float, float] = (-MOST_WEIGHT, MOST_WEIGHT),
        is_folder: bool = False,
        nothing: str = "",
    ) -> QWidget:
        widget = QWidget(self)
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING)
        label = QLabel(title, widget)
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance(self.tr("Segmenter")) + SMALL_SPACING)
        row.addWidget(label)
        shown = QLabel(path.name if path is not None else nothing or self.tr("none"), widget)
        shown.setToolTip(str(path or ""))
        shown.setEnabled(path is not None)
        shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(shown, 1)
        if amount is not None and on_amount is not None:
            field = QDoubleSpinBox(widget)
            field.setObjectName(f"{name}_amount")
            field.setAccessibleName(self.tr("How much of {0}").format(title))
            field.setRange(*range_of)
            field.setSingleStep(0.05)
            field.setValue(amount)
            # Told once it is finished: each change loads the painter anew.
            field.setKeyboardTracking(False)
            field.valueChanged.connect(on_amount)
            row.addWidget(field)
        if path is None:
            choose = self._button(widget, f"choose_{name}", self.tr("Choose {0}").format(title), "folder")
            choose.clicked.connect(lambda: self._ask(title, take, is_folder=is_folder))
            row.addWidget(choose)
        else:
            remove = self._button(widget, f"remove_{name}", self.tr("Take {0} out").format(title), "remove")
            remove.clicked.connect(lambda: take(None))
            row.addWidget(remove)
        return widget

    def _lora_row(self, place: int, lora: Lora) -> QWidget:
        painter = self._parts.value.painter

        def with_lora(changed: Lora | None) -> PainterParts:
            others = (*painter.loras[:place], *((changed,) if changed else ()), *painter.loras[place + 1 :])
            return replace(painter, loras=others)

        return self._row(
            self.tr("LoRA"),
            f"lora_{place}",
            lora.path,
            lambda path: self._set(with_lora(_lora(path) if path else None)),
            amount=lora.weight,
            on_amount=lambda weight: self._set(with_lora(replace(lora, weight=round(weight, 2)))),
        )

    def _add_lora(self, path: Path | None) -> None:
        painter = self._parts.value.painter
        if path is not None:
            self._set(replace(painter, loras=(*painter.loras, _lora(path))))

    def _set_strength(self, strength: float) -> None:
        painter = self._parts.value.painter
        if painter.refinement is not None:
            refinement = replace(painter.refinement, strength=round(strength, 2))
            self._set(replace(painter, refinement=refinement))

    def _set(self, painter: PainterParts) -> None:
        self._parts.change(replace(self._parts.value, painter=painter))
        self.changed.emit()

    def _ask(self, title: str, take: Callable[[Path | None], None], *, is_folder: bool) -> None:
        path = self._choose(self, self.tr("Choose {0}").format(title), is_folder)
        if path is not None:
            take(_whole(path))

    def _button(self, parent: QWidget, name: str, text: str, icon_name: str) -> QToolButton:
        button = QToolButton(parent)
        button.setObjectName(name)
        button.setIcon(icon(icon_name))
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button


def _whole(path: Path) -> Path:
    """The folder, if a weights file was chosen that is only a part of what diffusers saves as one."""
    return path.parent if (path.parent / "config.json").is_file() and path.suffix == ".safetensors" else path


# The window starts without these classes: painter parts are few people's first thought.


def _lora(path: Path) -> Lora:
    from lmd_desktop.domain.painter import Lora

    return Lora(path)


def _refined(painter: PainterParts, path: Path | None) -> PainterParts:
    from lmd_desktop.domain.painter import Refinement

    return replace(painter, refinement=Refinement(path) if path else None)
