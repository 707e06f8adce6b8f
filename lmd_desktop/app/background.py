"""Reads files in a thread of its own, with progress and cancel; what comes of it arrives on the main thread."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from lmd_desktop.domain.errors import Cancelled

log = logging.getLogger(__name__)


class Background(QObject):
    """``finished`` carries what ``work`` returned, ``failed`` its exception; ``progressed`` what it told on the way.

    ``work`` gets this object: it calls ``tell`` and, often, ``check``, which raises Cancelled after ``cancel``.
    """

    finished = Signal(object)
    failed = Signal(object)
    progressed = Signal(object)
    _returned = Signal(object)
    _raised = Signal(object)
    _told = Signal(object)

    def __init__(self, work: Callable[[Background], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._is_cancelled = threading.Event()
        # Queued by hand: the thread is a plain Python one, which Qt's automatic choice does not always see.
        queued = Qt.ConnectionType.QueuedConnection
        self._returned.connect(self.finished, queued)
        self._raised.connect(self.failed, queued)
        self._told.connect(self.progressed, queued)
        self.finished.connect(self.deleteLater)
        self.failed.connect(self.deleteLater)
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """The work ends at its next check; neither signal follows."""
        self._is_cancelled.set()

    def check(self) -> None:
        if self._is_cancelled.is_set():
            raise Cancelled

    def tell(self, value: object) -> None:
        self._told.emit(value)

    def _run(self) -> None:
        # The window may be closed, and this object with it, before the work is done.
        with contextlib.suppress(RuntimeError):
            try:
                result = self._work(self)
                self._returned.emit(result)
            except Cancelled:
                return
            except Exception as error:  # told on the main thread, whatever it is
                log.info("work in the background failed: %s", type(error).__name__)
                log.debug("%s", error)
                self._raised.emit(error)
