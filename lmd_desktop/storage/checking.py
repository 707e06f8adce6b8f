"""Looks at every entry of a scene file and says what is wrong, where opening it would stop at the first mistake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage.archive import Archive
from lmd_desktop.storage.atomic import copy_of
from lmd_desktop.storage.reading import Fields, FormatError
from lmd_desktop.storage.scene_file import (
    COPIES,
    MANIFEST,
    decode_documents,
    load_scene,
    newer_format,
    picture_name,
    read_documents,
    read_manifest,
)


@dataclass(frozen=True, slots=True)
class Check:
    """``problems`` are damage, ``notes`` what opening would repair or could not judge; ``version`` is "1.2"."""

    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    version: str = ""
    app: str = ""
    turns: int = 0
    pictures: int = 0
    entries: int = 0

    @property
    def is_whole(self) -> bool:
        return not self.problems


def check_scene(path: Path) -> Check:
    """Every hash, every document, every picture. Raises OSError if the file cannot be read at all."""
    try:
        with Archive(path) as archive:
            return _checked(archive, read_manifest(archive), path)
    except FormatError as error:
        return Check((_sentence(str(error)),))


def whole_copies(path: Path) -> tuple[Path, ...]:
    """The older copies beside a scene file that can be opened, newest first."""
    copies = [copy_of(path, number) for number in range(1, COPIES + 1)]
    return tuple(copy for copy in copies if copy.is_file() and check_scene(copy).is_whole)


def _checked(archive: Archive, manifest: Fields, path: Path) -> Check:
    hashes = manifest.child("entries")
    found = {name: archive.sha256(name) for name in archive.names if name != MANIFEST}
    problems: list[str] = []
    for name in hashes.names():
        if found.get(name) is None:
            problems.append(f"{name} cannot be read." if name in found else f"{name} is missing.")
        elif found[name] != hashes.text(name):
            problems.append(f"{name} is not what it was when the file was saved (its sha256 differs).")
    notes = [
        f"{name} was added by another program; {MANIFEST} has no hash for it." for name in found if not hashes.has(name)
    ]
    turns, pictures = 0, 0
    try:
        content = decode_documents(read_documents(archive, hashes), notes)
        turns, pictures = len(content.scene.dialog.turns), len(content.renders)
        names = {picture_name(record.sha256): record.sha256 for record in content.renders}
        problems += [f"{name}, a picture of the scene, is missing." for name in names if name not in found]
        problems += [
            f"{name} is another picture than its name says."
            for name, sha256 in names.items()
            if found.get(name) not in (None, sha256) and found.get(name) == hashes.value(name)
        ]
    except FormatError as error:
        problems.append(_sentence(str(error)))
    if reason := newer_format(manifest):
        notes.append(f"{_sentence(reason)} This version can only read it.")
    if not problems:
        problems += _problems_of_opening(path)
    version = f"{manifest.whole('format', minimum=1)}.{manifest.whole('minor', 0)}"
    unique = tuple(dict.fromkeys(problems))
    return Check(unique, tuple(dict.fromkeys(notes)), version, manifest.text("app", ""), turns, pictures, len(found))


def _problems_of_opening(path: Path) -> list[str]:
    """The last word has the reader itself."""
    try:
        load_scene(path)
    except UserError as error:
        return [error.cause]
    return []


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
