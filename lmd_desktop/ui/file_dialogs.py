"""Every question about a file that is asked in a dialog of its own; tests answer them without a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog, QWidget

from lmd_desktop.domain.errors import Cancelled, UserError
from lmd_desktop.ui.table_words import told

PROGRESS_AFTER_MS = 700


class Unsaved(Enum):
    """What to do with unsaved work."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Conflict(Enum):
    """What to do with a file that another program changed."""

    SAVE_AS = "save_as"
    OVERWRITE = "overwrite"
    CANCEL = "cancel"


def _tr(text: str) -> str:
    return QCoreApplication.translate("FileDialogs", text)


class FileDialogs:
    """Asks with the desktop's own dialogs; None means that the person cancelled."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def scene_to_open(self, folder: Path | None) -> Path | None:
        scenes = _tr("Scenes and pictures (*.lmdscene *.png)")
        return self._existing(_tr("Open a scene"), scenes, folder)

    def picture_to_open(self, folder: Path | None) -> Path | None:
        return self._existing(_tr("Open the scene of a picture"), _tr("Pictures (*.png)"), folder)

    def backdrop_to_use(self, folder: Path | None) -> Path | None:
        kinds = _tr("Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.gif);;All files (*)")
        return self._existing(_tr("Choose a backdrop"), kinds, folder)

    def planner_to_use(self, folder: Path | None) -> Path | None:
        return self._existing(_tr("Choose a planner model"), _tr("GGUF models (*.gguf);;All files (*)"), folder)

    def painter_file_to_use(self, folder: Path | None) -> Path | None:
        kinds = _tr("Checkpoints (*.safetensors);;All files (*)")
        return self._existing(_tr("Choose a painter checkpoint"), kinds, folder)

    def painter_folder_to_use(self, folder: Path | None) -> Path | None:
        title = _tr("Choose the folder of a painter (with its model_index.json)")
        chosen = QFileDialog.getExistingDirectory(self._parent, title, str(folder or ""))
        return Path(chosen) if chosen else None

    def layout_to_open(self, folder: Path | None) -> Path | None:
        kinds = _tr("Layouts as text or JSON (*.json *.txt);;All files (*)")
        return self._existing(_tr("Import a layout"), kinds, folder)

    def layout_to_save(self, suggestion: Path) -> Path | None:
        return self._new(_tr("Export the layout"), _tr("Layouts (*.json)"), suggestion)

    def layers_to_save(self, suggestion: Path) -> Path | None:
        return self._new(_tr("Export the picture with its layers"), _tr("OpenRaster (*.ora)"), suggestion)

    def model_file_to_add(self, folder: Path | None) -> Path | None:
        kinds = _tr("Models (*.gguf *.safetensors *.lmdmodels);;All files (*)")
        return self._existing(_tr("Add a model"), kinds, folder)

    def bundle_to_open(self, folder: Path | None) -> Path | None:
        return self._existing(_tr("Import a bundle of models"), _tr("Bundles of models (*.lmdmodels)"), folder)

    def bundle_to_save(self, suggestion: Path) -> Path | None:
        return self._new(_tr("Export a bundle of models"), _tr("Bundles of models (*.lmdmodels)"), suggestion)

    def model_folder_to_add(self, folder: Path | None) -> Path | None:
        title = _tr("Add a painter's folder, or a folder to search for models")
        chosen = QFileDialog.getExistingDirectory(self._parent, title, str(folder or ""))
        return Path(chosen) if chosen else None

    def scene_to_save(self, suggestion: Path) -> Path | None:
        return self._new(_tr("Save the scene"), _tr("Scenes (*.lmdscene)"), suggestion)

    def picture_to_save(self, suggestion: Path) -> Path | None:
        return self._new(_tr("Save the picture"), _tr("Pictures (*.png)"), suggestion)

    def unsaved(self, name: str) -> Unsaved:
        """Whether to save before the scene is closed."""
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(_tr("Unsaved work"))
        box.setText(_tr("“{0}” has changes that are not saved.").format(name))
        box.setInformativeText(_tr("They are lost if you do not save them."))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        match box.exec():
            case buttons.Save:
                return Unsaved.SAVE
            case buttons.Discard:
                return Unsaved.DISCARD
            case _:
                return Unsaved.CANCEL

    def changed_on_disk(self, error: UserError) -> Conflict:
        """Whether to keep what another program wrote into the file."""
        box = self._question(error.cause, error.next_step)
        roles = QMessageBox.ButtonRole
        save_as = box.addButton(_tr("Save As…"), roles.AcceptRole)
        overwrite = box.addButton(_tr("Overwrite"), roles.DestructiveRole)
        overwrite.setToolTip(_tr("The other version stays beside the file, with ~1 behind its name."))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save_as)
        box.exec()
        if box.clickedButton() is save_as:
            return Conflict.SAVE_AS
        return Conflict.OVERWRITE if box.clickedButton() is overwrite else Conflict.CANCEL

    def save_elsewhere(self, error: UserError) -> bool:
        """The file could not be written: whether to choose another place now."""
        box = self._question(error.cause, error.next_step)
        save_as = box.addButton(_tr("Save As…"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save_as)
        box.exec()
        return box.clickedButton() is save_as

    @contextmanager
    def saving(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Yields what to call with how much is done of how much; it shows itself when a save takes long.

        Cancelling raises Cancelled out of that call.
        """
        dialog = QProgressDialog(_tr("Saving “{0}”…").format(name), _tr("Cancel"), 0, 0, self._parent)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.setMinimumDuration(PROGRESS_AFTER_MS)
        dialog.setAutoReset(False)

        def tell(done: int, total: int) -> None:
            dialog.setMaximum(total)
            dialog.setValue(done)
            if dialog.wasCanceled():
                raise Cancelled

        try:
            yield tell
        finally:
            dialog.reset()
            dialog.deleteLater()

    def _question(self, cause: str, next_step: str) -> QMessageBox:
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(_tr("Not saved"))
        box.setText(told(cause))
        box.setInformativeText(told(next_step))
        return box

    def _existing(self, title: str, kinds: str, folder: Path | None) -> Path | None:
        chosen, _ = QFileDialog.getOpenFileName(self._parent, title, str(folder or ""), kinds)
        return Path(chosen) if chosen else None

    def _new(self, title: str, kinds: str, suggestion: Path) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self._parent, title, str(suggestion), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix.lower() == suggestion.suffix else path.with_name(path.name + suggestion.suffix)
