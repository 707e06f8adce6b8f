"""The whole job by keyboard alone, names for screen readers in every window, and texts that can be read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.application import fill_scene
from lmd_desktop.ui.main_window import MainWindow

WAIT_MS = 60_000
MOST_STEPS = 150
INSIDE = ("qt_spinbox_lineedit", "qt_scrollarea_viewport")
DIALOGS = ("shortcuts", "settings", "models", "problems", "diagnostics", "licences", "palette", "welcome")


def walk(qtbot: QtBot, window: MainWindow) -> list[QWidget]:
    """Where Tab leads from the request field until it comes round, without a mouse."""
    seen: list[QWidget] = []
    for _ in range(MOST_STEPS):
        now = QApplication.focusWidget()
        if now is None or now in seen:
            break
        seen.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    return seen


def names_of(widgets: list[QWidget]) -> set[str]:
    return {name for widget in widgets for name in (widget.objectName(), widget.parentWidget().objectName())}


def test_tab_comes_round_by_all_panels(window: MainWindow, qtbot: QtBot) -> None:
    fill_scene(window.workspace, None)
    session = window.workspace.session
    session.select((session.layout.boxes[0].id,))
    window.activateWindow()
    window.focus_prompt()
    walked = walk(qtbot, window)
    names = names_of(walked)
    assert {"composer", "canvas", "boxList", "steps", "guidance_scale", "render", "background"} <= names
    nameless = [w.objectName() or type(w).__name__ for w in walked if not (w.accessibleName() or w.property("text"))]
    assert [name for name in nameless if name not in INSIDE] == []


def test_the_whole_job_without_a_mouse(working_window: MainWindow, qtbot: QtBot) -> None:
    window, session = working_window, working_window.workspace.session
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys, control = Qt.Key, Qt.KeyboardModifier.ControlModifier
    # Ask.
    qtbot.keyClick(window, keys.Key_L, control)
    qtbot.keyClicks(window.dialog_panel.composer, "a red car,a blue cup")
    qtbot.keyClick(window.dialog_panel.composer, keys.Key_Return)
    qtbot.waitUntil(lambda: len(session.layout.boxes) == 2, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.workspace.planning.state.is_planning, timeout=WAIT_MS)
    # Choose a box in the list, rename it there, nudge it on the canvas.
    box_list = window.boxes_panel.list
    box_list.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(box_list, keys.Key_Down)
    assert len(session.selection) == 1
    (chosen,) = session.selection
    window.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    before = session.layout.box(chosen).rect.x
    qtbot.keyClick(window.canvas, keys.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert session.layout.box(chosen).rect.x == before + 10
    # Render from anywhere.
    qtbot.keyClick(window.canvas, keys.Key_Return, control)
    qtbot.waitUntil(lambda: len(session.renders) == 1, timeout=WAIT_MS)


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_of_every_window_has_a_name(window: MainWindow, qtbot: QtBot, name: str) -> None:
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a red car", Rect(10, 20, 100, 100)))
    window.errors.problems.clear()
    getattr(window.around, f"show_{name}")()
    shown = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()] or [window]
    controls = [c for place in shown for c in place.findChildren(QWidget) if c.focusPolicy() & Qt.FocusPolicy.TabFocus]
    nameless = [
        control.objectName() or type(control).__name__
        for control in controls
        if control.isVisible()
        and not (control.accessibleName() or control.property("text"))
        and control.objectName() not in INSIDE
        # The field inside a field of keys speaks for it.
        and control.parentWidget().objectName() != "shortcut_edit"
    ]
    assert nameless == []


@pytest.mark.parametrize("name", DIALOGS[:-2])
def test_escape_closes_what_was_opened(window: MainWindow, qtbot: QtBot, name: str) -> None:
    getattr(window.around, f"show_{name}")()
    (dialog,) = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    assert dialog.minimumSizeHint().width() <= QSize(1024, 700).width()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
