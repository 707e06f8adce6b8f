"""Theme and motion follow the settings while the program runs."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from lmd_desktop.app.settings import AppSettings
from lmd_desktop.ui.theme import Theme, apply_theme

EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)


class Appearance(QObject):
    """Of one window; the theme was applied before the window was made."""

    def __init__(self, settings: AppSettings, window: QMainWindow) -> None:
        super().__init__(window)
        self._settings = settings
        self._window = window
        self._theme = settings.value.theme
        self._has_less_motion = False
        settings.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        application, value = QApplication.instance(), self._settings.value
        if not isinstance(application, QApplication):
            return
        if value.theme != self._theme:
            self._theme = value.theme
            apply_theme(application, cast(Theme, value.theme))
        if value.has_less_motion != self._has_less_motion:
            self._has_less_motion = value.has_less_motion
            set_motion(application, self._window, is_less=value.has_less_motion)


def set_motion(application: QApplication, window: QMainWindow, *, is_less: bool) -> None:
    """With less motion panels jump to their places, menus appear at once and the text cursor does not blink."""
    window.setAnimated(not is_less)
    for effect in EFFECTS:
        application.setEffectEnabled(effect, not is_less)
    hints = application.styleHints()
    # Qt's own default when motion is wanted again; the desktop's is not kept by anybody.
    hints.setCursorFlashTime(0 if is_less else 1000)
