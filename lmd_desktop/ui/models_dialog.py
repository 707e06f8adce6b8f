"""The models page: what is installed and where, what is worth having, and whether this computer is enough for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.model_library import ModelLibrary
from lmd_desktop.ui.adding_models import add_file, add_folder
from lmd_desktop.ui.download_row import DownloadRow
from lmd_desktop.ui.dropped_models import TakesModels
from lmd_desktop.ui.file_dialogs import FileDialogs
from lmd_desktop.ui.model_words import hardware_text, kind_text, size_text, verdict_text
from lmd_desktop.ui.row_table import row_table
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, heading, icon

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import Hardware, InstalledModel, Verified

KIND, TITLE, BRINGS, LICENCE, PLACE = 0, 1, 2, 4, 5  # columns
THOUSANDTHS = 1000


class ModelsDialog(TakesModels, QDialog):
    """Models are referenced where they lie, never copied; files dropped here join the list."""

    def __init__(self, library: ModelLibrary, dialogs: FileDialogs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._dialogs = dialogs
        self._models: tuple[InstalledModel, ...] = ()
        self._to_verify: tuple[InstalledModel, ...] = ()
        self._verified_text = ""
        self.setObjectName("models_dialog")
        self.setWindowTitle(self.tr("Models"))
        self.setAcceptDrops(True)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._show_models()
        self._fill_worth_having(None)
        library.ask_hardware()
        self.resize(900, 620)

    def _make_parts(self) -> None:
        self.computer = self._label("computer", self.tr("Looking at this computer…"))
        titles = [self.tr("Kind"), self.tr("Name"), self.tr("Family"), self.tr("Size"), self.tr("Licence")]
        self.table = row_table(
            self, "installed_models", title=self.tr("Installed models"), columns=[*titles, self.tr("Where")]
        )
        self.table.horizontalHeader().setSectionResizeMode(PLACE, QHeaderView.ResizeMode.Stretch)
        self.details = self._label("model_details", "")
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.use_button = self._button("use_model", self.tr("Use"), self._use)
        self.verify_button = self._button("verify_model", self.tr("Verify"), self._verify)
        self.show_button = self._button("show_model", self.tr("Show the folder"), self._show_folder)
        self.remove_button = self._button("remove_model", self.tr("Remove from the list"), self._remove)
        self.bin_button = self._button("bin_model", self.tr("Move to the bin…"), self._move_to_bin)
        self.add_file_button = self._button(
            "add_model_file", self.tr("Add a file…"), lambda: add_file(self._library, self._dialogs)
        )
        self.add_folder_button = self._button(
            "add_model_folder", self.tr("Add a folder…"), lambda: add_folder(self._library, self._dialogs)
        )
        self.search_button = self._button("search_models", self.tr("Search this computer"), self._library.search)
        self.search_button.setIcon(icon("search"))
        tip = self.tr("Looks where ComfyUI, A1111, Forge, InvokeAI, LM Studio, Jan and Hugging Face keep models.")
        self.search_button.setToolTip(tip)
        self.stop_button = self._button("stop_model_work", self.tr("Stop"), self._library.cancel)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("model_progress")
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.setTextVisible(False)
        worth = [self.tr("Kind"), self.tr("Name"), self.tr("What it brings"), self.tr("Size"), self.tr("Licence")]
        columns = [*worth, self.tr("On this computer")]
        self.worth = row_table(self, "models_worth_having", title=self.tr("Models worth having"), columns=columns)
        header = self.worth.horizontalHeader()
        header.setSectionResizeMode(BRINGS, QHeaderView.ResizeMode.Stretch)
        # The whole stands below the list; one long licence must not take the room of what a model brings.
        header.setSectionResizeMode(LICENCE, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(LICENCE, 110)
        self.worth_details = self._label("worth_details", "")
        self.worth_details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.download = DownloadRow(self._library, self)

    def _lay_out(self) -> None:
        chosen, more = QHBoxLayout(), QHBoxLayout()
        buttons = (self.use_button, self.verify_button, self.show_button, self.remove_button, self.bin_button)
        for button in buttons:
            chosen.addWidget(button)
        chosen.addStretch(1)
        for button in (self.add_file_button, self.add_folder_button, self.search_button):
            more.addWidget(button)
        more.addWidget(self.progress, 1)
        more.addWidget(self.stop_button)
        more.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(SMALL_SPACING)
        layout.addWidget(self.computer)
        layout.addSpacing(SPACING)
        layout.addWidget(heading(self.tr("Installed")))
        layout.addWidget(self.table, 3)
        layout.addWidget(self.details)
        layout.addLayout(chosen)
        layout.addLayout(more)
        layout.addSpacing(SPACING)
        layout.addWidget(heading(self.tr("Worth having")))
        layout.addWidget(self.worth, 2)
        layout.addWidget(self.worth_details)
        layout.addWidget(self.download)
        layout.addWidget(close)

    def _connect(self) -> None:
        library = self._library
        self.table.currentCellChanged.connect(self._show_chosen)
        self.table.cellActivated.connect(self._use)
        self.worth.currentCellChanged.connect(self._show_worth)
        library.changed.connect(self._show_models)
        library.searched.connect(self._tell_found)
        library.verified.connect(self._tell_verified)
        library.read.connect(self._show_read)
        library.hardware_known.connect(self._show_hardware)

    # The list

    def _show_models(self) -> None:
        row = max(self.table.currentRow(), 0)
        self._models = self._library.all()
        self.table.setRowCount(len(self._models))
        for place, model in enumerate(self._models):
            used = self.tr(" (in use)") if self._library.is_used(model) else ""
            licence = model.licence or self.tr("not noted: read its page")
            where = self.tr("came with the program") if model.is_starter else str(model.path)
            names = (told(model.title) + used, told(model.family))
            texts = (kind_text(model.kind), *names, size_text(model.size_bytes), licence)
            for column, text in enumerate((*texts, where)):
                item = QTableWidgetItem(text)
                item.setToolTip(told(model.problem) or str(model.path))
                if column == KIND:
                    item.setIcon(icon("warning" if model.problem else "model"))
                font = item.font()
                font.setBold(bool(used))
                item.setFont(font)
                self.table.setItem(place, column, item)
        self.table.setCurrentCell(min(row, len(self._models) - 1), TITLE)
        self._show_chosen()
        busy = self._library.busy - {"hardware", "download"}
        self.progress.setVisible(bool(busy))
        self.stop_button.setVisible(bool(busy))
        self.search_button.setEnabled("search" not in busy)
        if "search" in busy:
            self.progress.setRange(0, 0)

    def _show_chosen(self) -> None:
        model = self._chosen()
        is_own = model is not None and not model.is_starter
        self.use_button.setEnabled(model is not None and not model.problem and not self._library.is_used(model))
        is_idle = "verify" not in self._library.busy
        self.verify_button.setEnabled(model is not None and model.path.exists() and is_idle)
        self.show_button.setEnabled(model is not None and model.path.exists())
        self.remove_button.setEnabled(is_own)
        self.bin_button.setEnabled(is_own and model is not None and model.path.exists())
        self.details.setText(told(model.problem) or str(model.path) if model is not None else "")

    def _chosen(self) -> InstalledModel | None:
        row = self.table.currentRow()
        return self._models[row] if 0 <= row < len(self._models) else None

    def _use(self) -> None:
        model = self._chosen()
        if model is not None and not model.problem:
            self._library.use(model)

    def verify_used(self) -> None:
        """Those that plan and paint now, one after the other."""
        used = (model for model in self._models if self._library.is_used(model) and model.path.exists())
        self._to_verify = tuple(sorted(used, key=lambda model: model.kind, reverse=True))
        self._verify_next()

    def _verify_next(self) -> None:
        if self._to_verify:
            model, *rest = self._to_verify
            self._to_verify = tuple(rest)
            self.table.setCurrentCell([each.path for each in self._models].index(model.path), TITLE)
            self._verify()

    def _verify(self) -> None:
        model = self._chosen()
        if model is not None:
            self.details.setText(self.tr("Reading every byte…"))
            self.progress.setRange(0, THOUSANDTHS)
            self.progress.setValue(0)
            self._library.verify(model)

    def _show_folder(self) -> None:
        model = self._chosen()
        if model is not None:
            folder = model.path if model.path.is_dir() else model.path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _remove(self) -> None:
        model = self._chosen()
        if model is not None:
            self._library.remove(model)

    def _move_to_bin(self) -> None:
        model = self._chosen()
        if model is None:
            return
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Move to the bin"), "", parent=self)
        box.setText(self.tr("Move “{0}” ({1}) to the bin?").format(model.path.name, size_text(model.size_bytes)))
        box.setInformativeText(self.tr("Other programs that use the same files lose them too.\n{0}").format(model.path))
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.button(QMessageBox.StandardButton.Yes).clicked.connect(lambda: self._library.move_to_bin(model))
        box.open()

    def _tell_found(self, count: int) -> None:
        one, more = self.tr("One new model was found."), self.tr("{0} new models were found.")
        texts = {0: self.tr("No new model was found."), 1: one}
        self.details.setText(texts.get(count) or more.format(count))

    def _tell_verified(self, path: Path, result: Verified) -> None:
        if not result.is_same:
            sentence = self.tr("The file is NOT what it was: {1} instead of {2}. Download it again.")
        elif result.is_of_publisher:
            sentence = self.tr("Whole, and as its publisher made it. SHA-256 {1}")
        elif result.expected is not None:
            sentence = self.tr("Unchanged since the first look. SHA-256 {1}")
        else:
            sentence = self.tr("Read to the end. Compare with the publisher's page: SHA-256 {1}")
        text = f"{path.name}: " + sentence.format(path.name, result.sha256, result.expected)
        if self._to_verify:
            self._verified_text = f"{text}\n"
            self._verify_next()
        else:
            self.details.setText(self._verified_text + text)
            self._verified_text = ""

    def _show_read(self, path: Path, count: int) -> None:
        size = next((model.size_bytes for model in self._models if model.path == path), 0)
        if size:
            self.progress.setValue(round(THOUSANDTHS * count / size))

    # This computer, and what is worth having

    def _show_hardware(self, hardware: Hardware) -> None:
        self.computer.setText(self.tr("This computer: {0}").format(hardware_text(hardware)))
        self._fill_worth_having(hardware)

    def _fill_worth_having(self, hardware: Hardware | None) -> None:
        from lmd_desktop.app.verdicts import verdict_of_known, worth_having

        known = worth_having()
        self._worth = [(model, f"https://huggingface.co/{model.where}") for model in known]
        self.worth.setRowCount(len(known))
        for row, model in enumerate(known):
            enough = verdict_text(verdict_of_known(model, hardware)) if hardware is not None else ""
            size = size_text(model.size_mb * 1e6)
            texts = (kind_text(model.kind), model.title, told(model.summary), size, model.licence, enough)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.worth.setItem(row, column, item)

    def _show_worth(self, row: int) -> None:
        is_one = 0 <= row < len(self._worth)
        self.download.offer(self._worth[row][0] if is_one else None)
        if is_one:
            model, address = self._worth[row]
            step = self.tr("{0} Download it here, or download {1} from {2} and add it above.")
            self.worth_details.setText(step.format(told(model.summary), ", ".join(model.files), address))

    # Parts

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _button(self, name: str, text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: slot())
        return button
