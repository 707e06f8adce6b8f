"""The scene as a file: its path, whether anything is unsaved, and new, open, save and recover."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.rendering_job import settings_of
from lmd_desktop.app.session import Session
from lmd_desktop.app.settings import AppSettings
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord, RenderSettings
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.storage.autosave import LeftoverScene
    from lmd_desktop.storage.scene_file import LoadedScene, SceneContent


@dataclass(frozen=True, slots=True)
class _Saved:
    """What the file on disk holds beyond the undo stack's clean state."""

    renders: tuple[RenderRecord, ...] = ()
    settings: RenderSettings = RenderSettings()
    is_complete: bool = True


class Document(QObject):
    """``changed`` follows every change of the path, the read-only reason or the unsaved state."""

    changed = Signal()
    opened = Signal()

    def __init__(
        self, session: Session, pictures: Pictures, *, settings: AppSettings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = pictures
        self._settings = settings
        self._path: Path | None = None
        self._loaded: LoadedScene | None = None
        self._saved = _Saved()
        session.undo_stack.cleanChanged.connect(self.changed)
        session.renders_changed.connect(self.changed)
        session.render_settings_changed.connect(self.changed)

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def name(self) -> str | None:
        """The file's name without its ending; None for a scene that was never saved."""
        return self._path.stem if self._path is not None else None

    @property
    def read_only_reason(self) -> str:
        """Why this file cannot be saved in place; empty if it can."""
        return self._loaded.reason if self._loaded is not None and self._loaded.is_read_only else ""

    @property
    def notes(self) -> tuple[str, ...]:
        return self._loaded.notes if self._loaded is not None else ()

    @property
    def is_dirty(self) -> bool:
        """Whether there is anything that the file does not hold. A new scene's render settings alone are no work."""
        session = self._session
        has_new_settings = self._path is not None and session.render_settings != self._saved.settings
        return (
            not self._saved.is_complete
            or not session.undo_stack.isClean()
            or session.renders != self._saved.renders
            or has_new_settings
        )

    def new(self, scene: Scene | None = None) -> None:
        """An untitled scene: empty, or the one that is given."""
        self._path, self._loaded = None, None
        self._saved = _Saved()
        self._pictures.use_file(None)
        self._session.reset(scene or Scene())
        self._tell_opened()

    def open(self, path: Path) -> None:
        """Open a scene file; on UserError the present scene stays as it is."""
        from lmd_desktop.storage.scene_file import load_scene

        loaded = load_scene(path)
        self._path = path.absolute()
        self._show(loaded, is_complete=True)
        self._remember(self._path)
        self._tell_opened()

    def open_picture(self, path: Path) -> None:
        """An untitled scene from one of our own PNG files; UserError if the picture carries none."""
        from lmd_desktop.storage.png_metadata import read_png

        metadata = read_png(path)
        if metadata.scene is None:
            raise UserError(f"“{path.name}” carries no scene.", "Open a picture that this app rendered.")
        self._path, self._loaded = None, None
        renders: tuple[RenderRecord, ...] = ()
        settings = RenderSettings()
        if metadata.record is not None:
            self._pictures.store().add(path.read_bytes())
            renders, settings = (metadata.record,), settings_of(metadata.record, settings)
        self._saved = _Saved(renders, settings)
        self._pictures.use_file(None)
        self._session.reset(metadata.scene, renders, settings=settings)
        self._tell_opened()

    def recover(self, leftover: LeftoverScene) -> None:
        """Continue with what a crashed window had not saved; it counts as unsaved work on the same file."""
        loaded = leftover.load(self._pictures.store())
        self._path = leftover.path_of_scene
        self._show(loaded, is_complete=False)
        self._tell_opened()

    def save(self, path: Path | None = None) -> None:
        """Save to the file, or to another one; on UserError the scene stays unsaved and the old file untouched."""
        from lmd_desktop.app.thumbnail import thumbnail_of
        from lmd_desktop.storage.scene_file import PictureReader, save_scene

        target = path or self._path
        if target is None:
            raise UserError("This scene has no file yet.", "Choose a name for it.")
        if self.read_only_reason and target.absolute() == self._path:
            raise UserError(self.read_only_reason, "Save it under another name.")
        content = self.content()
        save_scene(target, content, self._pictures.get, thumbnail=thumbnail_of(self._session, self._pictures))
        self._path = target.absolute()
        if self.read_only_reason and self._loaded is not None:
            self._loaded = replace(self._loaded, is_read_only=False, reason="")
        self._saved = _Saved(content.renders, content.settings)
        self._pictures.use_file(PictureReader(self._path))
        self._session.undo_stack.setClean()
        self._remember(self._path)
        self.changed.emit()

    def content(self) -> SceneContent:
        """Everything that the scene file holds, with what a newer version had written into it."""
        from lmd_desktop.storage.scene_file import SceneContent

        session = self._session
        before = self._loaded.content if self._loaded is not None else SceneContent()
        return replace(before, scene=session.scene, renders=session.renders, settings=session.render_settings)

    def _show(self, loaded: LoadedScene, *, is_complete: bool) -> None:
        content = loaded.content
        self._loaded = loaded
        self._saved = _Saved(content.renders, content.settings, is_complete)
        self._pictures.use_file(loaded.picture)
        self._session.reset(content.scene, content.renders, settings=content.settings)

    def _remember(self, path: Path) -> None:
        value = self._settings.value
        self._settings.change(replace(value, recent_files=self._settings.remember_file(path)))

    def _tell_opened(self) -> None:
        self.opened.emit()
        self.changed.emit()
