"""Our loop against the pipelines of diffusers, on the same latents and schedulers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import diffusers
import pytest
import torch
from diffusers import StableDiffusionPipeline
from diffusers.pipelines.deprecated.stable_diffusion_gligen import StableDiffusionGLIGENPipeline
from torch import Tensor

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.latents import noise, seeded
from lmd_desktop.rendering.methods.gligen import Gligen
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.pipeline import Pipeline

SCHEDULERS = [
    "DDIMScheduler",
    "PNDMScheduler",
    "DPMSolverMultistepScheduler",
    "EulerDiscreteScheduler",
    "UniPCMultistepScheduler",
]


def with_scheduler(pipeline: Pipeline, name: str) -> Pipeline:
    scheduler = getattr(diffusers, name)
    config = {**pipeline.scheduler_config}
    if name == "PNDMScheduler":
        config["skip_prk_steps"] = True
    return replace(pipeline, scheduler_class=scheduler, scheduler_config=dict(scheduler.from_config(config).config))


def theirs(pipeline: Pipeline, kind: type) -> StableDiffusionPipeline:
    made = kind(
        vae=pipeline.vae,
        text_encoder=pipeline.text_encoder,
        tokenizer=pipeline.tokenizer,
        unet=pipeline.unet,
        scheduler=pipeline.scheduler_class.from_config(pipeline.scheduler_config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    made.set_progress_bar_config(disable=True)
    return made


def first_noise(seed: int) -> Tensor:
    return noise(seeded(seed), 4, (16, 16), device=torch.device("cpu"))


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("guidance_scale", [5.0, 1.0])
def test_plain_paints_what_stable_diffusion_paints(
    pipeline: Pipeline,
    request_for: Callable[..., RenderRequest],
    latents_of: Callable[..., Tensor],
    scheduler: str,
    guidance_scale: float,
) -> None:
    pipeline = with_scheduler(pipeline, scheduler)
    request = request_for(method="plain", guidance_scale=guidance_scale)
    expected = theirs(pipeline, StableDiffusionPipeline)(
        "a grass field with a red car, a blue cup",
        negative_prompt="cats",
        latents=first_noise(request.seed),
        num_inference_steps=request.num_inference_steps,
        guidance_scale=guidance_scale,
        output_type="latent",
    ).images
    assert torch.allclose(latents_of(pipeline, request, Plain), expected, atol=1e-4)


@pytest.mark.parametrize("scheduler", SCHEDULERS[:3])
@pytest.mark.parametrize("ratio", [0.3, 1.0])
def test_gligen_paints_what_the_gligen_pipeline_paints(
    pipeline: Pipeline,
    request_for: Callable[..., RenderRequest],
    latents_of: Callable[..., Tensor],
    scheduler: str,
    ratio: float,
) -> None:
    pipeline = with_scheduler(pipeline, scheduler)
    request = request_for(method="gligen", parameters=(("grounding_ratio", ratio),))
    bounds = [[box.rect.x, box.rect.y, box.rect.right, box.rect.bottom] for box in request.layout.boxes]
    made = theirs(pipeline, StableDiffusionGLIGENPipeline)
    expected = made(
        "a grass field with a red car, a blue cup",
        negative_prompt="cats",
        gligen_phrases=[box.phrase for box in request.layout.boxes],
        gligen_boxes=[[side / 512 for side in one] for one in bounds],
        gligen_scheduled_sampling_beta=ratio,
        latents=first_noise(request.seed),
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        output_type="latent",
    ).images
    made.enable_fuser(True)
    found = latents_of(pipeline, request, Gligen)
    assert torch.allclose(found, expected, atol=1e-4)
    assert not torch.allclose(found, latents_of(pipeline, replace(request, parameters=()), Plain), atol=1e-2)


def test_plain_paints_with_and_without_the_negative_prompt_of_the_layout(
    pipeline: Pipeline, request_for: Callable[..., RenderRequest], latents_of: Callable[..., Tensor], layout: Layout
) -> None:
    left_out = request_for(method="plain", parameters=(("uses_negative", False),))
    without = latents_of(pipeline, left_out, Plain)
    assert torch.equal(
        without, latents_of(pipeline, request_for(method="plain", layout=replace(layout, negative_prompt="")), Plain)
    )
    assert not torch.equal(without, latents_of(pipeline, request_for(method="plain"), Plain))
