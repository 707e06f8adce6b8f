"""A workspace of its own for each test, with small real worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import SharedWorkers, dispose, no_clients
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Folders, Workspace


@pytest.fixture
def folders(lmd_home: Path) -> Folders:
    lmd_home.mkdir(parents=True)
    return Folders(lmd_home / "settings.json", lmd_home / "pictures", lmd_home / "autosave", logs=lmd_home / "logs")


@pytest.fixture(scope="session")
def small_workers() -> Iterator[SharedWorkers]:
    workers = SharedWorkers()
    yield workers
    workers.close()


@pytest.fixture
def workspace(qtbot: QtBot, folders: Folders, small_workers: SharedWorkers) -> Iterator[Workspace]:
    """Both workers are real processes that answer at once."""
    workspace = Workspace(folders, small_workers.clients)
    yield workspace
    dispose(workspace)


@pytest.fixture
def quiet_workspace(qtbot: QtBot, folders: Folders) -> Iterator[Workspace]:
    """No workers at all."""
    workspace = Workspace(folders, no_clients)
    yield workspace
    dispose(workspace)
