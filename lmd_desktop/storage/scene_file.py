"""What a scene file holds, and how it is opened; ``scene_saving`` writes it.

A ZIP file: ``mimetype`` (first, stored), ``manifest.json`` (format, sha256 of every entry), ``scene.json``,
``dialog.json``, ``renders.json``, ``renders/<sha256>.png`` (stored), ``thumbnail.png``; unknown entries and keys stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipInfo

from lmd_desktop import __version__
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import RenderRecord, RenderSettings
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.archive import Archive, read_stored
from lmd_desktop.storage.atomic import copy_of
from lmd_desktop.storage.codec import decode_scene, encode_dialog, encode_scene
from lmd_desktop.storage.fingerprint import Fingerprint, fingerprint_of
from lmd_desktop.storage.leftovers import Leftover, find_leftover, restore_leftover
from lmd_desktop.storage.migrations import migrated
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, dump_json, parse_json, short
from lmd_desktop.storage.render_codec import decode_record, decode_settings, encode_record, encode_settings

SUFFIX = ".lmdscene"
FORMAT, MINOR = 1, 3
COPIES = 3
MIMETYPE = "application/x-lmdscene+zip"
MANIFEST, SCENE, DIALOG, RENDERS = "manifest.json", "scene.json", "dialog.json", "renders.json"
THUMBNAIL = "thumbnail.png"
DOCUMENTS = (SCENE, DIALOG, RENDERS)
MAX_JSON_BYTES = 128 * 2**20
MAX_PICTURE_BYTES = 512 * 2**20
MAX_UNKNOWN_BYTES = 256 * 2**20
MAX_PICTURE_PIXELS = 2**27
PNG_START = b"\x89PNG\r\n\x1a\n"

PictureSource = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Extra:
    """What a newer version wrote into the file and this one does not know: keys by document, entries by name."""

    keys: dict[str, Leftover] = field(default_factory=dict[str, Leftover])
    entries: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class SceneContent:
    """Everything a scene file holds, except the bytes of the pictures."""

    scene: Scene = Scene()
    renders: tuple[RenderRecord, ...] = ()
    settings: RenderSettings = RenderSettings()
    extra: Extra = field(default_factory=Extra)
    created: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedScene:
    """An opened file. ``picture`` reads one picture by its sha256; ``reason`` says why the file is read-only.

    ``version`` tells later whether another program wrote the file meanwhile; None if it does not come from a file.
    """

    content: SceneContent
    picture: PictureSource
    is_read_only: bool = False
    reason: str = ""
    notes: tuple[str, ...] = ()
    version: Fingerprint | None = None


def load_scene(path: Path, *, fallback: PictureSource | None = None) -> LoadedScene:
    """Open a scene file; ``fallback`` knows pictures that the file itself does not hold (autosave)."""
    path = path.resolve()
    try:
        version = fingerprint_of(path)
        with Archive(path) as archive:
            return replace(_load(archive, path, fallback), version=version)
    except FormatError as error:
        raise UserError(f"“{path.name}” cannot be opened: {error}.", _other_copies(path)) from error
    except FileNotFoundError as error:
        raise UserError(f"There is no file “{path}”.", "Check its name.", exit_code=ExitCode.USAGE) from error
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else error.strerror or type(error).__name__
        raise UserError(
            f"“{path.name}” cannot be opened: {reason}.", "Choose a scene file that can be read."
        ) from error


def picture_name(sha256: str) -> str:
    return f"renders/{sha256}.png"


def explanation_name(sha256: str) -> str:
    """The entry of a picture's sheet of attention and masks; it is kept like an entry that nothing knows."""
    return f"explanations/{sha256}.png"


def encode_documents(content: SceneContent) -> dict[str, JsonObject]:
    """The JSON documents of a scene file by name, with the keys of newer versions back in their places."""
    known = _encoded(content)
    for name, document in known.items():
        restore_leftover(document, content.extra.keys.get(name, Leftover()))
    return known


