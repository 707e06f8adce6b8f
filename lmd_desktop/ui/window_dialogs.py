"""Opens the windows around the desk: keys, commands, settings, models, problems, diagnostics, licences, about."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QBoxLayout, QDialog

from lmd_desktop import __version__
from lmd_desktop.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lmd_desktop.app.model_library import Bundle, InstalledModel, ModelLibrary
    from lmd_desktop.domain.licences import CommercialUse
    from lmd_desktop.ui.keymap import Keymap
    from lmd_desktop.ui.main_window import MainWindow
    from lmd_desktop.ui.welcome_card import WelcomeCard

NEED_RESTART = ("language", "scale")
MESSAGE_MS = 8000


class WindowDialogs(QObject):
    """Each is made when it is first asked for, so that the start of the program pays for none."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._keymap: Keymap | None = None
        self._library: ModelLibrary | None = None
        self._welcome: WelcomeCard | None = None
        self._settings = window.workspace.settings
        self._at_start: dict[str, object] = {name: getattr(self._settings.value, name) for name in NEED_RESTART}

    def use_own_keys(self) -> None:
        """Give the commands the keys of the settings; called once the window has all its panels."""
        if self._settings.value.shortcuts:
            self.keymap()

    def keymap(self) -> Keymap:
        if self._keymap is None:
            from lmd_desktop.ui.keymap import Keymap

            self._keymap = Keymap(self._settings, self._window)
        return self._keymap

    def library(self) -> ModelLibrary:
        if self._library is None:
            from lmd_desktop.app.model_library import ModelLibrary

            workspace = self._window.workspace
            library = ModelLibrary(self._settings, workspace.models, workspace.folders.pictures, self)
            library.added.connect(self._use_added)
            library.problem_occurred.connect(self._window.errors.show_error)
            library.bundle_found.connect(self._show_bundle)
            status = self._window.status
            library.host_contacted.connect(status.show_online)
            library.changed.connect(lambda: None if "download" in library.busy else status.show_offline())
            self._library = library
        return self._library

    def take_models(self, paths: tuple[Path, ...]) -> None:
        """Models that were dropped on the window: one of each kind is used at once."""
        for path in paths:
            self.library().add(path)

    def add_model_file(self) -> None:
        from lmd_desktop.ui.adding_models import add_file

        add_file(self.library(), self._window.files.dialogs)

    def add_model_folder(self) -> None:
        from lmd_desktop.ui.adding_models import add_folder

        add_folder(self.library(), self._window.files.dialogs)

    def import_bundle(self) -> None:
        path = self._window.files.dialogs.bundle_to_open(None)
        if path is not None:
            self.library().add(path)

    def export_bundle(self) -> None:
        """The person's own models; which of them, is asked."""
        from lmd_desktop.ui.bundle_dialog import ExportDialog

        own = tuple(model for model in self.library().all() if not (model.is_starter or model.problem))
        if not own:
            cause = "There is no model of your own to put into a bundle."
            raise UserError(cause, "Add one on the models page first.")
        self._open(ExportDialog(self.library(), own, self._window.files.dialogs, self._window))

    def _show_bundle(self, bundle: Bundle) -> None:
        from lmd_desktop.ui.bundle_dialog import ImportDialog

        self._open(ImportDialog(self.library(), bundle, self._window))

    def show_models(self) -> None:
        from lmd_desktop.ui.models_dialog import ModelsDialog

        self._open(ModelsDialog(self.library(), self._window.files.dialogs, self._window))

    def verify_models(self) -> None:
        """The models page, where it is told what comes of it."""
        from lmd_desktop.ui.models_dialog import ModelsDialog

        page = ModelsDialog(self.library(), self._window.files.dialogs, self._window)
        self._open(page)
        page.verify_used()

    def watch_jobs(self) -> None:
        """Tell from now on when a long job ends in the background."""
        from lmd_desktop.ui.notifier import Notifier

        self._notifier = Notifier(self._window.workspace, self._window)

    def show_welcome(self) -> None:
        """The card of first steps above the canvas, unless the person has put it away."""
        self._settings.changed.connect(self._follow_welcome)
        self._follow_welcome()

    def show_shortcuts(self) -> None:
        from lmd_desktop.ui.shortcuts_dialog import Fixed, ShortcutsDialog

        mouse = self.tr("Held while the mouse does the rest, it belongs to the gesture and to no command.")
        fixed = [
            Fixed(
                self.tr("Cancel the drag, the tool, the selection"),
                "Esc",
                self.tr("One way out of everything must stay the same everywhere."),
            ),
            Fixed(self.tr("Push the canvas around"), self.tr("Space or the middle button"), mouse),
            Fixed(self.tr("Zoom at the pointer"), self.tr("Wheel"), mouse),
            Fixed(self.tr("Draw a box with any tool"), self.tr("Ctrl and drag"), mouse),
            Fixed(self.tr("Copy a box"), self.tr("Alt and drag"), mouse),
            Fixed(self.tr("Reach the box below"), self.tr("Alt and click"), mouse),
            Fixed(self.tr("Select several boxes"), self.tr("Shift and click"), mouse),
        ]
        ShortcutsDialog(self.keymap(), fixed, self._window).open()

    def show_palette(self) -> None:
        from lmd_desktop.ui.command_palette import CommandPalette

        CommandPalette(self.keymap(), self._window).show()

    def show_settings(self) -> None:
        from lmd_desktop.app.planner_templates import FOLDER, own_templates
        from lmd_desktop.ui.settings_dialog import SettingsDialog
        from lmd_desktop.ui.settings_table import settings_table
        from lmd_desktop.ui.translation import languages

        devices = dict.fromkeys(("auto", *self._window.workspace.rendering.devices, self._settings.value.device))
        templates = own_templates(self._window.workspace.folders.settings.parent / FOLDER)
        table = settings_table(languages(), devices, templates)
        dialog = SettingsDialog(self._settings, table, self._at_start, self._window)
        dialog.restart_asked.connect(dialog.close)
        dialog.restart_asked.connect(self.restart)
        self._open(dialog)

    def show_problems(self) -> None:
        from lmd_desktop.ui.problems_dialog import ProblemsDialog

        self._open(ProblemsDialog(self._window.errors, self._window))

    def show_diagnostics(self) -> None:
        from lmd_desktop.app.problem_report import without_texts
        from lmd_desktop.ui.diagnostics_dialog import DiagnosticsDialog

        workspace = self._window.workspace

        def clean(text: str) -> str:
            return without_texts(text, workspace.session.scene)

        devices = workspace.rendering.devices
        self._open(DiagnosticsDialog(self.library(), workspace.folders, devices, clean, self._window))

    def show_licences(self) -> None:
        """The licence of the program, those of what it stands on, and those of the models."""
        from lmd_desktop.ui.text_dialog import TextDialog

        words: dict[CommercialUse, str] = {
            "yes": self.tr("commercial use: yes"),
            "no": self.tr("commercial use: no"),
            "read": self.tr("commercial use: read its terms"),
        }
        unknown = self.tr("not noted: read its page")
        text = licences_text(self.library().all(), self.tr("Models"), unknown=unknown, words=words)
        self._open(TextDialog(self.tr("Licences"), text, self._window))

    def new_window(self) -> None:
        """Another window in a process of its own."""
        _start_program(None)

    def restart(self) -> None:
        """Close this window, asking about unsaved work, and open the program again on the same file."""
        path = self._window.workspace.document.path
        if self._window.close():
            _start_program(path)

    def open_logs(self) -> None:
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._window.workspace.folders.logs)))

    def show_about(self) -> None:
        from PySide6.QtWidgets import QMessageBox

        text = self.tr(
            "LMD Desktop {0}\n\nA sentence becomes boxes, the boxes are edited by hand, the boxes become a picture. "
            "Everything runs on this computer.\n\nApache License 2.0"
        )
        title = self.tr("About LMD Desktop")
        self._open(QMessageBox(QMessageBox.Icon.NoIcon, title, text.format(__version__), parent=self._window))

    def _use_added(self, model: InstalledModel) -> None:
        self.library().use(model)
        text = self.tr("{0} is used from now on.") if model.kind == "planner" else self.tr("{0} paints from now on.")
        self._window.status.showMessage(text.format(model.title), MESSAGE_MS)

    def _follow_welcome(self) -> None:
        is_wanted = self._settings.value.has_welcome
        centre = self._window.centralWidget()
        layout = centre.layout() if centre is not None else None
        if is_wanted and self._welcome is None and isinstance(layout, QBoxLayout):
            from lmd_desktop.ui.welcome_card import WelcomeCard

            self._welcome = WelcomeCard(self.library(), self._window.files.dialogs, self._window)
            self._welcome.dismissed.connect(lambda: self._settings.set(has_welcome=False))
            self._welcome.models_asked.connect(self.show_models)
            layout.insertWidget(1, self._welcome)
        elif not is_wanted and self._welcome is not None:
            self._welcome.deleteLater()
            self._welcome = None

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def licences_text(
    models: tuple[InstalledModel, ...], title: str, *, unknown: str, words: Mapping[CommercialUse, str]
) -> str:
    """Models first, then the notices and the licence that came with the program."""
    from lmd_desktop.app.notices import notices
    from lmd_desktop.domain.licences import commercial_use

    lines = [title, ""]
    for model in models:
        lines.append(
            f"{model.title} ({model.path}): {model.licence or unknown}; {words[commercial_use(model.licence)]}"
        )
    return "\n".join([*lines, "", "", notices()])


def _start_program(file: Path | None) -> None:
    from PySide6.QtCore import QProcess

    is_frozen = getattr(sys, "frozen", False)
    arguments = ([] if is_frozen else ["-m", "lmd_desktop"]) + ([str(file)] if file is not None else [])
    QProcess.startDetached(sys.executable, arguments)
