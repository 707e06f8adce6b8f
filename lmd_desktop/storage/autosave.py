"""Saves each open scene to a side file every few seconds, and finds the side files of processes that died.

``<data>/autosave/<id>.lmdscene`` holds the scene without its pictures (they are in the picture store already) and
``<id>.json`` says whose it is: process, computer, the person's file. The person's file itself is never touched.
"""

from __future__ import annotations

import contextlib
import os
import platform
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from lmd_desktop.storage.atomic import explain_write_error, write_atomically
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.reading import Fields, FormatError, dump_json, parse_json
from lmd_desktop.storage.scene_file import SUFFIX, LoadedScene, PictureReader, SceneContent, load_scene, write_scene

LOCK_SUFFIX = ".json"
SAME_START_S = 2.0


class Autosave:
    """The side file of one open window."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{uuid.uuid4().hex}{SUFFIX}"

    @property
    def file(self) -> Path:
        return self._file

    def write(self, content: SceneContent, path_of_scene: Path | None) -> None:
        """Replace the side file; raises UserError (a full disk must be told, not swallowed)."""
        lock = dump_json(
            {
                "pid": os.getpid(),
                "started": psutil.Process().create_time(),
                "host": platform.node(),
                "scene": str(path_of_scene.resolve()) if path_of_scene is not None else None,
            }
        )
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(_lock_of(self._file), lock)
        except OSError as error:
            raise explain_write_error(error, self._file, len(lock)) from error
        write_scene(self._file, content, None, thumbnail=None, copies=0)

    def discard(self) -> None:
        """After a verified save, or when the person closes the window for good."""
        _remove(self._file)


@dataclass(frozen=True, slots=True)
class LeftoverScene:
    """A side file whose process is gone; ``path_of_scene`` is the person's file, if there was one."""

    file: Path
    path_of_scene: Path | None
    modified: datetime

    def load(self, pictures: PictureStore) -> LoadedScene:
        """The scene as it was last autosaved; its pictures come from the store or from the person's file."""

        def picture(sha256: str) -> bytes:
            if self.path_of_scene is None or pictures.has(sha256):
                return pictures.get(sha256)
            return PictureReader(self.path_of_scene)(sha256)

        return load_scene(self.file, fallback=picture)

    def discard(self) -> None:
        _remove(self.file)


def find_leftovers(folder: Path) -> tuple[LeftoverScene, ...]:
    """Side files of dead processes of this computer, newest first."""
    found: list[LeftoverScene] = []
    for file in folder.glob(f"*{SUFFIX}"):
        try:
            lock = _lock_of(file).read_bytes()
            fields = Fields(parse_json(lock, "lock"), "lock", [])
            is_alive = fields.text("host") != platform.node() or _is_running(
                fields.whole("pid"), fields.number("started", minimum=0.0, maximum=1e12)
            )
            scene = fields.optional_text("scene")
            modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except FileNotFoundError:
            # Discarded meanwhile by its window.
            continue
        except FormatError:
            is_alive, scene, modified = False, None, datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if not is_alive:
            found.append(LeftoverScene(file, Path(scene) if scene else None, modified))
    return tuple(sorted(found, key=lambda leftover: leftover.modified, reverse=True))


def _lock_of(file: Path) -> Path:
    return file.with_suffix(LOCK_SUFFIX)


def _is_running(pid: int, started: float) -> bool:
    """Whether the very process still runs; another one may have got its number since."""
    try:
        return abs(psutil.Process(pid).create_time() - started) < SAME_START_S
    except (psutil.Error, ValueError, OverflowError):
        return False


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
        _lock_of(file).unlink(missing_ok=True)
