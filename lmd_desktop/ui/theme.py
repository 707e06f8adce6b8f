"""How the program looks: Fusion with own calm light and dark palettes, and line icons that follow them at any scale."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLabel

from lmd_desktop.domain.bundled import bundled_root

log = logging.getLogger(__name__)

Theme = Literal["system", "light", "dark"]

SPACING = 8  # logical pixels between things; half of it within one thing
SMALL_SPACING = 4
ICON_COLOUR = "#000000"  # what every file in resources/icons is drawn with

LIGHT_COLOURS: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "#f0f1f3",
    QPalette.ColorRole.WindowText: "#1d2126",
    QPalette.ColorRole.Base: "#ffffff",
    QPalette.ColorRole.AlternateBase: "#f6f7f8",
    QPalette.ColorRole.Text: "#1d2126",
    QPalette.ColorRole.PlaceholderText: "#5f6873",
    QPalette.ColorRole.Button: "#f7f8f9",
    QPalette.ColorRole.ButtonText: "#1d2126",
    QPalette.ColorRole.BrightText: "#b3261e",
    QPalette.ColorRole.ToolTipBase: "#ffffff",
    QPalette.ColorRole.ToolTipText: "#1d2126",
    QPalette.ColorRole.Light: "#ffffff",
    QPalette.ColorRole.Midlight: "#e6e8eb",
    QPalette.ColorRole.Mid: "#c3c8cf",
    QPalette.ColorRole.Dark: "#a2a9b3",
    QPalette.ColorRole.Shadow: "#6b7480",
    QPalette.ColorRole.Highlight: "#2f6fb7",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: "#1f5fa8",
    QPalette.ColorRole.LinkVisited: "#6a4fa0",
    QPalette.ColorRole.Accent: "#2f6fb7",
}
DARK_COLOURS: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "#26292e",
    QPalette.ColorRole.WindowText: "#dfe3e8",
    QPalette.ColorRole.Base: "#1c1e22",
    QPalette.ColorRole.AlternateBase: "#222529",
    QPalette.ColorRole.Text: "#dfe3e8",
    QPalette.ColorRole.PlaceholderText: "#a9b2bc",
    QPalette.ColorRole.Button: "#32363c",
    QPalette.ColorRole.ButtonText: "#dfe3e8",
    QPalette.ColorRole.BrightText: "#ff8a80",
    QPalette.ColorRole.ToolTipBase: "#363b42",
    QPalette.ColorRole.ToolTipText: "#eef1f4",
    QPalette.ColorRole.Light: "#4a5059",
    QPalette.ColorRole.Midlight: "#3d4249",
    QPalette.ColorRole.Mid: "#17191c",
    QPalette.ColorRole.Dark: "#141619",
    QPalette.ColorRole.Shadow: "#0b0c0e",
    QPalette.ColorRole.Highlight: "#3473b8",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: "#7db4ee",
    QPalette.ColorRole.LinkVisited: "#b9a3e3",
    QPalette.ColorRole.Accent: "#3473b8",
}
TEXT_ROLES = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
)
# Quieter than text that can be used, and still read without effort.
DISABLED_TEXT = {"light": "#646d77", "dark": "#98a1ab"}
DISABLED_ICON_SHARE = 0.6  # of that colour; the rest is of the button: a shape needs less contrast than a text
DISABLED_HIGHLIGHT = {"light": "#c3c8cf", "dark": "#4a5059"}

# Attributes of the application object: whether it has its style already, and what follows the desktop. Asking
# ``app.style()`` or looking through its children would make all of QStyle in Python: 10 ms of the start.
IS_FUSION, FOLLOWER = "is_fusion", "theme_follower"


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Fusion with the palette of the theme; "system" follows the desktop from now on."""
    hints = app.styleHints()
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}
    # Title bars and native dialogs follow this; offscreen it may do nothing, so the palette never depends on it.
    hints.setColorScheme(schemes[theme])
    if not getattr(app, IS_FUSION, False):
        app.setStyle("Fusion")
        setattr(app, IS_FUSION, True)
    follower = getattr(app, FOLLOWER, None) or _Follower(app)
    setattr(app, FOLLOWER, follower)
    follower.follow(theme)


