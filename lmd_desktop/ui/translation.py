"""The language of the window: one JSON file per language in resources/translations; what it lacks stays English."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from lmd_desktop.ui.table_words import TABLES
from lmd_desktop.ui.theme import icons_folder

if TYPE_CHECKING:
    from lmd_desktop.ui.templates import Templates

log = logging.getLogger(__name__)
ENGLISH = "en"
SYSTEM = "system"


class JsonTranslator(QTranslator):
    """``texts`` maps English to the other language, whichever widget asks; of finished texts their templates."""

    def __init__(self, texts: dict[str, str], parent: QCoreApplication) -> None:
        super().__init__(parent)
        self._texts = texts
        self._templates: Templates | None = None

    def isEmpty(self) -> bool:  # noqa: N802 - the name is Qt's
        return not self._texts

    def translate(self, context: str, source_text: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        text = self._texts.get(source_text)
        if text is not None or context != TABLES:
            return text
        if self._templates is None:
            from lmd_desktop.ui.templates import Templates

            self._templates = Templates(self._texts)
        return self._templates.told(source_text)


def languages() -> dict[str, str]:
    """Codes of the languages there are, with the names that they give themselves."""
    found = {ENGLISH: "English"}
    for path in sorted(translations_folder().glob("*.json")):
        found[path.stem] = str(_read(path).get("language", path.stem))
    return found


def install_language(application: QCoreApplication, language: str) -> str:
    """Speak a language from now on ("system": the desktop's, if there is a file of it); returns its code."""
    code = _code_of_system() if language == SYSTEM else language
    path = translations_folder() / f"{code}.json"
    if code == ENGLISH or not path.is_file():
        return ENGLISH
    texts = _read(path).get("texts")
    if not isinstance(texts, dict):
        return ENGLISH
    application.installTranslator(JsonTranslator({str(k): str(v) for k, v in texts.items()}, application))
    # The buttons of Qt's own dialogs.
    own = QTranslator(application)
    if own.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(own)
    QLocale.setDefault(QLocale(code))
    return code


def translations_folder() -> Path:
    return icons_folder().parent / "translations"


def _code_of_system() -> str:
    """The first of the desktop's languages that there is a file for: zh_CN before zh."""
    there = languages()
    for wanted in QLocale().uiLanguages():
        name = wanted.replace("-", "_")
        parts = name.split("_")
        # Qt names the script too: zh_Hans_CN.
        short = f"{parts[0]}_{parts[-1]}" if len(parts) > 1 else name
        match = next((code for code in (name, short, parts[0]) if code in there), None)
        if match is not None:
            return match
    return ENGLISH


def _read(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", path, error)
        return {}
    return value if isinstance(value, dict) else {}
