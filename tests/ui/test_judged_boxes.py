"""What a judge said of the boxes stands on the canvas while the picture that it looked at is in sight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box, move_box, rename_box, set_box_seed
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.marks import BoxMark, Mark
from lmd_desktop.domain.requests import RenderRecord, RenderRequest, RenderResult, record_of
from lmd_desktop.ui.canvas.items import box_items, judged_items, mark_items
from lmd_desktop.ui.canvas.view_transform import ViewTransform
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.mark_words import COLOURS

BOXES = (
    ("a red car", Rect(20, 60, 120, 120)),
    ("a blue cup", Rect(180, 60, 120, 120)),
    ("a tree", Rect(340, 60, 120, 120)),
    ("a dragon", Rect(20, 300, 120, 120)),
)
SAID: dict[str, Mark] = {"1": "found", "2": "wrong", "3": "missing"}
VIEW = (0.0, 0.0, 600.0, 600.0)


@pytest.fixture
def judged(window: MainWindow) -> RenderRecord:
    """A white picture of four boxes on the canvas; the judge could not read the last one."""
    session = window.workspace.session
    layout = session.layout
    for phrase, rect in BOXES:
        layout = add_box(layout, phrase, rect)
    session.edit("Draw boxes", layout)
    marks = tuple(BoxMark(box_id, layout.box(box_id).phrase, mark) for box_id, mark in SAID.items())
    record = picture_of(window, replace(layout), marks, colour=255)
    window.backdrop.show_record(record)
    return record


def picture_of(window: MainWindow, layout: Layout, marks: tuple[BoxMark, ...], *, colour: int) -> RenderRecord:
    workspace = window.workspace
    size = Size(64, 64)
    result = RenderResult(RenderRequest(layout), size, bytes((colour,) * 3) * 64 * 64, "", "", "", "", "cpu")
    scene = workspace.session.scene
    record = workspace.pictures.keep(result, record_of(result, scene.dialog.head), scene=scene)
    record = replace(record, marks=marks)
    workspace.session.add_render(record)
    return record


def signs(window: MainWindow) -> dict[str, Mark]:
    """By the ids of boxes, the marks whose colour covers a good part of the lower right corner of the box."""
    canvas, seen = window.canvas, dict[str, Mark]()
    picture = canvas.viewport().grab().toImage()
    for box in window.workspace.session.layout.boxes:
        right, bottom = canvas.transform.to_view((box.rect.right, box.rect.bottom))
        for mark, colour in COLOURS.items():
            if _share(picture, QPoint(round(right) - 22, round(bottom) - 22), colour) > 0.3:
                seen[box.id] = mark
    return seen


def _share(picture: QImage, corner: QPoint, colour: QColor) -> float:
    """How much of the 18 × 18 view pixels from a corner on has a colour."""
    ratio = picture.devicePixelRatio()
    points = [QPointF(corner.x() + x, corner.y() + y) * ratio for x in range(18) for y in range(18)]
    return sum(picture.pixelColor(point.toPoint()) == colour for point in points) / len(points)


def tip_at(window: MainWindow, qtbot: QtBot, place: tuple[float, float]) -> str:
    """What hovering says at a place in view pixels."""
    viewport, point = window.canvas.viewport(), QPoint(round(place[0]), round(place[1]))
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    event = QHelpEvent(QHelpEvent.Type.ToolTip, point, viewport.mapToGlobal(point))
    QApplication.sendEvent(viewport, event)
    return QToolTip.text() if QToolTip.isVisible() else ""


def test_each_box_has_the_sign_that_the_judge_gave_it_and_one_that_it_could_not_read_has_none(
    window: MainWindow, judged: RenderRecord
) -> None:
    assert signs(window) == SAID


def test_beside_the_results_stands_what_could_not_be_read(window: MainWindow, judged: RenderRecord) -> None:
    window.results_panel.show_current(judged.sha256)
    told = window.results_panel.details.marks.text().splitlines()
    assert told == ["✓ 1 of 3 found", "≠ 2 a blue cup: wrong", "✗ 3 a tree: missing", "? 4 a dragon: not judged"]


def test_hovering_a_box_says_what_the_sign_means(window: MainWindow, qtbot: QtBot, judged: RenderRecord) -> None:
    told = [tip_at(window, qtbot, window.canvas.transform.to_view(rect.centre)) for _, rect in BOXES]
    expected = ["✓ 1 a red car\nFound", "≠ 2 a blue cup\nWrong", "✗ 3 a tree\nMissing"]
    assert told == [*(f"{text} in the picture" for text in expected), ""]


def test_a_sign_beside_a_narrow_box_says_whose_it_is(window: MainWindow, qtbot: QtBot) -> None:
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a pole", Rect(200, 100, 12, 200)))
    record = picture_of(window, session.layout, (BoxMark("1", "a pole", "missing"),), colour=255)
    window.backdrop.show_record(record)
    window.canvas.viewport().grab()
    right, bottom = window.canvas.transform.to_view((212, 300))
    assert tip_at(window, qtbot, (right + 12, bottom - 9)) == "✗ 1 a pole\nMissing in the picture"
    assert tip_at(window, qtbot, (right + 40, bottom - 9)) == ""


def test_the_canvas_tells_screen_readers_how_many_boxes_are_found(window: MainWindow, judged: RenderRecord) -> None:
    assert window.canvas.accessibleDescription().endswith("In the picture, 1 of 3 boxes are found.")
    window.backdrop.show_record(None)
    assert "found" not in window.canvas.accessibleDescription()


def test_a_box_that_is_another_one_by_now_has_no_sign(window: MainWindow, judged: RenderRecord) -> None:
    session = window.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 20, 180))
    assert signs(window) == {"2": "wrong", "3": "missing"}
    session.edit("Rename", rename_box(session.layout, "2", "a green cup"))
    assert signs(window) == {"3": "missing"}
    session.edit("Seed", set_box_seed(session.layout, "3", 5))
    assert signs(window) == {"3": "missing"}
    session.undo_stack.undo()
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert signs(window) == SAID


def test_without_the_picture_there_are_no_signs(window: MainWindow, judged: RenderRecord) -> None:
    backdrop = window.backdrop
    window.menus.show_backdrop.setChecked(False)
    assert signs(window) == {}
    window.menus.show_backdrop.setChecked(True)
    assert signs(window) == SAID
    preview = QImage(64, 64, QImage.Format.Format_RGB888)
    preview.fill(Qt.GlobalColor.white)
    backdrop.show_preview(preview)
    assert signs(window) == {}
    backdrop.show_preview(None)
    backdrop.set_opacity(0.0)
    assert signs(window) == {}
    backdrop.set_opacity(1.0)
    window.canvas.actions_by_name["boxes"].setChecked(False)
    assert signs(window) == {}


def test_beside_the_picture_before_there_are_no_signs(window: MainWindow, judged: RenderRecord) -> None:
    later = picture_of(window, judged.request.layout, judged.marks, colour=254)
    window.backdrop.show_record(later)
    assert signs(window) == SAID
    window.desk.overlay_bar.compare.setChecked(True)
    assert signs(window) == {}


def test_marks_that_come_later_and_marks_of_an_opened_file_are_shown(
    window: MainWindow, judged: RenderRecord, tmp_path: Path
) -> None:
    session, document = window.workspace.session, window.workspace.document
    session.replace_render(replace(judged, marks=()))
    assert signs(window) == {}
    session.replace_render(replace(judged, marks=judged.marks[:1]))
    assert signs(window) == {"1": "found"}
    document.save(tmp_path / "a.lmdscene")
    document.new()
    assert signs(window) == {}
    document.open(tmp_path / "a.lmdscene")
    assert signs(window) == {"1": "found"}


@pytest.mark.parametrize("side", [8, 16, 30, 40, 90])
def test_signs_lie_neither_on_each_other_nor_on_warnings(side: int) -> None:
    layout = Layout()
    for place in range(6):
        layout = add_box(layout, "a cup", Rect(100 + 25 * (place % 3), 100 + 25 * (place // 3), side, side))
    items = box_items(layout.boxes, ViewTransform())
    warned = mark_items(items, frozenset(("1", "4")), bounds=VIEW)
    taken = [item.edges for item in warned]
    marks: tuple[tuple[str, Mark], ...] = tuple((box.id, "found") for box in layout.boxes)
    placed = judged_items(items, marks, bounds=VIEW, taken=taken)
    assert len(placed) == 6
    pairs = [(one.edges, other) for one in placed for other in (*taken, *(o.edges for o in placed if o is not one))]
    assert not [(a, b) for a, b in pairs if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]


def test_a_box_out_of_sight_has_no_sign_at_the_edge() -> None:
    layout = add_box(Layout(), "a cup", Rect(400, 400, 50, 50))
    items = box_items(layout.boxes, ViewTransform())
    assert judged_items(items, (("1", "found"),), bounds=(0.0, 0.0, 300.0, 300.0), taken=[]) == []
