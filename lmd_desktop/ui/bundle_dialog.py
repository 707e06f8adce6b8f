"""Models in one file: says what is in a bundle before it is unpacked, asks what to put into one, and shows how far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.model_library import ModelLibrary
from lmd_desktop.domain.licences import commercial_use
from lmd_desktop.ui.file_dialogs import FileDialogs
from lmd_desktop.ui.model_words import kind_text, size_text
from lmd_desktop.ui.row_table import row_table
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.theme import SPACING

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import Bundle, BundledModel, InstalledModel

THOUSANDTHS = 1000
NAME = 1  # column
FILE_NAME = "models.lmdmodels"


class BundleDialog(QDialog):
    """A table of models, a button that begins, and the progress of it; closing it ends what is going on."""

    def __init__(self, library: ModelLibrary, models: tuple[BundledModel | InstalledModel, ...], parent: QWidget):
        super().__init__(parent)
        self._library = library
        self._is_running = False
        self.text = QLabel(self)
        self.text.setObjectName("bundle_text")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.table = self._made_table(models)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("bundle_progress")
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.setRange(0, THOUSANDTHS)
        self.progress.hide()
        self.begin_button = QPushButton(self)
        self.begin_button.setObjectName("begin_bundle")
        self.begin_button.setProperty("primary", True)
        self.begin_button.clicked.connect(self._begin)
        self.close_button = QPushButton(self.tr("Cancel"), self)
        self.close_button.setObjectName("close_bundle")
        self.close_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.begin_button)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addWidget(self.text)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)
        self.resize(620, 320)
        library.bundled_so_far.connect(self._show_progress)
        library.bundle_done.connect(self._show_done)
        library.problem_occurred.connect(self._show_failed)

    def done(self, result: int) -> None:
        """Also Esc and the cross: nothing goes on behind a closed dialog."""
        if self._is_running:
            self._is_running = False
            self._library.cancel("bundle")
        super().done(result)

    def _begin(self) -> None:
        raise NotImplementedError

    def _done_text(self) -> str:
        raise NotImplementedError

    def _show_running(self) -> None:
        self._is_running = True
        self.progress.setValue(0)
        self.progress.show()
        self.begin_button.setEnabled(False)
        self.table.setEnabled(False)

    def _show_progress(self, done: int, total: int) -> None:
        self.progress.setValue(round(THOUSANDTHS * done / max(total, 1)))

    def _show_done(self) -> None:
        if self._is_running:
            self._is_running = False
            self.progress.hide()
            self.begin_button.hide()
            self.close_button.setText(self.tr("Close"))
            self.text.setText(self._done_text())

    def _show_failed(self) -> None:
        """The window tells why: it can be tried again."""
        if self._is_running:
            self._is_running = False
            self.progress.hide()
            self.begin_button.setEnabled(True)
            self.table.setEnabled(True)

    def _made_table(self, models: tuple[BundledModel | InstalledModel, ...]) -> QTableWidget:
        titles = (self.tr("Kind"), self.tr("Name"), self.tr("Size"), self.tr("Licence"), self.tr("Commercial use"))
        uses = {"yes": self.tr("yes"), "no": self.tr("no"), "read": self.tr("read its terms")}
        table = row_table(self, "bundle_models", title=self.tr("Models in the bundle"), columns=titles)
        table.setRowCount(len(models))
        for row, model in enumerate(models):
            licence = model.licence or self.tr("not noted: read its page")
            texts = (kind_text(model.kind), told(model.title), size_text(model.size_bytes), licence)
            for column, text in enumerate((*texts, uses[commercial_use(model.licence)])):
                table.setItem(row, column, QTableWidgetItem(text))
        table.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        return table


class ImportDialog(BundleDialog):
    """What a bundle holds; its models join the list once the person agrees."""

    def __init__(self, library: ModelLibrary, bundle: Bundle, parent: QWidget) -> None:
        super().__init__(library, bundle.models, parent)
        self._bundle = bundle
        self.setObjectName("import_bundle_dialog")
        self.setWindowTitle(self.tr("Import a bundle of models"))
        self.begin_button.setText(self.tr("Import"))
        asked = self.tr("“{0}” holds these models. They take {1} in “{2}”; every file is checked on the way.")
        size = size_text(bundle.size_bytes)
        self.text.setText(asked.format(bundle.path.name, size, library.bundles_folder))

    def _begin(self) -> None:
        self._show_running()
        self._library.import_bundle(self._bundle)

    def _done_text(self) -> str:
        return self.tr("The models are in the list, and used from now on.")


class ExportDialog(BundleDialog):
    """The person's own models, all ticked; those that stay so are put into one file."""

    def __init__(
        self, library: ModelLibrary, models: tuple[InstalledModel, ...], dialogs: FileDialogs, parent: QWidget
    ) -> None:
        super().__init__(library, models, parent)
        self._models = models
        self._dialogs = dialogs
        self._target = Path(FILE_NAME)
        self.setObjectName("export_bundle_dialog")
        self.setWindowTitle(self.tr("Export a bundle of models"))
        self.begin_button.setText(self.tr("Export…"))
        self.text.setText(
            self.tr(
                "One file with the ticked models, to carry them to a computer that is not online: import it there. "
                "Whether a licence lets you pass a model on is for you to know."
            )
        )
        self._ticks = [QTableWidgetItem(told(model.title)) for model in models]
        for row, tick in enumerate(self._ticks):
            tick.setCheckState(Qt.CheckState.Checked)
            self.table.setItem(row, NAME, tick)
        self.table.itemChanged.connect(self._follow_ticks)

    def _ticked(self) -> tuple[InstalledModel, ...]:
        pairs = zip(self._models, self._ticks, strict=True)
        return tuple(model for model, tick in pairs if tick.checkState() == Qt.CheckState.Checked)

    def _follow_ticks(self) -> None:
        self.begin_button.setEnabled(bool(self._ticked()))

    def _begin(self) -> None:
        target = self._dialogs.bundle_to_save(Path.home() / FILE_NAME)
        if target is not None:
            self._target = target
            self._show_running()
            self._library.export_bundle(self._ticked(), target)

    def _done_text(self) -> str:
        return self.tr("Written: {0}").format(self._target)
