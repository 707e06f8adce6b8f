"""Stars, notes, search, compare, grids, checking and trying again, pictures out and in, and the render options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box, move_box, rename_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.painter import Lora
from lmd_desktop.domain.requests import RenderRecord, RenderSettings
from lmd_desktop.ui.compare_window import CompareMode, CompareWindow
from lmd_desktop.ui.dropped_picture_dialog import DroppedPictureDialog
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.grid_dialog import GridDialog
from lmd_desktop.ui.grid_window import GridWindow
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.picture_window import PictureWindow

WAIT_MS = 60_000
FAST = RenderSettings(num_inference_steps=1, seed=7)


@pytest.fixture
def started(working_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window whose renderer has announced its methods, with one box that the judge finds and one that it does not."""
    with qtbot.waitSignal(working_window.workspace.rendering.methods_changed, timeout=WAIT_MS):
        working_window.workspace.rendering.start()
    session = working_window.workspace.session
    layout = add_box(session.layout, "a red car", Rect(10, 20, 100, 100))
    session.edit("Draw boxes", add_box(layout, "a lost key", Rect(200, 20, 100, 100)))
    session.set_render_settings(FAST)
    return working_window


def wait(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.workspace.jobs.active(), timeout=WAIT_MS)


def render(window: MainWindow, qtbot: QtBot, **settings: object) -> RenderRecord:
    session = window.workspace.session
    session.set_render_settings(replace(session.render_settings, **settings))
    window.render_panel.render_button.click()
    wait(window, qtbot)
    return session.renders[-1]


def test_a_star_and_a_note_stay_with_the_picture_and_are_found(
    started: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    first = render(started, qtbot)
    render(started, qtbot, seed=8)
    panel, session = started.results_panel, started.workspace.session
    panel.chosen.emit(first)
    view = panel.view
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_S)
    panel.details.note.setText("the BEST one")
    panel.details.note.editingFinished.emit()
    assert [(one.is_starred, one.note) for one in session.renders] == [(True, "the BEST one"), (False, "")]
    panel.bar.search.setText("best")
    assert [one.sha256 for one in panel.model.records] == [first.sha256]
    panel.bar.search.clear()
    panel.bar.starred.setChecked(True)
    assert panel.model.rowCount() == 1
    assert "1 of 2" in panel.bar.told.text()
    started.workspace.document.save(tmp_path / "a.lmdscene")
    started.workspace.document.new()
    started.workspace.document.open(tmp_path / "a.lmdscene")
    assert session.renders[0].note == "the BEST one"


def test_a_new_picture_leaves_the_list_in_place(started: MainWindow, qtbot: QtBot) -> None:
    first = render(started, qtbot)
    resets: list[int] = []
    started.results_panel.model.modelReset.connect(lambda: resets.append(1))
    render(started, qtbot, seed=8)
    started.workspace.session.replace_render(replace(first, note="changed"))
    assert resets == []
    assert [one.request.seed for one in started.results_panel.model.records] == [8, 7]


def test_changing_something_at_an_older_picture_starts_a_branch(started: MainWindow, qtbot: QtBot) -> None:
    first = render(started, qtbot)
    session = started.workspace.session
    session.edit("Move box", move_box(session.layout, "1", 200, 200))
    second = render(started, qtbot)
    started.results_panel.chosen.emit(first)
    session.edit("Move box", move_box(session.layout, "1", 0, 300))
    dialog = session.scene.dialog
    assert {turn.id for turn in dialog.children(first.turn)} == {second.turn, dialog.head}
    assert session.scene.layout_at(second.turn) == second.request.layout


def test_two_results_are_compared_in_three_ways(started: MainWindow, qtbot: QtBot) -> None:
    started.render_panel.options.count.setValue(2)
    render(started, qtbot)
    view = started.results_panel.view
    view.setFocus()
    view.selectAll()
    qtbot.keyClick(view, Qt.Key.Key_C)
    compare = started.findChild(CompareWindow)
    left = compare.view.grab().toImage().pixelColor(compare.view.rect().center() / 2)
    qtbot.keyClick(compare.view, Qt.Key.Key_Right)
    assert compare.view.share > 0.5
    compare.set_mode(CompareMode.SIDE_BY_SIDE)
    compare.view.grab()
    compare.set_mode(CompareMode.FLICKER)
    before = compare.view.is_after
    compare.view.swap()
    assert compare.view.is_after is not before
    assert left.isValid()


