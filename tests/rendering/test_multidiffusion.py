"""MultiDiffusion: how the parts are fused, and what bootstrapping shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.method import Conditioning, Step, read_parameters
from lmd_desktop.rendering.methods import multidiffusion
from lmd_desktop.rendering.methods.multidiffusion import AS_PUBLISHED, MultiDiffusion, colour_latents, filling
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import prepare_run
from tests.rendering.conftest import box
from tests.rendering.test_parity import with_scheduler

Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., Tensor]
GRID = (16, 16)
SHARP = (("feather", 0.0), ("overlap", "last"))


@pytest.fixture
def prepare(pipeline: Pipeline, request_for: Make) -> Callable[..., MultiDiffusion]:
    def prepare(**changes: object) -> MultiDiffusion:
        request = request_for(method="multidiffusion", **changes)
        monitor = Monitor(lambda: None, lambda *_: None, None)
        parameters = read_parameters(MultiDiffusion.spec, request)
        with torch.no_grad():
            return MultiDiffusion(prepare_run(pipeline, request, parameters=parameters, monitor=monitor))

    return prepare


def first_step(pipeline: Pipeline, latents: Tensor, index: int = 0) -> Step:
    scheduler = pipeline.new_scheduler(10)
    return Step(index, 10, scheduler.timesteps[index], latents, scheduler)


@pytest.mark.parametrize("scheduler", ["DDIMScheduler", "DPMSolverMultistepScheduler", "EulerDiscreteScheduler"])
def test_one_box_over_everything_is_plain(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, layout: Layout, scheduler: str
) -> None:
    pipeline = with_scheduler(pipeline, scheduler)
    whole = replace(layout, boxes=(box("1", "a red car", (0, 0, 512, 512)),))
    expected = latents_of(pipeline, request_for(layout=whole, method="plain"), Plain)
    same_text = (("box_prompt", "with_background"),)
    request = request_for(layout=whole, method="multidiffusion", parameters=same_text)
    assert torch.allclose(latents_of(pipeline, request, MultiDiffusion), expected, atol=1e-5)


def test_without_boxes_it_is_plain(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, layout: Layout
) -> None:
    empty = replace(layout, boxes=())
    expected = latents_of(pipeline, request_for(layout=empty, method="plain"), Plain)
    found = latents_of(pipeline, request_for(layout=empty, method="multidiffusion"), MultiDiffusion)
    assert torch.equal(found, expected)


def test_predictions_are_fused_by_their_masks(pipeline: Pipeline, prepare: Callable[..., MultiDiffusion]) -> None:
    method = prepare(parameters=SHARP)  # boxes over columns 1 to 6 and 10 to 13, rows 9 to 12 and 8 to 12
    latents = method.start()
    texts: list[Conditioning] = []

    def predict(latents: Tensor, conditioning: Conditioning) -> Tensor:
        texts.append(conditioning)
        return torch.arange(1.0, 4.0)[:, None, None, None].expand(latents.shape)  # 1, 2, 3 for background and boxes

    step = first_step(pipeline, latents)
    fused = method.predict_noise(step, Conditioning(torch.zeros(()), torch.zeros(()), 5.0), predict)
    assert fused[0, 0, 0].tolist() == [1.0] * 16
    assert fused[0, 3, 10].tolist() == [1, *[2] * 6, 1, 1, 1, *[3] * 4, 1, 1]
    assert len(texts) == 1
    assert texts[0].prompt_embeds.shape == (3, 77, 32)


@pytest.mark.parametrize("scheduler", ["DDIMScheduler", "DPMSolverMultistepScheduler", "EulerDiscreteScheduler"])
def test_averaging_predictions_is_averaging_stepped_latents(pipeline: Pipeline, scheduler: str) -> None:
    pipeline = with_scheduler(pipeline, scheduler)
    generator = torch.Generator().manual_seed(1)
    weights = torch.rand((3, 1, 1, *GRID), generator=generator)
    weights = weights / weights.sum(dim=0)
    published = fused = torch.randn((1, 4, *GRID), generator=generator)
    ours, *theirs = (pipeline.new_scheduler(4) for _ in range(4))
    for timestep in ours.timesteps:
        predictions = torch.randn((3, 1, 4, *GRID), generator=generator)
        parts = [
            one.step(noise, timestep, published).prev_sample for one, noise in zip(theirs, predictions, strict=True)
        ]
        published = (weights * torch.stack(parts)).sum(dim=0)
        fused = ours.step((weights * predictions).sum(dim=0), timestep, fused).prev_sample
    assert torch.allclose(fused, published, atol=1e-4)


def test_bootstrapping_shows_things_before_a_plain_colour(
    pipeline: Pipeline, prepare: Callable[..., MultiDiffusion]
) -> None:
    method = prepare(parameters=SHARP)
    latents = method.start()
    seen: list[Tensor] = []

    def predict(latents: Tensor, conditioning: Conditioning) -> Tensor:
        del conditioning
        seen.append(latents)
        return latents

    given = Conditioning(torch.zeros(()), torch.zeros(()), 5.0)
    step = first_step(pipeline, latents)
    fused = method.predict_noise(step, given, predict)
    background, car, cup = seen[0]
    assert torch.equal(background, latents[0])
    assert torch.allclose(fused, latents, atol=1e-6)  # in its own mask every part sees the latents
    spread = (1.0 - pipeline.alpha_bar(step.scheduler, step.timestep)) ** 0.5
    for thing, other in ((car, cup), (cup, car)):
        around = thing[:, :4] - spread * latents[0, :, :4]  # rows that no box reaches: the same noise on one colour
        assert torch.allclose(around, around[:, :1, :1].expand_as(around), atol=1e-5)
        assert not torch.equal(thing, other)
    method.predict_noise(first_step(pipeline, latents, index=4), given, predict)  # two fifths of ten steps are over
    assert all(torch.equal(one, latents[0]) for one in seen[1])


def test_colours_are_those_of_whole_pictures(pipeline: Pipeline) -> None:
    colours = torch.tensor([[1.0, 0.0, 0.0], [0.2, 0.4, 0.6]])
    with torch.no_grad():
        found = colour_latents(pipeline, colours)
        pictures = (2 * colours - 1)[:, :, None, None].expand(-1, -1, 128, 128)
        answer: Any = pipeline.vae.encode(pictures)
        whole = answer.latent_dist.mode() * pipeline.vae.config["scaling_factor"]
    assert torch.allclose(found[:, :, 0, 0], whole[:, :, 8, 8], atol=1e-4)


def test_regions_in_batches_paint_what_they_paint_one_by_one(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_for(method="multidiffusion")
    together = latents_of(pipeline, request, MultiDiffusion)
    monkeypatch.setattr(multidiffusion, "CELLS_AT_ONCE", 1)
    assert torch.allclose(latents_of(pipeline, request, MultiDiffusion), together, atol=1e-4)


def test_as_published_is_another_picture(pipeline: Pipeline, request_for: Make, latents_of: LatentsOf) -> None:
    ours = latents_of(pipeline, request_for(method="multidiffusion"), MultiDiffusion)
    request = request_for(method="multidiffusion", parameters=tuple(AS_PUBLISHED.items()))
    assert not torch.allclose(latents_of(pipeline, request, MultiDiffusion), ours, atol=1e-2)


def test_a_layout_that_fills_the_canvas_keeps_its_ratio() -> None:
    assert filling([]) == []
    filled = filling([(0.25, 0.5, 0.5, 0.75), (0.5, 0.625, 0.75, 0.75)])
    assert filled == [(0.0, 0.5, 0.5, 1.0), (0.5, 0.75, 1.0, 1.0)]


def test_a_strong_box_is_guided_more_and_a_weak_one_lets_the_background_through(
    pipeline: Pipeline, prepare: Callable[..., MultiDiffusion], layout: Layout
) -> None:
    first, second = layout.boxes
    method = prepare(
        layout=replace(layout, boxes=(replace(first, strength=2.0), replace(second, strength=0.5))), parameters=SHARP
    )
    scales: list[Tensor] = []

    def predict(latents: Tensor, conditioning: Conditioning) -> Tensor:
        assert isinstance(conditioning.guidance_scale, Tensor)
        scales.append(conditioning.guidance_scale.flatten())
        return torch.arange(3.0)[:, None, None, None].expand(latents.shape)

    step = first_step(pipeline, method.start())
    fused = method.predict_noise(step, Conditioning(torch.zeros(()), torch.zeros(()), 5.0), predict)
    assert scales[0].tolist() == [5.0, 10.0, 5.0]
    assert fused.unique().tolist() == [0.0, 1.0]  # half of the cup's 2, half of the background's 0


def test_an_own_prompt_is_said_to_be_left_out(prepare: Callable[..., MultiDiffusion], layout: Layout) -> None:
    method = prepare(prompt="a red car on a field", layout=replace(layout, canvas=Size(512, 512)))
    assert any("not from your prompt" in note for note in method.run.monitor.notes)
