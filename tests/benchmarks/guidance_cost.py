"""Two ratios of a painter: a guidance iteration over the full forward and backward, our loop over diffusers' own."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import torch
from diffusers import StableDiffusionPipeline

from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.denoise import call_unet, denoise, overall_task
from lmd_desktop.rendering.gradient import evaluate_loss
from lmd_desktop.rendering.guidance import guided_tokens
from lmd_desktop.rendering.method import Step
from lmd_desktop.rendering.methods.backward_guidance import ratio_loss
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.pipeline import Pipeline
from tests.benchmarks.unet_calls import prepare, seconds_of


def guidance_iteration_ratio(pipeline: Pipeline, request: RenderRequest, *, repeat: int) -> float:
    """Forward to the last guided layer and back, over the whole forward and back: same loss, same frozen weights."""
    run = prepare(pipeline, request, Plain)
    targets = run.targets()
    recorder = AttentionRecorder(pipeline.unet, choose_guided_layers(pipeline.unet, run.grid))
    tokens = {layer.name: guided_tokens(targets, layer.grid, pipeline.device) for layer in recorder.layers}
    scheduler = pipeline.new_scheduler(request.num_inference_steps)
    step = Step(0, len(scheduler.timesteps), scheduler.timesteps[0], run.noise(), scheduler)

    def early() -> None:
        evaluate_loss(
            run,
            step,
            step.latents,
            recorder=recorder,
            loss=lambda maps: ratio_loss(maps, tokens, phrases=len(targets)),
        )[1]()

    def full() -> None:
        seen = step.latents.clone().requires_grad_(True)
        with recorder.recording():
            call_unet(pipeline, seen, step.timestep, embeds=run.prompt_embeds, grounding=None)
        maps = {name: batch[0] for name, batch in recorder.maps.items()}
        torch.autograd.grad(ratio_loss(maps, tokens, phrases=len(targets)), seen)

    with recorder.installed():
        return _ratio(pipeline, early, full, repeat=repeat)


def plain_over_diffusers(pipeline: Pipeline, request: RenderRequest, *, repeat: int) -> float:
    """The method ``plain`` over StableDiffusionPipeline: same embeddings, scheduler and steps, neither decodes."""
    run = prepare(pipeline, request, Plain)
    parts: Any = {"vae": pipeline.vae, "text_encoder": pipeline.text_encoder, "tokenizer": pipeline.tokenizer}
    theirs = StableDiffusionPipeline(
        **parts,
        unet=pipeline.unet,
        scheduler=pipeline.scheduler_class.from_config(pipeline.scheduler_config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    theirs.set_progress_bar_config(disable=True)

    def ours() -> None:
        with torch.no_grad():
            denoise(overall_task(run, run.noise()), Plain(run))

    def diffusers() -> None:
        theirs(
            prompt_embeds=run.prompt_embeds,
            negative_prompt_embeds=run.negative_embeds,
            latents=run.noise(),
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            output_type="latent",
        )

    return _ratio(pipeline, ours, diffusers, repeat=repeat)


def _ratio(pipeline: Pipeline, first: Callable[[], None], second: Callable[[], None], *, repeat: int) -> float:
    """The median over pairs that run one after the other; a pair before them warms up."""
    device = pipeline.device
    pairs = [(seconds_of(device, first), seconds_of(device, second)) for _ in range(repeat + 1)]
    return statistics.median(one / other for one, other in pairs[1:])
