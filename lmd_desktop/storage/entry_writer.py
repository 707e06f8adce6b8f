"""Adds the entries of a scene file to a ZIP file: from memory, or as they lie in the file that was saved before."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable

from lmd_desktop.storage.archive import Archive
from lmd_desktop.storage.reading import FormatError

FILE_MODE = 0o644 << 16


class EntryWriter:
    """``hashes`` has the sha256 that every entry must have once the file is read back; ``copied`` are raw copies."""

    def __init__(self, archive: zipfile.ZipFile, source: Archive | None) -> None:
        self._archive = archive
        self._source = source
        self.hashes: dict[str, str] = {}
        self.copied: set[str] = set()

    def add(self, name: str, data: bytes) -> None:
        """PNG files are compressed already and are stored as they are."""
        info = zipfile.ZipInfo(name)
        info.external_attr = FILE_MODE
        is_stored = name == "mimetype" or name.endswith(".png")
        info.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
        self._archive.writestr(info, data)
        self.hashes[name] = hashlib.sha256(data).hexdigest()

    def add_unchanged(self, name: str, sha256: str, read: Callable[[], bytes]) -> None:
        """An entry with a known hash: its bytes come from the older file, else from ``read``.

        Whether a raw copy is what its hash says is found out when the new file is read back as a whole.
        """
        if not self._copy(name):
            self.add(name, read())
        self.hashes[name] = sha256

    def _copy(self, name: str) -> bool:
        old = self._source.raw_entry(name) if self._source is not None else None
        handle = self._archive.fp
        if self._source is None or old is None or handle is None:
            return False
        info = zipfile.ZipInfo(name)
        info.external_attr = FILE_MODE
        info.compress_type, info.CRC = old.compress_type, old.CRC
        info.compress_size, info.file_size = old.compress_size, old.file_size
        info.header_offset = start = self._archive.start_dir
        handle.seek(start)
        try:
            handle.write(info.FileHeader())
            for chunk in self._source.raw_chunks(old):
                handle.write(chunk)
        except FormatError:
            handle.seek(start)
            handle.truncate()
            return False
        # What ZipFile.writestr does after an entry; it offers no way to add one that is compressed already.
        self._archive.filelist.append(info)
        self._archive.NameToInfo[name] = info
        self._archive.start_dir = handle.tell()
        self.copied.add(name)
        return True
