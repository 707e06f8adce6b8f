"""The first steps of the README with mouse and keyboard only, both real workers and the starter models."""

from __future__ import annotations

import json
from pathlib import Path

from hands import Hands
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLineEdit, QPushButton, QSpinBox, QToolButton

from lmd_desktop.app.sample import sample_scene
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request

FIRST = "add a yellow lamp"
SECOND = "add a red ball"
PASTED = json.dumps({"canvas": [512, 512], "boxes": [{"phrase": "a blue cat", "box": [64, 96, 160, 200]}]})


def ask(hands: Hands, text: str) -> Plan:
    """Type a sentence, press Enter, and wait for the boxes."""
    planning = hands.window.workspace.planning
    hands.press("Ctrl+L")
    hands.type(text)
    hands.press("Return")
    hands.wait(lambda: not planning.state.is_planning)
    assert planning.state.problem is None
    head = hands.window.workspace.session.scene.dialog.path()[-1]
    assert isinstance(head, Plan)
    return head


def buttons(hands: Hands, start: str) -> list[QToolButton]:
    """Of the last card, by the start of their names."""
    found = hands.window.dialog_panel.cards[-1].findChildren(QToolButton)
    return [button for button in found if button.objectName().startswith(start) and "all" not in button.objectName()]


def middle(box: Box) -> tuple[float, float]:
    return box.rect.centre


def test_from_the_sample_scene_to_a_file_that_is_opened_again(hands: Hands, tmp_path: Path) -> None:
    window, session = hands.window, hands.window.workspace.session
    canvas, panel = window.canvas, window.dialog_panel
    while_writing: list[int] = []
    panel.dashed_boxes_changed.connect(
        lambda boxes: while_writing.append(len(boxes)) if window.workspace.planning.state.is_planning else None
    )

    # 1. It opens on a sample scene; a sentence changes it, and the boxes come one by one, dashed.
    window.workspace.document.new(sample_scene())
    ask(hands, FIRST)
    assert any(while_writing)
    assert canvas.pending_boxes

    # 2. One change is accepted and one rejected where there are two; dragging, pulling, naming, locking follow.
    count = len(buttons(hands, "accept_"))
    hands.click(buttons(hands, "accept_")[0])
    assert len(buttons(hands, "accept_")) == count - 1
    if rest := buttons(hands, "reject_"):
        hands.click(rest[0])
    box = session.layout.boxes[0]
    x, y = middle(box)
    hands.drag((x, y), (x + (30 if box.rect.right < 470 else -30), y - 40))
    moved = session.layout.box(box.id).rect
    assert (moved.x, moved.y) != (box.rect.x, box.rect.y)
    corner = (moved.right, moved.bottom)
    hands.drag(corner, (corner[0] - 20, corner[1] - 24))
    assert session.layout.box(box.id).rect.height < moved.height
    hands.double_click_canvas(middle(session.layout.box(box.id)))
    assert isinstance(QGuiApplication.focusObject(), QLineEdit)
    hands.press("Ctrl+A")
    hands.type("a yellow car")
    hands.press("Return")
    assert session.layout.box(box.id).phrase == "a yellow car"
    hands.press("Ctrl+Shift+L")
    locked = session.layout.box(box.id)
    assert locked.is_locked
    edit = session.scene.dialog.path()[-1]
    assert isinstance(edit, CanvasEdit)
    assert "yellow car" in edit.summary

    # The next request accepts what is left, and leaves the locked box as it is.
    second = ask(hands, SECOND)
    assert session.layout.box(box.id) == locked
    kinds = [type(turn) for turn in session.scene.dialog.path()]
    assert kinds[-3:] == [CanvasEdit, Request, Plan]
    assert f"box {box.id} a yellow car" in second.raw
    hands.press("Ctrl+Shift+A")
    assert not canvas.pending_boxes

    # A layout that a chatbot wrote becomes a turn.
    QGuiApplication.clipboard().setText(PASTED)
    hands.press("Ctrl+Shift+V")
    hands.wait(lambda: panel.paster.question is not None)
    while panel.paster.question is not None:  # whether its numbers are corners or sizes, and of what
        key = panel.paster.question.choices[0].key
        hands.click(panel.findChild(QPushButton, f"choice_{key}"))
    assert any(each.phrase == "a blue cat" for each in session.layout.boxes)
    hands.press("Ctrl+Z")
    assert session.scene.dialog.head == second.id

    # 3. Ctrl+Enter renders; a click on the result brings its turn back, and going on from there starts a branch.
    steps = window.render_panel.findChild(QSpinBox, "steps")
    hands.click(steps)
    hands.press("Ctrl+A")
    hands.type("2")
    hands.press("Ctrl+Return")
    hands.wait(lambda: len(session.renders) == 1)
    hands.wait(lambda: not window.workspace.jobs.active())
    (record,) = session.renders
    assert record.turn == second.id
    assert not QImage.fromData(window.workspace.pictures.get(record.sha256)).isNull()
    hands.click_canvas(middle(locked))
    hands.press("Ctrl+Shift+L")
    hands.press("Shift+Right")
    after = session.scene.dialog.head
    assert after != second.id
    view = window.results_panel.view
    hands.click(view.viewport(), at=view.visualRect(window.results_panel.model.index(0)).center())
    assert session.scene.dialog.head == second.id
    assert session.layout == record.request.layout
    canvas.setFocus()
    hands.press("Ctrl+A")
    hands.press("Ctrl+Shift+L")
    assert len(session.scene.dialog.children(second.id)) == 2

    # 4. Ctrl+S saves everything in one file, and the file dropped on the window opens it.
    file = tmp_path / "first steps.lmdscene"
    hands.name_a_file(file, lambda: hands.press("Ctrl+S"))
    assert file.is_file()
    assert not window.isWindowModified()
    saved = window.workspace.document.content()
    hands.press("Ctrl+N")
    assert session.renders == ()
    hands.drop(file)
    hands.wait(lambda: session.renders)
    again = window.workspace.document.content()
    assert (again.scene, again.renders, again.settings) == (saved.scene, saved.renders, saved.settings)
