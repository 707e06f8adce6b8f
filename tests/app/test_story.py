"""The whole job with the real starter models, both worker processes and the real window, as a person would do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import shiboken6
from fakes import dispose
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Folders, Workspace
from lmd_desktop.catalog import starter_painter, starter_planner
from lmd_desktop.domain.edits import lock_boxes
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request
from lmd_desktop.ui.main_window import MainWindow

WAIT_MS = 300_000
FIRST = "a red car on the left of a blue cup, without cats"
SECOND = "add a green ball"

pytestmark = pytest.mark.skipif(
    not (starter_planner().is_file() and (starter_painter() / "model_index.json").is_file()),
    reason="the starter models are not in this checkout",
)


@pytest.fixture
def window(qtbot: QtBot, folders: Folders) -> Iterator[MainWindow]:
    workspace = Workspace(folders)
    window = MainWindow(workspace)
    window.show()
    qtbot.waitExposed(window)
    yield window
    workspace.document.new()
    shiboken6.delete(window)
    dispose(workspace)


def ask(window: MainWindow, qtbot: QtBot, text: str) -> Plan:
    composer = window.dialog_panel.composer
    composer.clear()
    qtbot.keyClicks(composer, text)
    qtbot.keyClick(composer, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert window.workspace.planning.state.problem is None
    head = window.workspace.session.scene.dialog.path()[-1]
    assert isinstance(head, Plan)
    return head


def drag(window: MainWindow, box: Box, across: int, down: int) -> None:
    """Take a box by its middle and move it by so many scene pixels, with the mouse."""
    viewport, view = window.canvas.viewport(), window.canvas.transform
    x, y = box.rect.centre
    ends = [QPoint(*map(round, view.to_view(place))) for place in ((x, y), (x + across / 2, y), (x + across, y + down))]
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, ends[0])
    for place in ends[1:]:
        QTest.mouseMove(viewport, place)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, ends[-1])


def test_from_a_sentence_to_a_saved_scene_and_back(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    workspace, session = window.workspace, window.workspace.session
    workspace.rendering.start()

    # A sentence becomes boxes.
    first = ask(window, qtbot, FIRST)
    assert first.layout.boxes
    box = session.layout.boxes[0]

    # The box is moved by hand: one turn with a readable difference.
    before = box.rect
    drag(window, box, 40 if before.right + 40 <= 512 else -40, -60 if before.y >= 60 else 60)
    moved = session.layout.box(box.id)
    edit = session.scene.dialog.path()[-1]
    assert moved.rect != before
    assert isinstance(edit, CanvasEdit)
    assert "moved" in edit.summary
    assert box.phrase in edit.summary

    # The next request builds on it; the locked box comes back exactly.
    session.edit("Lock", lock_boxes(session.layout, (box.id,)))
    locked = session.layout.box(box.id)
    second = ask(window, qtbot, SECOND)
    kinds = [type(turn) for turn in session.scene.dialog.path()]
    assert kinds == [Request, Plan, CanvasEdit, Request, Plan]
    assert session.layout.box(box.id) == locked
    assert f"box {box.id} {box.phrase}" in second.raw

    # The boxes become a picture that knows where it came from.
    session.set_render_settings(replace(session.render_settings, num_inference_steps=2, seed=7))
    window.render_panel.render_button.click()
    qtbot.waitUntil(lambda: not workspace.rendering.is_rendering, timeout=WAIT_MS)
    (record,) = session.renders
    assert record.turn == second.id
    assert record.request.layout == second.layout
    assert not QImage.fromData(workspace.pictures.get(record.sha256)).isNull()

    # The scene becomes a file and comes back the same.
    file = tmp_path / "story.lmdscene"
    workspace.document.save(file)
    content, picture = workspace.document.content(), workspace.pictures.get(record.sha256)
    workspace.document.new()
    workspace.document.open(file)
    again = workspace.document.content()
    assert (again.scene, again.renders, again.settings) == (content.scene, content.renders, content.settings)
    assert workspace.pictures.get(record.sha256) == picture
