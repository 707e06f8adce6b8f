"""What is laid under and over the boxes: the picture before, where the painter looked, a backdrop of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QToolButton
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.domain.requests import BoxAttention
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.overlays import heat

WAIT_MS = 60_000


@pytest.fixture
def painted(working_window: MainWindow, qtbot: QtBot) -> Callable[[int], None]:
    """Paints pictures of one box with a seed; the small renderer's colour follows from it."""
    window = working_window
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a red car", Rect(10, 20, 100, 100)))

    def paint(seed: int) -> None:
        window.render_panel.seed.number.setValue(seed)
        with qtbot.waitSignal(window.workspace.rendering.picture_finished, timeout=WAIT_MS):
            window.render_now()
        qtbot.waitUntil(lambda: not window.workspace.rendering.is_rendering, timeout=WAIT_MS)

    return paint


def colour_at(window: MainWindow, share: float) -> QColor:
    """Of the canvas, without boxes, at a share of its width."""
    window.canvas.actions_by_name["boxes"].setChecked(False)
    canvas = window.workspace.session.layout.canvas
    x, y = window.canvas.transform.to_view((canvas.width * share, canvas.height * 0.6))
    return window.canvas.viewport().grab().toImage().pixelColor(round(x), round(y))


def test_the_picture_before_is_left_of_a_line_that_slider_and_mouse_move(
    working_window: MainWindow, painted: Callable[[int], None]
) -> None:
    window, bar = working_window, working_window.desk.overlay_bar
    painted(10)
    assert not bar.compare.isEnabled()
    painted(190)
    bar.compare.setChecked(True)
    assert (colour_at(window, 0.4).red(), colour_at(window, 0.6).red()) == (10, 190)
    bar.split.setValue(80)
    assert colour_at(window, 0.6).red() == 10
    canvas = window.canvas
    x, bottom = canvas.transform.to_view((512 * 0.8, 512))
    knob = QPoint(round(x), round(min(bottom + 14, canvas.viewport().height() - 13)))
    left = canvas.transform.to_view((512 * 0.2, 0))[0]
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=knob)
    QTest.mouseMove(canvas.viewport(), QPoint(round(left), knob.y()))
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(left), knob.y()))
    assert bar.split.value() == 20
    assert colour_at(window, 0.4).red() == 190


def test_a_picture_shows_the_canvas_through_it(working_window: MainWindow, painted: Callable[[int], None]) -> None:
    painted(10)
    solid = colour_at(working_window, 0.6).red()
    working_window.desk.overlay_bar.opacity.setValue(20)
    assert colour_at(working_window, 0.6).red() > solid + 100


def test_attention_is_painted_with_pictures_from_then_on_and_follows_the_selection(
    working_window: MainWindow, painted: Callable[[int], None]
) -> None:
    window = working_window
    painted(10)
    plain = colour_at(window, 0.6)
    window.desk.overlay_bar.attention.setChecked(True)
    assert "without it" in window.desk.overlay_bar.attention.toolTip()
    assert colour_at(window, 0.6) == plain
    painted(10)
    assert colour_at(window, 0.6) != plain
    window.workspace.session.select(("1",))
    assert colour_at(window, 0.6) != plain
    window.desk.overlay_bar.attention.setChecked(False)
    assert colour_at(window, 0.6) == plain


def test_the_strongest_of_several_maps_shows_and_nothing_is_see_through() -> None:
    first = BoxAttention(("1",), Size(2, 1), bytes((0, 255)))
    second = BoxAttention(("2",), Size(2, 1), bytes((0, 10)))
    image = heat([first, second])
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).getRgb() == (255, 255, 255, 205)