def decode_documents(documents: dict[str, object], notes: list[str]) -> SceneContent:
    """The content of parsed documents, without unknown entries; ``notes`` gathers what was repaired. FormatError."""
    fields = {name: Fields(documents.get(name), name, notes) for name in DOCUMENTS}
    scene = decode_scene(fields[SCENE], fields[DIALOG])
    settings = decode_settings(fields[SCENE].child("render_settings"))
    records = tuple(decode_record(item) for item in fields[RENDERS].children("renders", "picture"))
    content = SceneContent(scene, records, settings)
    keys = {name: find_leftover(documents[name], known, name) for name, known in _encoded(content).items()}
    return replace(content, extra=Extra(keys))


def _encoded(content: SceneContent) -> dict[str, JsonObject]:
    return {
        SCENE: encode_scene(content.scene) | {"render_settings": encode_settings(content.settings)},
        DIALOG: encode_dialog(content.scene.dialog),
        RENDERS: {"renders": [encode_record(record) for record in content.renders]},
    }


def encode_manifest(content: SceneContent, hashes: dict[str, str]) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest: JsonObject = {
        "format": FORMAT,
        "minor": MINOR,
        "min_reader": FORMAT,
        "app": f"LMD Desktop {__version__}",
        "created": content.created or now,
        "modified": now,
        "entries": hashes,
    }
    restore_leftover(manifest, content.extra.keys.get(MANIFEST, Leftover()))
    return dump_json(manifest)


def read_manifest(archive: Archive) -> Fields:
    """What the file says of itself; raises FormatError if it is no scene file."""
    if "mimetype" not in archive.names or archive.read("mimetype", 100) != MIMETYPE.encode("ascii"):
        raise FormatError("it is a ZIP file, but not a scene")
    return Fields(parse_json(archive.read(MANIFEST, MAX_JSON_BYTES), MANIFEST), MANIFEST, [])


def newer_format(manifest: Fields) -> str:
    """Why this version may only read the file; empty if it may write it."""
    needed = max(manifest.whole("format", minimum=1), manifest.whole("min_reader", FORMAT))
    if needed <= FORMAT:
        return ""
    return f"it was saved by a newer version of the app ({short(manifest.text('app', 'unknown'))}, format {needed})"


def _load(archive: Archive, path: Path, fallback: PictureSource | None) -> LoadedScene:
    manifest = read_manifest(archive)
    reason = newer_format(manifest)
    try:
        content, notes = _read_content(archive, manifest, fallback)
    except FormatError as error:
        if reason:
            raise FormatError(f"{reason} and cannot be read ({error})") from error
        raise
    if reason:
        reason = f"“{path.name}” is open for reading only: {reason}."
    return LoadedScene(content, PictureReader(path, fallback), bool(reason), reason, notes)


def _read_content(
    archive: Archive, manifest: Fields, fallback: PictureSource | None
) -> tuple[SceneContent, tuple[str, ...]]:
    notes: list[str] = []
    hashes = manifest.child("entries")
    documents = migrated(read_documents(archive, hashes), _version_of(manifest))
    content = decode_documents(documents, notes)
    records = content.renders
    keys = content.extra.keys | {MANIFEST: _manifest_leftover(manifest)}
    extra = Extra(keys, _unknown_entries(archive, hashes, records, notes))
    usable = {record.sha256 for record in records if _is_usable(record.sha256, archive, fallback)}
    content = with_pictures(content, usable, notes)
    return replace(content, extra=extra, created=manifest.optional_text("created")), tuple(notes)


def with_pictures(content: SceneContent, usable: Collection[str], notes: list[str]) -> SceneContent:
    """The content without records whose pictures are not ``usable`` (by sha256); each is told in ``notes``."""
    lost = [record for record in content.renders if record.sha256 not in usable]
    notes += [f"The picture {record.sha256[:12]}… is damaged or missing." for record in lost]
    return replace(content, renders=tuple(record for record in content.renders if record.sha256 in usable))


def read_documents(archive: Archive, hashes: Fields) -> dict[str, object]:
    """The parsed JSON documents by name; raises FormatError if one is missing or is not what its hash says."""
    documents: dict[str, object] = {}
    for name in DOCUMENTS:
        data = archive.read(name, MAX_JSON_BYTES)
        if hashlib.sha256(data).hexdigest() != hashes.text(name):
            raise FormatError(f"{name} is damaged (its sha256 is not the one in {MANIFEST})")
        documents[name] = parse_json(data, name)
    return documents


