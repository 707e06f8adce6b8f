"""Moves latents against the gradient of an attention loss, a number of times per step, as LMD schedules it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.attention import AttentionRecorder
from lmd_desktop.rendering.gradient import Losses, evaluate_losses, move, noise_deviation
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.method import Parameters, Step
from lmd_desktop.rendering.run import Run

# At most so many iterations, as shares of the parameter, in sixths of the guided steps: 4, 3, 2, 2, 1, 1 in the paper
# (Lian et al., TMLR 2024, appendix), 3, 3, 2, 2, 1, 1 with half as many guided steps by default.
ITERATION_SHARES = (1.0, 0.75, 0.5, 0.5, 0.25, 0.25)


@dataclass(frozen=True, slots=True)
class Guidance:
    """How much guidance there is; see the parameters of ``lmd`` for what each means."""

    guided_ratio: float
    iterations: int
    loss_scale: float
    threshold: float
    stops_for_good: bool

    def iterations_at(self, index: int, total: int) -> int:
        """The most iterations of a step: many in the first, where things find their place, then fewer."""
        # Pictures of very few steps have at least one guided step, or nothing would hold the boxes.
        guided = max(1, int(self.guided_ratio * total + 1e-6)) if self.guided_ratio > 0 else 0
        if index >= guided:
            return 0
        share = ITERATION_SHARES[min(int(6 * index / max(1.0, self.guided_ratio * total)), 5)]
        return math.ceil(share * self.iterations)


def read_guidance(parameters: Parameters) -> Guidance:
    """From the parameters of a request."""
    return Guidance(
        guided_ratio=parameters.number("guided_ratio"),
        iterations=parameters.count("iterations"),
        loss_scale=parameters.number("loss_scale"),
        threshold=parameters.number("threshold"),
        stops_for_good=parameters.flag("stops_for_good"),
    )


class AttentionGuide:
    """Guides one batch of pictures through its loop; each picture by its own loss, until that is low enough."""

    def __init__(self, run: Run, recorder: AttentionRecorder, guidance: Guidance, *, embeds: Tensor) -> None:
        self._run = run
        self._recorder = recorder
        self._guidance = guidance
        self._embeds = embeds  # (batch, 77, width), of the conditional forward
        self._wants = torch.ones(len(embeds), dtype=torch.bool, device=embeds.device)  # (batch)
        self._is_done = False

    def moved(self, step: Step, *, losses: Losses, grounding: Grounding | None) -> Tensor:
        """The step's latents after its iterations. A picture below the threshold stays where it is.

        On a CPU the loop ends as soon as no picture wants more. Elsewhere asking stops the device: there it is asked
        once, in the first iteration of a step, and later ones may move nothing.
        """
        guidance, latents = self._guidance, step.latents
        iterations = 0 if self._is_done else guidance.iterations_at(step.index, step.total)
        if iterations == 0:
            return latents
        size = guidance.loss_scale * noise_deviation(self._run, step)
        wants = self._wants
        for index in range(iterations):
            values, gradient = evaluate_losses(
                self._run,
                step,
                latents,
                embeds=self._embeds,
                recorder=self._recorder,
                losses=losses,
                grounding=grounding,
            )
            wants = wants & (values > guidance.threshold)
            if (index == 0 or latents.device.type == "cpu") and not bool(wants.any()):
                break
            guided = move(step, latents, gradient=gradient(), size=size)
            latents = torch.where(wants[:, None, None, None], guided, latents)
        if guidance.stops_for_good:
            self._wants = wants
            self._is_done = not bool(wants.any())
        return latents