def test_a_backdrop_lies_under_the_boxes_whole_until_it_is_removed(window: MainWindow, tmp_path: Path) -> None:
    picture = QImage(64, 8, QImage.Format.Format_RGB32)
    picture.fill(QColor(0, 0, 0))
    picture.save(str(tmp_path / "room.png"))
    window.files.dialogs.path = tmp_path / "room.png"
    window.desk.choose_backdrop()
    window.desk.overlays.set_reference_opacity(1.0)
    assert colour_at(window, 0.5) != QColor(0, 0, 0)  # below the strip that a wide picture is
    window.desk.overlays.set_reference_fit("fill")
    assert colour_at(window, 0.5) == QColor(0, 0, 0)
    window.desk.overlays.remove_reference()
    assert colour_at(window, 0.5) != QColor(0, 0, 0)


def test_what_is_no_picture_is_told(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "notes.png").write_text("hello", encoding="utf-8")
    window.files.dialogs.path = tmp_path / "notes.png"
    window.desk.choose_backdrop()
    qtbot.waitUntil(lambda: window.findChild(ErrorDialog) is not None)
    assert window.desk.overlays.reference is None


def test_a_ratio_keeps_the_area_and_sides_can_be_swapped_with_the_boxes_carried_along(window: MainWindow) -> None:
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a red car", Rect(0, 0, 256, 256)))
    field = window.findChild(QComboBox, "canvas_preset")
    index = next(row for row in range(field.count()) if "16 : 9" in field.itemText(row))
    field.setCurrentIndex(index)
    field.activated.emit(index)
    assert session.layout.canvas == Size(680, 384)
    assert session.layout.box("1").rect == Rect(0, 0, 340, 192)
    window.findChild(QToolButton, "canvas_swap").click()
    assert session.layout.canvas == Size(384, 680)
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert session.layout.canvas == Size(512, 512)


def test_the_picture_before_is_shown_while_its_key_is_held(
    working_window: MainWindow, painted: Callable[[int], None]
) -> None:
    window = working_window
    painted(10)
    painted(190)
    window.canvas.setFocus()
    assert colour_at(window, 0.6).red() == 190
    QTest.keyPress(window.canvas, Qt.Key.Key_Backslash)
    assert (colour_at(window, 0.4).red(), colour_at(window, 0.9).red()) == (10, 10)
    QTest.keyRelease(window.canvas, Qt.Key.Key_Backslash)
    assert colour_at(window, 0.4).red() == 190


def test_a_scene_opens_at_the_zoom_and_place_at_which_it_was_left(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    document, canvas = window.workspace.document, window.canvas
    canvas.zoom_to(3.0)
    canvas.pan_by(-120, 60)
    left = canvas.transform
    qtbot.waitUntil(lambda: document.view.place is not None, timeout=WAIT_MS)
    assert not document.is_dirty
    document.save(tmp_path / "near.lmdscene")
    document.new()
    assert canvas.is_fitted
    document.open(tmp_path / "near.lmdscene")
    assert (canvas.transform.scale, canvas.is_fitted) == (left.scale, False)
    assert (canvas.transform.x, canvas.transform.y) == pytest.approx((left.x, left.y), abs=1)


def test_backdrop_guides_and_attention_are_saved_with_the_scene(window: MainWindow, tmp_path: Path) -> None:
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(QColor(10, 20, 30))
    picture.save(str(tmp_path / "room.png"))
    overlays, bar, document = window.desk.overlays, window.desk.overlay_bar, window.workspace.document
    overlays.choose_reference(tmp_path / "room.png")
    overlays.set_reference_fit("stretch")
    bar.reference_opacity.setValue(100)
    next(action for action in bar.guides.actions() if action.objectName() == "guide_golden").trigger()
    bar.attention.setChecked(True)
    assert document.is_dirty
    document.save(tmp_path / "room.lmdscene")
    assert not document.is_dirty
    document.new()
    assert (overlays.reference, overlays.view.guide, bar.attention.isChecked()) == (None, "none", False)
    (tmp_path / "room.png").unlink()
    document.open(tmp_path / "room.lmdscene")
    assert colour_at(window, 0.1) == QColor(10, 20, 30)
    assert colour_at(window, 0.381966).red() > 60
    assert bar.attention.isChecked()
    assert not document.is_dirty
    overlays.remove_reference()
    assert document.is_dirty
