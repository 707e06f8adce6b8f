"""Locks that the system lets go when a process ends, however it ends; no clock and no process number is asked."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import sys
from pathlib import Path

_HELD_BY_ANOTHER = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
LOCK_SUFFIX = ".lock"

log = logging.getLogger(__name__)


class FileLock:
    """A lock file held by this object alone. ``is_real`` is false on a file system that has no locks."""

    def __init__(self, path: Path, descriptor: int | None, *, is_real: bool) -> None:
        self._path = path
        self._descriptor = descriptor
        self.is_real = is_real

    @classmethod
    def acquire(cls, path: Path) -> FileLock | None:
        """Take the lock now; None if another process, or another object of this one, has it. Raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(descriptor)
            except OSError as error:
                if error.errno in _HELD_BY_ANOTHER:
                    os.close(descriptor)
                    return None
                return cls(path, descriptor, is_real=False)
            if _is_same_file(path, descriptor):
                return cls(path, descriptor, is_real=True)
            # Its last owner removed the file between our opening and our locking it.
            os.close(descriptor)

    def release(self) -> None:
        """Let go and remove the lock file; twice does no harm."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform == "win32":
            # Windows removes no open file; whoever locks it in between keeps it, and the removal fails.
            os.close(descriptor)
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        if sys.platform != "win32":
            os.close(descriptor)


def lock_scene(folder: Path, scene: Path) -> FileLock | None:
    """The lock of a person's scene file, kept in the app's own folder; None if another window has the scene open."""
    name = os.path.normcase(scene.resolve())
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    path = folder / f"{digest}{LOCK_SUFFIX}"
    try:
        return FileLock.acquire(path)
    except OSError as error:
        # Nobody is kept from a scene because the app's own folder cannot be written.
        log.warning("no lock for “%s”: %s", scene.name, error)
        return FileLock(path, None, is_real=False)


def _is_same_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        # Not lockf: that belongs to the process, and is lost when any part of it closes the file.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
