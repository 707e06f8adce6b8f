"""Opens and saves the scene files of the commands, and writes pictures beside them."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from lmd_desktop.domain.errors import ChangedOnDisk, ExitCode, UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import RenderResult, record_of
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.atomic import explain_write_error, write_atomically
from lmd_desktop.storage.fingerprint import Fingerprint
from lmd_desktop.storage.png_metadata import write_png
from lmd_desktop.storage.scene_file import SceneContent, explanation_name, load_scene
from lmd_desktop.storage.scene_saving import save_scene

THUMBNAIL_SIDE = 256
MAX_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class OpenScene:
    """A scene file that a command works on."""

    path: Path
    content: SceneContent
    picture: Callable[[str], bytes]
    notes: tuple[str, ...] = ()
    version: Fingerprint | None = None

    def with_scene(self, scene: Scene) -> OpenScene:
        return replace(self, content=replace(self.content, scene=scene))

    def save(self) -> None:
        """Raises UserError; ``ChangedOnDisk`` if a window, say, has saved the scene since it was opened here."""
        save_scene(self.path, self.content, self.picture, thumbnail=self._thumbnail(), unchanged_since=self.version)

    def try_to_save(self) -> UserError | None:
        """Why it could not be saved, for a command that has a result to print all the same."""
        try:
            self.save()
        except ChangedOnDisk as error:
            # The work of minutes: it must not depend on what another program did meanwhile.
            beside = replace(self, path=free_path(self.path.parent, self.path.stem, self.path.suffix), version=None)
            failed = beside.try_to_save()
            return failed or UserError(error.cause, f"What was made here is in “{beside.path}” instead.")
        except UserError as error:
            return error
        return None

    def _thumbnail(self) -> bytes | None:
        if not self.content.renders:
            return None
        with Image.open(io.BytesIO(self.picture(self.content.renders[-1].sha256))) as image:
            small = image.convert("RGB")
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        buffer = io.BytesIO()
        small.save(buffer, "PNG")
        return buffer.getvalue()


def open_scene(path: Path) -> OpenScene:
    """A scene that may be changed; raises UserError if it cannot be read or must not be written."""
    loaded = load_scene(path)
    if loaded.is_read_only:
        raise UserError(loaded.reason, "Use the newer version of the app, or save a copy with it for this one.")
    return OpenScene(path, loaded.content, loaded.picture, loaded.notes, loaded.version)


def open_or_make_scene(path: Path) -> OpenScene:
    return open_scene(path) if path.exists() else new_scene(path)


def new_scene(path: Path) -> OpenScene:
    """An empty scene that ``save`` will write to ``path``; its folder must be there."""
    if not path.absolute().parent.is_dir():
        raise UserError(f"There is no folder “{path.absolute().parent}”.", "Make it first.", exit_code=ExitCode.USAGE)
    return OpenScene(path, SceneContent(), _no_picture)


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cause = f"The folder “{folder}” cannot be made: {error.strerror}."
        raise UserError(cause, "Choose another folder.") from error


def add_picture(opened: OpenScene, result: RenderResult, out: Path) -> OpenScene:
    """Write the picture to ``out`` and add it to the scene, which is not saved yet."""
    record = record_of(result, opened.content.scene.dialog.head)
    png = write_png(result.size, result.rgb, record, opened.content.scene)
    try:
        write_atomically(out, png)
    except OSError as error:
        raise explain_write_error(error, out, len(png)) from error
    sha256 = hashlib.sha256(png).hexdigest()
    known = {sha256: png}

    def picture(wanted: str) -> bytes:
        return known[wanted] if wanted in known else opened.picture(wanted)

    others = tuple(other for other in opened.content.renders if other.sha256 != sha256)
    renders = (*others, replace(record, sha256=sha256))
    return replace(opened, content=replace(opened.content, renders=renders), picture=picture)


def add_explanation(opened: OpenScene, explanation: tuple[Size, bytes], out: Path) -> OpenScene:
    """Write the sheet of the newest picture to ``out``, and add it to the scene beside that picture."""
    size, rgb = explanation
    buffer = io.BytesIO()
    Image.frombytes("RGB", (size.width, size.height), rgb).save(buffer, "PNG")
    try:
        write_atomically(out, buffer.getvalue())
    except OSError as error:
        raise explain_write_error(error, out, len(buffer.getvalue())) from error
    name = explanation_name(opened.content.renders[-1].sha256)
    extra = opened.content.extra
    entries = (*(entry for entry in extra.entries if entry[0] != name), (name, buffer.getvalue()))
    return replace(opened, content=replace(opened.content, extra=replace(extra, entries=entries)))


def is_head_rendered(opened: OpenScene) -> bool:
    """Whether a picture shows the layout at the head: then the next hand edit must be a turn of its own."""
    return any(record.turn == opened.content.scene.dialog.head for record in opened.content.renders)


def free_path(folder: Path, name: str, suffix: str) -> Path:
    """``name`` + ``suffix`` in the folder, with a number behind the name if that is taken."""
    number = 1
    while True:
        path = folder / f"{name}{'' if number == 1 else f'-{number}'}{suffix}"
        if not path.exists():
            return path
        number += 1


def file_name_for(prompt: str) -> str:
    """A short file name from a prompt; ``scene`` if nothing of it can stand in one."""
    words = re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")
    return words[:MAX_NAME_LENGTH].strip("-") or "scene"


def _no_picture(sha256: str) -> bytes:
    raise LookupError(sha256)
