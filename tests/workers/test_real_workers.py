"""The real planner and renderer processes with the starter models: load, plan, paint, cancel, refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worker_listener import Listener

from lmd_desktop.catalog import starter_painter, starter_planner
from lmd_desktop.domain.errors import ExitCode
from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.domain.requests import PlanRequest, RenderRequest
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.messages import (
    BoxPlanned,
    Failed,
    JobCancelled,
    Load,
    Loaded,
    PlanJob,
    Planned,
    Preview,
    Progress,
    Ready,
    Rendered,
    RenderJob,
)

PROMPT = "a red car on the left of a blue cup, without cats"
LAYOUT = Layout(boxes=(Box("1", "a red car", Rect(64, 128, 256, 192), "#0072B2"),), background_prompt="a grass field")


@pytest.fixture
def planner(listener: Listener) -> Iterator[WorkerClient]:
    client = WorkerClient("planner", listener)
    yield client
    client.close()


@pytest.fixture
def renderer(listener: Listener) -> Iterator[WorkerClient]:
    client = WorkerClient("renderer", listener)
    yield client
    client.close()


def plan_job(job_id: str, model: Path) -> PlanJob:
    scene = add_request(Scene(), PROMPT)
    return PlanJob(job_id, str(model), PlanRequest(scene.dialog.path(), scene.layout, PROMPT, seed=1))


def render_job(job_id: str, steps: int) -> RenderJob:
    request = RenderRequest(LAYOUT, "plain", num_inference_steps=steps)
    return RenderJob(job_id, str(starter_painter()), request, "cpu")


def test_boxes_arrive_one_by_one_before_the_plan(planner: WorkerClient, listener: Listener) -> None:
    planner.submit(plan_job("plan", starter_planner()))
    planned = listener.wait_for(Planned, Failed)
    assert isinstance(planned, Planned)
    kinds = [type(event) for event in listener.events]
    assert kinds[0] is Ready
    assert kinds.index(Loaded) < kinds.index(BoxPlanned) < kinds.index(Planned)
    assert planned.result.layout.boxes
    assert planned.result.model_sha256


def test_a_planner_that_is_no_model_fails_with_3_and_the_next_one_works(
    planner: WorkerClient, listener: Listener, tmp_path: Path
) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<!DOCTYPE html>", encoding="utf-8")
    planner.submit(plan_job("bad", page))
    failed = listener.wait_for(Planned, Failed)
    assert isinstance(failed, Failed)
    assert failed.exit_code == ExitCode.MODEL_MISSING
    assert "Traceback" not in failed.cause
    planner.submit(plan_job("good", starter_planner()))
    assert isinstance(listener.wait_for(Planned, Failed), Planned)


def test_the_renderer_announces_its_methods_and_keeps_its_model(renderer: WorkerClient, listener: Listener) -> None:
    renderer.submit(Load("load", str(starter_painter()), "cpu"))
    ready = listener.wait_for(Ready)
    assert {spec.name for spec in ready.methods} >= {"plain", "gligen", "lmd_plus"}
    assert "cpu" in ready.devices
    loaded = listener.wait_for(Loaded, Failed)
    assert isinstance(loaded, Loaded)
    assert "gligen" in loaded.can
    renderer.submit(render_job("picture", 2))
    rendered = listener.wait_for(Rendered, Failed)
    assert isinstance(rendered, Rendered)
    size = rendered.result.size
    assert len(rendered.result.rgb) == size.width * size.height * 3
    assert [event for event in listener.events if isinstance(event, Preview)]
    assert [event.job_id for event in listener.events if isinstance(event, Loaded)] == ["load"]


def test_a_picture_is_cancelled_between_two_steps_without_a_kill(renderer: WorkerClient, listener: Listener) -> None:
    renderer.submit(render_job("long", 900))
    while listener.wait_for(Progress, Failed).stage != "denoise":
        pass
    pid = renderer.pid
    renderer.cancel("long")
    assert listener.wait_for(JobCancelled, Rendered, Failed) == JobCancelled("long")
    renderer.submit(render_job("next", 2))
    assert isinstance(listener.wait_for(Rendered, Failed), Rendered)
    assert renderer.pid == pid
