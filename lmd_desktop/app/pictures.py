"""The finished pictures of the open scene by their hash: in the store on disk, in the opened file, or in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import RenderRecord, RenderResult
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.storage.picture_store import PictureStore


class Pictures:
    """Keeps every finished picture; ``on_problem`` hears of a disk that does not take it.

    ``exports_bare`` says whether the person wants all pictures exported without a word about how they came to be.
    """

    def __init__(
        self,
        open_store: Callable[[], PictureStore],
        *,
        on_problem: Callable[[UserError], None],
        exports_bare: Callable[[], bool],
    ) -> None:
        self._open_store = open_store
        self._exports_bare = exports_bare
        self._store: PictureStore | None = None
        self._on_problem = on_problem
        self._in_memory: dict[str, bytes] = {}
        self._opened: Callable[[str], bytes] | None = None
        self._explanations: dict[str, bytes] = {}  # by the names of their entries in the scene file

    def keep(self, result: RenderResult, record: RenderRecord, *, scene: Scene) -> RenderRecord:
        """Write the picture losslessly before anybody sees it; the record gets the hash of its file."""
        # PIL is not needed until there is a picture, and costs start time.
        import hashlib

        from lmd_desktop.storage.png_metadata import write_png

        png = write_png(result.size, result.rgb, record=record, scene=scene)
        try:
            sha256 = self.store().add(png)
        except UserError as error:
            sha256 = hashlib.sha256(png).hexdigest()
            self._in_memory[sha256] = png
            kept = "The picture is kept in memory until then; save the scene once there is room."
            self._on_problem(UserError(error.cause, f"{error.next_step} {kept}", exit_code=error.exit_code))
        if result.explanation is not None:
            self._keep_explanation(sha256, *result.explanation)
        return replace(record, sha256=sha256)

    def explanation(self, sha256: str) -> bytes | None:
        """The sheet of attention and masks of a picture as a PNG file, if it was painted with one."""
        from lmd_desktop.storage.scene_file import explanation_name

        if explanation_name(sha256) in self._explanations:
            return self._explanations[explanation_name(sha256)]
        try:
            return self._explanation_path(sha256).read_bytes()
        except OSError:
            return None

    def use_explanations(self, entries: Iterable[tuple[str, bytes]]) -> None:
        """The sheets that the opened scene file holds, by the names of their entries."""
        self._explanations = dict(entries)

    def with_explanations(
        self, entries: tuple[tuple[str, bytes], ...], renders: Iterable[RenderRecord]
    ) -> tuple[tuple[str, bytes], ...]:
        """Entries for the scene file: those that it had, and the sheets of pictures that were painted since."""
        from lmd_desktop.storage.scene_file import explanation_name

        names = {name for name, _ in entries}
        sheets = (
            (explanation_name(record.sha256), self.explanation(record.sha256))
            for record in renders
            if explanation_name(record.sha256) not in names
        )
        return (*entries, *((name, data) for name, data in sheets if data is not None))

    def get(self, sha256: str) -> bytes:
        """The PNG with this hash; raises UserError if it is nowhere."""
        if sha256 in self._in_memory:
            return self._in_memory[sha256]
        if self._opened is None or self.store().has(sha256):
            return self.store().get(sha256)
        return self._opened(sha256)

    def export(self, sha256: str, path: Path, *, has_metadata: bool = True) -> None:
        """Write a picture to a file of the person's choice, as it is or without a word about it; raises UserError."""
        from lmd_desktop.storage.atomic import explain_write_error, write_atomically
        from lmd_desktop.storage.png_chunks import without_metadata

        is_bare = self._exports_bare() or not has_metadata
        png = without_metadata(self.get(sha256)) if is_bare else self.get(sha256)
        try:
            write_atomically(path, png)
        except OSError as error:
            raise explain_write_error(error, path, len(png)) from error

    def export_sidecar(self, sha256: str, path: Path) -> None:
        """Write how a picture came to be beside the file that it was exported to; raises UserError."""
        from lmd_desktop.storage.atomic import explain_write_error, write_atomically
        from lmd_desktop.storage.sidecar import sidecar_of, sidecar_path

        data = sidecar_of(self.get(sha256))
        try:
            write_atomically(sidecar_path(path), data)
        except OSError as error:
            raise explain_write_error(error, sidecar_path(path), len(data)) from error

    def use_file(self, picture: Callable[[str], bytes] | None) -> None:
        """Where the pictures of the opened scene file come from; None for a new scene."""
        self._opened = picture

    def _keep_explanation(self, sha256: str, size: Size, rgb: bytes) -> None:
        from lmd_desktop.storage.png_metadata import write_plain_png
        from lmd_desktop.storage.scene_file import explanation_name

        png = write_plain_png(size, rgb)
        self._explanations[explanation_name(sha256)] = png
        path = self._explanation_path(sha256)
        # The picture itself is safe; without room the sheet lasts as long as the window.
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(png)

    def _explanation_path(self, sha256: str) -> Path:
        return self.store().folder / "explanations" / f"{sha256}.png"

    def store(self) -> PictureStore:
        """The folder of all pictures; made when it is first needed."""
        if self._store is None:
            self._store = self._open_store()
        return self._store
