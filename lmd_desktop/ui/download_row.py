"""The one way online: a button that asks first, tells the host, and shows how far the download is until its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QPushButton, QWidget

from lmd_desktop.ui.model_words import size_text

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import KnownModel, ModelLibrary


class DownloadRow(QWidget):
    """``offer`` says which model the button is about."""

    def __init__(self, library: ModelLibrary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._model: KnownModel | None = None
        self._host = ""
        self.button = QPushButton(self.tr("Download…"), self)
        self.button.setObjectName("download_model")
        self.button.setAutoDefault(False)
        self.button.setEnabled(False)
        self.button.clicked.connect(self.ask)
        self.stop = QPushButton(self.tr("Stop the download"), self)
        self.stop.setObjectName("stop_download")
        self.stop.setAutoDefault(False)
        self.stop.clicked.connect(lambda: library.cancel("download"))
        self.told = QLabel(self)
        self.told.setObjectName("download_told")
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.button, self.stop):
            layout.addWidget(part)
        layout.addWidget(self.told, 1)
        library.changed.connect(self._show)
        library.host_contacted.connect(self._tell_host)
        library.fetched_so_far.connect(self._tell_progress)
        library.added.connect(lambda model: self.told.setText(self.tr("{0} is in the list.").format(model.title)))
        self._show()

    def offer(self, model: KnownModel | None) -> None:
        self._model = model
        self._show()

    def ask(self) -> None:
        """Nothing goes online before the person has said yes to this host; without offline the button names it."""
        model = self._model
        if model is None:
            return
        if not self._library.is_offline:
            self._library.download(model)
            return
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Go online for a download"), "", parent=self)
        box.setObjectName("download_question")
        box.setText(self.tr("Go online to download “{0}”?").format(model.title))
        details = self.tr("From {0}: {1}, about {2}, licence {3}.")
        after = self.tr("Nothing else is sent; the program is offline again once the download has ended.")
        size = size_text(model.size_mb * 1e6)
        files = ", ".join(model.files)
        told = details.format(self._library.host_of(model), files, size, model.licence)
        box.setInformativeText(f"{told}\n{after}")
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.button(QMessageBox.StandardButton.Yes).clicked.connect(lambda: self._library.download(model))
        box.open()

    def _show(self) -> None:
        is_running = "download" in self._library.busy
        self.button.setVisible(not is_running)
        text = self.tr("Download…")
        if self._model is not None and not self._library.is_offline:
            text = self.tr("Download from {0}").format(self._library.host_of(self._model))
        self.button.setText(text)
        self.button.setEnabled(self._model is not None)
        self.stop.setVisible(is_running)
        if not is_running and self._host:
            self._host = ""
            self.told.setText(self.tr("The download has ended; the program is offline."))

    def _tell_host(self, host: str) -> None:
        self._host = host
        self.told.setText(self.tr("Online: {0}").format(host))

    def _tell_progress(self, done: int, total: int) -> None:
        sizes = size_text(done), size_text(total)
        self.told.setText(self.tr("Online: {0} · {1} of {2}").format(self._host, *sizes))
