"""Finds the unsaved work of windows whose processes are gone, and reads it: journals, and side files of older versions.

Before there were journals, ``<data>/autosave/<id>.lmdscene`` held the scene without its pictures, and ``<id>.json``
whose it was. Nobody writes them any more; those that are still there are offered like a journal.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.storage.archive import Archive
from lmd_desktop.storage.journal import JOURNAL_SUFFIX, NotBegun, read_journal
from lmd_desktop.storage.locks import LOCK_SUFFIX, FileLock
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.reading import Fields, FormatError, parse_json
from lmd_desktop.storage.scene_file import (
    SUFFIX,
    Extra,
    LoadedScene,
    PictureReader,
    decode_documents,
    load_scene,
    picture_name,
    read_unknown,
    with_pictures,
)
from lmd_desktop.storage.view_entries import VIEW, with_view_value

OWNER_SUFFIX = ".json"
SAME_START_S = 2.0
MAX_OWNER_BYTES = 2**16
OLD_AFTER = timedelta(days=30)
NOT_ALL_READ = "The last change was cut off while it was written; all before it is here."


@dataclass(frozen=True, slots=True)
class LeftoverScene:
    """Unsaved work whose process is gone; ``path_of_scene`` is the person's file, if there was one."""

    file: Path
    path_of_scene: Path | None
    modified: datetime

    @property
    def id(self) -> str:
        return self.file.stem

    @property
    def is_old(self) -> bool:
        """Whether nobody has asked for it in so long that the person should decide; it is never deleted unasked."""
        return datetime.now(UTC) - self.modified > OLD_AFTER

    def load(self, pictures: PictureStore) -> LoadedScene:
        """The scene as it was last; its pictures come from the store or from the person's file. Raises UserError."""
        picture = _Pictures(pictures, self.path_of_scene)
        if self.file.suffix == SUFFIX:
            return load_scene(self.file, fallback=picture)
        try:
            return self._replayed(picture)
        except FormatError as error:
            raise UserError(f"The unsaved work “{self.id}” cannot be read: {error}.", "Open the saved file.") from error
        except OSError as error:
            raise UserError(
                f"The unsaved work “{self.id}” cannot be read: {error.strerror}.",
                "Another window may have recovered or deleted it already.",
            ) from error

    def discard(self) -> None:
        """For good: it was recovered, or the person does not want it."""
        for path in (self.file, self.file.with_suffix(OWNER_SUFFIX), self.file.with_suffix(LOCK_SUFFIX)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _replayed(self, picture: _Pictures) -> LoadedScene:
        journal = read_journal(self.file)
        notes = [] if journal.is_complete else [NOT_ALL_READ]
        content = decode_documents(journal.documents, notes)
        content = with_pictures(content, picture.those_there(content.renders), notes)
        if self.path_of_scene is not None:
            extra, more = read_unknown(self.path_of_scene, content.renders)
            content = replace(content, extra=Extra(content.extra.keys | extra.keys, extra.entries))
            notes += more
        if VIEW in journal.documents:
            entries = with_view_value(content.extra.entries, journal.documents[VIEW], picture.found)
            content = replace(content, extra=replace(content.extra, entries=entries))
        return LoadedScene(content, picture, notes=tuple(notes))


def find_leftovers(recovery: Path, autosave: Path) -> tuple[LeftoverScene, ...]:
    """Unsaved work of dead processes, newest first: from the folder of journals and that of older versions."""
    found = [*_dead_journals(recovery), *_dead_side_files(autosave)]
    return tuple(sorted(found, key=lambda leftover: leftover.modified, reverse=True))


def _dead_journals(folder: Path) -> list[LeftoverScene]:
    found: list[LeftoverScene] = []
    for file in folder.glob(f"*{JOURNAL_SUFFIX}"):
        try:
            lock = FileLock.acquire(file.with_suffix(LOCK_SUFFIX))
        except OSError:
            continue
        if lock is None:
            continue
        with contextlib.suppress(FileNotFoundError):
            leftover = _dead_journal(file, has_locks=lock.is_real)
            found += [leftover] if leftover is not None else []
        lock.release()
    return found


def _dead_journal(file: Path, *, has_locks: bool) -> LeftoverScene | None:
    """None if there is nothing unsaved in it: then it goes. One that cannot be read stays: the person decides."""
    modified = _modified(file)
    try:
        journal = read_journal(file)
    except NotBegun:
        file.unlink()
        return None
    except (FormatError, OSError):
        return LeftoverScene(file, None, modified)
    if not has_locks and _is_running(journal.pid, journal.started):
        return None
    if journal.is_saved:
        file.unlink()
        return None
    return LeftoverScene(file, journal.path_of_scene, modified)


def _dead_side_files(folder: Path) -> list[LeftoverScene]:
    found: list[LeftoverScene] = []
    for file in folder.glob(f"*{SUFFIX}"):
        try:
            owner = read_limited(file.with_suffix(OWNER_SUFFIX), MAX_OWNER_BYTES)
            fields = Fields(parse_json(owner, "owner"), "owner", [])
            is_alive = fields.text("host") != platform.node() or _is_running(
                fields.whole("pid"), fields.number("started", minimum=0.0, maximum=1e12)
            )
            scene = fields.optional_path("scene")
        except FileNotFoundError:
            # Discarded meanwhile by its window.
            continue
        except (FormatError, OSError):
            is_alive, scene = False, None
        if not is_alive:
            found.append(LeftoverScene(file, scene, _modified(file)))
    return found


@dataclass(frozen=True, slots=True)
class _Pictures:
    """Pictures of a leftover: in the store, else in the person's file."""

    store: PictureStore
    path_of_scene: Path | None

    def __call__(self, sha256: str) -> bytes:
        try:
            return self.store.get(sha256)
        except UserError:
            if self.path_of_scene is None:
                raise
            return PictureReader(self.path_of_scene)(sha256)

    def found(self, sha256: str) -> bytes | None:
        """A picture of the person's own that lay under the boxes."""
        try:
            return self.store.get(sha256)
        except UserError:
            return None

    def those_there(self, renders: Collection[RenderRecord]) -> set[str]:
        """The hashes of those that are whole."""
        found = set(_in_file(self.path_of_scene, renders))
        return found | {record.sha256 for record in renders if record.sha256 not in found and self._has(record.sha256)}

    def _has(self, sha256: str) -> bool:
        try:
            return bool(self.store.get(sha256))
        except UserError:
            return False


def _in_file(path: Path | None, renders: Collection[RenderRecord]) -> list[str]:
    if path is None:
        return []
    try:
        with Archive(path) as archive:
            return [record.sha256 for record in renders if archive.sha256(picture_name(record.sha256)) == record.sha256]
    except (FormatError, OSError):
        return []


def _modified(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _is_running(pid: int, started: float) -> bool:
    """Whether the very process still runs; another one may have got its number since."""
    try:
        return abs(psutil.Process(pid).create_time() - started) < SAME_START_S
    except (psutil.Error, ValueError, OverflowError):
        return False
