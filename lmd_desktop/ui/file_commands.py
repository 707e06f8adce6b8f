"""New, open, save, import, export: what the File menu does, with the questions that come before."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lmd_desktop.app.workspace import Workspace
from lmd_desktop.domain.errors import Cancelled, ChangedOnDisk, ExitCode, UserError, WriteError
from lmd_desktop.domain.requests import RenderRecord

if TYPE_CHECKING:
    from lmd_desktop.ui.file_dialogs import FileDialogs

SCENE_SUFFIX = ".lmdscene"
PICTURE_SUFFIX = ".png"


class FileCommands(QObject):
    """Every command leaves the open scene as it is when the person cancels or an error comes."""

    saved = Signal()

    def __init__(self, workspace: Workspace, window: QWidget, dialogs: Callable[[QWidget], FileDialogs] | None) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._make_dialogs = dialogs

    @cached_property
    def dialogs(self) -> FileDialogs:
        """Made when the first question is asked: the start needs none."""
        from lmd_desktop.ui.file_dialogs import FileDialogs

        return (self._make_dialogs or FileDialogs)(self._window)

    def new(self) -> None:
        if self.may_let_go():
            self._workspace.document.new()

    def open(self) -> None:
        path = self.dialogs.scene_to_open(self._folder())
        if path is not None:
            self.open_path(path)

    def import_picture(self) -> None:
        path = self.dialogs.picture_to_open(self._folder())
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a scene file or one of our pictures; asks about unsaved work first."""
        if not self.may_let_go():
            return
        if path.suffix.lower() == PICTURE_SUFFIX:
            self._workspace.document.open_picture(path)
        else:
            self._workspace.document.open(path)

    def save(self) -> bool:
        """True once the scene is safe on disk."""
        document = self._workspace.document
        if document.path is None or document.read_only_reason:
            return self.save_as()
        return self._save_to(document.path)

    def save_as(self) -> bool:
        document = self._workspace.document
        name = document.name or self.tr("Untitled")
        if document.recovered_from is not None:
            name = self.tr("{0} recovered").format(document.recovered_from.stem)
        if document.read_only_reason:
            name = self.tr("{0} copy").format(name)
        path = self.dialogs.scene_to_save((self._folder() or Path.home()) / f"{name}{SCENE_SUFFIX}")
        return path is not None and self._save_to(path)

    def export_picture(self, record: RenderRecord | None, *, has_metadata: bool = True) -> None:
        """Save one picture wherever the person wants it, with how it came to be inside, or without a word about it."""
        if record is None:
            raise UserError("There is no picture to save yet.", "Render one first.", exit_code=ExitCode.USAGE)
        name = f"{self._workspace.document.name or self.tr('picture')}-{record.request.seed}{PICTURE_SUFFIX}"
        path = self.dialogs.picture_to_save((self._folder() or Path.home()) / name)
        if path is not None:
            self._workspace.pictures.export(record.sha256, path, has_metadata=has_metadata)
            if self._workspace.settings.value.exports_sidecars:
                self._workspace.pictures.export_sidecar(record.sha256, path)

    def may_let_go(self) -> bool:
        """Whether the open scene may be closed: it is saved, or the person said what to do with it."""
        from lmd_desktop.ui.file_dialogs import Unsaved

        document = self._workspace.document
        if not document.is_dirty:
            return True
        match self.dialogs.unsaved(document.name or self.tr("Untitled")):
            case Unsaved.SAVE:
                # An answer that came while the file was written is asked about too.
                return self.save() and self.may_let_go()
            case Unsaved.DISCARD:
                return True
            case Unsaved.CANCEL:
                return False

    def _save_to(self, path: Path, *, overwrites: bool = False) -> bool:
        """Save, and ask for another place where this one cannot be written or holds what others wrote."""
        from lmd_desktop.ui.file_dialogs import Conflict

        try:
            with self.dialogs.saving(path.name) as progress:
                self._workspace.document.save(path, overwrites=overwrites, progress=progress)
        except Cancelled:
            return False
        except ChangedOnDisk as error:
            match self.dialogs.changed_on_disk(error):
                case Conflict.SAVE_AS:
                    return self.save_as()
                case Conflict.OVERWRITE:
                    return self._save_to(path, overwrites=True)
                case Conflict.CANCEL:
                    return False
        except WriteError as error:
            return self.dialogs.save_elsewhere(error) and self.save_as()
        self.saved.emit()
        return True

    def _folder(self) -> Path | None:
        document = self._workspace.document
        path = document.path or document.recovered_from
        return path.parent if path is not None else None
