"""The denoising loop: one visible for-loop over the scheduler's steps that calls a method's hooks by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from lmd_desktop.domain.errors import UserError
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.method import Conditioning, Hooks, Step
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import Run
from lmd_desktop.rendering.xl import unet_inputs


@dataclass(frozen=True, slots=True)
class Task:
    """What one loop works on: a batch of pictures that are painted side by side."""

    pipeline: Pipeline
    monitor: Monitor
    stage: str
    latents: Tensor  # (batch, 4, rows, columns), in the scheduler's scaling
    prompt_embeds: Tensor  # (batch, 77, width)
    negative_embeds: Tensor  # (batch, 77, width)
    num_inference_steps: int
    guidance_scale: float
    generators: Sequence[torch.Generator]  # one per picture, for schedulers that add noise
    stop_after: int | None = None  # steps; None paints to the end
    on_clean: Callable[[Tensor], None] | None = None  # given the estimate of the finished latents, for previews

    @property
    def conditioning(self) -> Conditioning:
        return Conditioning(self.prompt_embeds, self.negative_embeds, self.guidance_scale)


def denoise(task: Task, hooks: Hooks) -> Tensor:
    """The latents after the last step."""
    scheduler = task.pipeline.new_scheduler(task.num_inference_steps)
    options = _step_options(scheduler, task.generators)
    timesteps = scheduler.timesteps
    total = len(timesteps)  # some schedulers take more than num_inference_steps
    stop = total if task.stop_after is None else min(task.stop_after, total)
    latents = task.latents
    with hooks.patches():
        for index, timestep in enumerate(timesteps[:stop]):
            task.monitor.progress(task.stage, index, stop)
            latents = hooks.before_step(Step(index, total, timestep, latents, scheduler))
            step = Step(index, total, timestep, latents, scheduler)
            noise_pred = _predict_noise(task, step, hooks)
            if task.on_clean is not None and task.monitor.wants_preview():
                task.on_clean(estimate_clean(task.pipeline, step, noise_pred))
            latents = scheduler.step(noise_pred, timestep, latents, **options).prev_sample
            latents = hooks.after_step(step, latents)
    task.monitor.progress(task.stage, stop, stop)
    return latents


def overall_task(run: Run, latents: Tensor, *, on_clean: Callable[[Tensor], None] | None = None) -> Task:
    """The loop that paints the whole picture."""
    return Task(
        pipeline=run.pipeline,
        monitor=run.monitor,
        stage="denoise",
        latents=latents,
        prompt_embeds=run.prompt_embeds,
        negative_embeds=run.negative_embeds,
        num_inference_steps=run.request.num_inference_steps,
        guidance_scale=run.request.guidance_scale,
        generators=[run.generator],
        on_clean=on_clean,
    )


def _predict_noise(task: Task, step: Step, hooks: Hooks) -> Tensor:
    """The noise of one step as the method wants it; a UserError if the numbers overflowed."""
    grounding = hooks.grounding(step)

    def predict(latents: Tensor, conditioning: Conditioning) -> Tensor:
        task.monitor.count_unet_call()
        at = replace(step, latents=latents)
        return predict_guided(task.pipeline, at, conditioning, grounding=grounding)

    noise_pred = hooks.predict_noise(step, hooks.conditioning(step, task.conditioning), predict)
    if not bool(torch.isfinite(noise_pred).all()):
        raise UserError(
            f"The painter's numbers overflowed at step {step.index + 1}.",
            "Use a lower guidance scale, or weaker guidance of the boxes, or paint on the CPU.",
        )
    return noise_pred


def predict_guided(
    pipeline: Pipeline, step: Step, conditioning: Conditioning, *, grounding: Grounding | None
) -> Tensor:
    """Classifier-free guidance: both halves in one UNet call, the unconditional one first."""
    scale = conditioning.guidance_scale
    is_guided = isinstance(scale, Tensor) or scale > 1.0
    latents = step.scheduler.scale_model_input(step.latents, step.timestep)
    prompt_embeds = conditioning.prompt_embeds
    if grounding is not None and is_guided:
        grounding = grounding.for_guidance_scale()
    noise_pred = call_unet(
        pipeline,
        torch.cat([latents, latents]) if is_guided else latents,
        step.timestep,
        embeds=torch.cat([conditioning.negative_embeds, prompt_embeds]) if is_guided else prompt_embeds,
        grounding=grounding,
    )
    if not is_guided:
        return noise_pred
    unconditional, conditional = noise_pred.chunk(2)
    return unconditional + scale * (conditional - unconditional)


def call_unet(
    pipeline: Pipeline, latents: Tensor, timestep: Tensor, *, embeds: Tensor, grounding: Grounding | None
) -> Tensor:
    """One forward in the model's precision; latents and the answer are in single precision."""
    answer = pipeline.unet(
        latents.to(pipeline.dtype),
        timestep,
        cross_attention_kwargs=grounding.kwargs() if grounding is not None else None,
        **unet_inputs(pipeline, embeds, latents),
    )
    return answer.sample.float()


def estimate_clean(pipeline: Pipeline, step: Step, noise_pred: Tensor) -> Tensor:
    """The finished latents as the model sees them at this step (x0 of DDIM, equation 12)."""
    latents = step.scheduler.scale_model_input(step.latents, step.timestep)
    alpha_bar = pipeline.alpha_bar(step.scheduler, step.timestep)
    signal, spread = alpha_bar**0.5, (1.0 - alpha_bar) ** 0.5
    match pipeline.scheduler_config.get("prediction_type", "epsilon"):
        case "v_prediction":
            return signal * latents - spread * noise_pred
        case "sample":
            return noise_pred
        case _:
            return (latents - spread * noise_pred) / signal


def _step_options(scheduler: Any, generators: Sequence[torch.Generator]) -> dict[str, Any]:
    takes_generator = "generator" in inspect.signature(scheduler.step).parameters
    return {"generator": list(generators)} if takes_generator else {}
