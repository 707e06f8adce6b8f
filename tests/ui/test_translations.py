"""The interface is complete in Chinese, and another language is one more file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialogButtonBox, QLabel, QWidget
from pytestqt.qtbot import QtBot
from translatable import fields, missing, texts, translation, unreadable

from lmd_desktop.ui import translation as module
from lmd_desktop.ui.application import fill_scene
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.translation import install_language, languages

CHINESE = "zh_CN"
HAN = re.compile(r"[\u4e00-\u9fff]")
# Names, units, and what the person or the planner wrote.
SAME_IN_CHINESE = re.compile(
    r"[\W\d]*|[XY]|px|LMD Desktop|GLIGEN|LoRA|VAE|.*[a-z]+ (car|cup)\b.*|cats|512.*|[A-Za-z+]+", re.DOTALL
)


def test_no_text_lacks_its_chinese() -> None:
    assert missing(CHINESE) == []


def test_no_text_is_left_over() -> None:
    assert sorted(set(translation(CHINESE)) - set(texts())) == []


def test_every_text_can_be_found_by_translators() -> None:
    assert unreadable() == []


def test_places_and_menu_letters_stay() -> None:
    wrong = [
        text
        for text, told in translation(CHINESE).items()
        if fields(text) != fields(told) or text.count("&") != told.count("&") or text.count("\n") != told.count("\n")
    ]
    assert wrong == []


@pytest.fixture
def speak(qapp: QApplication) -> Iterator[Callable[[str], str]]:
    """Install a language for this test alone."""
    before = set(qapp.findChildren(QTranslator))
    locale = QLocale()
    yield lambda code: install_language(qapp, code)
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    QLocale.setDefault(locale)


def test_the_window_speaks_chinese_throughout(
    speak: Callable[[str], str], make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    assert speak(CHINESE) == CHINESE
    window = make_window()
    fill_scene(window.workspace, None)
    window.around.show_welcome()
    window.around.show_settings()
    shown = [widget for widget in window.findChildren(QWidget) if widget.isVisible()]
    told = [widget.text() for widget in shown if isinstance(widget, QLabel | QAbstractButton)]
    told += [widget.accessibleName() for widget in shown] + [action.text() for action in window.menuBar().actions()]
    english = {text for text in told if text and not HAN.search(text) and not SAME_IN_CHINESE.fullmatch(text)}
    assert english == set()
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    assert HAN.search(box.button(QDialogButtonBox.StandardButton.Cancel).text())


def test_another_language_is_one_more_file(
    speak: Callable[[str], str], qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {"language": "Esperanto", "texts": {"Boxes": "Skatoloj"}}
    (tmp_path / "eo.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(module, "translations_folder", lambda: tmp_path)
    assert languages()["eo"] == "Esperanto"
    assert speak("eo") == "eo"
    assert QWidget().tr("Boxes") == "Skatoloj"
    assert QWidget().tr("Render") == "Render"
    assert speak("broken") == "en"


@pytest.mark.parametrize(
    ("wanted", "spoken"), [(["zh-Hans-CN", "zh-CN"], "zh_CN"), (["fr-FR", "fr"], "en"), (["fr", "zh_CN"], "zh_CN")]
)
def test_the_language_of_the_desktop_is_spoken_if_there_is_one(
    speak: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, wanted: list[str], spoken: str
) -> None:
    monkeypatch.setattr(QLocale, "uiLanguages", lambda _self: wanted)
    assert speak("system") == spoken
