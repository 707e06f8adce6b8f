"""The finished pictures of the open scene by their hash: in the store on disk, in the opened file, or in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord, RenderResult
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.storage.picture_store import PictureStore


class Pictures:
    """Keeps every finished picture; ``on_problem`` hears of a disk that does not take it."""

    def __init__(self, open_store: Callable[[], PictureStore], *, on_problem: Callable[[UserError], None]) -> None:
        self._open_store = open_store
        self._store: PictureStore | None = None
        self._on_problem = on_problem
        self._in_memory: dict[str, bytes] = {}
        self._opened: Callable[[str], bytes] | None = None

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
        return replace(record, sha256=sha256)

    def get(self, sha256: str) -> bytes:
        """The PNG with this hash; raises UserError if it is nowhere."""
        if sha256 in self._in_memory:
            return self._in_memory[sha256]
        if self._opened is None or self.store().has(sha256):
            return self.store().get(sha256)
        return self._opened(sha256)

    def export(self, sha256: str, path: Path) -> None:
        """Write one picture, as it is, to a file of the person's choice; raises UserError."""
        from lmd_desktop.storage.atomic import explain_write_error, write_atomically

        png = self.get(sha256)
        try:
            write_atomically(path, png)
        except OSError as error:
            raise explain_write_error(error, path, len(png)) from error

    def use_file(self, picture: Callable[[str], bytes] | None) -> None:
        """Where the pictures of the opened scene file come from; None for a new scene."""
        self._opened = picture

    def store(self) -> PictureStore:
        """The folder of all pictures; made when it is first needed."""
        if self._store is None:
            self._store = self._open_store()
        return self._store
