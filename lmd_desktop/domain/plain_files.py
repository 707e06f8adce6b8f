"""Reads files that may be anything: at most so many bytes, and never a pipe or a device, which have no end."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def read_limited(path: Path, limit: int) -> bytes:
    """All bytes of a plain file; OSError, in words, also if it is none or has more than ``limit`` bytes."""
    data = read_start(path, limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", str(path))
    return data


def read_start(path: Path, count: int) -> bytes:
    """The first ``count`` bytes of a plain file, or what it has; OSError, in words, also if it is none."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
    with path.open("rb") as file:
        return file.read(count)
