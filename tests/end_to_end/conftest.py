"""One real window for all tests of this folder, with both real workers and the starter models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from fakes import dispose
from hands import Hands
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Workspace, default_folders
from lmd_desktop.catalog import starter_painter, starter_planner
from lmd_desktop.ui.application import fill_scene
from lmd_desktop.ui.main_window import MainWindow

START_MS = 300_000


@pytest.fixture(scope="package")
def desk(qapp: QApplication) -> Iterator[MainWindow]:
    """The window of a first run; the workers stay up from test to test."""
    if not (starter_planner().is_file() and (starter_painter() / "model_index.json").is_file()):
        pytest.skip("the starter models are not in this checkout")
    workspace = Workspace(default_folders())
    window = MainWindow(workspace)
    fill_scene(workspace, None)
    window.show()
    workspace.start_workers()
    yield window
    workspace.document.new()
    shiboken6.delete(window)
    dispose(workspace)


@pytest.fixture
def hands(desk: MainWindow, qtbot: QtBot) -> Hands:
    """On the window in front, with the focus on the canvas."""
    desk.activateWindow()
    qtbot.waitUntil(desk.isActiveWindow)
    desk.canvas.setFocus()
    hands = Hands(desk, qtbot)
    # The renderer's process imports torch first.
    qtbot.waitUntil(lambda: bool(desk.workspace.rendering.methods), timeout=START_MS)
    return hands
