"""The person's settings in this run: one value that is written to disk whenever it changes."""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage.settings_file import (
    Settings,
    load_settings,
    save_settings,
    with_model,
    with_place,
    with_recent_file,
)

NO_FILE = (0, 0)

log = logging.getLogger(__name__)


class AppSettings(QObject):
    """``changed`` follows every change; ``notes`` are what the person must hear about the settings file."""

    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._value, self.notes = load_settings(path)
        self._stamp = _stamp(path)

    @property
    def value(self) -> Settings:
        return self._value

    def change(self, value: Settings) -> None:
        if value == self._value:
            return
        self._value = self._with_others(value)
        try:
            save_settings(self._path, self._value)
        except UserError as error:
            # Settings are a comfort: a full disk must not keep anybody from working.
            log.warning("the settings could not be saved: %s", error)
        self._stamp = _stamp(self._path)
        self.changed.emit()

    def set(self, **changes: Any) -> None:
        """Change some of the settings by name; raises TypeError for a name that is none."""
        self.change(replace(self._value, **changes))

    def _with_others(self, value: Settings) -> Settings:
        """The changed value with what another window has written since this one read the file."""
        if _stamp(self._path) in (self._stamp, NO_FILE):
            return value
        theirs, _ = load_settings(self._path)
        changes = {
            field.name: getattr(value, field.name)
            for field in fields(Settings)
            if getattr(value, field.name) != getattr(self._value, field.name)
        }
        return replace(theirs, **changes)

    def remember_file(self, path: Path) -> tuple[Path, ...]:
        """The recent files with ``path`` first."""
        return with_recent_file(self._value.recent_files, path)

    def remember_place(self, screen: str, place: tuple[str, str]) -> None:
        """Geometry and panels of the window on a screen, as Qt saves them."""
        self.set(window_places=with_place(self._value.window_places, screen, place))

    def remember_model(self, path: Path) -> None:
        """One of the person's own models."""
        self.set(models=with_model(self._value.models, path))

    def forget_model(self, path: Path) -> None:
        self.set(models=tuple(other for other in self._value.models if other != path))


def _stamp(path: Path) -> tuple[int, int]:
    """Tells whether the file was written since; no file has a stamp of its own."""
    try:
        stat = path.stat()
    except OSError:
        return NO_FILE
    return stat.st_mtime_ns, stat.st_ino
