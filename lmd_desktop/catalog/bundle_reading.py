"""Reads a bundle of models of a stranger: says what is in it, and unpacks it once every byte is what it should be."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import struct
import uuid
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lmd_desktop.catalog.bundle import (
    BLOCK_BYTES,
    FORMAT,
    MANIFEST,
    MAX_FILES,
    MIMETYPE,
    BundledFile,
    BundledModel,
    Progress,
    check_room,
    entry_name,
)
from lmd_desktop.catalog.file_kinds import PICKLE_SUFFIXES, is_plain_path
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.strict_json import parse_strict_object
from lmd_desktop.domain.zip_tables import table_bytes

MAX_MANIFEST = 4_000_000
MAX_MODELS = 50
MAX_TEXT = 300
MAX_TABLE = MAX_MODELS * MAX_FILES * 400
UNREADABLE = (
    OSError, ValueError, NotImplementedError, RuntimeError, EOFError, struct.error, zlib.error, zipfile.BadZipFile
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a file says that it holds; only unpacking shows whether it is true."""

    path: Path
    models: tuple[BundledModel, ...]

    @property
    def size_bytes(self) -> int:
        return sum(model.size_bytes for model in self.models)


def read_bundle(path: Path) -> Bundle:
    """The list of what is in a bundle; raises UserError that says why it is none, or not whole."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _Wrong("it is not a plain file")
        if table_bytes(path) > MAX_TABLE:
            raise _Wrong("it has more entries than any bundle")
        with zipfile.ZipFile(path) as archive:
            entries = {info.filename: info for info in archive.infolist()}
            if _short(archive, entries, "mimetype", 100) != MIMETYPE.encode():
                raise _Wrong("it is a ZIP file, but not a bundle of models")
            bundle = Bundle(path, _models(parse_strict_object(_short(archive, entries, MANIFEST, MAX_MANIFEST))))
    except _Wrong as error:
        raise _refused(path, str(error)) from error
    except FileNotFoundError as error:
        raise UserError(f"There is no file “{path}”.", "Check its name.") from error
    except UNREADABLE as error:
        raise _refused(path, "it is not whole, or no bundle") from error
    for number, model in enumerate(bundle.models, start=1):
        for file in model.files:
            info = entries.get(entry_name(number, file.name))
            is_stored = info is not None and info.compress_type == zipfile.ZIP_STORED
            if info is None or not is_stored or (info.file_size, info.compress_size) != (file.size, file.size):
                raise _refused(path, f"{file.name} in it is not what its list says")
    return bundle


def unpack_bundle(bundle: Bundle, folder: Path, *, progress: Progress) -> tuple[Path, ...]:
    """Put the models below ``folder``, each in a folder of its own; gives what is to be added to the list.

    A model appears only once all of it has the right sha256; one that is there already is not written again.
    ``progress``: bytes so far, of all; may raise. Raises UserError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_room(folder, bundle.size_bytes)
    done, places = 0, []
    try:
        with zipfile.ZipFile(bundle.path) as archive:
            for number, model in enumerate(bundle.models, start=1):
                place = folder / _folder_name(model)
                if not _is_there(model, place):
                    _unpack(
                        archive,
                        number,
                        model,
                        place,
                        lambda count, done=done: progress(done + count, bundle.size_bytes),
                    )
                done += model.size_bytes
                progress(done, bundle.size_bytes)
                places.append(place if model.is_folder else place / model.files[0].name)
    except _Wrong as error:
        raise _refused(bundle.path, str(error)) from error
    except UNREADABLE as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise _refused(bundle.path, f"it could not be unpacked ({reason})") from error
    return tuple(places)


class _Wrong(Exception):
    """What is wrong with a bundle, as the end of a sentence."""


def _unpack(
    archive: zipfile.ZipFile, number: int, model: BundledModel, place: Path, on_bytes: Callable[[int], None]
) -> None:
    part = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        so_far = 0
        for file in model.files:
            target = part / file.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            digest, size = hashlib.sha256(), 0
            with archive.open(entry_name(number, file.name)) as source, target.open("wb") as out:
                while block := source.read(BLOCK_BYTES):
                    size += len(block)
                    if size > file.size:
                        raise _Wrong(f"{file.name} in it is longer than its list says")
                    out.write(block)
                    digest.update(block)
                    on_bytes(so_far + size)
            if digest.hexdigest() != file.sha256:
                raise _Wrong(f"{file.name} in it is damaged (its sha256 is not the one in its list)")
            so_far += size
        if place.exists():
            raise _Wrong(f"“{place}” is in the way")
        part.replace(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _is_there(model: BundledModel, place: Path) -> bool:
    """Its name holds the start of its hash, and it is only put there whole."""
    return all(
        (place / file.name).is_file() and (place / file.name).stat().st_size == file.size for file in model.files
    )


def _folder_name(model: BundledModel) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", model.title.lower()).strip("-")[:40] or model.kind
    whole = hashlib.sha256("".join(f"{file.name} {file.sha256}\n" for file in model.files).encode())
    return f"{words}-{whole.hexdigest()[:12]}"


def _short(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], name: str, limit: int) -> bytes:
    """A small entry; nothing in a bundle is compressed, so that nothing can swell."""
    info = entries.get(name)
    if info is None or info.file_size > limit or info.compress_type != zipfile.ZIP_STORED:
        raise _Wrong(f"it has no {name} that can be read")
    return archive.read(info)


def _models(manifest: dict[str, object]) -> tuple[BundledModel, ...]:
    if not isinstance(manifest.get("format"), int) or cast(int, manifest["format"]) > FORMAT:
        raise _Wrong("it was made by a newer version of the app")
    listed = manifest.get("models")
    if not isinstance(listed, list) or not 0 < len(cast(list[object], listed)) <= MAX_MODELS:
        raise _Wrong("its list names no models")
    return tuple(_model(entry) for entry in cast(list[object], listed))


def _model(entry: object) -> BundledModel:
    values = cast(dict[str, object], entry) if isinstance(entry, dict) else {}
    texts = [values.get(name) for name in ("title", "family", "licence")]
    title, family, licence = (" ".join(text.split())[:MAX_TEXT] if isinstance(text, str) else "" for text in texts)
    kind, is_folder, listed = values.get("kind"), values.get("is_folder"), values.get("files")
    if kind not in ("planner", "painter") or not isinstance(is_folder, bool) or not isinstance(listed, list):
        raise _Wrong("a model in its list is not described")
    files = tuple(_file(file) for file in cast(list[object], listed))
    names = {file.name.casefold() for file in files}
    if not 0 < len(files) <= (MAX_FILES if is_folder else 1) or len(names) != len(files):
        raise _Wrong("the files of a model in its list do not fit")
    return BundledModel(kind, title or kind, family, licence, is_folder, files)


def _file(entry: object) -> BundledFile:
    values = cast(dict[str, object], entry) if isinstance(entry, dict) else {}
    name, size, sha256 = values.get("name"), values.get("size"), values.get("sha256")
    if not isinstance(name, str) or not is_plain_path(name) or Path(name).suffix.lower() in PICKLE_SUFFIXES:
        raise _Wrong("it holds a file that no model needs")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _Wrong(f"{name} in its list has no size")
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise _Wrong(f"{name} in its list has no sha256")
    return BundledFile(name, size, sha256)


def _refused(path: Path, reason: str) -> UserError:
    return UserError(f"“{path.name}” cannot be used: {reason}.", "Export it again on the computer it came from.")
