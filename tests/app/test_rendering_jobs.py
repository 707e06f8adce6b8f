"""A layout becomes a picture that is on disk before it is shown, and that knows where it came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Workspace
from lmd_desktop.domain.edits import add_box, move_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.requests import RenderSettings
from lmd_desktop.domain.scene import CanvasEdit

WAIT_MS = 60_000


def draw_a_box(workspace: Workspace) -> None:
    layout = add_box(workspace.session.layout, "a red car", Rect(10, 20, 100, 100))
    workspace.session.edit("Draw box", layout)


def render(workspace: Workspace, qtbot: QtBot, **settings: object) -> None:
    workspace.session.set_render_settings(replace(workspace.session.render_settings, **settings))
    workspace.rendering.render()
    qtbot.waitUntil(lambda: not workspace.rendering.is_rendering, timeout=WAIT_MS)


def test_a_finished_picture_is_on_disk_before_anyone_hears_of_it(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    on_disk: list[bool] = []
    folder = workspace.folders.pictures
    workspace.session.renders_changed.connect(
        lambda: on_disk.append((folder / f"{workspace.session.renders[-1].sha256}.png").is_file())
    )
    render(workspace, qtbot, seed=7)
    assert on_disk == [True]


def test_a_picture_knows_its_turn_and_its_whole_request(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot, seed=7, num_inference_steps=3, method="plain", parameters=())
    (record,) = workspace.session.renders
    assert record.turn == workspace.session.scene.dialog.head
    assert record.request.layout == workspace.session.layout
    assert (record.request.seed, record.request.num_inference_steps, record.request.method) == (7, 3, "plain")


def test_undo_never_takes_a_finished_picture_away(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot)
    workspace.session.undo_stack.undo()
    assert len(workspace.session.renders) == 1


def test_an_edit_after_render_is_a_turn_of_its_own(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot)
    workspace.session.edit("Move box", move_box(workspace.session.layout, "1", 50, 60))
    path = workspace.session.scene.dialog.path()
    assert [type(turn) for turn in path] == [CanvasEdit, CanvasEdit]


def test_a_click_on_a_picture_brings_back_turn_layout_seed_and_method(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot, seed=7, method="plain")
    (record,) = workspace.session.renders
    workspace.session.edit("Move box", move_box(workspace.session.layout, "1", 50, 60))
    workspace.session.set_render_settings(RenderSettings(seed=99))
    workspace.show_picture(record)
    assert workspace.session.scene.dialog.head == record.turn
    assert workspace.session.layout == record.request.layout
    assert (workspace.session.render_settings.seed, workspace.session.render_settings.method) == (7, "plain")
    assert len(workspace.session.scene.dialog.turns) == 2


def test_a_picture_whose_turn_was_undone_brings_its_layout_back_as_an_edit(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot)
    (record,) = workspace.session.renders
    workspace.session.undo_stack.undo()
    workspace.show_picture(record)
    assert workspace.session.layout == record.request.layout


def test_an_open_seed_draws_another_one_for_each_picture(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot, seed=None)
    render(workspace, qtbot, seed=None)
    first, second = workspace.session.renders
    assert first.request.seed != second.request.seed
    assert workspace.session.render_settings.seed is None


def test_pictures_wait_in_line_and_stop_ends_them_all(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    workspace.session.set_render_settings(RenderSettings(prompt="wait"))
    workspace.rendering.render()
    workspace.rendering.render()
    assert len(workspace.jobs.active()) == 2
    with qtbot.waitSignal(workspace.rendering.preview_changed, timeout=WAIT_MS):
        pass
    workspace.rendering.stop()
    qtbot.waitUntil(lambda: not workspace.jobs.active(), timeout=WAIT_MS)
    assert workspace.session.renders == ()


def test_the_death_of_the_renderer_is_told_and_the_next_picture_restarts_it(workspace: Workspace, qtbot: QtBot) -> None:
    draw_a_box(workspace)
    with qtbot.waitSignal(workspace.rendering.problem_occurred, timeout=WAIT_MS) as told:
        render(workspace, qtbot, prompt="die")
    assert told.args[0].cause
    render(workspace, qtbot, prompt=None)
    assert len(workspace.session.renders) == 1


def test_a_picture_that_the_disk_does_not_take_stays_in_memory(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.folders.pictures.write_bytes(b"a file where the folder should be")
    draw_a_box(workspace)
    with qtbot.waitSignal(workspace.problem_occurred, timeout=WAIT_MS):
        render(workspace, qtbot)
    (record,) = workspace.session.renders
    assert workspace.pictures.get(record.sha256).startswith(b"\x89PNG")


def test_an_empty_canvas_is_not_rendered(quiet_workspace: Workspace) -> None:
    with pytest.raises(UserError, match="nothing to paint"):
        quiet_workspace.rendering.render()


def test_the_methods_are_known_once_the_renderer_is_up(workspace: Workspace, qtbot: QtBot) -> None:
    assert workspace.rendering.methods == ()
    with qtbot.waitSignal(workspace.rendering.methods_changed, timeout=WAIT_MS):
        workspace.rendering.start()
    assert [spec.name for spec in workspace.rendering.methods] == ["lmd_plus", "plain"]


def test_an_exported_picture_is_the_very_file(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    draw_a_box(workspace)
    render(workspace, qtbot)
    (record,) = workspace.session.renders
    workspace.pictures.export(record.sha256, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == workspace.pictures.get(record.sha256)
