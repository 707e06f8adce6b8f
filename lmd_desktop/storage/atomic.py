"""Replaces files all at once: whoever looks sees the old content or the new one, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lmd_desktop.domain.errors import WriteError

TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".lmd-", ".saving"
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, getattr(errno, "EFBIG", errno.ENOSPC)})
NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
# Some network shares cannot sync a folder, or may not even open it; the rename is done by then.
FOLDERS_NOT_SYNCED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF})


def write_atomically(path: Path, data: bytes, *, is_private: bool = False) -> None:
    """Write a whole file: temporary file beside it, fsync, replace, fsync of the folder. Raises OSError."""
    replace_atomically(path, lambda handle: handle.write(data), is_private=is_private)


def replace_atomically(
    path: Path,
    write: Callable[[BinaryIO], object],
    *,
    check: Callable[[Path], None] | None = None,
    before_replace: Callable[[], None] | None = None,
    is_private: bool = False,
) -> None:
    """``write`` fills a temporary file, ``check`` may refuse it; only then does it take the place of ``path``.

    ``is_private``: one of the app's own files, which only the person's account may read; others keep their permissions.
    """
    remove_abandoned(path.parent)
    owner = f"{_host()}-{os.getpid()}"
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{owner}-{os.urandom(6).hex()}{TEMPORARY_SUFFIX}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(temporary, flags, 0o600 if is_private else 0o666), "wb") as handle:
            write(handle)
            handle.flush()
            os.fsync(handle.fileno())
        if not is_private:
            with contextlib.suppress(FileNotFoundError):
                shutil.copymode(path, temporary)
        if check is not None:
            check(temporary)
        if before_replace is not None:
            before_replace()
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def rotate_copies(path: Path, count: int) -> None:
    """Keep the present file as ``NAME~1`` and older ones up to ``NAME~count``; ``path`` itself never goes away."""
    if not path.exists() or _is_copy(copy_of(path, 1), path):
        # A save that failed after this step must not push the older copies out when it is tried again.
        return
    for number in range(count - 1, 0, -1):
        older = copy_of(path, number)
        if older.exists():
            older.replace(copy_of(path, number + 1))
    try:
        copy_of(path, 1).hardlink_to(path)
    except OSError:
        # File systems without hard links (FAT, some network shares).
        shutil.copy2(path, copy_of(path, 1))


def copy_of(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}~{number}")


def _is_copy(copy: Path, path: Path) -> bool:
    try:
        ours, theirs = path.stat(), copy.stat()
    except FileNotFoundError:
        return False
    same_content = (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
    return os.path.samestat(ours, theirs) or same_content


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in FOLDERS_NOT_SYNCED:
            raise


def remove_abandoned(folder: Path) -> None:
    """Delete temporary files of processes that died while they were saving."""
    # Costs 20 ms of the window's start, and most folders have nothing to look at.
    import psutil

    for path in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        *host, pid, _random = ["", *path.name.removeprefix(TEMPORARY_PREFIX).split("-")][-3:]
        # On a shared folder another computer may be saving just now.
        is_ours = host in ([""], [_host()])
        if is_ours and pid.isdecimal() and len(pid) < 10 and not psutil.pid_exists(int(pid)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _host() -> str:
    import platform  # slow to import, and only files that are written need it

    return f"{zlib.crc32(platform.node().encode()):08x}"


def explain_write_error(error: OSError, path: Path, needed: int) -> WriteError:
    """What kept a file from being written, and what to do; ``needed`` are the bytes that the file takes."""
    kept = "The file that was there is unchanged. " if path.exists() else ""
    if error.errno in DISK_FULL:
        free = shutil.disk_usage(path.parent).free
        return WriteError(
            f"“{path.name}” was not saved: the disk is full.",
            f"{kept}Saving needs {megabytes(needed)} MB, {megabytes(free, up=False)} MB are free in “{path.parent}”. "
            "Free some space and save again, or save to another disk.",
        )
    if error.errno in NOT_ALLOWED:
        return WriteError(
            f"“{path.name}” was not saved: writing in “{path.parent}” is not allowed.",
            f"{kept}Close other programs that have the file open, or save to another folder.",
        )
    if error.errno == errno.ENOENT:
        return WriteError(
            f"“{path.name}” was not saved: the folder “{path.parent}” is not there.", "Save to another folder."
        )
    reason = error.strerror or type(error).__name__
    return WriteError(f"“{path.name}” was not saved: {reason}.", f"{kept}Save to another folder or under another name.")


def megabytes(count: int, *, up: bool = True) -> str:
    """Bytes as MB with one digit, rounded so that a need is never told too small and a space never too large."""
    tenths = (count + 99_999) // 100_000 if up else count // 100_000
    return f"{tenths / 10:.1f}"
