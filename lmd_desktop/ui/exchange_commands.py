"""The File menu's ways in and out beside the scene file: a copy, layouts as text, a picture with layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from lmd_desktop.ui.file_dialogs import FileDialogs
    from lmd_desktop.ui.main_window import MainWindow

MESSAGE_MS = 8000
SCENE_SUFFIX, LAYOUT_SUFFIX, LAYERS_SUFFIX = ".lmdscene", ".lmdlayout.json", ".ora"


class ExchangeCommands(QObject):
    """Nothing here changes which file the window works on."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def save_copy(self) -> None:
        from lmd_desktop.app.exchange import save_copy

        workspace = self._window.workspace
        name = self.tr("{0} copy").format(self._name())
        path = self._dialogs.scene_to_save(self._folder() / f"{name}{SCENE_SUFFIX}")
        if path is not None:
            save_copy(workspace.document, workspace.session, workspace.pictures, path)
            self._window.status.showMessage(self.tr("A copy is saved as {0}.").format(path.name), MESSAGE_MS)

    def import_layout(self) -> None:
        """A layout in any of the forms that can be pasted becomes a turn; what is ambiguous is asked there."""
        from lmd_desktop.app.exchange import read_layout_text

        path = self._dialogs.layout_to_open(self._folder())
        if path is not None:
            self._window.dialog_panel.commands.use_answer(read_layout_text(path))

    def export_layout(self) -> None:
        from lmd_desktop.app.exchange import export_layout

        path = self._dialogs.layout_to_save(self._folder() / f"{self._name()}{LAYOUT_SUFFIX}")
        if path is not None:
            export_layout(self._window.workspace.session.layout, path)

    def export_layers(self) -> None:
        from lmd_desktop.app.exchange import export_layers

        workspace = self._window.workspace
        path = self._dialogs.layers_to_save(self._folder() / f"{self._name()}{LAYERS_SUFFIX}")
        if path is not None:
            export_layers(workspace.session.layout, self._window.backdrop.record, workspace.pictures, path)

    def recover(self) -> None:
        """Unsaved work of windows that crashed, as it is offered at the start."""
        if self._window.workspace.leftovers():
            self._window.offer_leftovers()
        else:
            self._window.status.showMessage(self.tr("No window has left unsaved work behind."), MESSAGE_MS)

    @property
    def _dialogs(self) -> FileDialogs:
        return self._window.files.dialogs

    def _name(self) -> str:
        return self._window.workspace.document.name or self.tr("Untitled")

    def _folder(self) -> Path:
        path = self._window.workspace.document.path
        return path.parent if path is not None else Path.home()
