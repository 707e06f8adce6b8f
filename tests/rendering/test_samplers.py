"""Samplers that are asked for: every method works on each of them, whatever scaling its latents have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from diffusers import LCMScheduler
from torch import Tensor

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.domain.samplers import SAMPLERS
from lmd_desktop.rendering.method import Step, read_parameters
from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import prepare_run
from lmd_desktop.rendering.samplers import guidance_embedding, is_distilled, with_sampler

Make = Callable[..., RenderRequest]
COMMON = [name for name, sampler in SAMPLERS.items() if not sampler.needs]


@pytest.fixture
def quiet() -> Monitor:
    return Monitor(lambda: None, lambda *_: None, None)


@pytest.mark.parametrize("name", COMMON)
def test_the_sampler_of_the_request_paints_and_is_recorded(
    paint: Callable[[RenderRequest], RenderResult], request_for: Make, name: str
) -> None:
    result = paint(request_for(sampler=name))
    assert result.request.sampler == name
    own = paint(request_for())
    assert (result.rgb == own.rgb) == (result.scheduler == own.scheduler == "DDIMScheduler")


@pytest.mark.parametrize("name", COMMON)
def test_things_painted_alone_meet_the_picture_at_its_own_noise(
    pipeline: Pipeline, request_for: Make, quiet: Monitor, name: str
) -> None:
    request = request_for(sampler=name, num_inference_steps=8)
    pipeline = with_sampler(pipeline, name, can=())
    with torch.no_grad():
        run = prepare_run(pipeline, request, parameters=read_parameters(LmdPlus.spec, request), monitor=quiet)
        start = LmdPlus(run).start()
    scheduler = pipeline.new_scheduler(8)
    seen = scheduler.scale_model_input(start, scheduler.timesteps[0])
    assert 0.9 < float(seen.std()) < 1.1


@pytest.mark.parametrize("name", COMMON)
def test_a_timestep_is_as_noisy_as_its_sampler_says(pipeline: Pipeline, name: str) -> None:
    pipeline = with_sampler(pipeline, name, can=())
    scheduler = pipeline.new_scheduler(7)
    clean, noise = torch.full((1,), 3.0), torch.full((1,), 2.0)
    for timestep in scheduler.timesteps[1:]:
        noisy = scheduler.add_noise(clean, noise, timestep[None])
        if hasattr(scheduler, "is_scale_input_called"):
            scheduler._step_index = None
        seen = scheduler.scale_model_input(noisy, timestep)
        alpha_bar = pipeline.alpha_bar(scheduler, timestep)
        assert torch.allclose(seen, alpha_bar**0.5 * clean + (1 - alpha_bar) ** 0.5 * noise, atol=2e-3)


@pytest.mark.parametrize("name", COMMON)
def test_guidance_moves_latents_equally_in_every_scaling(
    pipeline: Pipeline, request_for: Make, quiet: Monitor, name: str
) -> None:
    """One guided step at the first timestep changes what the UNet sees by the same amount as with DDIM."""

    def moved(sampler: str) -> Tensor:
        request = request_for(sampler=sampler, parameters=(("per_box", False), ("iterations", 1)))
        painter = with_sampler(pipeline, sampler, can=())
        scheduler = painter.new_scheduler(request.num_inference_steps)
        timestep = scheduler.timesteps.new_tensor(800)
        scheduler.timesteps[1] = timestep
        if sampler == "euler":
            alpha_bar = float(scheduler.alphas_cumprod[800])
            scheduler.sigmas[1] = ((1 - alpha_bar) / alpha_bar) ** 0.5
        seen = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(3))
        own = scheduler.scale_model_input(torch.ones(1), timestep)
        with torch.no_grad():
            run = prepare_run(painter, request, parameters=read_parameters(LmdPlus.spec, request), monitor=quiet)
            method = LmdPlus(run)
            with method.patches():
                after = method.before_step(Step(0, 4, timestep, seen / own, scheduler))
        return after * own - seen

    assert torch.allclose(moved(name), moved("ddim"), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("name", "words"), [("lcm", "distilled for few steps"), ("magic", "no sampler “magic”")])
def test_a_sampler_that_does_not_fit_is_refused(
    paint: Callable[[RenderRequest], RenderResult], request_for: Make, *, name: str, words: str
) -> None:
    with pytest.raises(UserError, match=words) as refused:
        paint(request_for(sampler=name))
    assert refused.value.exit_code == ExitCode.USAGE
    assert "ddim, dpmpp_2m, unipc, euler" in refused.value.next_step


def test_weights_with_an_lcm_schedule_paint_in_four_steps(
    pipeline: Pipeline, request_for: Make, latents_of: Callable[..., Tensor]
) -> None:
    distilled = replace(pipeline, scheduler_class=LCMScheduler)
    assert is_distilled(distilled)
    assert not is_distilled(pipeline)
    few = with_sampler(distilled, "lcm", can=("lcm",))
    request = request_for(guidance_scale=1.0)
    first, again = (latents_of(few, request, Plain) for _ in range(2))
    assert torch.equal(first, again)


def test_a_guidance_scale_is_embedded_as_a_timestep() -> None:
    embedding = guidance_embedding(0.5, 6)
    assert embedding.shape == (1, 6)
    assert torch.allclose(embedding[0, [0, 3]], torch.tensor([500.0]).sin().new_tensor([-0.46777, -0.88385]), atol=1e-3)
    assert torch.allclose(embedding[0, [2, 5]], torch.tensor([0.04998, 0.99875]), atol=1e-3)
