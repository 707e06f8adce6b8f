"""One real renderer process: a grid of methods as one job, what it would reuse, and a judge that looks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from worker_listener import Listener

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.messages import (
    Failed,
    ForeseeJob,
    Foreseen,
    Judged,
    JudgeJob,
    PartRendered,
    Rendered,
    RenderJob,
)

JUDGE = Path(__file__).parents[2] / "models" / "starter" / "judge"
LAYOUT = Layout(boxes=(Box("1", "a red car", Rect(64, 128, 256, 192), "#0072B2"),), background_prompt="a grass field")
REQUEST = RenderRequest(LAYOUT, "lmd", num_inference_steps=4)


@pytest.fixture
def renderer(listener: Listener) -> Iterator[WorkerClient]:
    client = WorkerClient("renderer", listener)
    yield client
    client.close()


def test_a_grid_is_one_job_then_its_boxes_are_known_and_a_judge_looks(
    renderer: WorkerClient, listener: Listener
) -> None:
    model = str(starter_painter())
    foresee = ForeseeJob("before", model, REQUEST, "cpu")
    renderer.submit(foresee)
    assert listener.wait_for(Foreseen, Failed) == Foreseen("before", is_loaded=False)

    methods = [replace(REQUEST, method=method) for method in ("plain", "no such method", "gligen")]
    renderer.submit(RenderJob("grid", model, REQUEST, "cpu", more_seeds=(8,), more_requests=tuple(methods)))
    parts = [listener.wait_for(PartRendered, Rendered, Failed) for _ in range(2)]
    last = listener.wait_for(PartRendered, Rendered, Failed)
    assert [[(one.request.method, one.request.seed) for one in part.results] for part in parts] == [
        [("lmd", 0), ("lmd", 8)],
        [("plain", 0), ("plain", 8)],
    ]
    assert isinstance(last, Rendered)
    assert [(one.request.method, one.request.seed) for one in (last.result, *last.more)] == [
        ("gligen", 0),
        ("gligen", 8),
    ]
    assert "no such method" in last.result.notes[-1]

    renderer.submit(replace(foresee, job_id="after"))
    assert listener.wait_for(Foreseen, Failed) == Foreseen("after", ("1",), ())

    buffer = io.BytesIO()
    size = (last.result.size.width, last.result.size.height)
    Image.frombytes("RGB", size, last.result.rgb).save(buffer, "PNG")
    renderer.submit(JudgeJob("look", str(JUDGE), buffer.getvalue(), LAYOUT))
    judged = listener.wait_for(Judged, Failed)
    assert isinstance(judged, Judged)
    assert [mark.box_id for mark in judged.marks] == ["1"]

    dragon = replace(LAYOUT, boxes=(replace(LAYOUT.boxes[0], phrase="a dragon"),))
    renderer.submit(JudgeJob("unread", str(JUDGE), buffer.getvalue(), dragon))
    failed = listener.wait_for(Judged, Failed)
    assert isinstance(failed, Failed)
    assert "“a dragon”" in failed.cause
    assert "OWL-ViT" in failed.next_step

    renderer.submit(JudgeJob("no judge", model, buffer.getvalue(), LAYOUT))
    assert "no judge" in listener.wait_for(Judged, Failed).cause
