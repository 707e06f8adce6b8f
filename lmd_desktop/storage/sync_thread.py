"""Brings a written file to the disk in a thread of its own: whoever writes it goes on while the disk takes its time.

A busy disk can keep ``fsync`` waiting for seconds. What is written by then survives the end of the process at once, and
a power cut once the sync is over.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.storage.atomic import sync_folder

SYNC_EVERY_S = 0.25  # the disk rests for so long between two syncs, unless somebody waits for one


@dataclass(frozen=True, slots=True)
class _Wish:
    """``descriptor`` belongs to the wish; ``folder`` has a new name in it."""

    descriptor: int
    folder: Path | None


class SyncThread:
    """Grants one wish after another; one that still waits is covered by the next. ``on_end`` runs in the thread."""

    def __init__(self, on_end: Callable[[OSError | None], None]) -> None:
        self._on_end = on_end
        self._changed = threading.Condition()
        self._wish: _Wish | None = None
        self._steps: tuple[Callable[[], None], ...] = ()
        self._is_syncing = False
        self._is_ending = False
        self._waiting = 0
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="journal-sync", daemon=True)
        self._thread.start()

    def want(self, descriptor: int, *, folder: Path | None = None, then: Callable[[], None] | None = None) -> None:
        """Sync a file (its descriptor is closed here) and the folder it was made in; ``then`` once both worked."""
        with self._changed:
            old = self._wish
            if old is not None:
                os.close(old.descriptor)
                folder = folder or old.folder
            self._wish = _Wish(descriptor, folder)
            self._steps += (then,) if then is not None else ()
            self._changed.notify_all()

    def forget(self) -> None:
        """The file is not needed any more: nothing is left to sync, and no failure counts."""
        with self._changed:
            if self._wish is not None:
                os.close(self._wish.descriptor)
            self._wish, self._error = None, None
            steps, self._steps = self._steps, ()
        for step in steps:
            step()

    def wait(self, timeout_s: float) -> bool:
        """Until nothing is left to sync; False if that takes longer, or if the last sync failed."""
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            is_over = self._changed.wait_for(lambda: self._wish is None and not self._is_syncing, timeout_s)
            self._waiting -= 1
            return is_over and self._error is None

    def close(self, timeout_s: float) -> None:
        """Grant what still waits, and end."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        rests_until = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wish is not None or self._is_ending)
                rest_s = max(0.0, rests_until - time.monotonic())
                self._changed.wait_for(lambda: self._waiting or self._is_ending, rest_s)
                wish, self._wish = self._wish, None
                self._is_syncing = wish is not None
                if wish is None and self._is_ending:
                    return
                if wish is None:
                    continue
                steps, self._steps = self._steps, ()
            error = _granted(wish)
            rests_until = time.monotonic() + SYNC_EVERY_S
            if error is None:
                for step in steps:
                    step()
            with self._changed:
                self._error = error
                if error is not None:
                    self._steps = (*steps, *self._steps)
            self._on_end(error)
            with self._changed:
                self._is_syncing = False
                self._changed.notify_all()


def _granted(wish: _Wish) -> OSError | None:
    try:
        try:
            os.fsync(wish.descriptor)
        finally:
            os.close(wish.descriptor)
        if wish.folder is not None:
            sync_folder(wish.folder)
    except OSError as error:
        return error
    return None