def palette_of(*, is_dark: bool) -> QPalette:
    """Every colour role of the light or the dark palette, disabled ones too."""
    palette = QPalette()
    for role, colour in (DARK_COLOURS if is_dark else LIGHT_COLOURS).items():
        palette.setColor(role, QColor(colour))
    name = "dark" if is_dark else "light"
    for role in TEXT_ROLES:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(DISABLED_TEXT[name]))
    for role in (QPalette.ColorRole.Highlight, QPalette.ColorRole.Accent):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(DISABLED_HIGHLIGHT[name]))
    on_highlight = palette.color(QPalette.ColorRole.WindowText)
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.HighlightedText, on_highlight)
    return palette


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than what it stands on."""
    return (
        palette.color(QPalette.ColorRole.WindowText).lightness() > palette.color(QPalette.ColorRole.Window).lightness()
    )


def desk_colour(palette: QPalette) -> QColor:
    """What lies around the paper of the canvas: quieter than the panels."""
    return palette.color(QPalette.ColorRole.Window).darker(118 if is_dark(palette) else 106)


def heading(text: str) -> QLabel:
    """The title of a section of a panel."""
    label = QLabel(text)
    font = label.font()
    font.setWeight(font.Weight.DemiBold)
    label.setFont(font)
    return label


def icon(name: str) -> QIcon:
    """A line icon in the colour of button texts; it follows the palette and any device pixel ratio by itself."""
    return QIcon(_LineIcon(_icon_path(name)))


def icon_pixmap(name: str, size: int, *, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """An icon as a picture of ``size`` logical pixels, for hand-painted widgets."""
    return _painted(_read_icon(_icon_path(name)), QSize(round(size * ratio), round(size * ratio)), colour, ratio)


@cache
def icons_folder() -> Path:
    """Where the SVG files lie."""
    return bundled_root() / "resources" / "icons"


class _Follower(QObject):
    """Sets the palette, and sets it again when the desktop turns light or dark."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._theme: Theme = "system"
        app.styleHints().colorSchemeChanged.connect(self._update)

    def follow(self, theme: Theme) -> None:
        self._theme = theme
        self._update()

    def _update(self) -> None:
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark if self._theme == "system" else None
        self._app.setPalette(palette_of(is_dark=self._theme == "dark" if dark is None else dark))
        for window in self._app.topLevelWidgets():
            if window.styleSheet():
                # Below a style sheet Qt does not always hand a new palette down; setting the sheet again does.
                window.setStyleSheet(window.styleSheet())
        log.info("theme %s, dark %s", self._theme, dark)


class _LineIcon(QIconEngine):
    """Draws one SVG in the palette's colour for the asked mode; no picture is kept, so a new palette shows at once."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def clone(self) -> QIconEngine:
        import ctypes

        copy = _LineIcon(self._path)
        # Qt owns a clone and deletes it, but PySide keeps thinking that Python does and would delete it too.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(copy))
        return copy

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        renderer = QSvgRenderer(QByteArray(_coloured(_read_icon(self._path), _mode_colour(mode)).encode("utf-8")))
        side = min(rect.width(), rect.height())
        target = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        renderer.render(painter, target)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _painted(_read_icon(self._path), size, _mode_colour(mode), 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: N802
        return _painted(_read_icon(self._path), size * scale, _mode_colour(mode), scale)


@cache
def _icon_path(name: str) -> Path:
    path = icons_folder() / f"{name}.svg"
    if not path.is_file():
        raise ValueError(f"there is no icon {name!r} in {path.parent}")
    return path


@cache
def _read_icon(path: Path) -> str:
    """Only when it is first drawn: most icons are in menus that nobody has opened."""
    return path.read_text(encoding="utf-8")


def _mode_colour(mode: QIcon.Mode) -> QColor:
    palette = QGuiApplication.palette()
    if mode == QIcon.Mode.Disabled:
        text = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        return _mixed(text, palette.color(QPalette.ColorRole.Button), DISABLED_ICON_SHARE)
    if mode == QIcon.Mode.Selected:
        return palette.color(QPalette.ColorRole.HighlightedText)
    return palette.color(QPalette.ColorRole.ButtonText)


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    """``share`` of the first colour, the rest of the second."""
    pairs = zip(_parts(first), _parts(second), strict=True)
    return QColor.fromRgbF(*(share * one + (1 - share) * other for one, other in pairs))


def _parts(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def _coloured(source: str, colour: QColor) -> str:
    return source.replace(ICON_COLOUR, colour.name())


def _painted(source: str, size: QSize, colour: QColor, ratio: float) -> QPixmap:
    """``size`` is in device pixels."""
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(_coloured(source, colour).encode("utf-8"))).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
