"""The models page and the card of first steps: what is there, what was dropped, what is used and taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from model_files import write_planner
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from lmd_desktop.catalog import starter_painter
from lmd_desktop.catalog.known_models import KnownModel
from lmd_desktop.domain.errors import UserError
from lmd_desktop.ui.bundle_dialog import ExportDialog, ImportDialog
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.models_dialog import ModelsDialog
from lmd_desktop.ui.welcome_card import WelcomeCard
from tests.workers.local_hub import REPOSITORY, Hub

WAIT_MS = 20_000


@pytest.fixture
def planner(tmp_path: Path) -> Path:
    return write_planner(tmp_path / "talker.gguf")


def page_of(window: MainWindow) -> ModelsDialog:
    window.around.show_models()
    return window.findChild(ModelsDialog)


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    enter.ignore()
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys))


def test_a_dropped_planner_is_used_and_stays_in_the_list(window: MainWindow, qtbot: QtBot, planner: Path) -> None:
    drop(window, planner)
    qtbot.waitUntil(lambda: window.workspace.models.own_planner == planner)
    page = page_of(window)
    assert [page.table.item(row, 1).text() for row in range(page.table.rowCount())] == [
        "Starter planner",
        "Starter painter (in use)",
        "Tiny talker (in use)",
    ]
    page.table.setCurrentCell(0, 1)
    page.use_button.click()
    assert window.workspace.models.own_planner is None
    assert window.workspace.settings.value.models == (planner,)


def test_a_dropped_painter_folder_paints_from_then_on(window: MainWindow, qtbot: QtBot) -> None:
    drop(window, starter_painter())
    qtbot.waitUntil(lambda: window.workspace.models.own_painter == starter_painter())


def test_a_folder_of_models_is_searched(window: MainWindow, qtbot: QtBot) -> None:
    library = window.around.library()
    with qtbot.waitSignal(library.searched, timeout=WAIT_MS) as found:
        library.add(starter_painter().parent)
    assert found.args[0] >= 2
    assert starter_painter() in window.workspace.settings.value.models


def test_what_is_no_model_is_refused_with_its_reason(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>", encoding="utf-8")
    with pytest.raises(UserError, match="web page"):
        window.around.library().add(tmp_path / "page.gguf")
    assert window.workspace.settings.value.models == ()


def test_removing_a_model_in_use_goes_back_to_the_starter_and_keeps_the_file(window: MainWindow, planner: Path) -> None:
    window.around.take_models((planner,))
    page = page_of(window)
    page.table.setCurrentCell(2, 1)
    page.remove_button.click()
    assert window.workspace.models.own_planner is None
    assert window.workspace.settings.value.models == ()
    assert planner.exists()
    assert page.table.rowCount() == 2


def test_the_starters_cannot_be_removed(window: MainWindow) -> None:
    page = page_of(window)
    page.table.setCurrentCell(0, 1)
    assert not page.remove_button.isEnabled()
    assert not page.bin_button.isEnabled()


def test_verifying_tells_the_hash(window: MainWindow, qtbot: QtBot, planner: Path) -> None:
    window.around.take_models((planner,))
    page = page_of(window)
    page.table.setCurrentCell(2, 1)
    with qtbot.waitSignal(window.around.library().verified, timeout=WAIT_MS):
        page.verify_button.click()
    assert "SHA-256" in page.details.text()
    planner.write_bytes(planner.read_bytes()[:-1] + b"!")
    with qtbot.waitSignal(window.around.library().verified, timeout=WAIT_MS):
        page.verify_button.click()
    assert "NOT" in page.details.text()


def test_the_models_in_use_are_verified_one_after_the_other(window: MainWindow, qtbot: QtBot, planner: Path) -> None:
    window.around.take_models((planner,))
    window.findChild(QAction, "verify_models").trigger()
    page = window.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: page.details.text().count("SHA-256") == 2, timeout=WAIT_MS)
    assert page.details.text().startswith("talker.gguf")


def test_the_page_says_what_this_computer_is_enough_for(window: MainWindow, qtbot: QtBot) -> None:
    page = page_of(window)
    qtbot.waitUntil(lambda: "memory" in page.computer.text(), timeout=WAIT_MS)
    assert page.worth.rowCount() >= 2
    assert page.worth.item(0, 5).text()
    page.worth.setCurrentCell(0, 1)
    assert "huggingface.co" in page.worth_details.text()


def test_the_card_is_put_away_for_good_and_brought_back_by_the_settings(make_window: Callable[..., MainWindow]) -> None:
    first = make_window()
    first.around.show_welcome()
    first.findChild(WelcomeCard).close_button.click()
    first.close()
    second = make_window()
    second.around.show_welcome()
    assert second.findChild(WelcomeCard) is None
    second.workspace.settings.set(has_welcome=True)
    assert second.findChild(WelcomeCard) is not None


@pytest.fixture
def hub(planner: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """One with a planner, where downloads go."""
    monkeypatch.setenv("LMD_TEST_LOOPBACK", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    hub = Hub({"talker.gguf": planner.read_bytes()})
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    yield hub
    hub.close()


def test_a_download_asks_first_tells_the_host_and_ends_offline(window: MainWindow, qtbot: QtBot, hub: Hub) -> None:
    page, library, status = page_of(window), window.around.library(), window.status.offline
    tiny = KnownModel("tiny", "planner", "Tiny", "Talks.", "test", "MIT", REPOSITORY, False, ("talker.gguf",), 1.0)
    online: list[str] = []
    library.host_contacted.connect(lambda _host: online.append(status.text()))
    page.download.offer(tiny)
    page.download.button.click()
    question = page.findChild(QMessageBox, "download_question")
    assert "127.0.0.1" in question.informativeText()
    assert hub.requests == []
    with qtbot.waitSignal(library.added, timeout=WAIT_MS):
        question.button(QMessageBox.StandardButton.Yes).click()
    assert online == ["▲ online: 127.0.0.1"]
    qtbot.waitUntil(lambda: status.text() == "● offline")
    assert library.all()[-1].path.name == "talker.gguf"
    assert "offline" in page.download.told.text() or "in the list" in page.download.told.text()


@pytest.mark.usefixtures("hub")
def test_without_offline_the_button_names_the_host_and_a_download_begins_at_once(
    window: MainWindow, qtbot: QtBot
) -> None:
    row, library = page_of(window).download, window.around.library()
    row.offer(KnownModel("tiny", "planner", "Tiny", "Talks.", "test", "MIT", REPOSITORY, False, ("talker.gguf",), 1.0))
    assert "127.0.0.1" not in row.button.text()
    window.workspace.settings.set(is_offline=False)
    assert "127.0.0.1" in row.button.text()
    with qtbot.waitSignal(library.added, timeout=WAIT_MS):
        row.button.click()
    assert row.findChild(QMessageBox) is None


def test_models_travel_in_one_file_that_is_agreed_to_first(
    window: MainWindow, qtbot: QtBot, planner: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no model of your own"):
        window.around.export_bundle()
    drop(window, planner)
    qtbot.waitUntil(lambda: window.workspace.models.own_planner == planner)
    window.files.dialogs.path = tmp_path / "carried.lmdmodels"
    window.findChild(QAction, "export_bundle").trigger()
    export = window.findChild(ExportDialog)
    export.begin_button.click()
    qtbot.waitUntil(lambda: "Written" in export.text.text(), timeout=WAIT_MS)
    export.close()
    window.workspace.settings.set(models=(), planner_model=None)
    drop(window, tmp_path / "carried.lmdmodels")
    qtbot.waitUntil(lambda: window.findChild(ImportDialog) is not None)
    dialog = window.findChild(ImportDialog)
    assert [dialog.table.item(0, column).text() for column in (1, 3, 4)] == ["Tiny talker", "apache-2.0", "yes"]
    assert window.workspace.settings.value.models == ()
    dialog.begin_button.click()
    qtbot.waitUntil(lambda: window.workspace.models.own_planner is not None, timeout=WAIT_MS)
    assert window.workspace.models.own_planner.read_bytes() == planner.read_bytes()
    qtbot.waitUntil(lambda: "in the list" in dialog.text.text(), timeout=WAIT_MS)
