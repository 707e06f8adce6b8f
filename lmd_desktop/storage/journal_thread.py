"""Writes a journal beside the window: taking a change costs the window microseconds, whatever the disk does.

One thread writes each change as it comes; another (``sync_thread``) brings the file to the disk. A slow sync therefore
delays no later change: all of them outlive a kill of the process at once.
"""

from __future__ import annotations

import errno
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage.atomic import DISK_FULL
from lmd_desktop.storage.journal import JournalWriter
from lmd_desktop.storage.scene_file import SceneContent
from lmd_desktop.storage.sync_thread import SyncThread

log = logging.getLogger(__name__)
RETRY_S = 4.0


@dataclass(frozen=True, slots=True)
class Change:
    """The whole scene after a change (immutable, so it costs nothing to hand over)."""

    content: SceneContent
    path_of_scene: Path | None
    is_saved: bool = False


@dataclass(frozen=True, slots=True)
class _Clear:
    """The work up to here is safe elsewhere, or was given up."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """Somebody waits until all before this is written. ``ends``: nothing comes after it."""

    done: threading.Event = field(default_factory=threading.Event)
    ends: bool = False


@dataclass(frozen=True, slots=True)
class _SyncFailed:
    """Nobody knows what of the file is on the disk."""

    error: OSError


_Message = Change | _Clear | _Ask | _SyncFailed


class JournalThread:
    """Keeps the journal of one window. The callbacks run in its threads: once per sync, and per failure."""

    def __init__(self, folder: Path, *, on_synced: Callable[[], None], on_failed: Callable[[UserError], None]) -> None:
        self._folder = folder
        self._on_synced = on_synced
        self._on_failed = on_failed
        self._messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._writer: JournalWriter | None = None
        self._unwritten: Change | None = None
        self._written: Change | None = None
        self._must_begin_anew = False
        self._disk = SyncThread(self._on_sync_end)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def take(self, change: Change) -> None:
        self._messages.put(change)

    def clear(self) -> None:
        """Remove the journal; the next change begins another."""
        self._messages.put(_Clear())

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything taken is on disk; False if it is not."""
        ask, end = _Ask(), time.monotonic() + timeout_s
        self._messages.put(ask)
        is_written = ask.done.wait(timeout_s) and self._unwritten is None
        return is_written and self._disk.wait(max(0.0, end - time.monotonic()))

    def close(self, timeout_s: float) -> None:
        """Write what was taken and end; the journal stays for the next start if it holds anything unsaved."""
        end = time.monotonic() + timeout_s
        self._messages.put(_Ask(ends=True))
        self._thread.join(timeout_s)
        self._disk.close(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while True:
            messages = self._next()
            for message in messages:
                match message:
                    case Change():
                        # Only the last one of a batch counts: it holds the others.
                        self._unwritten = message
                    case _Clear():
                        self._remove()
                    case _SyncFailed(error):
                        if self._writer is not None:
                            self._must_begin_anew, self._unwritten = True, self._unwritten or self._written
                            self._fail(error)
                    case _Ask():
                        self._write()
                        message.done.set()
                        if message.ends:
                            self._end()
                            return
            # After a failed sync it is tried again with the next change, or after a while.
            if not messages or any(isinstance(message, Change) for message in messages):
                self._write()

    def _next(self) -> list[_Message]:
        """What has come in; empty when it is time to try again."""
        try:
            messages = [self._messages.get(timeout=RETRY_S if self._unwritten is not None else None)]
        except queue.Empty:
            return []
        while not self._messages.empty():
            messages.append(self._messages.get())
        return messages

    def _write(self) -> None:
        change = self._unwritten
        if change is None:
            return
        try:
            if self._writer is not None and not self._writer.is_there:
                # Somebody removed the folder: what is written there now would be gone with it.
                self._writer.close(remove=False)
                self._writer = None
            if self._writer is not None and not (self._must_begin_anew or self._writer.is_long):
                self._writer.append(change.content, is_saved=change.is_saved, path_of_scene=change.path_of_scene)
                self._disk.want(self._writer.duplicate())
            else:
                self._begin(change)
        except OSError as error:
            self._fail(error)
        except Exception:
            # Whatever it was: this thread must live, or every later change is lost without a word.
            log.exception("the journal could not be written")
            self._fail(OSError(errno.EIO, "something went wrong that nobody foresaw"))
        else:
            self._must_begin_anew = False
            self._unwritten, self._written = None, change

    def _begin(self, change: Change) -> None:
        """Another journal with the whole scene; the one before it goes only once this one is on the disk."""
        old, new = (
            self._writer,
            JournalWriter(self._folder, change.content, change.path_of_scene, is_saved=change.is_saved),
        )
        try:
            descriptor = new.duplicate()
        except OSError:
            new.close(remove=True)
            raise
        self._writer = new
        self._disk.want(descriptor, folder=self._folder, then=None if old is None else partial(old.close, remove=True))

    def _on_sync_end(self, error: OSError | None) -> None:
        if error is None:
            self._on_synced()
        else:
            self._messages.put(_SyncFailed(error))

    def _fail(self, error: OSError) -> None:
        log.warning("the journal could not be written: %s", error)
        self._on_failed(_explained(error, self._folder))

    def _remove(self) -> None:
        self._unwritten, self._written, self._must_begin_anew = None, None, False
        self._disk.forget()
        if self._writer is not None:
            self._writer.close(remove=True)
            self._writer = None

    def _end(self) -> None:
        if self._writer is not None:
            holds_nothing = self._unwritten is None and self._written is not None and self._written.is_saved
            self._writer.close(remove=holds_nothing)
            self._writer = None


def _explained(error: OSError, folder: Path) -> UserError:
    reason = "the disk is full" if error.errno in DISK_FULL else error.strerror or type(error).__name__
    return UserError(
        f"What you change is not safe from a crash just now: {reason}.",
        f"Save the scene, and make room in “{folder}”; it is tried again by itself.",
    )
