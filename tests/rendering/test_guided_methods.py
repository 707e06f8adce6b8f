"""What BoxDiff and backward guidance share: any layout is guided, their own loss falls, nothing stays behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import diffusers
import pytest
import torch
from torch import Tensor

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.errors import Cancelled
from lmd_desktop.domain.layout import Box, Layout, Size
from lmd_desktop.domain.requests import ParameterValue, RenderRequest
from lmd_desktop.rendering import gradient
from lmd_desktop.rendering.method import Method
from lmd_desktop.rendering.methods.backward_guidance import BackwardGuidance
from lmd_desktop.rendering.methods.boxdiff import BoxDiff
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline
from tests.rendering.conftest import box
from tests.rendering.guided import first_step, guided, prepare

Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., Tensor]

METHODS = [BackwardGuidance, BoxDiff]
LAYOUTS = {
    "one cell": (box("1", "a dot", (0, 0, 8, 8)), box("2", "a speck", (504, 504, 8, 8))),
    "equal": tuple(box(str(index), "an apple", (170 * index, 0, 160, 160)) for index in range(3)),
    "overlapping": (box("1", "a table", (0, 200, 512, 312)), box("2", "a cup", (200, 250, 100, 100))),
    "everywhere": (box("1", "the sky", (0, 0, 512, 512)),),
    "thirty": tuple(box(str(index), f"a {index}", (index % 6 * 85, index // 6 * 100, 80, 90)) for index in range(30)),
}
STEPS = 10  # enough that a fifth of them are guided
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.spec.name)


def move_of(pipeline: Pipeline, request: RenderRequest, method: type[Method]) -> Tensor:
    """How far the first step's guidance moves the latents."""
    run, _ = prepare(pipeline, replace(request, num_inference_steps=STEPS), method)
    step = first_step(run)
    return guided(method(run), step) - step.latents


@every_method
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_every_kind_are_guided(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Method], name: str
) -> None:
    boxes = LAYOUTS[name]
    moved = move_of(pipeline, request_for(layout=replace(layout, boxes=boxes)), method)
    assert moved.isfinite().all()
    # One phrase over the whole picture has no outside: there is nothing for backward guidance to do.
    assert (moved.abs().max() > 0) == (method is BoxDiff or name != "everywhere")


@every_method
@pytest.mark.parametrize("canvas", [Size(320, 512), Size(512, 192)])
def test_pictures_need_not_be_square(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Method], canvas: Size
) -> None:
    boxes = (replace(layout.boxes[0], rect=replace(layout.boxes[0].rect, x=16, y=16, width=96, height=96)),)
    moved = move_of(pipeline, request_for(layout=Layout(canvas, boxes)), method)
    assert moved.shape[-2] != moved.shape[-1]
    assert moved.isfinite().all()
    assert moved.abs().max() > 0


@every_method
def test_without_anything_to_place_it_is_plain(
    pipeline: Pipeline, request_for: Make, layout: Layout, latents_of: LatentsOf, method: type[Method]
) -> None:
    weak = tuple(replace(one, strength=0.0) for one in layout.boxes)
    unread = replace(layout, background_prompt="grass " * 70, boxes=layout.boxes[1:])
    for nothing in (replace(layout, boxes=()), replace(layout, boxes=weak), unread):
        request = request_for(layout=nothing, num_inference_steps=2, parameters=(("guided_ratio", 1.0),))
        plain = latents_of(pipeline, replace(request, parameters=()), Plain)
        assert torch.equal(latents_of(pipeline, request, method), plain)


@every_method
def test_a_phrase_that_is_not_read_is_told_and_the_others_are_guided(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Method]
) -> None:
    first, last = layout.boxes
    fillers = tuple(box(letter, 195 * letter, (0, 0, 64, 64)) for letter in "xy")  # a token for every letter here
    long = replace(layout, boxes=(first, *fillers, last))
    run, _ = prepare(pipeline, request_for(layout=long, num_inference_steps=STEPS), method)
    step = first_step(run)
    assert not torch.equal(guided(method(run), step), step.latents)
    assert any("“a blue cup” comes after" in note and "cannot be guided" in note for note in run.monitor.notes)


