"""The journal of one open scene: every change on disk at once, in the app's own folder, never in the person's file.

``<data>/recovery/<id>.lmdjournal`` has one JSON value a line, after a checksum that covers this line and all before it:
first whose journal it is, then the scene's documents as they were when it began (long lists in parts, as if they had
been added), then what each change replaced in them. Nothing but the last line can be torn. ``<id>.lock`` is held as
long as the process of the window lives.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar, cast

import psutil

from lmd_desktop import __version__
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.domain.scene import Dialog
from lmd_desktop.storage.codec import encode_dialog, encode_scene
from lmd_desktop.storage.leftovers import Leftover, restore_leftover
from lmd_desktop.storage.locks import LOCK_SUFFIX, FileLock
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, dump_json, parse_json, path_text, short
from lmd_desktop.storage.render_codec import encode_record, encode_settings
from lmd_desktop.storage.scene_file import DIALOG, RENDERS, SCENE, SceneContent, encode_documents
from lmd_desktop.storage.view_entries import VIEW, view_value

JOURNAL_SUFFIX = ".lmdjournal"
JOURNAL_FORMAT = 1
MAX_JOURNAL_BYTES = 2**30
LONG_BYTES, LONG_SHARE = 8 * 2**20, 4  # the changes are long from 8 MB on, if they are 4 times what they began with
PART_ITEMS, PAUSE_S = 100, 0.001

_Item = TypeVar("_Item")


class NotBegun(FormatError):
    """The process ended while it wrote the first lines: there is nothing in the journal yet."""


class JournalWriter:
    """Appends to one journal; every method raises OSError, and then the journal holds what it held before.

    What was appended survives the end of the process at once, and a power cut once the file (``duplicate``) is synced.
    """

    def __init__(
        self, folder: Path, content: SceneContent, path_of_scene: Path | None, *, is_saved: bool = False
    ) -> None:
        """Begin a journal with the whole scene as it is now. ``is_saved``: the person's file holds the same."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        self.file = folder / f"{name}{JOURNAL_SUFFIX}"
        # The lock comes first: who finds the journal must find it taken.
        self._lock = FileLock.acquire(folder / f"{name}{LOCK_SUFFIX}")
        self._descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        self._length = 0
        self._checksum = 0
        self._content = content
        self._path_of_scene: Path | None = path_of_scene
        owner: JsonObject = {
            "journal": JOURNAL_FORMAT,
            "app": f"LMD Desktop {__version__}",
            "pid": os.getpid(),
            "started": psutil.Process().create_time(),
            "host": platform.node(),
            "scene": path_text(path_of_scene.resolve()) if path_of_scene is not None else None,
        }
        begun, *parts = _in_parts(content)
        try:
            documents = dict(encode_documents(begun)) | {VIEW: view_value(content.extra.entries)}
            self._add([owner | {"parts": len(parts)}, documents])
            for before, part in pairwise((begun, *parts)):
                # Encoding holds the interpreter; the window must get it in between.
                time.sleep(PAUSE_S)
                self._add([change_of(before, part)])
            if is_saved:
                self.append(content, is_saved=True)
        except BaseException:
            self.close(remove=True)
            raise
        self._first_length = self._length

    @property
    def is_long(self) -> bool:
        """Whether a new journal would be much shorter."""
        return self._length - self._first_length > max(LONG_BYTES, LONG_SHARE * self._first_length)

    @property
    def is_there(self) -> bool:
        """Whether the file is still in its folder; a removed one takes what is written, and loses it."""
        try:
            return os.path.samestat(self.file.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False

    def append(self, content: SceneContent, *, is_saved: bool = False, path_of_scene: Path | None = None) -> None:
        """Write what changed since the last time. ``is_saved``: the person's file holds the same.

        ``path_of_scene`` is where it was saved since; None if that is nowhere else.
        """
        change = change_of(self._content, content) | {"is_saved": is_saved}
        moved = path_of_scene if path_of_scene != self._path_of_scene else None
        if moved is not None:
            change["file"] = path_text(moved.resolve())
        self._add([change])
        self._content, self._path_of_scene = content, moved or self._path_of_scene

    def duplicate(self) -> int:
        """Another descriptor of the file, for the thread that syncs it; whoever takes it closes it."""
        return os.dup(self._descriptor)

    def close(self, *, remove: bool) -> None:
        """Let go; with ``remove`` the work is safe elsewhere, or was given up."""
        with contextlib.suppress(OSError):
            if remove:
                # Windows removes no file that is being synced; an empty journal goes with the next start.
                os.ftruncate(self._descriptor, 0)
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
        if remove:
            with contextlib.suppress(OSError):
                self.file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()

    def _add(self, values: Sequence[object]) -> None:
        checksum, lines = self._checksum, b""
        for value in values:
            body = dump_json(value)
            checksum = zlib.crc32(body, checksum)
            lines += b"%08x %b\n" % (checksum, body)
        # Where the last whole line ends: half a line of a failed attempt is written over, or it would hide the rest.
        os.lseek(self._descriptor, self._length, os.SEEK_SET)
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            os.ftruncate(self._descriptor, self._length)
            raise
        self._length += len(lines)
        self._checksum = checksum


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as read. ``is_complete`` is false if its end was torn; ``is_saved``: it holds nothing unsaved."""

    path_of_scene: Path | None
    documents: dict[str, object]
    is_saved: bool
    is_complete: bool
    pid: int
    started: float
    changes: int


def read_journal(path: Path) -> Journal:
    """All that is whole in a journal. Raises FormatError if not even its beginning is, OSError if it is unreadable."""
    if path.stat().st_size > MAX_JOURNAL_BYTES:
        raise FormatError(f"it is larger than any journal ({path.stat().st_size} bytes)")
    data = read_limited(path, MAX_JOURNAL_BYTES)
    lines, is_complete = _whole_lines(data)
    owner = Fields(parse_json(lines[0], "owner"), "owner", []) if lines else None
    if owner is None or len(lines) < 2 + owner.whole("parts", 0, minimum=0):
        if data.count(b"\n") == len(lines):
            raise NotBegun("it ends before its scene")
        raise FormatError("its beginning is damaged")
    if owner.whole("journal", minimum=1) > JOURNAL_FORMAT:
        raise FormatError(f"it was written by a newer version of the app ({short(owner.text('app', 'unknown'))})")
    documents = parse_json(lines[1], "scene")
    if not isinstance(documents, dict):
        raise FormatError("it has no scene")
    base, is_saved, scene = cast(JsonObject, documents), False, owner.optional_path("scene")
    for number, line in enumerate(lines[2:], start=1):
        change = Fields(parse_json(line, f"change {number}"), f"change {number}", [])
        apply_change(base, change)
        is_saved = change.flag("is_saved", default=False)
        scene = change.optional_path("file") or scene
    return Journal(
        scene,
        base,
        is_saved,
        is_complete,
        owner.whole("pid"),
        owner.number("started", minimum=0.0, maximum=1e12),
        len(lines) - 2 - owner.whole("parts", 0),
    )


def change_of(before: SceneContent, after: SceneContent) -> JsonObject:
    """What to replace in the documents of ``before`` so that they become those of ``after``."""
    scene: JsonObject = {"head": after.scene.dialog.head}
    if (after.scene.start, after.scene.layout.canvas) != (before.scene.start, before.scene.layout.canvas):
        scene |= encode_scene(after.scene)
    if after.settings != before.settings:
        scene["render_settings"] = encode_settings(after.settings)
    change: JsonObject = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "scene": scene}
    if after.extra.entries is not before.extra.entries:
        view = view_value(after.extra.entries)
        if view != view_value(before.extra.entries):
            change["view"] = view
    turns = _splice(before.scene.dialog.turns, after.scene.dialog.turns)
    if turns is not None:
        at, removed, added = turns
        change["turns"] = [at, removed, _restored(encode_dialog(Dialog(added)), DIALOG, after)["turns"]]
    renders = _splice(before.renders, after.renders)
    if renders is not None:
        at, removed, records = renders
        document: JsonObject = {"renders": [encode_record(record) for record in records]}
        change["renders"] = [at, removed, _restored(document, RENDERS, after)["renders"]]
    return change


def _in_parts(content: SceneContent) -> list[SceneContent]:
    """The scene without most of its turns and pictures, then with more and more of them, at last as it is."""
    scene, renders = content.scene, content.renders
    parts: list[SceneContent] = []
    for count in range(PART_ITEMS, max(len(scene.dialog.turns), len(renders)), PART_ITEMS):
        # Without a head no turn is missed that is still to come.
        some = replace(scene, dialog=Dialog(scene.dialog.turns[:count]))
        parts.append(replace(content, scene=some, renders=renders[:count]))
    return [*parts, content]


def _restored(document: JsonObject, name: str, content: SceneContent) -> JsonObject:
    """Some of the items of a document, with what a newer version had written into them."""
    restore_leftover(document, content.extra.keys.get(name, Leftover()))
    return document


def apply_change(documents: JsonObject, change: Fields) -> None:
    """Bring documents one change further, in place; raises FormatError if it does not fit them."""
    after = change.child("scene")
    _document(documents, SCENE).update({name: after.value(name) for name in after.names()})
    if "view" in change.names():
        documents[VIEW] = change.value("view")
    for name, key in ((DIALOG, "turns"), (RENDERS, "renders")):
        if not change.has(key):
            continue
        cut = change.items(key)
        items = _document(documents, name).get(key)
        if len(cut) != 3 or not isinstance(items, list) or not isinstance(cut[2], list):
            raise FormatError(f"{change.where}: “{key}” does not fit")
        numbers = Fields({"at": cut[0], "removed": cut[1]}, f"{change.where}, “{key}”", [])
        known = cast(list[object], items)
        at = numbers.whole("at", minimum=0, maximum=len(known))
        removed = numbers.whole("removed", minimum=0, maximum=len(known) - at)
        known[at : at + removed] = cast(list[object], cut[2])


def _splice(before: tuple[_Item, ...], after: tuple[_Item, ...]) -> tuple[int, int, tuple[_Item, ...]] | None:
    """One cut that makes ``after`` of ``before``: where, how many go, what comes; None if nothing changed."""
    if before is after:
        return None
    shorter = min(len(before), len(after))
    at = 0
    while at < shorter and (before[at] is after[at] or before[at] == after[at]):
        at += 1
    if at == len(before) == len(after):
        return None
    same_end = 0
    while same_end < shorter - at and (
        before[-1 - same_end] is after[-1 - same_end] or before[-1 - same_end] == after[-1 - same_end]
    ):
        same_end += 1
    return at, len(before) - at - same_end, after[at : len(after) - same_end]


def _document(documents: JsonObject, name: str) -> JsonObject:
    document = documents.get(name)
    if not isinstance(document, dict):
        raise FormatError(f"{name} is missing in it")
    return cast(JsonObject, document)


def _whole_lines(data: bytes) -> tuple[list[bytes], bool]:
    """The lines up to the first one whose checksum is wrong, and whether that is all of them."""
    *lines, rest = data.split(b"\n")
    whole: list[bytes] = []
    checksum = 0
    for line in lines:
        digits, _, body = line.partition(b" ")
        checksum = zlib.crc32(body, checksum)
        if digits != b"%08x" % checksum:
            return whole, False
        whole.append(body)
    return whole, not rest
