"""The gradient of a loss on attention maps by the latents, and the step that follows it, in VP scaling."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from lmd_desktop.rendering.attention import AttentionRecorder
from lmd_desktop.rendering.denoise import call_unet
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.method import Step
from lmd_desktop.rendering.run import Run

Loss = Callable[[Mapping[str, Tensor]], Tensor]  # of (heads, cells, tokens) by layer name

HALF_PRECISION_SCALE = 256.0  # small gradients would become zero in half precision


def loss_and_gradient(
    run: Run, step: Step, latents: Tensor, *, recorder: AttentionRecorder, loss: Loss, grounding: Grounding | None
) -> tuple[float, Callable[[], Tensor]]:
    """The loss of one picture's conditional forward, and its gradient on demand: (1, 4, rows, columns).

    The forward ends at the last guided layer. Latents are those that the UNet sees, whatever the scheduler counts in.
    """
    scale = HALF_PRECISION_SCALE if run.pipeline.dtype is torch.float16 else 1.0
    run.monitor.count_unet_call()
    with torch.enable_grad():
        seen = step.scheduler.scale_model_input(latents, step.timestep).detach().requires_grad_(True)
        with recorder.recording_until_last_layer():
            call_unet(run.pipeline, seen, step.timestep, embeds=run.prompt_embeds, grounding=grounding)
        value = loss({name: maps[0] for name, maps in recorder.maps.items()})
        scaled = value * scale
    recorder.forget()  # the maps hold the graph
    return value.item(), lambda: torch.autograd.grad(scaled, seen)[0] / scale


def step_down(run: Run, step: Step, latents: Tensor, *, gradient: Tensor, scale: float) -> Tensor:
    """z - sqrt(1 - alpha_bar) * scale * gradient in VP space, given and returned in the scheduler's scaling.

    Never told apart by hasattr(scheduler, "sigmas"): DPM-Solver has sigmas and VP latents.
    """
    per_seen = step.scheduler.scale_model_input(torch.ones(1, device=latents.device), step.timestep)
    spread = (1.0 - run.pipeline.alpha_bar(step.scheduler, step.timestep)) ** 0.5
    return latents - spread * scale * gradient / per_seen
