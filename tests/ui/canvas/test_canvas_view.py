"""What the canvas shows: zoom, backdrop, pending boxes, the hint, and how little a drag paints."""

from __future__ import annotations

from canvas_mouse import Mouse
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmd_desktop.app.session import Session
from lmd_desktop.domain.edits import delete_boxes, set_canvas
from lmd_desktop.domain.layout import Box, Rect, Size, colour_for
from lmd_desktop.ui.canvas.snapping import Snapping
from lmd_desktop.ui.canvas.view import CanvasView


def pixel(canvas: CanvasView, x: float, y: float) -> QColor:
    """The colour at a place in scene pixels."""
    image = canvas.viewport().grab().toImage()
    left, top = canvas.transform.to_view((x, y))
    ratio = image.devicePixelRatio()
    return image.pixelColor(QPoint(round(left * ratio), round(top * ratio)))


def pixel_of_viewport(canvas: CanvasView, x: int, y: int) -> QColor:
    return canvas.viewport().grab().toImage().pixelColor(x, y)


def turn_wheel(canvas: CanvasView, place: QPointF, notches: int) -> None:
    event = QWheelEvent(
        place,
        QPointF(canvas.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_wheel_zooms_at_the_mouse(canvas: CanvasView, qtbot: QtBot) -> None:
    place = QPointF(210, 333)
    before = canvas.transform.to_scene((210, 333))
    with qtbot.waitSignal(canvas.zoom_changed):
        turn_wheel(canvas, place, 3)
    after = canvas.transform.to_scene((210, 333))
    assert canvas.zoom > 1.5
    assert abs(after[0] - before[0]) < 1e-6
    assert abs(after[1] - before[1]) < 1e-6


def test_fit_shows_the_whole_canvas_and_follows_the_window(canvas: CanvasView) -> None:
    canvas.fit()
    canvas.resize(400, 300)
    left, top, right, bottom = canvas.transform.edges(Rect(0, 0, 512, 512))
    assert left >= 0
    assert top >= 0
    assert right <= canvas.viewport().width()
    assert bottom <= canvas.viewport().height()


def test_a_zoom_by_hand_is_kept_when_the_window_changes_its_size(canvas: CanvasView) -> None:
    canvas.zoom_to(2.0)
    canvas.resize(400, 300)
    assert canvas.zoom == 2.0


def test_zoom_to_the_selection_centres_it(canvas: CanvasView, session: Session) -> None:
    session.select(("3",))
    canvas.fit_selection()
    x, y = canvas.transform.to_view(session.layout.box("3").rect.centre)
    assert abs(x - canvas.viewport().width() / 2) <= 1
    assert abs(y - canvas.viewport().height() / 2) <= 1


def test_another_canvas_size_is_fitted(canvas: CanvasView, session: Session) -> None:
    session.edit("Change canvas size", set_canvas(session.layout, Size(1024, 256)))
    left, _, right, _ = canvas.transform.edges(Rect(0, 0, 1024, 256))
    assert left >= 0
    assert right <= canvas.viewport().width()


def test_the_backdrop_lies_under_the_boxes_and_goes_away(canvas: CanvasView) -> None:
    picture = QImage(64, 64, QImage.Format.Format_RGB888)
    picture.fill(QColor("#204060"))
    paper = pixel(canvas, 20, 20)
    canvas.set_backdrop(picture)
    assert pixel(canvas, 20, 20) == QColor("#204060")
    assert pixel(canvas, 300, 350) != QColor("#204060")  # tinted by the box upon it
    canvas.set_backdrop_opacity(0.0)
    assert pixel(canvas, 20, 20).lightness() > 150
    canvas.set_backdrop(None)
    assert pixel(canvas, 20, 20) == paper


def test_pending_boxes_are_drawn_until_they_are_cleared(canvas: CanvasView) -> None:
    before = canvas.viewport().grab().toImage()
    canvas.show_pending_boxes((Box("9", "a green parrot", Rect(200, 60, 100, 90), colour_for("9")),))
    assert canvas.viewport().grab().toImage() != before
    canvas.show_pending_boxes(())
    assert canvas.viewport().grab().toImage() == before


def test_a_pending_box_stands_for_the_scene_box_of_the_same_id(canvas: CanvasView, session: Session) -> None:
    canvas.show_pending_boxes((Box("3", "a window", Rect(200, 60, 100, 90), colour_for("3")),))
    with_old = canvas.viewport().grab().toImage()
    session.edit("Delete box", delete_boxes(session.layout, ("3",)))
    assert canvas.viewport().grab().toImage() == with_old


def test_hiding_a_box_takes_it_off_the_canvas(canvas: CanvasView, session: Session) -> None:
    canvas.actions_by_name["labels"].setChecked(False)
    paper = pixel(canvas, 20, 20)
    assert pixel(canvas, 440, 100) != paper
    session.select(("3",))
    canvas.actions_by_name["hide"].trigger()
    session.select(())
    assert pixel(canvas, 440, 40) in (paper, pixel(canvas, 440, 30))


def test_an_empty_canvas_says_what_to_do(canvas: CanvasView, session: Session) -> None:
    session.edit("Delete boxes", delete_boxes(session.layout, ("1", "2", "3")))
    empty = canvas.viewport().grab().toImage()
    picture = QImage(8, 8, QImage.Format.Format_RGB888)
    picture.fill(Qt.GlobalColor.white)
    canvas.set_backdrop(picture)
    without_hint = canvas.viewport().grab().toImage()
    middle = range(256 - 100, 256 + 100)

    def shades(image: QImage) -> int:
        points = [canvas.transform.to_view((x, y)) for x in middle for y in (252, 254, 256, 258, 260)]
        return len({image.pixel(round(x), round(y)) for x, y in points})

    assert shades(empty) > shades(without_hint)


def test_a_drag_paints_only_around_the_box(canvas: CanvasView, mouse: Mouse, qtbot: QtBot) -> None:
    painted: list[QPaintEvent] = []

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                painted.append(QPaintEvent(event.region()))
            return False

    watcher = Watcher()
    mouse.press((130, 280))
    mouse.move((140, 290))
    QApplication.processEvents()
    canvas.viewport().installEventFilter(watcher)
    mouse.move((145, 290))
    qtbot.waitUntil(lambda: bool(painted))
    area = painted[-1].rect()
    assert area.width() < 300
    assert area.height() < 200
    mouse.release((145, 290))


def test_painting_only_the_changes_gives_the_same_picture(canvas: CanvasView, mouse: Mouse, qtbot: QtBot) -> None:
    screen = canvas.screen()
    canvas.set_snapping(Snapping())

    def shown() -> QImage:
        for _ in range(3):
            QApplication.processEvents()
        return screen.grabWindow(canvas.winId()).toImage()

    mouse.press((130, 280))
    for place in ((200, 300), (81, 280), (420, 90), (20, 20)):
        mouse.move(place)
        in_parts = shown()
        canvas.viewport().update()
        assert shown() == in_parts
    mouse.release((20, 20))


def test_the_keyboard_focus_is_seen(canvas: CanvasView, qtbot: QtBot) -> None:
    desk = pixel_of_viewport(canvas, 0, 200)
    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    assert pixel_of_viewport(canvas, 0, 200) == canvas.palette().color(QPalette.ColorRole.Highlight) != desk


def test_the_middle_button_pans(canvas: CanvasView, mouse: Mouse, session: Session) -> None:
    before = canvas.transform
    middle = Qt.MouseButton.MiddleButton
    mouse.press((130, 280), button=middle)
    mouse.move((150, 300), button=middle)
    mouse.release((130, 280), button=middle)
    assert canvas.transform.x == before.x + 20
    assert session.selection == ()
