"""The evaluated static part of a prompt on disk, so that the next start does not compute it again.

A file is the magic bytes, the length of a JSON header (4 bytes, little endian), the header, the state as the engine
gave it. The header repeats what the state depends on and has the SHA-256 of the state: a file that is damaged or
belongs to something else is refused, and made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

MAGIC = b"LMDSTAT1"
SUFFIX = ".state"
MB = 1_000_000
FOLDER_LIMIT = 2000 * MB  # bytes of all states together; one of a 4 B model is 150 MB
DISK_RESERVE = 2000 * MB  # bytes that must stay free on the disk
MAX_HEADER = 64 * 1024


class StateFolder:
    """The states of all models; the ones used longest ago go when there are too many bytes."""

    def __init__(self, folder: Path, *, limit: int = FOLDER_LIMIT) -> None:
        self._folder = folder
        self._limit = limit

    def load(self, key: str, tokens: Sequence[int]) -> NDArray[np.uint8] | None:
        """What was saved for this key and these tokens; None if nothing good is there."""
        path = self._path(key, tokens)
        try:
            with path.open("rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    raise ValueError("no state file")
                length = int.from_bytes(file.read(4), "little")
                header = json.loads(file.read(min(length, MAX_HEADER)))
                state = np.fromfile(file, dtype=np.uint8)
            if header != _header(key, tokens, state):
                raise ValueError("it is damaged or belongs to something else")
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.info("refused the saved state %s: %s", path.name, error)
            self.refuse(key, tokens)
            return None
        return state

    def save(self, key: str, tokens: Sequence[int], state: NDArray[np.uint8]) -> None:
        """Put a state in place all at once; a disk that does not take it is no reason not to plan."""
        path = self._path(key, tokens)
        temporary = path.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not state.size or shutil.disk_usage(self._folder).free < state.size + DISK_RESERVE:
                return
            self._make_room(state.size)
            header = json.dumps(_header(key, tokens, state)).encode("utf-8")
            # The instructions may be the person's own.
            temporary.touch(mode=0o600)
            with temporary.open("wb") as file:
                file.write(MAGIC + len(header).to_bytes(4, "little") + header)
                file.write(state.data)
            temporary.replace(path)
            log.info("saved the state of %d tokens, %d MB", len(tokens), state.size // MB)
        except OSError as error:
            log.info("could not save a state: %s", error)
            with contextlib.suppress(OSError):
                temporary.unlink()

    def refuse(self, key: str, tokens: Sequence[int]) -> None:
        """Throw a state away that turned out to be of no use."""
        try:
            self._path(key, tokens).unlink(missing_ok=True)
        except OSError as error:
            log.info("could not remove a state: %s", error)

    def _path(self, key: str, tokens: Sequence[int]) -> Path:
        name = hashlib.sha256(f"{key}\n{_hash_of(tokens)}".encode()).hexdigest()
        return self._folder / f"{name[:32]}{SUFFIX}"

    def _make_room(self, size: int) -> None:
        files = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime)
        used = sum(path.stat().st_size for path in files)
        for path in files:
            if used + size <= self._limit:
                return
            used -= path.stat().st_size
            path.unlink()


def _header(key: str, tokens: Sequence[int], state: NDArray[np.uint8]) -> dict[str, object]:
    return {"key": key, "tokens": _hash_of(tokens), "state": hashlib.sha256(state.data).hexdigest()}


def _hash_of(tokens: Sequence[int]) -> str:
    return hashlib.sha256(np.asarray(tokens, dtype=np.int32).tobytes()).hexdigest()
