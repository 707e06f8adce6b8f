"""SHA-256 of files and folders; a large file is read once as long as its size and time stay the same."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

CACHE_FILE = "sha256.json"
MAX_ENTRIES = 500


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
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda file: file.relative_to(folder).as_posix()):
        whole.update(f"{path.relative_to(folder).as_posix()} {file_sha256(path, cache_folder)}\n".encode())
    return whole.hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        cache = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # It can always be made again.
        return {}
    return cache if isinstance(cache, dict) else {}


def _write(path: Path, cache: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(cache), encoding="utf-8")
    temporary.replace(path)
