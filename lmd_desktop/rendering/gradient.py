"""The gradient of a loss on attention maps by the latents, and the step that follows it, in VP scaling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from lmd_desktop.domain.requests import Parameter
from lmd_desktop.rendering.attention import AttentionRecorder, GuidedLayer
from lmd_desktop.rendering.denoise import call_unet
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.method import Step
from lmd_desktop.rendering.run import Run

Loss = Callable[[Mapping[str, Tensor]], Tensor]  # of (heads, cells, tokens) by layer name; one number
Losses = Callable[[Mapping[str, Tensor]], Tensor]  # of (batch, heads, cells, tokens) by layer name; one per picture
Gradient = Callable[[], Tensor]  # (batch, 4, rows, columns), computed when it is asked for

LOW_MEMORY = Parameter(  # of the methods that pass it on as ``saves_memory``
    name="low_memory",
    title="Save memory",
    summary="Computes intermediate values twice instead of keeping them: slower, the picture is the same.",
    kind="bool",
    default=False,
)

EQUAL_THINGS = Parameter(  # of the methods whose loss asks for attention in boxes
    name="equal_things",
    title="Equal things",
    summary="Whether each of several boxes with the same phrase wants attention, or all of them together.",
    kind="choice",
    default="each",
    choices=("each", "together"),
)

HALF_PRECISION_SCALE = 256.0  # small gradients would become zero in half precision


def evaluate_losses(
    run: Run,
    step: Step,
    latents: Tensor,
    *,
    embeds: Tensor,
    recorder: AttentionRecorder,
    losses: Losses,
    grounding: Grounding | None = None,
    saves_memory: bool = False,
) -> tuple[Tensor, Gradient]:
    """The losses of one conditional forward of a batch, (batch), and their gradients on demand.

    The forward ends at the last guided layer, and the losses stay on the device: nothing waits for it. Pictures of a
    batch do not mix in the UNet, so the gradient of the sum holds each picture's own. Latents are those that the UNet
    sees, whatever the scheduler counts in. ``saves_memory`` computes activations again in the backward pass instead of
    keeping them; the gradient is the same.
    """
    scale = HALF_PRECISION_SCALE if run.pipeline.dtype is torch.float16 else 1.0
    run.monitor.count_unet_call()
    saves_memory = saves_memory or run.pipeline.memory_level >= MemoryLevel.ACTIVATIONS_TWICE
    keeping = _checkpointing(run.pipeline.unet, recorder.layers) if saves_memory else nullcontext()
    with torch.enable_grad():
        seen = step.scheduler.scale_model_input(latents, step.timestep).detach().requires_grad_(True)
        with keeping, recorder.recording_until_last_layer():
            call_unet(run.pipeline, seen, step.timestep, embeds=embeds, grounding=grounding)
        values = losses(recorder.maps)
        scaled = values.sum() * scale
    recorder.forget()  # the maps hold the graph
    return values.detach(), lambda: torch.autograd.grad(scaled, seen)[0] / scale


def evaluate_loss(
    run: Run,
    step: Step,
    latents: Tensor,
    *,
    recorder: AttentionRecorder,
    loss: Loss,
    grounding: Grounding | None = None,
    saves_memory: bool = False,
) -> tuple[Tensor, Gradient]:
    """The loss of the run's own picture as one number on the device, and its gradient on demand."""
    return evaluate_losses(
        run,
        step,
        latents,
        embeds=run.prompt_embeds,
        recorder=recorder,
        losses=lambda maps: loss({name: batch[0] for name, batch in maps.items()}),
        grounding=grounding,
        saves_memory=saves_memory,
    )


def loss_and_gradient(
    run: Run, step: Step, latents: Tensor, *, recorder: AttentionRecorder, loss: Loss, grounding: Grounding | None
) -> tuple[float, Gradient]:
    """As ``evaluate_loss``, with the loss as a number: waits for the device."""
    value, gradient = evaluate_loss(run, step, latents, recorder=recorder, loss=loss, grounding=grounding)
    return value.item(), gradient


def step_down(run: Run, step: Step, latents: Tensor, *, gradient: Tensor, scale: float) -> Tensor:
    """z - sqrt(1 - alpha_bar) * scale * gradient in VP space, given and returned in the scheduler's scaling.

    Never told apart by hasattr(scheduler, "sigmas"): DPM-Solver has sigmas and VP latents.
    """
    return move(step, latents, gradient=gradient, size=noise_deviation(run, step) * scale)


def move(step: Step, latents: Tensor, *, gradient: Tensor, size: float) -> Tensor:
    """z - size * gradient in VP space, given and returned in the scheduler's scaling."""
    per_seen = step.scheduler.scale_model_input(torch.ones(1, device=latents.device), step.timestep)
    return latents - size * gradient / per_seen


def noise_deviation(run: Run, step: Step) -> float:
    """sqrt(1 - alpha_bar): how much of the latents is noise. Waits for the device: ask once per step."""
    return (1.0 - run.pipeline.alpha_bar(step.scheduler, step.timestep)) ** 0.5


@contextmanager
def _checkpointing(unet: UNet2DConditionModel, guided: Sequence[GuidedLayer]) -> Iterator[None]:
    """Activation checkpointing everywhere but in the guided layers: their maps are needed for the loss anyway, and the
    forward ends inside the last of them."""
    unet.enable_gradient_checkpointing()
    try:
        for layer in guided:
            transformer: Any = unet.get_submodule(layer.name.partition(".transformer_blocks.")[0])
            transformer.gradient_checkpointing = False
        yield
    finally:
        unet.disable_gradient_checkpointing()
