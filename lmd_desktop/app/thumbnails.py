"""Thumbnails of pictures for lists: made in one thread as they come into view; only so many are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.domain.errors import UserError

if TYPE_CHECKING:
    from lmd_desktop.storage.thumbnails import Thumbnail, ThumbnailStore

KEPT = 300  # of 110 KB at most
WAITING = 120  # what was scrolled past long ago need not be read


class Thumbnails(QObject):
    """``arrived`` carries the sha256 of a picture whose thumbnail is there now (None: there is no such picture)."""

    arrived = Signal(str)
    _read = Signal(str, object)

    def __init__(self, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._wanted: list[str] = []  # the newest wish is the first to be granted
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._store: ThumbnailStore | None = None
        # The thread is Python's own: Qt does not always see that it is another one.
        self._read.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def get(self, sha256: str) -> QPixmap | None:
        """The thumbnail if it is there; else it is asked for, and ``arrived`` will tell."""
        if sha256 in self._kept:
            self._kept.move_to_end(sha256)
            return self._kept[sha256]
        self._want(sha256)
        return None

    def is_missing(self, sha256: str) -> bool:
        """Whether it is known that there is no such picture."""
        return sha256 in self._kept and self._kept[sha256] is None

    def forget(self) -> None:
        """Another scene was opened: what was missing may be there now."""
        self._kept = OrderedDict((sha256, pixmap) for sha256, pixmap in self._kept.items() if pixmap is not None)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._wanted.clear()
            self._changed.notify()
        if thread is not None:
            thread.join()

    def _want(self, sha256: str) -> None:
        if self._store is None:
            # PIL is not needed until there is a picture.
            from lmd_desktop.storage.thumbnails import ThumbnailStore

            self._store = ThumbnailStore(self._pictures.store().folder / "thumbnails")
        with self._changed:
            if sha256 in self._wanted:
                return
            self._wanted.append(sha256)
            del self._wanted[:-WAITING]
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, args=(self._store,), name="thumbnails", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _work(self, store: ThumbnailStore) -> None:
        """Runs in the thread: files and bytes only."""
        while True:
            with self._changed:
                while not self._wanted and self._thread is threading.current_thread():
                    self._changed.wait()
                if self._thread is not threading.current_thread():
                    return
                sha256 = self._wanted[-1]
            try:
                thumbnail = store.get(sha256, self._pictures.get)
            except (UserError, OSError):
                thumbnail = None
            with self._changed:
                if self._thread is not threading.current_thread():
                    return
                if sha256 in self._wanted:
                    self._wanted.remove(sha256)
                self._read.emit(sha256, thumbnail)

    def _keep(self, sha256: str, thumbnail: Thumbnail | None) -> None:
        self._kept[sha256] = _pixmap(thumbnail) if thumbnail is not None else None
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit(sha256)


def _pixmap(thumbnail: Thumbnail) -> QPixmap:
    width, height = thumbnail.size.width, thumbnail.size.height
    return QPixmap.fromImage(QImage(thumbnail.rgb, width, height, 3 * width, QImage.Format.Format_RGB888))
