"""The scene as a file: its path, whether anything is unsaved, and new, open, save and recover."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.rendering_job import settings_of
from lmd_desktop.app.session import Session
from lmd_desktop.app.settings import AppSettings
from lmd_desktop.domain.errors import UserError, WriteError
from lmd_desktop.domain.requests import RenderRecord, RenderSettings
from lmd_desktop.domain.scene import Scene
from lmd_desktop.domain.scene_view import SceneView

if TYPE_CHECKING:
    from lmd_desktop.storage.fingerprint import Fingerprint
    from lmd_desktop.storage.locks import FileLock
    from lmd_desktop.storage.recovery import LeftoverScene
    from lmd_desktop.storage.scene_file import LoadedScene, SceneContent
    from lmd_desktop.storage.scene_saving import Progress


@dataclass(frozen=True, slots=True)
class _Saved:
    """What the file on disk holds beyond the undo stack's clean state."""

    renders: tuple[RenderRecord, ...] = ()
    settings: RenderSettings = RenderSettings()
    is_complete: bool = True


class Document(QObject):
    """``changed`` follows every change of the path, the read-only reason or the unsaved state.

    ``opened`` follows another scene, ``saved`` a save that was read back and compared. ``locks`` is the folder that
    says which window has which file open.
    """

    changed = Signal()
    opened = Signal()
    saved = Signal()

    def __init__(
        self,
        session: Session,
        pictures: Pictures,
        *,
        settings: AppSettings,
        locks: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = pictures
        self._settings = settings
        self._path: Path | None = None
        self._loaded: LoadedScene | None = None
        self._saved = _Saved()
        self._locks = locks
        self._lock: FileLock | None = None
        self._is_open_elsewhere = False
        self._is_switching = False
        self._version: Fingerprint | None = None
        self._recovered: Path | None = None
        self._view = self._saved_view = SceneView()
        self._entries: tuple[tuple[str, bytes], ...] = ()
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
    def recovered_from(self) -> Path | None:
        """The person's file whose unsaved work this is a copy of, until the copy has a file of its own."""
        return self._recovered

    @property
    def read_only_reason(self) -> str:
        """Why this file cannot be saved in place; empty if it can."""
        if self._is_open_elsewhere and self._path is not None:
            return self.tr("“{0}” is open in another window; this one can only save a copy.").format(self._path.name)
        return self._loaded.reason if self._loaded is not None and self._loaded.is_read_only else ""

    @property
    def view(self) -> SceneView:
        """How the person looks at it; saved with it, but only another backdrop is work that is not saved."""
        return self._view

    def set_view(self, view: SceneView) -> None:
        if view != self._view:
            if view.backdrop and view.backdrop is not self._view.backdrop:
                # The journal only says which one it is. Without room for it the journal fails too, and is told.
                with contextlib.suppress(UserError):
                    self._pictures.store().add(view.backdrop)
            self._use_view(view)
            self.changed.emit()

    @property
    def is_switching(self) -> bool:
        """Whether another scene is being put in the place of this one: neither is what the session holds just now."""
        return self._is_switching

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
            or self._view.backdrop is not self._saved_view.backdrop
        )

    def new(self, scene: Scene | None = None) -> None:
        """An untitled scene: empty, or the one that is given."""
        self._leave_file()
        self._saved = _Saved()
        self._pictures.use_file(None)
        self._put(scene or Scene())
        self._tell_opened()

    def open(self, path: Path) -> None:
        """Open a scene file, for reading only if another window has it; on UserError the present scene stays."""
        from lmd_desktop.storage.scene_file import load_scene

        loaded = load_scene(path)
        lock = self._lock if self._is_here(path) else self._locked(path)
        if lock is not self._lock:
            self._leave_file()
        self._lock, self._is_open_elsewhere = lock, lock is None
        self._path, self._version, self._recovered = path.absolute(), loaded.version, None
        self._show(loaded, is_complete=True)
        self._remember(self._path)
        self._tell_opened()

    def open_picture(self, path: Path) -> None:
        """An untitled scene from one of our own PNG files; UserError if the picture carries none."""
        from lmd_desktop.storage.png_metadata import read_png

        metadata = read_png(path)
        if metadata.scene is None:
            raise UserError(f"“{path.name}” carries no scene.", "Open a picture that this app rendered.")
        self._leave_file()
        renders: tuple[RenderRecord, ...] = ()
        settings = RenderSettings()
        if metadata.record is not None:
            self._pictures.store().add(path.read_bytes())
            renders, settings = (metadata.record,), settings_of(metadata.record, settings)
        self._saved = _Saved(renders, settings)
        self._pictures.use_file(None)
        self._put(metadata.scene, renders, settings=settings)
        self._tell_opened()

    def recover(self, leftover: LeftoverScene) -> None:
        """Continue with what a crashed window had not saved, as a copy: the person's file stays as it is."""
        loaded = leftover.load(self._pictures.store())
        self._leave_file()
        self._recovered = leftover.path_of_scene
        self._show(loaded, is_complete=False)
        self._tell_opened()

    def save(self, path: Path | None = None, *, overwrites: bool = False, progress: Progress | None = None) -> None:
        """Save to the file, or to another one; on UserError the scene stays unsaved and the old file untouched.

        ``ChangedOnDisk``: another program wrote the file meanwhile, and it was not said that the save ``overwrites``
        that. Other ``WriteError``: another place may do. ``progress`` may raise Cancelled; nothing has changed then.
        """
        from lmd_desktop.app.thumbnail import thumbnail_of
        from lmd_desktop.storage.scene_file import PictureReader
        from lmd_desktop.storage.scene_saving import save_scene

        target = path or self._path
        if target is None:
            raise UserError("This scene has no file yet.", "Choose a name for it.")
        if self.read_only_reason and target.absolute() == self._path:
            raise UserError(self.read_only_reason, "Save it under another name.")
        lock = self._lock if self._is_here(target) else self._locked(target)
        if lock is None:
            raise WriteError(f"“{target.name}” is open in another window.", "Save under another name.")
        content, view = self.content(), self._view
        try:
            version = save_scene(
                target,
                content,
                self._pictures.get,
                thumbnail=thumbnail_of(self._session, self._pictures),
                unchanged_since=None if overwrites or target.absolute() != self._path else self._version,
                source=self._path or self._recovered or target,
                progress=progress,
            )
        except BaseException:
            if lock is not self._lock:
                lock.release()
            raise
        if lock is not self._lock:
            self._leave_file(keeps_loaded=True)
        self._lock, self._is_open_elsewhere = lock, False
        self._path, self._version, self._recovered = target.absolute(), version, None
        if self._loaded is not None:
            self._loaded = replace(self._loaded, is_read_only=False, reason="")
        self._saved, self._saved_view = _Saved(content.renders, content.settings), view
        self._pictures.use_file(PictureReader(self._path))
        if self._session.scene is content.scene:
            self._session.undo_stack.setClean()
        else:
            # An answer came while the file was written.
            self._session.undo_stack.resetClean()
        self._remember(self._path)
        self.changed.emit()
        self.saved.emit()

    def close(self) -> None:
        """Let another window have the file."""
        self._leave_file(keeps_loaded=True)

    def content(self) -> SceneContent:
        """Everything that the scene file holds, with what a newer version had written into it."""
        present = self.present()
        entries = self._pictures.with_explanations(present.extra.entries, present.renders)
        return replace(present, extra=replace(present.extra, entries=entries))

    def present(self) -> SceneContent:
        """What the person made, as it is now: taken in no time, because everything in it is immutable."""
        from lmd_desktop.storage.scene_file import SceneContent

        session = self._session
        before = self._loaded.content if self._loaded is not None else SceneContent()
        extra = replace(before.extra, entries=self._entries)
        return replace(
            before, scene=session.scene, renders=session.renders, settings=session.render_settings, extra=extra
        )

    def _is_here(self, path: Path) -> bool:
        return self._lock is not None and self._path is not None and path.resolve() == self._path.resolve()

    def _locked(self, path: Path) -> FileLock | None:
        """The lock of another file; None if another window has it open."""
        from lmd_desktop.storage.locks import lock_scene

        return lock_scene(self._locks, path)

    def _leave_file(self, *, keeps_loaded: bool = False) -> None:
        if self._lock is not None:
            self._lock.release()
        self._lock, self._is_open_elsewhere = None, False
        if not keeps_loaded:
            self._path, self._loaded, self._version, self._recovered = None, None, None, None

    def _show(self, loaded: LoadedScene, *, is_complete: bool) -> None:
        from lmd_desktop.storage.view_entries import view_of

        content = loaded.content
        self._loaded = loaded
        self._saved = _Saved(content.renders, content.settings, is_complete)
        self._pictures.use_file(loaded.picture)
        self._pictures.use_explanations(content.extra.entries)
        self._put(content.scene, content.renders, settings=content.settings, view=view_of(content.extra.entries))

    def _put(
        self,
        scene: Scene,
        renders: tuple[RenderRecord, ...] = (),
        *,
        settings: RenderSettings | None = None,
        view: SceneView | None = None,
    ) -> None:
        self._is_switching = True
        self._entries = self._loaded.content.extra.entries if self._loaded is not None else ()
        self._use_view(view or SceneView())
        self._saved_view = self._view
        try:
            self._session.reset(scene, renders, settings=settings)
        finally:
            self._is_switching = False

    def _use_view(self, view: SceneView) -> None:
        """Look at the scene like this, with the entries of its file that say so."""
        self._view = view
        if self._entries or view != SceneView():
            # An empty window needs none of the storage.
            from lmd_desktop.storage.view_entries import with_view

            self._entries = with_view(self._entries, view)

    def _remember(self, path: Path) -> None:
        value = self._settings.value
        self._settings.change(replace(value, recent_files=self._settings.remember_file(path)))

    def _tell_opened(self) -> None:
        self.opened.emit()
        self.changed.emit()
