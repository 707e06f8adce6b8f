"""The strip below the canvas: what is drawn over the picture, and how much of which picture is seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QToolButton, QWidget

from lmd_desktop.domain.scene_view import Fit
from lmd_desktop.ui.backdrop import Backdrop
from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.guide_menu import GuideMenu
from lmd_desktop.ui.overlays import Overlays
from lmd_desktop.ui.theme import icon
from lmd_desktop.ui.tool_buttons import action_button, menu_button

SHOWN = ("boxes", "labels", "rulers")
ICON_SIDE = 16
SLIDER_WIDTH, LEAST_SLIDER = 96, 36


class OverlayBar(QWidget):
    """Switches and sliders, all reachable by keyboard.

    ``show_picture`` is the window's switch of the picture, ``choose`` asks for the file of a backdrop.
    """

    def __init__(
        self,
        canvas: CanvasView,
        overlays: Overlays,
        backdrop: Backdrop,
        *,
        show_picture: QAction,
        choose: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("overlay_bar")
        self._overlays = overlays
        self.compare = self._switch("compare_before", "compare", self.tr("Compare With the Picture Before"))
        self.attention = self._switch("show_attention", "attention", self.tr("Show Where the Painter Looked"))
        self.opacity = self._slider("picture_opacity", self.tr("How solid the picture is"), 100)
        self.split = self._slider("split", self.tr("How much of the picture before is seen"), 50)
        self.reference_opacity = self._slider("backdrop_opacity", self.tr("How solid the backdrop is"), 50)
        self.reference = self._reference_button(choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.setSpacing(2)
        for name in SHOWN:
            row.addWidget(self._button(canvas.actions_by_name[name]))
        row.addSpacing(8)
        show_picture.setIcon(icon("picture"))
        row.addWidget(self._button(show_picture))
        for widget in (self.opacity, self._button(self.compare), self.split, self._button(self.attention)):
            row.addWidget(widget)
        row.addSpacing(8)
        self.guides = GuideMenu(overlays, self)
        title = self.tr("Guide lines")
        row.addWidget(menu_button(self.guides, "guide_lines", ICON_SIDE, self, icon_name="thirds", title=title))
        row.addWidget(self.reference)
        row.addWidget(self.reference_opacity)
        row.addStretch(1)
        self.compare.toggled.connect(overlays.set_compared)
        self.attention.toggled.connect(overlays.set_attention)
        self.opacity.valueChanged.connect(lambda value: backdrop.set_opacity(value / 100))
        self.split.valueChanged.connect(lambda value: canvas.set_split(value / 100))
        self.reference_opacity.valueChanged.connect(lambda value: overlays.set_reference_opacity(value / 100))
        canvas.split_moved.connect(self._show_split)
        overlays.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        overlays = self._overlays
        self.compare.setEnabled(overlays.can_compare)
        self.split.setVisible(overlays.is_compared and overlays.can_compare)
        has_reference = overlays.reference is not None
        self.reference_opacity.setVisible(has_reference)
        self._follow(self.reference_opacity, round(overlays.view.opacity * 100))
        for action in self.reference.menu().actions()[1:]:
            action.setEnabled(has_reference)
        self._fits[overlays.view.fit].setChecked(True)
        self.attention.setChecked(overlays.shows_attention)
        if overlays.shows_attention and not overlays.has_attention:
            tip = self.tr("This picture was painted without it; render again.")
        else:
            tip = self.tr("Of the selected boxes, or of all; pictures are painted with it while this is on.")
        self.attention.setToolTip(f"{self.attention.text()}. {tip}")

    def _show_split(self, share: float) -> None:
        self._follow(self.split, round(share * 100))

    def _follow(self, slider: QSlider, value: int) -> None:
        was_blocked = slider.blockSignals(True)
        slider.setValue(value)
        slider.blockSignals(was_blocked)

    def _switch(self, name: str, icon_name: str, text: str) -> QAction:
        action = QAction(icon(icon_name), text, self)
        action.setObjectName(name)
        action.setCheckable(True)
        return action

    def _reference_button(self, choose: Callable[[], None]) -> QToolButton:
        overlays = self._overlays
        menu = QMenu(self)
        menu.addAction(self.tr("Choose a Backdrop…")).triggered.connect(lambda: choose())
        menu.addAction(self.tr("Remove the Backdrop")).triggered.connect(lambda: overlays.remove_reference())
        group = QActionGroup(menu)
        fits: tuple[tuple[Fit, str], ...] = (
            ("fit", self.tr("Whole in the Canvas")),
            ("fill", self.tr("Fill the Canvas")),
            ("stretch", self.tr("Stretch to the Canvas")),
        )
        self._fits: dict[Fit, QAction] = {}
        for fit, text in fits:
            action = menu.addAction(text)
            action.setCheckable(True)
            self._fits[fit] = action
            action.triggered.connect(partial(self._fit_reference, fit))
            group.addAction(action)
        title = self.tr("Backdrop")
        button = menu_button(menu, "backdrop", ICON_SIDE, self, icon_name="backdrop", title=title)
        button.setToolTip(self.tr("A picture of your own to draw boxes upon"))
        return button

    def _fit_reference(self, fit: Fit, _checked: bool = False) -> None:
        self._overlays.set_reference_fit(fit)

    def _slider(self, name: str, text: str, value: int) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setObjectName(name)
        slider.setRange(0, 100)
        slider.setPageStep(10)
        slider.setValue(value)
        slider.setMinimumWidth(LEAST_SLIDER)
        slider.setMaximumWidth(SLIDER_WIDTH)
        slider.setAccessibleName(text)
        slider.setToolTip(text)
        return slider

    def _button(self, action: QAction) -> QToolButton:
        return action_button(action, ICON_SIDE, self)
