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
from translatable import ROOT, fields, missing, texts, translation, unreadable

from lmd_desktop.domain.errors import UserError
from lmd_desktop.ui import translation as module
from lmd_desktop.ui.application import fill_scene
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.templates import Templates
from lmd_desktop.ui.translation import install_language, languages
from tests.lower_texts import lower_texts

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


def test_what_a_lower_layer_made_is_told_by_its_template() -> None:
    """Every template with something put in, also in another text: no other template may take it for its own."""
    chinese = translation(CHINESE)
    templates = Templates(chinese)
    wrong: list[tuple[str, str | None]] = []
    for text in lower_texts(ROOT / "lmd_desktop", ()):
        values = [f"{place}7" for place in range(10)]
        if "{0}" in text and len(re.findall("[A-Za-z]", text)) > 3:
            told = templates.told(_filled(text, values))
            if told != _filled(chinese[text], values):
                wrong.append((text, told))
    assert wrong == []


def test_texts_that_are_put_into_others_are_told_too() -> None:
    templates = Templates(translation(CHINESE))
    told = {
        "“a.lmdscene” cannot be opened: the file is cut off or damaged. Choose another file.": (
            "“a.lmdscene”无法打开：文件不完整或已损坏。请选择其他文件。"
        ),
        "“out of memory” was moved inside the canvas. (3 times)": "“out of memory”已移到画布内。（3 次）",
        "The planner crashed inside a native library. It is tried once more.": "规划器在原生库中崩溃。正在再试一次。",
    }
    assert {text: templates.told(text) for text in told} == told
    assert templates.told("Nobody wrote this sentence.") is None


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


def test_an_error_of_a_lower_layer_is_shown_in_chinese(
    speak: Callable[[str], str], make_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    speak(CHINESE)
    window = make_window()
    path = tmp_path / "broken.lmdscene"
    path.write_bytes(b"PK")
    with pytest.raises(UserError) as caught:
        window.workspace.document.open(path)
    window.errors.show_error(caught.value)
    dialog = window.findChild(ErrorDialog)
    assert dialog is not None
    shown = [label.text() for label in dialog.findChildren(QLabel) if label.objectName().startswith("error_")]
    assert shown == ["“broken.lmdscene”无法打开：文件不完整或已损坏。", "请检查它是否复制完整，或选择其他文件。"]
    # The report is for those who mend the program.
    assert "cannot be opened" in window.errors.report(window.errors.problems[0], has_texts=False)


def test_another_language_is_one_more_file(
    speak: Callable[[str], str], qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {"language": "Esperanto", "texts": {"Boxes": "Skatoloj"}}
    content["texts"] |= {"“{0}” cannot be read: {1}.": "Ne legebla: {0} ({1})", "it is a folder": "dosierujo"}
    (tmp_path / "eo.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(module, "translations_folder", lambda: tmp_path)
    assert languages()["eo"] == "Esperanto"
    assert speak("eo") == "eo"
    assert QWidget().tr("Boxes") == "Skatoloj"
    assert QWidget().tr("Render") == "Render"
    assert told("“a.png” cannot be read: it is a folder.") == "Ne legebla: a.png (dosierujo)"
    assert told("“a.png” is empty.") == "“a.png” is empty."
    assert speak("broken") == "en"


@pytest.mark.parametrize(
    ("wanted", "spoken"), [(["zh-Hans-CN", "zh-CN"], "zh_CN"), (["fr-FR", "fr"], "en"), (["fr", "zh_CN"], "zh_CN")]
)
def test_the_language_of_the_desktop_is_spoken_if_there_is_one(
    speak: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, wanted: list[str], spoken: str
) -> None:
    monkeypatch.setattr(QLocale, "uiLanguages", lambda _self: wanted)
    assert speak("system") == spoken


def _filled(template: str, values: list[str]) -> str:
    return re.sub(r"\{(\d)\}", lambda place: values[int(place[1])], template)
