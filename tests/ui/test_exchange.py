"""Files for other programs: a copy of the scene, layouts in and out, layers."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QAction, QImage
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.main_window import MainWindow

WAIT_MS = 20_000


@pytest.fixture(autouse=True)
def drawn(window: MainWindow) -> None:
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a red <car>", Rect(10, 20, 100, 100)))


def press(window: MainWindow, name: str, path: Path) -> None:
    window.files.dialogs.path = path
    window.findChild(QAction, name).trigger()


def test_a_copy_leaves_the_window_with_its_own_file(window: MainWindow, tmp_path: Path) -> None:
    press(window, "save", tmp_path / "a.lmdscene")
    press(window, "save_copy", tmp_path / "b.lmdscene")
    assert window.workspace.document.path == tmp_path / "a.lmdscene"
    window.workspace.document.open(tmp_path / "b.lmdscene")
    assert len(window.workspace.session.layout.boxes) == 1
    window.files.dialogs.path = tmp_path / "b.lmdscene"
    with pytest.raises(UserError, match="not a copy"):
        window.exchange.save_copy()


def test_an_exported_layout_comes_back_as_a_turn(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    press(window, "export_layout", tmp_path / "a.lmdlayout.json")
    window.workspace.document.new()
    press(window, "import_layout", tmp_path / "a.lmdlayout.json")
    qtbot.waitUntil(lambda: len(window.workspace.session.layout.boxes) == 1, timeout=WAIT_MS)
    (box,) = window.workspace.session.layout.boxes
    assert (box.phrase, box.rect) == ("a red <car>", Rect(10, 20, 100, 100))


def test_a_file_that_is_no_text_is_refused(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(bytes(range(256)))
    window.files.dialogs.path = tmp_path / "x.json"
    with pytest.raises(UserError, match="no text"):
        window.exchange.import_layout()


def test_layers_open_in_other_painting_programs(window: MainWindow, tmp_path: Path) -> None:
    press(window, "export_layers", tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read("mimetype")) == ("mimetype", 0, b"image/openraster")
        root = ElementTree.fromstring(archive.read("stack.xml"))
        layers = root.findall("stack/layer")
        assert [layer.get("name") for layer in layers] == ["1 a red <car>", "picture"]
        images = [QImage.fromData(archive.read(layer.get("src"))) for layer in layers]
        assert {(image.width(), image.height()) for image in images} == {(512, 512)}
        merged = QImage.fromData(archive.read("mergedimage.png"))
        assert merged.pixelColor(10, 70) != merged.pixelColor(300, 300)