def test_one_result_alone_cannot_be_compared(started: MainWindow, qtbot: QtBot) -> None:
    render(started, qtbot)
    started.results_panel.view.setFocus()
    with qtbot.captureExceptions() as raised:
        qtbot.keyClick(started.results_panel.view, Qt.Key.Key_C)
    assert "Two results" in str(raised[0][1]) or started.findChild(ErrorDialog) is not None


def test_a_grid_is_asked_for_painted_as_one_job_and_shown(started: MainWindow, qtbot: QtBot) -> None:
    started.results.ask_for_grid()
    dialog = started.findChild(GridDialog)
    dialog.seeds.setValue(2)
    dialog.findChild(QToolButton).click()
    assert dialog.count.text().startswith("4 pictures")
    dialog.render_button.click()
    assert len(started.workspace.jobs.active()) == 1
    wait(started, qtbot)
    renders = started.workspace.session.renders
    window = started.findChild(GridWindow)
    assert (window.model.grid.methods, window.model.grid.seeds) == (("lmd_plus", "plain"), (7, 8))
    titles = [window.model.headerData(row, Qt.Orientation.Vertical) for row in range(2)]
    assert titles == ["LMD+", "Plain"]
    chosen = window.model.index(0, 0)
    qtbot.mouseClick(window.table.viewport(), Qt.MouseButton.LeftButton, pos=window.table.visualRect(chosen).center())
    assert started.backdrop.record == renders[0]


def test_boxes_are_checked_marked_and_only_what_failed_is_painted_with_new_seeds(
    started: MainWindow, qtbot: QtBot
) -> None:
    started.render_panel.options.check.setChecked(True)
    render(started, qtbot)
    wait(started, qtbot)
    details, session = started.results_panel.details, started.workspace.session
    assert details.title.text() == "LMD+ · seed 7"
    assert "a lost key: missing" in details.marks.text()
    assert "1 of 2 found" in details.marks.text()
    started.results_panel.opened.emit(session.renders[0])
    assert "a lost key: Missing in the picture" in started.findChild(PictureWindow).accessibleDescription()
    boxes = started.boxes_panel.list.model()
    spoken = [boxes.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(boxes.rowCount())]
    assert ["Missing in the picture" in text for text in spoken] == [True, False]
    assert "Found in the picture" in spoken[1]
    session.edit("Rename", rename_box(session.layout, session.layout.boxes[0].id, "a blue car"))
    assert "in the picture" not in boxes.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    session.undo_stack.undo()
    details.retry.click()
    wait(started, qtbot)
    retried = session.renders[-1]
    car, key = retried.request.layout.boxes
    assert (car.seed, key.seed is not None, retried.request.seed) == (None, True, 7)
    assert {mark.mark for mark in retried.marks} == {"found"}
    assert not details.retry.isVisible()


def test_only_what_changed_keeps_the_seed_and_says_what_it_reuses(started: MainWindow, qtbot: QtBot) -> None:
    panel, session = started.render_panel, started.workspace.session
    assert not panel.changed_only.button.isEnabled()
    first = render(started, qtbot, seed=None)
    session.edit("Draw box", add_box(session.layout, "a blue cup", Rect(300, 300, 90, 90)))
    qtbot.waitUntil(lambda: bool(panel.changed_only.line.text()), timeout=WAIT_MS)
    assert panel.changed_only.line.text() == "Reuses 2 of 3 boxes; paints a blue cup, then the whole."
    panel.changed_only.button.click()
    wait(started, qtbot)
    assert session.renders[-1].request.seed == first.request.seed
    assert session.render_settings.seed is None


