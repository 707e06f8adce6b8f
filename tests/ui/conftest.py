"""The real main window off screen: with small real workers, or with none; every question is answered by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from fakes import SharedWorkers, dispose, no_clients
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Clients, Folders, Workspace
from lmd_desktop.domain.errors import UserError
from lmd_desktop.ui.file_dialogs import Conflict, FileDialogs, Unsaved
from lmd_desktop.ui.main_window import MainWindow


class Answers(FileDialogs):
    """What the person would choose; ``asked`` counts the questions about unsaved work."""

    path: Path | None = None
    unsaved_work = Unsaved.DISCARD
    asked = 0
    conflict = Conflict.CANCEL
    places: tuple[Path, ...] = ()
    problems: tuple[UserError, ...] = ()

    def _existing(self, title: str, kinds: str, folder: Path | None) -> Path | None:
        return self.path

    def _new(self, title: str, kinds: str, suggestion: Path) -> Path | None:
        return self.path

    def painter_folder_to_use(self, folder: Path | None) -> Path | None:
        return self.path

    def model_folder_to_add(self, folder: Path | None) -> Path | None:
        return self.path

    def changed_on_disk(self, error: UserError) -> Conflict:
        self.problems = (*self.problems, error)
        return self.conflict

    def save_elsewhere(self, error: UserError) -> bool:
        """Yes, as long as the test has another place."""
        self.problems = (*self.problems, error)
        if self.places:
            self.path, *rest = self.places
            self.places = tuple(rest)
            return True
        return False

    def unsaved(self, name: str) -> Unsaved:
        self.asked += 1
        return self.unsaved_work


@pytest.fixture(scope="session")
def small_workers() -> Iterator[SharedWorkers]:
    workers = SharedWorkers()
    yield workers
    workers.close()


@pytest.fixture
def make_window(qtbot: QtBot, lmd_home: Path) -> Iterator[Callable[..., MainWindow]]:
    windows: list[MainWindow] = []
    lmd_home.mkdir(parents=True, exist_ok=True)
    folders = Folders(lmd_home / "settings.json", lmd_home / "pictures", lmd_home / "autosave", logs=lmd_home / "logs")

    def make(make_clients: Callable[[Path], Clients] = no_clients) -> MainWindow:
        window = MainWindow(Workspace(folders, make_clients), Answers)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in windows:
        workspace = window.workspace
        shiboken6.delete(window)
        dispose(workspace)


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    """No workers."""
    return make_window()


@pytest.fixture
def working_window(make_window: Callable[..., MainWindow], small_workers: SharedWorkers) -> MainWindow:
    """With both workers, which are started by the first job."""
    return make_window(small_workers.clients)
