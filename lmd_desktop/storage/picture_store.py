"""Keeps every finished picture on disk under the sha256 of its PNG file, before anybody sees it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage.atomic import explain_write_error, write_atomically


class PictureStore:
    """A folder of PNG files; adding the same picture twice keeps one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, png: bytes) -> str:
        """Write a picture to disk and return its sha256; UserError if the disk is full or read-only."""
        sha256 = hashlib.sha256(png).hexdigest()
        path = self.path(sha256)
        if path.exists() and path.stat().st_size == len(png):
            return sha256
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, png, is_private=True)
        except OSError as error:
            raise explain_write_error(error, path, len(png)) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The picture's bytes, exactly as they were added."""
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise UserError(f"The picture {sha256[:12]}… is not in “{self.folder}”.", "Render it again.") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise UserError(f"The picture {sha256[:12]}… in “{self.folder}” is damaged.", "Render it again.")
        return data

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.png"
