"""Hands every change of the scene to the journal at once, and tells it when the work is safe in the person's file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from lmd_desktop.app.document import Document
from lmd_desktop.app.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from lmd_desktop.domain.errors import UserError
    from lmd_desktop.storage.journal_thread import JournalThread

FLUSH_S = 10.0


class JournalKeeper(QObject):
    """``written`` follows every sync to the disk; ``failed`` carries a UserError, once until a write succeeds again."""

    written = Signal()
    failed = Signal(object)
    _synced_there = Signal()
    _failed_there = Signal(object)

    def __init__(self, session: Session, document: Document, *, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._folder = folder
        self._thread: JournalThread | None = None
        self._is_begun = False
        self._has_failed = False
        self._last: float | None = None
        # At once, not once the event loop is idle: a busy window may not be idle for long. The index of the undo stack
        # follows the scene, and by then the document knows whether it is dirty.
        for changed in (session.undo_stack.indexChanged, session.renders_changed, session.render_settings_changed):
            changed.connect(self._hand_over)
        # Also after a verified save: the journal goes on with a line that says so. Another file for the next edit would
        # have to wait for a busy disk.
        document.changed.connect(self._hand_over)
        document.opened.connect(self._begin_anew)
        # The threads are Python's own: Qt does not always see that they are other ones.
        self._synced_there.connect(self._on_synced, Qt.ConnectionType.QueuedConnection)
        self._failed_there.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)

    @property
    def seconds_ago(self) -> float | None:
        """When unsaved work last reached the disk; None if there is none."""
        return None if self._last is None else time.monotonic() - self._last

    def flush(self) -> bool:
        """Wait until all changes are on disk; False if they are not."""
        return self._thread is not None and self._thread.flush(FLUSH_S)

    def discard(self) -> None:
        """The person gave the work up, or all of it is saved."""
        self._is_begun = False
        self._last = None
        if self._thread is not None:
            self._thread.clear()

    def close(self) -> None:
        """End the thread. What was not discarded stays for the next start."""
        if self._thread is not None:
            self._thread.close(FLUSH_S)
            self._thread = None

    def _hand_over(self) -> None:
        is_dirty = self._document.is_dirty
        if self._document.is_switching or not (is_dirty or self._is_begun):
            return
        # Only now: a window that starts with nothing unsaved does not wait for it.
        from lmd_desktop.storage.journal_thread import Change

        if not is_dirty:
            self._last = None
        self._is_begun = True
        change = Change(self._document.present(), self._document.path, is_saved=not is_dirty)
        self._running_thread().take(change)

    def _running_thread(self) -> JournalThread:
        from lmd_desktop.storage.journal_thread import JournalThread

        if self._thread is None:
            self._thread = JournalThread(
                self._folder, on_synced=self._synced_there.emit, on_failed=self._failed_there.emit
            )
        return self._thread

    def _begin_anew(self) -> None:
        # The old scene's work was asked about; what was recovered is unsaved from the start.
        self.discard()
        self._hand_over()

    def _on_synced(self) -> None:
        self._has_failed = False
        if self._is_begun and self._document.is_dirty:
            self._last = time.monotonic()
        self.written.emit()

    def _on_failed(self, error: UserError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.failed.emit(error)
