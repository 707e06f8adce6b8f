"""A canvas in a window of its own, with three boxes: a large one, a small one upon it, and one beside them."""

from __future__ import annotations

import pytest
from canvas_mouse import Mouse
from pytestqt.qtbot import QtBot

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.scene import Scene
from lmd_desktop.ui.canvas.snapping import NO_SNAPPING
from lmd_desktop.ui.canvas.view import CanvasView


@pytest.fixture
def session() -> Session:
    layout = Layout()
    for phrase, rect in (
        ("a table", Rect(50, 200, 300, 200)),
        ("a red cup", Rect(101, 251, 60, 60)),
        ("a window", Rect(400, 40, 80, 120)),
    ):
        layout = add_box(layout, phrase, rect)
    return Session(Scene(start=layout))


@pytest.fixture
def canvas(qtbot: QtBot, session: Session) -> CanvasView:
    """One view pixel per scene pixel, without snapping, so that tests can count pixels."""
    canvas = CanvasView(session)
    canvas.set_snapping(NO_SNAPPING)
    qtbot.addWidget(canvas)
    canvas.resize(700, 600)
    canvas.show()
    canvas.zoom_to(1.0)
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    return canvas


@pytest.fixture
def mouse(canvas: CanvasView) -> Mouse:
    return Mouse(canvas)
