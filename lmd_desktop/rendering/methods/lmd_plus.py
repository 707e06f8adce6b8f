"""LMD+ (LLM-grounded Diffusion with GLIGEN layers, Lian et al., TMLR 2024): things alone first, then all together."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, Parameter
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.composition import Composition, CutOut, attention_mask, compose, is_inside
from lmd_desktop.rendering.gradient import loss_and_gradient, step_down
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.guidance import attention_loss, reference_loss
from lmd_desktop.rendering.latents import box_mask
from lmd_desktop.rendering.method import Method, Step
from lmd_desktop.rendering.per_box import PaintedAlone, paint_alone
from lmd_desktop.rendering.run import Run

log = logging.getLogger(__name__)

# The paper's benchmark has strength 5 and weight 4, the community pipeline 20 and 1. On the starter painter a weight of
# 4 makes attention to a thing vanish instead of moving it into its box, and a strength of 20 leaves specks.

# At most so many iterations, as shares of the parameter, in sixths of the guided steps: 4, 3, 2, 2, 1, 1 in the paper.
ITERATION_SHARES = (1.0, 0.75, 0.5, 0.5, 0.25, 0.25)


class LmdPlus(Method):
    """Each box painted alone, cut out and held for the first steps, with attention guided into the boxes."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="lmd_plus",
        title="LMD+",
        summary="Paints every box alone first, then all of them together under guidance; the most faithful.",
        parameters=(
            Parameter(
                name="per_box",
                title="Paint boxes alone first",
                summary="Gives every box a thing of its own, which the whole picture then keeps.",
                kind="bool",
                default=True,
            ),
            Parameter(
                name="mask",
                title="Cut out by",
                summary="The part of a box that is kept: where attention sees the thing, or the whole box.",
                kind="choice",
                default="attention",
                choices=("attention", "box"),
            ),
            Parameter(
                name="own_noise",
                title="Own noise of a box",
                summary="How far the noise of a box differs from the background's; 0 makes all boxes share it.",
                kind="float",
                default=0.1,
                maximum=1.0,
            ),
            Parameter(
                name="frozen_ratio",
                title="Frozen steps",
                summary="Share of the steps in which the things from the boxes are pasted in; lower blends better.",
                kind="float",
                default=0.5,
                maximum=1.0,
            ),
            Parameter(
                name="grounding_ratio",
                title="Grounded steps",
                summary="Share of the steps in which the grounding layers are on.",
                kind="float",
                default=0.4,
                maximum=1.0,
            ),
            Parameter(
                name="guided_ratio",
                title="Guided steps",
                summary="Share of the steps in which attention is pulled into the boxes.",
                kind="float",
                default=0.6,
                maximum=1.0,
            ),
            Parameter(
                name="iterations",
                title="Iterations",
                summary="Guidance iterations in each of the first steps; later steps take fewer.",
                kind="int",
                default=4,
                maximum=20.0,
            ),
            Parameter(
                name="loss_scale",
                title="Guidance strength",
                summary="How far one iteration moves the picture.",
                kind="float",
                default=10.0,
                maximum=100.0,
            ),
            Parameter(
                name="threshold",
                title="Stop below",
                summary="Guidance ends for good once its loss is below this.",
                kind="float",
                default=5.0,
                maximum=40.0,
            ),
            Parameter(
                name="background_weight",
                title="Weight outside",
                summary="How much attention outside of the boxes counts against that inside.",
                kind="float",
                default=1.0,
                maximum=20.0,
            ),
            Parameter(
                name="reference_weight",
                title="Weight of the shapes",
                summary="How much the attention to a thing should look as it did when the thing was alone.",
                kind="float",
                default=2.0,
                maximum=20.0,
            ),
            Parameter(
                name="guide_through",
                title="Guide through",
                summary="What the grounding layers see while attention is guided: nothing, empty slots, or the boxes.",
                kind="choice",
                default="cond",
                choices=("none", "null", "cond"),
            ),
        ),
        needs=("gligen",),
    )

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._grounding = run.grounding((run.boxes,)) if run.boxes else None
        self._targets = run.targets()
        self._recorder = AttentionRecorder(run.pipeline.unet, choose_guided_layers(run.pipeline.unet, run.grid))
        self._grids = {layer.name: layer.grid for layer in self._recorder.layers}
        self._composition: Composition | None = None
        self._alone: tuple[PaintedAlone, ...] = ()
        self._is_satisfied = False

    def start(self) -> Tensor:
        background = super().start()
        wanted = tuple(placed for placed in self.run.boxes if placed.box.strength > 0)
        if not wanted or not self.run.parameters.flag("per_box"):
            return background
        with self.run.monitor.stage("per_box"):
            painted = paint_alone(self.run, wanted, background, recorder=self._recorder, ratio=self._ratio_alone())
            self._alone = tuple(alone for alone in painted if self._is_in_its_box(alone))
            if not self._alone:
                return background
            cut_outs = [CutOut(alone.latents, self._mask(alone)) for alone in self._alone]
            bounds = [alone.placed.bounds for alone in self._alone]
            self._composition = compose(background, cut_outs, bounds=bounds)
        return self._composition.latents[0]

    def patches(self) -> AbstractContextManager[object]:
        return self._recorder.installed()

    def grounding(self, step: Step) -> Grounding | None:
        return self._grounding if step.is_before(self.run.parameters.number("grounding_ratio")) else None

    def before_step(self, step: Step) -> Tensor:
        """Gradient steps that pull attention into the boxes, until the loss has once been low enough."""
        parameters = self.run.parameters
        latents = step.latents
        for _ in range(self._iterations(step)):
            loss, gradient = loss_and_gradient(
                self.run,
                step,
                latents,
                recorder=self._recorder,
                loss=lambda maps: self._loss(maps, step.index),
                grounding=self._guidance_grounding(step),
            )
            if loss <= parameters.number("threshold"):
                self._is_satisfied = True
                break
            scale = parameters.number("loss_scale")
            latents = step_down(self.run, step, latents, gradient=gradient(), scale=scale)
        return latents

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        """While steps are frozen, what was painted alone replaces what is in the boxes."""
        composition = self._composition
        if composition is None or not step.is_before(self.run.parameters.number("frozen_ratio")):
            return latents
        return latents + composition.mask * (composition.latents[step.index + 1] - latents)

    def _loss(self, maps: Mapping[str, Tensor], step_index: int) -> Tensor:
        parameters = self.run.parameters
        loss = attention_loss(
            maps, self._grids, self._targets, background_weight=parameters.number("background_weight")
        )
        weight = parameters.number("reference_weight")
        if not self._alone or weight == 0.0:
            return loss
        references = {
            name: {
                alone.placed.box.id: alone.maps[step_index][name]
                for alone in self._alone
                if step_index < len(alone.maps) and alone.maps[step_index]
            }
            for name in maps
        }
        return loss + weight * reference_loss(maps, self._grids, self._targets, references)

    def _iterations(self, step: Step) -> int:
        ratio = self.run.parameters.number("guided_ratio")
        if self._is_satisfied or not self._targets or not step.is_before(ratio):
            return 0
        share = ITERATION_SHARES[min(int(6 * step.index / (ratio * step.total)), 5)]
        return math.ceil(share * self.run.parameters.count("iterations"))

    def _guidance_grounding(self, step: Step) -> Grounding | None:
        """Published code guides through empty slots; leaving the grounding layers out is a third cheaper."""
        grounding = self.grounding(step)
        match self.run.parameters.choice("guide_through"):
            case "cond":
                return grounding
            case "null":
                return grounding.emptied() if grounding is not None else None
            case _:
                return None

    def _ratio_alone(self) -> float:
        """The share of steps that boxes are painted alone: as long as anything of them is used."""
        parameters = self.run.parameters
        is_compared = parameters.count("iterations") > 0 and parameters.number("reference_weight") > 0
        return max(parameters.number("frozen_ratio"), parameters.number("guided_ratio") if is_compared else 0.0)

    def _is_in_its_box(self, alone: PaintedAlone) -> bool:
        """A thing that came out elsewhere would paste bare background into its box; guidance has to place it then."""
        attention = alone.mean_attention(self._grids)
        if attention is None or is_inside(attention, alone.placed.bounds):
            return True
        log.info("“%s” did not come out in its box when painted alone", alone.placed.box.id)
        return False

    def _mask(self, alone: PaintedAlone) -> Tensor:
        attention = alone.mean_attention(self._grids)
        if self.run.parameters.choice("mask") == "box" or attention is None:
            return box_mask(alone.placed.bounds, self.run.grid, self.run.pipeline.device)
        return attention_mask(attention, alone.placed.bounds, self.run.grid)
