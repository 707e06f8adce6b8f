"""Grids as one job, sheets of attention, looking for boxes and trying again, and what a picture would reuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pytestqt.qtbot import QtBot

from lmd_desktop.app.dropped_picture import prompt_into, read_dropped, settings_into
from lmd_desktop.app.judging_job import changes_with_box_seeds, failed_boxes, seeds_for_what_failed
from lmd_desktop.app.rendering_job import Order
from lmd_desktop.app.workspace import Workspace
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.domain.requests import MethodSpec, RenderRequest, RenderSettings

WAIT_MS = 60_000


@pytest.fixture
def started(workspace: Workspace, qtbot: QtBot) -> Workspace:
    """Its renderer has announced its methods."""
    with qtbot.waitSignal(workspace.rendering.methods_changed, timeout=WAIT_MS):
        workspace.rendering.start()
    return workspace


def draw(workspace: Workspace, phrase: str = "a red car") -> None:
    session = workspace.session
    session.edit("Draw box", add_box(session.layout, phrase, Rect(10, 20, 100, 100)))


def wait(workspace: Workspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not workspace.jobs.active(), timeout=WAIT_MS)


def test_a_grid_of_methods_and_seeds_is_one_job_and_every_picture_is_kept(workspace: Workspace, qtbot: QtBot) -> None:
    draw(workspace)
    workspace.session.set_render_settings(RenderSettings(seed=7, num_inference_steps=1))
    workspace.rendering.render(Order(count=2, methods=("lmd_plus", "plain")))
    assert len(workspace.jobs.active()) == 1
    assert "4 ×" in workspace.jobs.active()[0].title
    wait(workspace, qtbot)
    renders = workspace.session.renders
    assert [(one.request.method, one.request.seed) for one in renders] == [
        ("lmd_plus", 7),
        ("lmd_plus", 8),
        ("plain", 7),
        ("plain", 8),
    ]
    assert all((workspace.folders.pictures / f"{one.sha256}.png").is_file() for one in renders)
    assert {one.turn for one in renders} == {workspace.session.scene.dialog.head}


def test_a_sheet_of_attention_goes_into_the_scene_file_and_comes_back(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    draw(workspace)
    workspace.rendering.render(Order(explains=True))
    wait(workspace, qtbot)
    (record,) = workspace.session.renders
    sheet = workspace.pictures.explanation(record.sha256)
    assert sheet is not None
    workspace.document.save(tmp_path / "a.lmdscene")
    workspace.document.new()
    (workspace.folders.pictures / "explanations" / f"{record.sha256}.png").unlink()
    workspace.document.open(tmp_path / "a.lmdscene")
    assert workspace.pictures.explanation(record.sha256) == sheet


def test_what_failed_is_marked_and_gets_new_seeds_as_one_hand_edit(started: Workspace, qtbot: QtBot) -> None:
    workspace = started
    draw(workspace)
    draw(workspace, "a lost key")
    workspace.rendering.render()
    wait(workspace, qtbot)
    workspace.judging.check(workspace.session.renders[0])
    wait(workspace, qtbot)
    (record,) = workspace.session.renders
    assert [mark.mark for mark in record.marks] == ["found", "missing"]
    assert [mark.phrase for mark in failed_boxes(record.marks)] == ["a lost key"]
    methods = workspace.rendering.methods
    seed = seeds_for_what_failed(workspace.session, record, methods, "New seeds")
    assert seed == record.request.seed
    car, key = workspace.session.layout.boxes
    assert car.seed is None
    assert key.seed is not None
    workspace.rendering.render(Order(seed=seed))
    wait(workspace, qtbot)
    workspace.judging.check(workspace.session.renders[-1])
    wait(workspace, qtbot)
    assert failed_boxes(workspace.session.renders[-1].marks) == ()
    workspace.session.undo_stack.undo()
    assert workspace.session.layout == record.request.layout


def test_a_method_that_gives_boxes_no_place_gets_another_seed_as_a_whole(started: Workspace, qtbot: QtBot) -> None:
    workspace = started
    draw(workspace, "a lost key")
    workspace.session.set_render_settings(RenderSettings(method="plain", seed=7))
    workspace.rendering.render()
    wait(workspace, qtbot)
    (record,) = workspace.session.renders
    record = replace(record, marks=(BoxMark("1", "a lost key", "missing"),))
    assert seeds_for_what_failed(workspace.session, record, workspace.rendering.methods, "New seeds") != 7


def test_a_method_that_starts_boxes_from_their_own_noise_keeps_the_seed_and_what_was_found(
    quiet_workspace: Workspace,
) -> None:
    session = quiet_workspace.session
    draw(quiet_workspace)
    request = RenderRequest(session.layout, method="gligen", seed=7)
    assert changes_with_box_seeds(request, ("1",), (MethodSpec("gligen", "", ""),))
    assert changes_with_box_seeds(request, ("1",), ())
    assert not changes_with_box_seeds(request, ("9",), ())


def test_the_answer_about_reuse_comes_from_the_renderer(started: Workspace, qtbot: QtBot) -> None:
    workspace = started
    draw(workspace)
    workspace.rendering.render()
    wait(workspace, qtbot)
    foresight = workspace.foresight
    foresight.follow(workspace.session.renders[0])
    with qtbot.waitSignal(foresight.changed, timeout=WAIT_MS):
        foresight.set_on(True)
    assert foresight.reuse is not None
    assert foresight.reuse.is_same
    draw(workspace, "a blue cup")
    assert foresight.reuse is None
    qtbot.waitUntil(lambda: foresight.reuse is not None, timeout=WAIT_MS)
    assert (foresight.reuse.found, foresight.reuse.missing) == (("1",), ("2",))
    assert foresight.reuse.request.seed == workspace.session.renders[0].request.seed


def test_thumbnails_arrive_and_only_so_many_are_kept(workspace: Workspace, qtbot: QtBot) -> None:
    draw(workspace)
    workspace.rendering.render()
    wait(workspace, qtbot)
    (record,) = workspace.session.renders
    assert workspace.thumbnails.get(record.sha256) is None
    with qtbot.waitSignal(workspace.thumbnails.arrived, timeout=WAIT_MS):
        pass
    pixmap = workspace.thumbnails.get(record.sha256)
    assert pixmap is not None
    assert pixmap.width() == record.size.width
    workspace.thumbnails.get("ab" * 32)
    qtbot.waitUntil(lambda: workspace.thumbnails.is_missing("ab" * 32), timeout=WAIT_MS)


def test_a_picture_from_outside_lends_prompt_and_settings(quiet_workspace: Workspace, tmp_path: Path) -> None:

    info = PngInfo()
    text = "a harbour\nNegative prompt: boats\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 4294967301"
    info.add_text("parameters", text)
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png", pnginfo=info)
    dropped = read_dropped(tmp_path / "a.png")
    assert not dropped.has_scene
    draw(quiet_workspace)
    layout = prompt_into(quiet_workspace.session.layout, dropped)
    assert (layout.background_prompt, layout.negative_prompt, len(layout.boxes)) == ("a harbour", "boats", 1)
    settings = settings_into(RenderSettings(), dropped)
    assert (settings.num_inference_steps, settings.guidance_scale, settings.sampler) == (30, 7.0, "dpmpp_2m")
    assert settings.seed == 4294967301 % 2**31
