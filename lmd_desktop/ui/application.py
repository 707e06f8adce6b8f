"""Starts the window: application, theme, translations, log file, and the one place where errors become dialogs."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from lmd_desktop.app.sample import sample_scene
from lmd_desktop.app.settings import AppSettings
from lmd_desktop.app.workspace import Workspace, default_folders
from lmd_desktop.domain.errors import UserError
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.quick_start import resume_collection
from lmd_desktop.ui.theme import IS_FUSION, Theme, apply_theme
from lmd_desktop.ui.translation import install_language

log = logging.getLogger(__name__)
LOG_BYTES, LOG_COPIES = 1_000_000, 3
SCALE_VARIABLE = "QT_SCALE_FACTOR"


def run_window(file: Path | None) -> int:
    """Open the main window, on a file if one is given, and return the exit code."""
    # Ctrl-C in a terminal ends the program at once; the workers end with it, and unsaved work is offered next time.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    application = make_application()
    window = make_window(file)
    window.do_after_first_paint(lambda: _finish_start(window, file))
    window.show()
    return application.exec()


def make_window(file: Path | None) -> MainWindow:
    """The main window with everything behind it, not yet shown; no worker is running."""
    folders = default_folders()
    workspace = Workspace(folders)
    application = QApplication.instance()
    if isinstance(application, QApplication):
        apply_theme(application, cast(Theme, workspace.settings.value.theme))
    window = MainWindow(workspace)
    ExceptionHook(window).install()
    fill_scene(workspace, file)
    return window


def make_application() -> QApplication:
    """The one QApplication, in the size and the language of the settings."""
    settings = AppSettings(default_folders().settings).value
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    is_of_the_shell = SCALE_VARIABLE in os.environ
    if settings.scale is not None and not is_of_the_shell:
        os.environ[SCALE_VARIABLE] = f"{settings.scale / 100:g}"
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    setattr(application, IS_FUSION, True)
    if not is_of_the_shell:
        # Read by now; another window, started from this one, must be able to have another size.
        os.environ.pop(SCALE_VARIABLE, None)
    application.setApplicationName("LMD Desktop")
    application.setOrganizationName("LMD Desktop")
    application.setDesktopFileName("lmd-desktop")
    install_language(application, settings.language)
    return application


def fill_scene(workspace: Workspace, file: Path | None) -> None:
    """On a first run there is something to look at and to try; later runs begin with an empty canvas."""
    is_first_run = not workspace.settings.value.recent_files
    workspace.document.new(sample_scene() if is_first_run and file is None else None)


class ExceptionHook(QObject):
    """Shows what nobody caught; errors of other threads are handed to the main thread first."""

    _raised = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._raised.connect(window.errors.show_error)

    def install(self) -> None:
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        if not isinstance(error, UserError):
            log.error("nobody caught this", exc_info=(kind, error, trace))
        self._raised.emit(error)


def _finish_start(window: MainWindow, file: Path | None) -> None:
    """What can wait until the window is on the screen."""
    resume_collection()
    workspace = window.workspace
    _log_to(workspace.folders.logs / "window.log")
    workspace.start_workers()
    for note in workspace.settings.notes:
        window.status.showMessage(note)
    if file is not None:
        window.files.open_path(file)
    window.around.watch_jobs()
    window.places.watch()
    window.around.show_welcome()
    # Whoever starts to type means the request: it is the first step.
    window.dialog_panel.composer.setFocus(Qt.FocusReason.OtherFocusReason)
    window.offer_leftovers()


def _log_to(path: Path) -> None:
    from logging.handlers import RotatingFileHandler

    from lmd_desktop.app.json_log import JsonLines

    for_people = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    for file, formatter in ((path, for_people), (path.with_suffix(".jsonl"), JsonLines())):
        handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=LOG_COPIES, encoding="utf-8", delay=True)
        handler.setFormatter(formatter)
        # The command line has set up its own handler for standard error by now.
        logging.getLogger().addHandler(handler)
    logging.getLogger("lmd_desktop").setLevel(logging.INFO)
