"""LMD+ on layouts of every kind, and what each of its parts does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.requests import ParameterValue, RenderRequest, RenderResult
from lmd_desktop.rendering.method import read_parameters
from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.per_box import PaintedAlone, paint_alone
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import prepare_run
from tests.rendering.conftest import box

Paint = Callable[[RenderRequest], RenderResult]
Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., torch.Tensor]


def alone(pipeline: Pipeline, request: RenderRequest) -> tuple[PaintedAlone, ...]:
    monitor = Monitor(lambda: None, lambda *_: None, None)
    run = prepare_run(pipeline, request, parameters=read_parameters(LmdPlus.spec, request), monitor=monitor)
    with torch.no_grad():
        recorder = LmdPlus(run)._recorder  # pyright: ignore[reportPrivateUsage]
        return paint_alone(run, run.boxes, run.noise(), recorder=recorder, ratio=0.5)


def only(**parameters: ParameterValue) -> tuple[tuple[str, ParameterValue], ...]:
    """Everything that LMD+ adds switched off, but for these."""
    off: dict[str, ParameterValue] = {"per_box": False, "iterations": 0, "grounding_ratio": 0.0}
    return tuple((off | parameters).items())


@pytest.fixture
def always_in_its_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model draws nothing anywhere."""
    monkeypatch.setattr("lmd_desktop.rendering.methods.lmd_plus.is_inside", lambda *_: True)


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
    assert bool(result.notes) == (name == "thirty")  # thirty things do not fit into 77 tokens


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


def test_a_box_alone_does_not_change_when_another_is_added(
    pipeline: Pipeline, request_for: Make, layout: Layout
) -> None:
    more = replace(layout, boxes=(box("7", "a dog", (0, 0, 100, 100)), *layout.boxes))
    before, after = alone(pipeline, request_for()), alone(pipeline, request_for(layout=more))
    for old, new in zip(before, after[1:], strict=True):
        assert old.placed.box.id == new.placed.box.id
        for one, other in zip(old.latents, new.latents, strict=True):
            assert torch.allclose(one, other, atol=1e-4)


def test_a_box_has_its_own_seed_and_negative(pipeline: Pipeline, request_for: Make, layout: Layout) -> None:
    first, second = layout.boxes
    reseeded = replace(layout, boxes=(replace(first, seed=123), replace(second, negative="red")))
    before, after = alone(pipeline, request_for()), alone(pipeline, request_for(layout=reseeded))
    assert not torch.equal(before[0].latents[0], after[0].latents[0])
    assert torch.equal(before[1].latents[0], after[1].latents[0])
    assert not torch.equal(before[1].latents[-1], after[1].latents[-1])


def test_boxes_are_painted_alone_for_no_longer_than_needed(pipeline: Pipeline, request_for: Make) -> None:
    painted = alone(pipeline, request_for(num_inference_steps=6))
    assert [len(one.latents) for one in painted] == [4, 4]
    assert [len(one.maps) for one in painted] == [3, 3]


@pytest.mark.usefixtures("always_in_its_box")
def test_frozen_latents_are_those_of_the_box_alone(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf
) -> None:
    frozen = only(per_box=True, mask="box", frozen_ratio=1.0)
    request = request_for(parameters=frozen)
    monitor = Monitor(lambda: None, lambda *_: None, None)
    run = prepare_run(pipeline, request, parameters=read_parameters(LmdPlus.spec, request), monitor=monitor)
    with torch.no_grad():
        recorder = LmdPlus(run)._recorder  # pyright: ignore[reportPrivateUsage]
        painted = paint_alone(run, run.boxes, run.noise(), recorder=recorder, ratio=1.0)
    latents = latents_of(pipeline, request, LmdPlus)
    assert torch.allclose(latents[0, :, 10, 3], painted[0].latents[-1][:, 10, 3], atol=1e-5)
    assert torch.allclose(latents[0, :, 10, 11], painted[1].latents[-1][:, 10, 11], atol=1e-5)


def test_things_that_come_out_elsewhere_are_not_pasted(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmd_desktop.rendering.methods.lmd_plus.is_inside", lambda *_: False)
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
    long = replace(layout, background_prompt="grass " * 30)
    result = paint(request_for(layout=long, num_inference_steps=2))
    assert any("the painter reads the first 75" in note for note in result.notes)
    assert any("“a blue cup” comes after" in note for note in result.notes)


def test_more_boxes_than_slots_lose_the_smallest(paint: Paint, request_for: Make, layout: Layout) -> None:
    many = (*GRID_OF_30, box("31", "a speck", (0, 0, 8, 8)))
    result = paint(request_for(layout=replace(layout, boxes=many), num_inference_steps=1, method="gligen"))
    assert any("30 boxes; the 1 smallest" in note for note in result.notes)


def test_a_tall_canvas_works(paint: Paint, request_for: Make, layout: Layout) -> None:
    tall = Layout(canvas=Size(200, 800), boxes=(box("1", "a tree", (20, 100, 160, 600)),))
    assert paint(request_for(layout=tall, num_inference_steps=2)).size == Size(64, 256)
