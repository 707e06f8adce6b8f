"""Diagnostics: versions, computer, models, folders, the end of the log; and the self-test of both workers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QWidget

from lmd_desktop.app.model_library import ModelLibrary
from lmd_desktop.app.workspace import Folders
from lmd_desktop.ui.model_words import hardware_text
from lmd_desktop.ui.text_dialog import TextDialog

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import Hardware

LOG_LINES = 60


class DiagnosticsDialog(TextDialog):
    """``clean`` takes the texts of the scene out of what is shown. The self-test is ``lmd-desktop doctor``."""

    def __init__(
        self,
        library: ModelLibrary,
        folders: Folders,
        devices: tuple[str, ...],
        clean: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", "", parent)
        self.setObjectName("diagnostics_dialog")
        self.setWindowTitle(self.tr("Diagnostics"))
        self.text.setAccessibleName(self.tr("Diagnostics"))
        self._library = library
        self._folders = folders
        self._devices = devices
        self._clean = clean
        self._tested = ""
        self._process: QProcess | None = None
        self.test_button = QPushButton(self.tr("Run the self-test"), self)
        self.test_button.setObjectName("self_test")
        self.test_button.setToolTip(
            self.tr("Plans and paints once in processes of their own; takes up to some minutes.")
        )
        self.buttons.addButton(self.test_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.test_button.clicked.connect(self.run_self_test)
        library.hardware_known.connect(self._show)
        self._show()
        library.ask_hardware()

    def run_self_test(self) -> None:
        """The same as ``lmd-desktop doctor``; its answer is added to the text."""
        process = QProcess(self)
        is_frozen = getattr(sys, "frozen", False)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.finished.connect(self._take_test)
        process.errorOccurred.connect(lambda: self._end_test(process.errorString()))
        self._process = process
        self.test_button.setEnabled(False)
        self.test_button.setText(self.tr("Testing…"))
        process.start(sys.executable, ["doctor"] if is_frozen else ["-m", "lmd_desktop", "doctor"])

    def _take_test(self) -> None:
        if self._process is not None:
            self._end_test(bytes(self._process.readAll().data()).decode("utf-8", "replace"))

    def _end_test(self, text: str) -> None:
        self._tested = text
        self._process = None
        self.test_button.setEnabled(True)
        self.test_button.setText(self.tr("Run the self-test"))
        self._show()

    def _show(self) -> None:
        from lmd_desktop.app.problem_report import versions

        hardware: Hardware | None = self._library.hardware
        lines = [versions(), ""]
        if hardware is not None:
            lines.append(hardware_text(hardware))
            lines += [f"{card.name}: {card.driver}" for card in hardware.cards if card.driver]
        lines += [f"{self.tr('Devices')}: {', '.join(self._devices) or '–'}", ""]
        for model in self._library.all():
            used = "*" if self._library.is_used(model) else " "
            lines.append(f"{used} {model.kind}: {model.path} {model.family} {model.problem}".rstrip())
        folders = self._folders
        lines += ["", *(str(path) for path in (folders.settings, folders.pictures, folders.logs)), ""]
        if self._tested:
            lines += [self._tested.strip(), ""]
        log = folders.logs / "window.log"
        if log.is_file():
            lines += log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
        self.text.setPlainText(self._clean("\n".join(lines)))
