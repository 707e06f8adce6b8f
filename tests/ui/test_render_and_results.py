"""Render settings and results: the form of a method, live preview, and the way back to a picture's turn."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QSpinBox
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box, move_box
from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.domain.requests import RenderSettings
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.parameter_form import ParameterForm
from lmd_desktop.ui.picture_window import PictureWindow

WAIT_MS = 60_000


def draw_a_box(window: MainWindow) -> None:
    session = window.workspace.session
    session.edit("Draw box", add_box(session.layout, "a red car", Rect(10, 20, 100, 100)))


def render(window: MainWindow, qtbot: QtBot) -> None:
    window.render_panel.render_button.click()
    qtbot.waitUntil(lambda: not window.workspace.rendering.is_rendering, timeout=WAIT_MS)


@pytest.fixture
def started(working_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window whose renderer has announced its methods, with one box."""
    with qtbot.waitSignal(working_window.workspace.rendering.methods_changed, timeout=WAIT_MS):
        working_window.workspace.rendering.start()
    draw_a_box(working_window)
    return working_window


def test_before_the_renderer_is_up_the_panel_says_so_and_the_numbers_work(window: MainWindow) -> None:
    panel = window.render_panel
    assert not panel.method.isEnabled()
    assert "Starting" in panel.method.currentText()
    panel.steps.setValue(33)
    assert window.workspace.session.render_settings.num_inference_steps == 33
    assert window.workspace.session.render_settings.method == "lmd_plus"


def test_the_form_is_built_from_what_the_renderer_announced(started: MainWindow) -> None:
    form = started.render_panel.findChild(ParameterForm)
    form.findChild(QDoubleSpinBox, "parameter_strength").setValue(1.5)
    form.findChild(QSpinBox, "parameter_frozen_steps").setValue(9)
    form.findChild(QComboBox, "parameter_schedule").setCurrentText("late")
    form.findChild(QCheckBox, "parameter_per_box").setChecked(False)
    expected = (("strength", 1.5), ("frozen_steps", 9), ("schedule", "late"), ("per_box", False))
    assert started.workspace.session.render_settings.parameters == expected


def test_another_method_starts_with_its_own_parameters(started: MainWindow) -> None:
    form = started.render_panel.findChild(ParameterForm)
    form.findChild(QSpinBox, "parameter_frozen_steps").setValue(9)
    started.render_panel.method.setCurrentIndex(1)
    settings = started.workspace.session.render_settings
    assert (settings.method, settings.parameters) == ("plain", ())


def test_a_result_lands_in_the_strip_and_under_the_boxes(started: MainWindow, qtbot: QtBot) -> None:
    previews: list[object] = []
    started.workspace.rendering.preview_changed.connect(previews.append)
    render(started, qtbot)
    assert started.results_panel.model.rowCount() == 1
    assert started.backdrop.record == started.workspace.session.renders[0]
    assert any(image is not None for image in previews)
    assert previews[-1] is None


def test_a_click_on_a_result_brings_its_boxes_seed_and_method_back(started: MainWindow, qtbot: QtBot) -> None:
    session = started.workspace.session
    render(started, qtbot)
    session.edit("Move box", move_box(session.layout, "1", 200, 200))
    session.set_render_settings(RenderSettings(method="plain", seed=5))
    render(started, qtbot)
    model, view = started.results_panel.model, started.results_panel.view
    older = model.index(1)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(older).center())
    assert session.layout.box("1").rect.x == 10
    assert (session.render_settings.method, session.render_settings.seed) == ("lmd_plus", 0)
    assert started.render_panel.seed.number.value() == 0
    assert started.backdrop.record == model.record(older)


def test_a_result_opens_large_is_copied_and_saved(started: MainWindow, qtbot: QtBot, tmp_path) -> None:
    render(started, qtbot)
    record = started.workspace.session.renders[0]
    started.results_panel.opened.emit(record)
    assert started.findChild(PictureWindow) is not None
    started.results_panel.copy_asked.emit(record)
    assert QGuiApplication.clipboard().image().width() == record.size.width
    started.files.dialogs.path = tmp_path / "out.png"
    started.results_panel.save_asked.emit(record)
    assert (tmp_path / "out.png").read_bytes() == started.workspace.pictures.get(record.sha256)


def test_a_picture_of_another_layout_is_faded(started: MainWindow, qtbot: QtBot) -> None:
    render(started, qtbot)
    told: list[float] = []
    started.backdrop.changed.connect(lambda _image, opacity: told.append(opacity))
    session = started.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 200, 200))
    assert told[-1] < 1.0
    session.undo_stack.undo()
    assert told[-1] == 1.0


def test_stop_is_there_only_while_something_is_painted(started: MainWindow, qtbot: QtBot) -> None:
    panel = started.render_panel
    assert not panel.stop_button.isEnabled()
    started.workspace.session.set_render_settings(RenderSettings(prompt="wait"))
    panel.render_button.click()
    assert panel.stop_button.isEnabled()
    panel.stop_button.click()
    qtbot.waitUntil(lambda: not panel.stop_button.isEnabled(), timeout=WAIT_MS)
    assert started.results_panel.model.rowCount() == 0


def test_a_renderer_that_fails_tells_why_and_the_window_goes_on(started: MainWindow, qtbot: QtBot) -> None:
    started.workspace.session.set_render_settings(RenderSettings(prompt="fail"))
    render(started, qtbot)
    dialog = started.findChild(ErrorDialog)
    assert dialog.findChild(QLabel, "error_cause").text() == "The model wrote nothing usable."
    started.workspace.session.set_render_settings(RenderSettings())
    render(started, qtbot)
    assert started.results_panel.model.rowCount() == 1


def test_rolling_a_seed_keeps_it_and_opening_the_lock_frees_it(window: MainWindow) -> None:
    seed = window.render_panel.seed
    seed.roll.click()
    assert window.workspace.session.render_settings.seed == seed.number.value()
    seed.lock.click()
    assert window.workspace.session.render_settings.seed is None
    assert not seed.number.isEnabled()


def test_another_canvas_size_carries_the_boxes_along_and_can_be_undone(window: MainWindow) -> None:
    draw_a_box(window)
    field = window.render_panel.canvas_size
    field.presets.setCurrentIndex(4)
    field.presets.activated.emit(4)
    session = window.workspace.session
    assert session.layout.canvas == Size(1024, 1024)
    assert session.layout.box("1").rect == Rect(20, 40, 200, 200)
    session.undo_stack.undo()
    assert session.layout.canvas == Size(512, 512)
    assert field.presets.currentIndex() == 0


def test_an_odd_canvas_size_is_typed_as_two_numbers(window: MainWindow) -> None:
    draw_a_box(window)
    field = window.render_panel.canvas_size
    field.presets.activated.emit(field.presets.count() - 1)
    field.width_field.setValue(640)
    field.width_field.editingFinished.emit()
    assert window.workspace.session.layout.canvas == Size(640, 512)
    assert field.width_field.isVisible()


def test_the_status_bar_tells_the_stage_and_falls_back_to_ready(started: MainWindow, qtbot: QtBot) -> None:
    told: list[str] = []
    started.workspace.jobs.job_changed.connect(lambda _job: told.append(started.status.stage.text()))
    render(started, qtbot)
    assert any(text.startswith("Painting") for text in told)
    assert started.status.stage.text() == "Ready"
