"""Backward guidance (Chen, Laina, Vedaldi, WACV 2024): gradient steps that gather attention in the boxes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

import torch
from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, Parameter, ParameterValue
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.gradient import EQUAL_THINGS, LOW_MEMORY, evaluate_loss, move, noise_deviation
from lmd_desktop.rendering.guidance import GuidedTokens, guided_tokens
from lmd_desktop.rendering.method import Method, Step
from lmd_desktop.rendering.run import Run

TINY = 1e-12  # half precision rounds faint attention to 0

# What the authors' program does where the defaults do better: it takes the variance of the noise for the size of a
# step (their latents count in sigmas), it compares the loss of the step before, never again once that was low, and one
# thing may satisfy the boxes of several equal things.
AS_PUBLISHED: Mapping[str, ParameterValue] = {
    "guided_ratio": 0.2,
    "iterations": 5,
    "step_rule": "variance",
    "stops_for_good": True,
    "equal_things": "together",
}


def ratio_loss(maps: Mapping[str, Tensor], tokens: Mapping[str, GuidedTokens], *, phrases: int) -> Tensor:
    """The share of a token's attention that lies outside of the boxes of its phrase, squared (equations 5 and 6).

    ``maps`` are (heads, cells, tokens) by layer. Per token the mean over heads of (1 - inside / all) ** 2; then the
    means over the tokens of a phrase, the phrases and the layers. 0 if all attention is inside, at most 1. Where the
    tokens have a row for each box of a phrase, its other boxes are left out of "all".
    """
    total = torch.zeros((), device=next(iter(maps.values())).device)
    for name, attention in maps.items():
        rows = tokens[name]
        values = attention[:, :, rows.positions].float()  # (heads, cells, tokens)
        inside = (values * rows.inside.flatten(1).T).sum(dim=1)  # (heads, tokens)
        everywhere = (values * (rows.inside + rows.outside).flatten(1).T).sum(dim=1)
        ratio = inside / everywhere.clamp_min(TINY)
        energy = (1.0 - ratio).square().mean(dim=0)  # (tokens)
        total = total + (rows.strengths * rows.shares * energy).sum()
    return total / (phrases * len(maps))


class BackwardGuidance(Method):
    """Some gradient steps on the latents in each of the first steps."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="backward_guidance",
        title="Backward guidance",
        summary="Pulls attention into the boxes in the first steps; works with every painter.",
        parameters=(
            Parameter(
                name="guided_ratio",
                title="Guided steps",
                summary="Share of the steps in which attention is pulled into the boxes.",
                kind="float",
                default=0.3,
                maximum=1.0,
            ),
            Parameter(
                name="iterations",
                title="Iterations",
                summary="Guidance iterations in each guided step, at most.",
                kind="int",
                default=8,
                maximum=20.0,
            ),
            Parameter(
                name="loss_scale",
                title="Guidance strength",
                summary="How far one iteration moves the picture.",
                kind="float",
                default=30.0,
                maximum=200.0,
            ),
            Parameter(
                name="threshold",
                title="Stop below",
                summary="The picture stays as it is while the part of the attention outside, squared, is below this.",
                kind="float",
                default=0.2,
                maximum=1.0,
            ),
            Parameter(
                name="stops_for_good",
                title="Stop for good",
                summary="As published: once it was low, guidance ends, though attention may leave the boxes again.",
                kind="bool",
                default=False,
            ),
            Parameter(
                name="step_rule",
                title="Steps shrink with",
                summary="The deviation of the noise keeps later steps stronger; its variance is as published.",
                kind="choice",
                default="deviation",
                choices=("deviation", "variance"),
            ),
            EQUAL_THINGS,
            LOW_MEMORY,
            BOUNDED,
        ),
    )
    shares_batches: ClassVar[bool] = True
    joins_box_negatives: ClassVar[bool] = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._targets = run.targets()
        self._recorder = AttentionRecorder(run.pipeline.unet, choose_guided_layers(run.pipeline.unet, run.grid))
        self._tokens: dict[str, GuidedTokens] = {}
        if self._targets:
            grids = {layer.grid for layer in self._recorder.layers}
            is_each = run.parameters.choice(EQUAL_THINGS.name) == "each"
            by_grid = {
                grid: guided_tokens(self._targets, grid, run.pipeline.device, each_box_alone=is_each) for grid in grids
            }
            self._tokens = {layer.name: by_grid[layer.grid] for layer in self._recorder.layers}
        self._lowest = torch.full((), torch.inf, device=run.pipeline.device)  # of the losses so far

    def patches(self) -> AbstractContextManager[object]:
        return bounded(self.run, self._recorder.installed())

    def before_step(self, step: Step) -> Tensor:
        """Iterations until the loss is low. As published a loss counts from the next iteration on, for good."""
        parameters = self.run.parameters
        latents = step.latents
        if not self._targets or not step.is_before(parameters.number("guided_ratio")):
            return latents
        deviation = noise_deviation(self.run, step)
        shrinks = deviation if parameters.choice("step_rule") == "deviation" else deviation**2
        stops_for_good = parameters.flag("stops_for_good")
        for iteration in range(parameters.count("iterations")):
            if stops_for_good and self._is_low(self._lowest, iteration):
                break
            loss, gradient = evaluate_loss(
                self.run,
                step,
                latents,
                recorder=self._recorder,
                loss=lambda maps: ratio_loss(maps, self._tokens, phrases=len(self._targets)),
                saves_memory=parameters.flag(LOW_MEMORY.name),
            )
            if not stops_for_good and self._is_low(loss, iteration):
                break
            compared = self._lowest if stops_for_good else loss
            moved = move(step, latents, gradient=gradient(), size=shrinks * parameters.number("loss_scale"))
            latents = torch.where(compared > parameters.number("threshold"), moved, latents)
            self._lowest = torch.minimum(self._lowest, loss)
        return latents

    def _is_low(self, loss: Tensor, iteration: int) -> bool:
        """Waits for the device once per step; within a step low losses only keep the latents where they are."""
        may_wait = iteration == 0 or loss.device.type == "cpu"
        return may_wait and loss.item() <= self.run.parameters.number("threshold")