def test_pictures_leave_as_files_with_and_without_metadata(started: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    record = render(started, qtbot)
    model = started.results_panel.model
    (url,) = model.mimeData([model.index(0)]).urls()
    dragged = Path(url.toLocalFile())
    assert dragged.name.startswith("lmd_plus-7-")
    assert dragged.read_bytes() == started.workspace.pictures.get(record.sha256)
    started.files.dialogs.path = tmp_path / "bare.png"
    started.results_panel.bare_save_asked.emit(record)
    with Image.open(tmp_path / "bare.png") as bare, Image.open(dragged) as whole:
        assert bare.info == {}
        assert bare.tobytes() == whole.tobytes()


def test_settings_say_what_leaves_with_a_picture(started: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    record = render(started, qtbot)
    started.workspace.settings.set(exports_bare_pictures=True, exports_sidecars=True)
    started.files.dialogs.path = tmp_path / "out.png"
    started.results_panel.save_asked.emit(record)
    model = started.results_panel.model
    (url,) = model.mimeData([model.index(0)]).urls()
    for path in (tmp_path / "out.png", Path(url.toLocalFile())):
        with Image.open(path) as image:
            assert image.info == {}
    started.workspace.document.new()
    started.workspace.document.open_picture(tmp_path / "out.png")
    assert started.workspace.session.layout == record.request.layout


def test_a_picture_of_another_program_lends_its_prompt_and_its_settings(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    info = PngInfo()
    info.add_text("parameters", "a harbour\nNegative prompt: boats\nSteps: 30, Sampler: Euler, CFG scale: 7, Seed: 5")
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png", pnginfo=info)
    for name in ("use_prompt", "use_settings"):
        window.results.take_picture(tmp_path / "a.png")
        dialog = window.findChildren(DroppedPictureDialog)[-1]
        assert dialog.findChild(QPushButton, "restore_scene") is None
        dialog.findChild(QPushButton, name).click()
    session = window.workspace.session
    assert (session.layout.background_prompt, session.layout.negative_prompt) == ("a harbour", "boats")
    settings = session.render_settings
    assert (settings.num_inference_steps, settings.seed, settings.sampler) == (30, 5, "euler")
    session.undo_stack.undo()
    assert session.layout.background_prompt == ""


def test_presets_and_samplers_change_the_settings_and_follow_them(started: MainWindow) -> None:
    options, session = started.render_panel.options, started.workspace.session
    session.set_render_settings(RenderSettings())
    assert options.preset.currentData() == "standard"
    choose(options.preset, "draft")
    assert session.render_settings.num_inference_steps == 10
    started.render_panel.steps.setValue(33)
    assert options.preset.currentData() is None
    choose(options.sampler, "unipc")
    assert session.render_settings.sampler == "unipc"


def choose(combo: QComboBox, data: str) -> None:
    combo.setCurrentIndex(combo.findData(data))
    combo.activated.emit(combo.currentIndex())


def test_a_sheet_of_attention_is_shown(started: MainWindow, qtbot: QtBot) -> None:
    started.render_panel.options.explain.setChecked(True)
    record = render(started, qtbot)
    started.results_panel.explanation_asked.emit(record)
    assert "Attention" in started.findChild(PictureWindow).windowTitle()


def test_parts_are_chosen_weighted_and_taken_out(window: MainWindow, tmp_path: Path) -> None:
    form, settings = window.render_panel.parts, window.workspace.parts
    chosen = tmp_path / "style.safetensors"
    form._choose = lambda *_: chosen  # pyright: ignore[reportPrivateUsage] - the desktop's own dialog
    window.render_panel.painter_parts.heading.click()
    form.findChild(QToolButton, "choose_lora").click()
    assert settings.value.painter.loras == (Lora(chosen),)
    form.findChildren(QDoubleSpinBox, "lora_0_amount")[-1].setValue(0.6)
    assert settings.value.painter.loras == (Lora(chosen, 0.6),)
    form.findChildren(QToolButton, "remove_lora_0")[-1].click()
    assert settings.value.painter.loras == ()
