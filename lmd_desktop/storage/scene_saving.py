"""Saves a scene file: built beside the old one, synced, read back, compared by hashes, and only then put in place."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from lmd_desktop.domain.errors import ChangedOnDisk, UserError, WriteError
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.storage.archive import Archive
from lmd_desktop.storage.atomic import explain_write_error, replace_atomically, rotate_copies
from lmd_desktop.storage.entry_writer import EntryWriter
from lmd_desktop.storage.fingerprint import Fingerprint, fingerprint_of, has_changed
from lmd_desktop.storage.reading import FormatError, dump_json
from lmd_desktop.storage.scene_file import (
    COPIES,
    MANIFEST,
    MIMETYPE,
    THUMBNAIL,
    PictureSource,
    SceneContent,
    encode_documents,
    encode_manifest,
    newer_format,
    picture_name,
    read_manifest,
)

# Called with how many pictures are done of how many; may raise Cancelled, and then nothing has changed on disk.
Progress = Callable[[int, int], None]
ON_BAD_DISK = "Save to another disk, and check this one."


def save_scene(
    path: Path,
    content: SceneContent,
    picture: PictureSource,
    *,
    thumbnail: bytes | None,
    unchanged_since: Fingerprint | None = None,
    source: Path | None = None,
    progress: Progress | None = None,
) -> Fingerprint | None:
    """Write, verify, keep three older copies, replace; returns the version that lies there now.

    UserError says why it failed, then the old file is untouched: ``ChangedOnDisk`` if it is not the version
    ``unchanged_since`` any more, ``WriteError`` if another place may do. Pictures that lie in ``source`` (by default
    the old file) are copied as they are; ``picture`` gives the others.
    """
    target = path.resolve()
    _refuse_newer_format(target)
    _refuse_foreign_changes(target, unchanged_since)
    saving = _Saving(target, content, picture, thumbnail, unchanged_since, progress or _nobody_listens)
    try:
        wrong = saving.write(source.resolve() if source is not None else target)
        if wrong:
            # A picture has rotted in the older file; the picture store may have a good one, or it is told by name.
            wrong = saving.write(None)
        if wrong:
            raise UserError(f"Nothing was saved: the disk did not keep {wrong} as it was written.", ON_BAD_DISK)
        return fingerprint_of(target)
    except OSError as error:
        raise explain_write_error(error, path, max(saving.bytes_written, _size(target))) from error


class _RawCopyIsWrong(Exception):
    """The new file differs from its hashes in an entry that was copied from the older file."""


class _Saving:
    """One save, which may need a second attempt without the older file."""

    def __init__(
        self,
        target: Path,
        content: SceneContent,
        picture: PictureSource,
        thumbnail: bytes | None,
        unchanged_since: Fingerprint | None,
        progress: Progress,
    ) -> None:
        self._target = target
        self._content = content
        self._picture = picture
        self._thumbnail = thumbnail
        self._unchanged_since = unchanged_since
        self._progress = progress
        self._records = {record.sha256: record for record in content.renders}
        self.bytes_written = 0

    def write(self, source: Path | None) -> str:
        """Replace the target; returns the entry that a raw copy got wrong, and then has changed nothing."""
        written: list[EntryWriter] = []
        try:
            replace_atomically(
                self._target,
                lambda handle: written.append(self._fill(handle, source)),
                check=lambda temporary: self._verify(temporary, written[0]),
                before_replace=self._prepare_place,
            )
        except _RawCopyIsWrong as error:
            return str(error)
        return ""

    def _fill(self, handle: BinaryIO, source: Path | None) -> EntryWriter:
        with ExitStack() as stack:
            archive = stack.enter_context(zipfile.ZipFile(handle, "w"))
            writer = EntryWriter(archive, _opened(source, stack))
            writer.add("mimetype", MIMETYPE.encode("ascii"))
            for name, document in encode_documents(self._content).items():
                writer.add(name, dump_json(document))
            for name, data in self._content.extra.entries:
                writer.add(name, data)
            if self._thumbnail is not None:
                writer.add(THUMBNAIL, self._thumbnail)
            for done, (sha256, record) in enumerate(self._records.items()):
                self._tell(done)
                writer.add_unchanged(
                    picture_name(sha256), sha256, lambda record=record: _usable_picture(record, self._picture)
                )
                self.bytes_written = handle.tell()
            hashes = dict(writer.hashes)
            writer.add(MANIFEST, encode_manifest(self._content, hashes))
        self.bytes_written = handle.tell()
        return writer

    def _verify(self, path: Path, writer: EntryWriter) -> None:
        """Open what was just written as a reader would; raises if a single entry differs."""
        try:
            with Archive(path) as archive:
                for done, (name, sha256) in enumerate(writer.hashes.items()):
                    if archive.sha256(name) != sha256:
                        if name in writer.copied:
                            raise _RawCopyIsWrong(name)
                        raise WriteError(
                            f"Nothing was saved: the disk did not keep {name} as it was written.", ON_BAD_DISK
                        )
                    self._tell(min(len(self._records) + done, 2 * len(self._records)))
                read_manifest(archive)
        except FormatError as error:
            raise WriteError(f"Nothing was saved: the new file cannot be read back ({error}).", ON_BAD_DISK) from error

    def _prepare_place(self) -> None:
        # Building a large file takes a while, in which another program may have come first.
        _refuse_foreign_changes(self._target, self._unchanged_since)
        rotate_copies(self._target, COPIES)

    def _tell(self, done: int) -> None:
        """Each picture counts twice: written, and read back."""
        self._progress(done, 2 * len(self._records))


def _opened(source: Path | None, stack: ExitStack) -> Archive | None:
    if source is None or not source.is_file():
        return None
    try:
        return stack.enter_context(Archive(source))
    except (FormatError, OSError):
        return None


def _usable_picture(record: RenderRecord, picture: PictureSource) -> bytes:
    """The bytes of a picture; a missing one stops the save with its name."""
    try:
        data = picture(record.sha256)
    except (UserError, LookupError, OSError) as error:
        raise _unusable(record, "missing") from error
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise _unusable(record, "damaged")
    return data


def _unusable(record: RenderRecord, what: str) -> UserError:
    return UserError(
        f"Nothing was saved: the picture with seed {record.request.seed} of turn {record.turn or 'start'} "
        f"({picture_name(record.sha256)}) is {what}.",
        "Take this picture out of the results, or bring its file back, and save again.",
    )


def _refuse_newer_format(path: Path) -> None:
    """A file that this version cannot fully read is never overwritten by it."""
    try:
        with Archive(path) as archive:
            reason = newer_format(read_manifest(archive))
    except (FormatError, OSError):
        return
    if reason:
        raise UserError(f"“{path.name}” is not overwritten: {reason}.", "Save under another name.")


def _refuse_foreign_changes(path: Path, known: Fingerprint | None) -> None:
    if known is not None and has_changed(path, known):
        raise ChangedOnDisk(
            f"“{path.name}” was not saved: another program has changed the file since it was opened here.",
            "Save under another name to keep both, or overwrite the other version.",
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _nobody_listens(done: int, total: int) -> None:
    pass
