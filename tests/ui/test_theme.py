"""Palettes that can be read, and icons that follow them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.layout import colour_for
from lmd_desktop.ui.canvas.painting import readable_on
from lmd_desktop.ui.picture_window import COLOURS, ON_COLOUR
from lmd_desktop.ui.result_delegate import BAD, GOOD, SHADE
from lmd_desktop.ui.theme import apply_theme, desk_colour, icon, icons_folder, is_dark, palette_of


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink(image: QImage) -> set[str]:
    points = [(x, y) for x in range(image.width()) for y in range(image.height())]
    return {image.pixelColor(x, y).name() for x, y in points if image.pixelColor(x, y).alpha() == 255}


# Every pair of a text and what it stands on, in panels, fields, lists, buttons, tool tips and the style sheet.
ON_WINDOW = ("WindowText", "PlaceholderText", "Link", "BrightText")
ON_BASE = ("Text", "PlaceholderText", "Link", "LinkVisited", "BrightText")
PAIRS = [
    *((text, "Window") for text in ON_WINDOW),
    *((text, "Base") for text in ON_BASE),
    *((text, "AlternateBase") for text in ON_BASE),
    ("WindowText", "Midlight"),
    ("PlaceholderText", "Midlight"),
    ("Link", "Midlight"),
    ("ButtonText", "Button"),
    ("PlaceholderText", "Button"),
    ("ToolTipText", "ToolTipBase"),
    ("HighlightedText", "Highlight"),
    ("HighlightedText", "Accent"),
]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "back"), PAIRS)
def test_text_can_be_read(dark: bool, text: str, back: str) -> None:
    palette, roles = palette_of(is_dark=dark), QPalette.ColorRole
    assert contrast(palette.color(roles[text]), palette.color(roles[back])) >= 4.5


# What cannot be used now is quieter, and must be read all the same.
DISABLED_PAIRS = [
    ("WindowText", "Window"),
    ("Text", "Base"),
    ("Text", "Window"),
    ("Text", "AlternateBase"),
    ("ButtonText", "Button"),
    ("ButtonText", "Window"),
    ("PlaceholderText", "Base"),
    ("PlaceholderText", "Window"),
    ("PlaceholderText", "Midlight"),
    ("HighlightedText", "Highlight"),
]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "back"), DISABLED_PAIRS)
def test_disabled_text_can_be_read(dark: bool, text: str, back: str) -> None:
    palette, roles, disabled = palette_of(is_dark=dark), QPalette.ColorRole, QPalette.ColorGroup.Disabled
    pair = palette.color(disabled, roles[text]), palette.color(disabled, roles[back])
    assert contrast(*pair) >= 4.5
    if text != "PlaceholderText" and back != "Highlight":
        assert contrast(*pair) < contrast(palette.color(roles[text]), palette.color(roles[back]))


@pytest.mark.parametrize("dark", [False, True])
def test_boxes_and_signs_on_pictures_can_be_read(dark: bool) -> None:
    """Numbers on every colour a box may have, names on their chip, and what lies shaded on a picture of any kind."""
    for number in range(1, 31):
        colour = QColor(colour_for(str(number)))
        assert contrast(readable_on(colour), colour) >= 4.5, colour.name()
    white_below = 255 * (1 - SHADE.alphaF())  # the brightest that the shade lets through
    shade = QColor(*(round(white_below),) * 3)
    for sign in (GOOD, BAD):
        assert contrast(sign, shade) >= 4.5, sign.name()
    for sign in COLOURS.values():
        assert contrast(ON_COLOUR, sign) >= 4.5, sign.name()
    assert (
        contrast(palette_of(is_dark=dark).color(QPalette.ColorRole.WindowText), desk_colour(palette_of(is_dark=dark)))
        >= 4.5
    )


def test_a_theme_can_be_changed_while_the_program_runs(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    assert is_dark(qapp.palette())
    apply_theme(qapp, "light")
    assert not is_dark(qapp.palette())
    assert qapp.style().name() == "fusion"


def test_icons_take_the_colour_of_the_palette(qtbot: QtBot, qapp: QApplication) -> None:
    lock = icon("lock")
    apply_theme(qapp, "dark")
    dark = ink(lock.pixmap(QSize(64, 64)).toImage())
    apply_theme(qapp, "light")
    light = ink(lock.pixmap(QSize(64, 64)).toImage())
    assert dark == {palette_of(is_dark=True).color(QPalette.ColorRole.ButtonText).name()}
    assert light == {palette_of(is_dark=False).color(QPalette.ColorRole.ButtonText).name()}


def test_icons_are_sharp_at_any_device_pixel_ratio(qtbot: QtBot) -> None:
    pixmap = icon("lock").pixmap(QSize(16, 16), 2.5)
    assert pixmap.size() == QSize(40, 40)
    assert pixmap.devicePixelRatio() == 2.5


@pytest.mark.parametrize("path", sorted(icons_folder().glob("*.svg")), ids=lambda path: path.stem)
def test_every_icon_can_be_drawn(qtbot: QtBot, path: Path) -> None:
    assert ink(icon(path.stem).pixmap(QSize(32, 32)).toImage())


def test_an_icon_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="no_such_icon"):
        icon("no_such_icon")


def test_a_changed_copy_of_an_icon_does_not_harm_the_original(qtbot: QtBot) -> None:
    original = icon("lock")
    for _ in range(50):
        copy = QIcon(original)
        copy.addPixmap(QPixmap(4, 4))
        del copy
    assert not original.pixmap(16, 16).isNull()
