"""Writes unsaved work to the side file every few seconds, and takes the side file away once the work is safe."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from lmd_desktop.app.document import Document
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lmd_desktop.storage.autosave import Autosave

log = logging.getLogger(__name__)
INTERVAL_S = 4.0


class AutosaveTimer(QObject):
    """``autosaved`` follows every write; ``failed`` carries a UserError, once until a write succeeds again."""

    autosaved = Signal()
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        document: Document,
        *,
        open_autosave: Callable[[], Autosave],
        interval_s: float = INTERVAL_S,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._open_autosave = open_autosave
        self._autosave: Autosave | None = None
        self._has_changed = False
        self._has_failed = False
        self._last: float | None = None
        # The timer runs only while something waits to be written: no wake-ups on an idle machine.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(interval_s * 1000))
        self._timer.timeout.connect(self.write)
        session.scene_changed.connect(self._note_change)
        session.renders_changed.connect(self._note_change)
        session.render_settings_changed.connect(self._note_change)
        document.changed.connect(self._on_document)

    @property
    def seconds_ago(self) -> float | None:
        """When unsaved work was last written to the side file; None if there is none to write."""
        return None if self._last is None else time.monotonic() - self._last

    def write(self) -> None:
        """Write now if there is unsaved work that the side file does not hold."""
        self._timer.stop()
        if not self._has_changed or not self._document.is_dirty:
            return
        if self._autosave is None:
            self._autosave = self._open_autosave()
        self._has_changed = False
        try:
            self._autosave.write(self._document.content(), self._document.path)
        except UserError as error:
            log.warning("autosave failed: %s", error)
            self._has_changed = True
            self._timer.start()
            if not self._has_failed:
                self._has_failed = True
                self.failed.emit(error)
            return
        self._has_failed = False
        self._last = time.monotonic()
        self.autosaved.emit()

    def discard(self) -> None:
        """The work is saved, or the person gave it up."""
        self._timer.stop()
        self._has_changed = False
        self._last = None
        if self._autosave is not None:
            self._autosave.discard()
            self._autosave = None

    def _note_change(self) -> None:
        self._has_changed = True
        if not self._timer.isActive():
            self._timer.start()

    def _on_document(self) -> None:
        if not self._document.is_dirty:
            self.discard()
