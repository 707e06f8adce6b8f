"""SHA-256 of files and folders; a large file is read once as long as its size and time stay the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.domain.strict_json import parse_strict_object

CACHE_FILE = "sha256.json"
FIRST_SEEN_FILE = "first-sha256.json"
MAX_ENTRIES = 500
BLOCK_BYTES = 1 << 22
MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Verified:
    """``expected`` is what it should be: from a download's name, or of the first time it was looked at; None: new."""

    sha256: str
    expected: str | None
    is_of_publisher: bool

    @property
    def is_same(self) -> bool:
        return self.expected in (None, self.sha256)


def file_sha256(path: Path, cache_folder: Path | None = None) -> str:
    """The hash of a file; with ``cache_folder`` it is remembered by path, size and time of change."""
    path = path.resolve()
    if cache_folder is None:
        return _hash(path)
    stat = path.stat()
    key = f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
    cache = _read(cache_folder / CACHE_FILE)
    if key not in cache:
        cache[key] = _hash(path)
        _write(cache_folder / CACHE_FILE, dict(list(cache.items())[-MAX_ENTRIES:]))
    return cache[key]


def folder_sha256(folder: Path, cache_folder: Path | None = None) -> str:
    """One hash over the names and contents of all files of a folder, in the order of their names."""
    whole = hashlib.sha256()
    files = (path for path in folder.rglob("*") if path.is_file())
    for path in sorted(files, key=lambda file: _name_in(folder, file)):
        whole.update(f"{_name_in(folder, path)} {file_sha256(path, cache_folder)}\n".encode())
    return whole.hexdigest()


def verify(path: Path, cache_folder: Path, *, progress: Callable[[int], None] = lambda _bytes: None) -> Verified:
    """Read a file or a folder anew, whatever is remembered, and compare it with what it was.

    A file of a Hugging Face cache is compared with the hash that is its name there, anything else with the first look.
    ``progress`` is told the bytes that were read so far, and may raise to end the work.
    """
    read = 0

    def count(size: int) -> None:
        nonlocal read
        read += size
        progress(read)

    if path.is_dir():
        files = sorted((file for file in path.rglob("*") if file.is_file()), key=lambda file: _name_in(path, file))
        whole = hashlib.sha256()
        for file in files:
            whole.update(f"{_name_in(path, file)} {_hash(file, count)}\n".encode())
        sha256, published = whole.hexdigest(), None
    else:
        sha256, published = _hash(path, count), _hash_in_name(path.resolve())
    key, first = str(path.resolve()), _read(cache_folder / FIRST_SEEN_FILE)
    expected = published or first.get(key)
    if key not in first:
        _write(cache_folder / FIRST_SEEN_FILE, first | {key: sha256})
    return Verified(sha256, expected, is_of_publisher=published is not None)


def _name_in(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _hash_in_name(path: Path) -> str | None:
    is_blob = path.parent.name == "blobs" and re.fullmatch(r"[0-9a-f]{64}", path.name)
    return path.name if is_blob else None


def _hash(path: Path, count: Callable[[int], None] = lambda _size: None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            count(len(block))
    return digest.hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        cache = parse_strict_object(path.read_bytes()) if path.stat().st_size <= MAX_BYTES else {}
    except (OSError, ValueError):
        # It can always be made again.
        return {}
    return {key: value for key, value in cache.items() if isinstance(value, str)}


def _write(path: Path, cache: dict[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(cache), encoding="utf-8")
    temporary.replace(path)
