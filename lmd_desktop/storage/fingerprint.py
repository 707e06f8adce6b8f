"""Tells whether another program wrote a scene file since it was read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.storage.archive import Archive
from lmd_desktop.storage.reading import FormatError


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One version of a file. Times are compared for being the same only: a clock may go backwards."""

    size: int
    modified_ns: int
    inode: int
    contents: str


def fingerprint_of(path: Path) -> Fingerprint | None:
    """The version that lies there now; None without a file, empty contents for one that is no scene. Raises OSError."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    try:
        with Archive(path) as archive:
            contents = archive.contents_hash()
    except FormatError:
        contents = ""
    return Fingerprint(stat.st_size, stat.st_mtime_ns, stat.st_ino, contents)


def has_changed(path: Path, known: Fingerprint) -> bool:
    """Whether there is something else now. A file that is gone has nothing to lose; a new date alone is no change."""
    try:
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns, stat.st_ino) == (known.size, known.modified_ns, known.inode):
            return False
        now = fingerprint_of(path)
    except FileNotFoundError:
        return False
    return now is not None and (not now.contents or now.contents != known.contents)