def read_unknown(path: Path, renders: tuple[RenderRecord, ...]) -> tuple[Extra, tuple[str, ...]]:
    """What the file at ``path`` holds beyond its scene; nothing if there is no such file any more."""
    notes: list[str] = []
    try:
        with Archive(path.resolve()) as archive:
            manifest = read_manifest(archive)
            entries = _unknown_entries(archive, manifest.child("entries"), renders, notes)
            return Extra({MANIFEST: _manifest_leftover(manifest)}, entries), tuple(notes)
    except FileNotFoundError:
        return Extra(), ()
    except (FormatError, OSError) as error:
        return Extra(), (f"What other programs had added to “{path.name}” could not be read ({error}).",)


def _version_of(manifest: Fields) -> tuple[int, int]:
    return manifest.whole("format", minimum=1), manifest.whole("minor", 0)


def _manifest_leftover(manifest: Fields) -> Leftover:
    known = parse_json(encode_manifest(SceneContent(), {}), MANIFEST)
    found = find_leftover({name: manifest.value(name) for name in manifest.names()}, known, MANIFEST)
    # The hashes of the old entries are not unknown keys.
    return Leftover(found.keys)


def _unknown_entries(
    archive: Archive, hashes: Fields, records: tuple[RenderRecord, ...], notes: list[str]
) -> tuple[tuple[str, bytes], ...]:
    ours = {"mimetype", MANIFEST, THUMBNAIL, *DOCUMENTS, *(picture_name(record.sha256) for record in records)}
    unknown: list[tuple[str, bytes]] = []
    left = MAX_UNKNOWN_BYTES
    for name in [name for name in archive.names if name not in ours]:
        if hashes.has(name) and archive.sha256(name) != hashes.text(name):
            notes.append(f"{name} is damaged and was left out.")
            continue
        data = archive.read(name, left)
        left -= len(data)
        unknown.append((name, data))
    return tuple(unknown)


def _is_usable(sha256: str, archive: Archive, fallback: PictureSource | None) -> bool:
    if archive.sha256(picture_name(sha256)) == sha256:
        return True
    if fallback is None:
        return False
    try:
        return hashlib.sha256(fallback(sha256)).hexdigest() == sha256
    except UserError:
        return False


class PictureReader:
    """Reads pictures of an opened scene when they are asked for; the file is open only while it is read.

    Where they lie in it is kept while the file stays the same: with 1,000 pictures the table of contents takes longer
    than the picture, and holds up the window meanwhile.
    """

    def __init__(self, path: Path, fallback: PictureSource | None = None) -> None:
        self.path = path
        self.fallback = fallback
        self._state = (0, 0, 0)
        self._stored: dict[str, ZipInfo] = {}

    def __call__(self, sha256: str) -> bytes:
        try:
            data = self._read_known(sha256) or self._read(picture_name(sha256))
        except (FormatError, OSError) as error:
            if self.fallback is not None:
                return self.fallback(sha256)
            raise UserError(
                f"The picture {picture_name(sha256)} is not in “{self.path.name}” any more.", _other_copies(self.path)
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256 or not _is_sane_png(data):
            raise UserError(
                f"The picture {picture_name(sha256)} in “{self.path.name}” is damaged.", _other_copies(self.path)
            )
        return data

    def _read_known(self, sha256: str) -> bytes | None:
        """The picture, if the file is still the one that was read before; what is not its hash is not returned."""
        info = self._stored.get(picture_name(sha256))
        if info is None or info.file_size > MAX_PICTURE_BYTES or self._state != _state_of(self.path):
            return None
        data = read_stored(self.path, info)
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def _read(self, name: str) -> bytes:
        state = _state_of(self.path)
        with Archive(self.path) as archive:
            self._state, self._stored = state, archive.stored_entries()
            return archive.read(name, MAX_PICTURE_BYTES)


def _state_of(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _is_sane_png(data: bytes) -> bool:
    """Whether this is a PNG file of a size that fits into memory once it is decoded."""
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return data.startswith(PNG_START) and 0 < width * height <= MAX_PICTURE_PIXELS


def _other_copies(path: Path) -> str:
    copies = [copy_of(path, number).name for number in range(1, COPIES + 1) if copy_of(path, number).exists()]
    if copies:
        return f"Open an older copy beside it instead: {', '.join(copies)}."
    return "Check that it was copied completely, or choose another file."