@every_method
def test_a_phrase_that_an_own_prompt_lacks_is_added_and_told(
    pipeline: Pipeline, request_for: Make, method: type[Method]
) -> None:
    run, _ = prepare(pipeline, request_for(prompt="a red car on grass"), method)
    assert len(run.targets()) == 2
    assert any("added to its end: “a blue cup”" in note for note in run.monitor.notes)


@every_method
def test_a_weaker_box_is_pulled_less(
    pipeline: Pipeline, request_for: Make, layout: Layout, method: type[Method]
) -> None:
    def moved(*strengths: float) -> float:
        pairs = zip(layout.boxes, strengths, strict=True)
        boxes: tuple[Box, ...] = tuple(replace(one, strength=strength) for one, strength in pairs)
        once: tuple[tuple[str, ParameterValue], ...] = (("iterations", 1),) if method is BackwardGuidance else ()
        request = request_for(layout=replace(layout, boxes=boxes), parameters=once)
        return move_of(pipeline, request, method).norm().item()

    assert moved(0.5, 0.5) == pytest.approx(0.5 * moved(1.0, 1.0), rel=1e-2)
    assert moved(1.0, 0.5) != pytest.approx(moved(1.0, 1.0), rel=1e-3)


@every_method
@pytest.mark.parametrize("scheduler", ["DPMSolverMultistepScheduler", "EulerDiscreteScheduler"])
def test_steps_have_the_same_size_with_every_scheduler(
    pipeline: Pipeline, request_for: Make, method: type[Method], scheduler: str
) -> None:
    """DPM-Solver has sigmas and VP latents: taking them for a VE step would be 200 times too large."""
    kind = getattr(diffusers, scheduler)
    config = dict(kind.from_config(pipeline.scheduler_config).config)
    changed = replace(pipeline, scheduler_class=kind, scheduler_config=config)
    sizes = []
    for one in (pipeline, changed):
        run, _ = prepare(one, request_for(num_inference_steps=STEPS), method)
        step = first_step(run)
        after = guided(method(run), step)
        seen = [step.scheduler.scale_model_input(latents, step.timestep) for latents in (step.latents, after)]
        sizes.append((seen[1] - seen[0]).norm().item())
    assert 0.2 < sizes[1] / sizes[0] < 5.0


@every_method
def test_saving_memory_paints_the_same_picture(pipeline: Pipeline, request_for: Make, method: type[Method]) -> None:
    moves = [move_of(pipeline, request_for(parameters=(("low_memory", saves),)), method) for saves in (False, True)]
    assert torch.equal(*moves)
    assert moves[0].abs().max() > 0


@every_method
@pytest.mark.parametrize("error", [Cancelled, RuntimeError])
def test_the_unet_is_as_before_after_a_cancel_and_after_an_error(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, method: type[Method], error: type[Exception]
) -> None:
    before = dict(pipeline.unet.attn_processors)
    calls: list[object] = []

    def fail(*_: object) -> None:
        calls.append(None)
        if len(calls) == 2:
            raise error

    handle = pipeline.unet.register_forward_pre_hook(fail)
    with pytest.raises(error):
        latents_of(pipeline, request_for(num_inference_steps=STEPS, parameters=(("low_memory", True),)), method)
    handle.remove()
    assert dict(pipeline.unet.attn_processors) == before
    assert not pipeline.unet.is_gradient_checkpointing


@every_method
def test_guidance_lowers_its_own_loss_on_the_starter_painter(
    request_for: Make, method: type[Method], monkeypatch: pytest.MonkeyPatch
) -> None:
    losses: list[float] = []
    evaluate = gradient.evaluate_loss

    def watched(*arguments: object, **options: object) -> tuple[Tensor, gradient.Gradient]:
        found = evaluate(*arguments, **options)  # type: ignore[arg-type]
        losses.append(found[0].item())
        return found

    monkeypatch.setattr(f"{method.__module__}.evaluate_loss", watched)
    pipeline = load_pipeline(starter_painter(), device="cpu")
    few: tuple[tuple[str, ParameterValue], ...] = (("iterations", 2),) if method is BackwardGuidance else ()
    run, _ = prepare(pipeline, request_for(num_inference_steps=STEPS, parameters=few), method)
    step = first_step(run)
    painter = method(run)
    after = guided(painter, step)
    guided(painter, replace(step, latents=after))
    assert losses[-1] < losses[0]
