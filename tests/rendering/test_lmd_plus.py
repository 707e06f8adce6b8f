"""LMD+ on layouts of every kind, and what each of its parts does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.requests import ParameterValue, RenderRequest, RenderResult
from lmd_desktop.rendering.latents import cells_of
from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.per_box import AloneSettings
from lmd_desktop.rendering.pipeline import Pipeline
from tests.rendering.alone import painted_alone
from tests.rendering.conftest import box

Paint = Callable[[RenderRequest], RenderResult]
Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., torch.Tensor]
GRID = (16, 16)


def only(**parameters: ParameterValue) -> tuple[tuple[str, ParameterValue], ...]:
    """Everything that LMD+ adds switched off, but for these."""
    off: dict[str, ParameterValue] = {"per_box": False, "iterations": 0, "grounding_ratio": 0.0}
    return tuple((off | parameters).items())


@pytest.fixture
def always_in_its_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model draws nothing anywhere."""
    monkeypatch.setattr("lmd_desktop.rendering.cutting.is_inside", lambda *_: True)


GRID_OF_30 = tuple(
    box(str(row * 6 + column + 1), f"a thing {row * 6 + column}", (column * 85, row * 100, 80, 90))
    for row in range(5)
    for column in range(6)
)
LAYOUTS = {
    "tiny": (box("1", "a dot", (0, 0, 8, 8)), box("2", "a speck", (504, 504, 8, 8))),
    "equal": (
        box("1", "an apple", (0, 0, 160, 160)),
        box("2", "an apple", (200, 200, 160, 160)),
        box("3", "a dog", (360, 0, 152, 400)),
    ),
    "overlapping": (box("1", "a table", (0, 200, 512, 312)), box("2", "a cup", (200, 250, 100, 100))),
    "everywhere": (box("1", "the sky", (0, 0, 512, 512)),),
    "foreign": (box("1", "红色的杯子", (0, 0, 256, 256)), box("2", "🙂", (256, 256, 256, 256))),
    "thirty": GRID_OF_30,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_every_kind_are_painted(paint: Paint, request_for: Make, layout: Layout, name: str) -> None:
    boxes = LAYOUTS[name]
    result = paint(request_for(layout=replace(layout, boxes=boxes), num_inference_steps=2))
    assert len(set(result.rgb)) > 10
    assert result.notes == ()


def test_without_boxes_it_is_plain(
    pipeline: Pipeline, request_for: Make, layout: Layout, latents_of: LatentsOf
) -> None:
    for empty in (replace(layout, boxes=()), Layout()):
        request = request_for(layout=empty)
        assert torch.equal(latents_of(pipeline, request, LmdPlus), latents_of(pipeline, request, Plain))


def test_with_everything_off_it_is_plain(pipeline: Pipeline, request_for: Make, latents_of: LatentsOf) -> None:
    off = latents_of(pipeline, request_for(parameters=only()), LmdPlus)
    assert torch.equal(off, latents_of(pipeline, request_for(), Plain))


@pytest.mark.usefixtures("always_in_its_box")
@pytest.mark.parametrize(
    "part", [{"per_box": True}, {"iterations": 2}, {"grounding_ratio": 0.5}], ids=lambda part: next(iter(part))
)
def test_every_part_changes_the_picture(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, part: dict[str, ParameterValue]
) -> None:
    off = latents_of(pipeline, request_for(parameters=only()), LmdPlus)
    assert not torch.allclose(latents_of(pipeline, request_for(parameters=only(**part)), LmdPlus), off, atol=1e-3)


@pytest.mark.usefixtures("always_in_its_box")
@pytest.mark.parametrize("in_one_place", [True, False])
def test_frozen_latents_are_those_of_the_box_alone(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, *, in_one_place: bool
) -> None:
    """Cells of two boxes in the finished picture are the cells of the same place in the box's own picture."""
    parameters = only(per_box=True, mask="box", frozen_ratio=1.0, in_one_place=in_one_place)
    alone = AloneSettings(
        steps=4,
        own_noise=0.1,
        is_standing=in_one_place,
        grounding_ratio=0.0,
        guidance=None,
        background_weight=1.0,
        guide_through="cond",
    )
    request = request_for(parameters=parameters)
    latents = latents_of(pipeline, request, LmdPlus)
    planned, painted = painted_alone(pipeline, request, settings=alone)
    for one, picture in zip(planned, painted, strict=True):
        there, here = cells_of(one.placed.bounds, GRID), cells_of(one.bounds, GRID)
        found = latents[0, :, there.top : there.bottom, there.left : there.right]
        expected = picture.latents[-1][:, here.top : here.bottom, here.left : here.right]
        assert torch.allclose(found, expected, atol=1e-5)
        assert (there == here) == (not in_one_place)


def test_things_that_come_out_elsewhere_are_not_pasted(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmd_desktop.rendering.cutting.is_inside", lambda *_: False)
    found = latents_of(pipeline, request_for(parameters=only(per_box=True)), LmdPlus)
    assert torch.equal(found, latents_of(pipeline, request_for(), Plain))


def test_a_box_of_strength_zero_is_only_named(
    pipeline: Pipeline, request_for: Make, layout: Layout, latents_of: LatentsOf
) -> None:
    weak = replace(layout, boxes=tuple(replace(one, strength=0.0) for one in layout.boxes))
    request = request_for(layout=weak)
    plain = latents_of(pipeline, request, Plain)
    assert torch.allclose(latents_of(pipeline, request_for(layout=weak, parameters=only()), LmdPlus), plain)
    assert latents_of(pipeline, request, LmdPlus).isfinite().all()


@pytest.mark.parametrize("through", ["none", "null", "cond"])
@pytest.mark.parametrize("scheduler", ["DPMSolverMultistepScheduler", "EulerDiscreteScheduler"])
def test_guidance_steps_have_the_same_size_with_every_scheduler(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, scheduler: str, through: str
) -> None:
    """DPM-Solver has sigmas and VP latents: taking them for a VE step would be 200 times too large."""
    import diffusers

    kind = getattr(diffusers, scheduler)
    config = dict(kind.from_config(pipeline.scheduler_config).config)
    changed = replace(pipeline, scheduler_class=kind, scheduler_config=config)
    moved = []
    for one in (pipeline, changed):
        parameters = only(iterations=1, guided_ratio=0.25, threshold=0.0, guide_through=through, grounding_ratio=1.0)
        guided = latents_of(one, request_for(parameters=parameters), LmdPlus)
        parameters = only(grounding_ratio=1.0)
        free = latents_of(one, request_for(parameters=parameters), LmdPlus)
        moved.append((guided - free).norm().item())
    assert 0.2 < moved[1] / moved[0] < 5.0


def test_a_prompt_that_is_too_long_is_cut_and_said(paint: Paint, request_for: Make, layout: Layout) -> None:
    long = replace(layout, background_prompt="grass " * 60)
    result = paint(request_for(layout=long, num_inference_steps=2))
    assert any("the painter reads the first 300" in note for note in result.notes)
    assert any("“a blue cup” comes after" in note for note in result.notes)


def test_more_boxes_than_slots_lose_the_smallest(paint: Paint, request_for: Make, layout: Layout) -> None:
    many = (*GRID_OF_30, box("31", "a speck", (0, 0, 8, 8)))
    result = paint(request_for(layout=replace(layout, boxes=many), num_inference_steps=1, method="gligen"))
    assert any("30 boxes; the 1 smallest" in note for note in result.notes)


def test_a_tall_canvas_works(paint: Paint, request_for: Make, layout: Layout) -> None:
    tall = Layout(canvas=Size(200, 800), boxes=(box("1", "a tree", (20, 100, 160, 600)),))
    assert paint(request_for(layout=tall, num_inference_steps=2)).size == Size(64, 256)
