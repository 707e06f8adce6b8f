"""Models in one file, ``.lmdmodels``, to carry them to a computer that is not online.

A ZIP file in which nothing is compressed: ``mimetype`` (first), the files of each model below ``models/<number>/``, and
last ``manifest.json``: the format, and of each model its kind, title, family, licence, and the size and sha256 of its
files. ``bundle_reading`` reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lmd_desktop import __version__
from lmd_desktop.catalog.file_kinds import PICKLE_SUFFIXES, is_plain_path
from lmd_desktop.catalog.installed import InstalledModel
from lmd_desktop.domain.errors import UserError

SUFFIX = ".lmdmodels"
FORMAT = 1
MIMETYPE = "application/x-lmdmodels+zip"
MANIFEST = "manifest.json"
BLOCK_BYTES = 1 << 22
SPACE_RESERVE = 100_000_000
MAX_FILES = 500  # of one model

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BundledFile:
    """``name`` is its path below the model's own folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model as the manifest tells it; ``is_folder``: its files are a folder that is used as a whole."""

    kind: Literal["planner", "painter"]
    title: str
    family: str
    licence: str
    is_folder: bool
    files: tuple[BundledFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)


def entry_name(number: int, file: str) -> str:
    """Where a file of the model with this number, from 1, lies in the ZIP file."""
    return f"models/{number}/{file}"


def write_bundle(models: Sequence[InstalledModel], target: Path, *, progress: Progress) -> None:
    """Put models into one file, which appears only once it is whole. ``progress``: bytes so far, of all; may raise.

    Raises UserError without a model, without room, and if a file cannot be read or written.
    """
    sources = [_files_of(model) for model in models]
    if not sources:
        raise UserError("There is no model of your own to put into a bundle.", "Add one on the models page first.")
    total = sum(path.stat().st_size for files in sources for _, path in files)
    check_room(target.parent, total)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as handle:
            with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                archive.writestr("mimetype", MIMETYPE)
                told = _Told(progress, total)
                written = [
                    _write_model(archive, number, model, files, told)
                    for number, (model, files) in enumerate(zip(models, sources, strict=True), start=1)
                ]
                document = {"format": FORMAT, "app": f"LMD Desktop {__version__}", "models": written}
                archive.writestr(MANIFEST, json.dumps(document, ensure_ascii=False))
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(target)
    except OSError as error:
        raise UserError(f"“{target.name}” could not be written: {error.strerror}.", "Choose another place.") from error
    finally:
        part.unlink(missing_ok=True)


def check_room(folder: Path, size: int) -> None:
    """Raises UserError if the disk of this folder has no room for so many bytes, before anything is written."""
    free = shutil.disk_usage(folder).free
    if free < size + SPACE_RESERVE:
        raise UserError(
            f"{size / 1e9:.1f} GB are needed in “{folder}”, and {free / 1e9:.1f} GB are free.",
            "Make room, or choose another disk.",
        )


class _Told:
    """Counts bytes over all files."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)


def _write_model(
    archive: zipfile.ZipFile, number: int, model: InstalledModel, files: list[tuple[str, Path]], told: _Told
) -> dict[str, object]:
    written = [_write_file(archive, entry_name(number, name), name, path, told) for name, path in files]
    return {
        "kind": model.kind,
        "title": model.title,
        "family": model.family,
        "licence": model.licence,
        "is_folder": model.path.is_dir(),
        "files": [asdict(file) for file in written],
    }


def _write_file(archive: zipfile.ZipFile, entry: str, name: str, path: Path, told: _Told) -> BundledFile:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(zipfile.ZipInfo(entry), "w", force_zip64=True) as target:
        while block := source.read(BLOCK_BYTES):
            target.write(block)
            digest.update(block)
            size += len(block)
            told.add(len(block))
    return BundledFile(name, size, digest.hexdigest())


def _files_of(model: InstalledModel) -> list[tuple[str, Path]]:
    """Names and places of all that the model needs; pickles, which nobody should open, and hidden files stay."""
    if model.path.is_file():
        return [(_plain_name(model.path), model.path)]
    files = [
        (path.relative_to(model.path).as_posix(), path)
        for path in sorted(model.path.rglob("*"))
        if path.is_file() and path.suffix.lower() not in PICKLE_SUFFIXES
    ]
    kept = [(name, path) for name, path in files if is_plain_path(name) and not re.search(r"(^|/)\.", name)]
    if not kept or len(kept) > MAX_FILES:
        raise UserError(f"“{model.path}” has {len(kept)} files that a bundle can hold.", "Choose a model's own folder.")
    return kept


def _plain_name(path: Path) -> str:
    """The file's name as every system can have it."""
    return path.name if is_plain_path(path.name) else f"model{path.suffix.lower()}"
