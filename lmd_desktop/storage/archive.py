"""Reads a ZIP file that may be damaged or hostile; nothing is ever unpacked to disk."""

from __future__ import annotations

import hashlib
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from lmd_desktop.domain.zip_tables import table_bytes
from lmd_desktop.storage.reading import FormatError

MAX_ENTRIES = 50_000
# Pictures do not compress, so a file that would unpack to much more than itself was made to do harm.
MAX_GROWTH = 20
FREE_GROWTH_BYTES = 512 * 2**20
CHUNK_BYTES = 1 << 20
ENCRYPTED_FLAG = 1
LOCAL_HEADER = struct.Struct("<26xHH")  # of a local file header, the lengths of name and extra field (APPNOTE 4.3.7)
MAX_NAME = 200
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """An open ZIP file whose table of contents has been checked; raises FormatError on everything that is wrong."""

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        if size == 0:
            # Pipes and devices have no size either; they would be read without an end.
            raise FormatError("the file is empty")
        with path.open("rb") as handle:
            start = handle.read(4)
        if table_bytes(path) > MAX_ENTRIES * (MAX_NAME + 100):
            raise FormatError("it has more entries than any scene")
        try:
            self._zip = zipfile.ZipFile(path)
        except _READ_ERRORS as error:
            if start.startswith(b"PK"):
                raise FormatError("the file is cut off or damaged") from error
            raise FormatError("it is not a scene file") from error
        try:
            self._entries = _checked_entries(self._zip, size)
        except FormatError:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def read(self, name: str, limit: int) -> bytes:
        """The content of an entry of at most ``limit`` bytes."""
        info = self._entries.get(name)
        if info is None:
            raise FormatError(f"{name} is missing in it")
        if info.file_size > limit:
            raise FormatError(f"{name} is too large ({info.file_size} bytes)")
        try:
            return self._zip.read(info)
        except _READ_ERRORS as error:
            raise FormatError(f"{name} is damaged") from error

    def sha256(self, name: str) -> str | None:
        """The hash of an entry; None if it is missing or cannot be read."""
        info = self._entries.get(name)
        if info is None:
            return None
        digest = hashlib.sha256()
        try:
            with self._zip.open(info) as handle:
                while chunk := handle.read(CHUNK_BYTES):
                    digest.update(chunk)
        except _READ_ERRORS:
            return None
        return digest.hexdigest()

    def raw_entry(self, name: str) -> zipfile.ZipInfo | None:
        """How an entry is described, if its bytes can be copied as they are; None if it is missing."""
        info = self._entries.get(name)
        is_plain = info is not None and info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        return info if is_plain else None

    def raw_chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """The entry's bytes as they lie in the file, still compressed; FormatError if the file ends before them."""
        handle = self._zip.fp
        if handle is None:
            raise FormatError("the file is closed")
        _seek_content(handle, info)
        left = info.compress_size
        while left:
            chunk = handle.read(min(left, CHUNK_BYTES))
            if not chunk:
                raise FormatError(f"{info.filename} is damaged")
            left -= len(chunk)
            yield chunk

    def stored_entries(self) -> dict[str, zipfile.ZipInfo]:
        """The entries that lie in the file as they are, for ``read_stored``."""
        return {name: info for name, info in self._entries.items() if info.compress_type == zipfile.ZIP_STORED}

    def contents_hash(self) -> str:
        """A hash of every name with its size and checksum: two files with the same one hold the same."""
        listed = sorted((info.filename, info.file_size, info.CRC) for info in self._entries.values())
        return hashlib.sha256(repr(listed).encode("utf-8", "surrogatepass")).hexdigest()


def read_stored(path: Path, info: zipfile.ZipInfo) -> bytes:
    """An entry of ``stored_entries``, without reading the table of contents again; its checksum is not compared."""
    with path.open("rb") as handle:
        _seek_content(handle, info)
        return handle.read(info.file_size)


def _seek_content(handle: IO[bytes], info: zipfile.ZipInfo) -> None:
    handle.seek(info.header_offset)
    header = handle.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size:
        raise FormatError(f"{info.filename} is damaged")
    handle.seek(sum(LOCAL_HEADER.unpack(header)), 1)


def _checked_entries(archive: zipfile.ZipFile, file_size: int) -> dict[str, zipfile.ZipInfo]:
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(infos) > MAX_ENTRIES:
        raise FormatError(f"it has {len(infos)} entries, more than any scene")
    if sum(info.file_size for info in infos) > MAX_GROWTH * file_size + FREE_GROWTH_BYTES:
        raise FormatError("it would unpack to far more than its size and was not opened for safety")
    for info in infos:
        if not is_safe_name(info.filename) or info.orig_filename != info.filename:
            raise FormatError(f"it has an entry with an unsafe name ({info.filename!r:.80})")
        if info.flag_bits & ENCRYPTED_FLAG:
            raise FormatError("it is protected by a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FormatError(f"{info.filename} is compressed in a way that scenes are not")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise FormatError(f"{info.filename} is a link or a device, not a file")
    entries = {info.filename: info for info in infos}
    # On many systems these would be one file.
    alike = {unicodedata.normalize("NFKC", name).casefold() for name in entries}
    if len(alike) != len(infos):
        raise FormatError("it has two entries of the same name")
    return entries


def is_safe_name(name: str) -> bool:
    """Whether a name stays inside the archive on every system."""
    path = PurePosixPath(name)
    is_plain = "\\" not in name and ":" not in name and name.isprintable()
    is_plain = is_plain and len(name) <= MAX_NAME and unicodedata.is_normalized("NFC", name)
    return is_plain and not path.is_absolute() and ".." not in path.parts and str(path) == name
