"""LMD (LLM-grounded Diffusion, Lian et al., TMLR 2024): things alone first, then all together; no trained layers.

What a picture costs, as multiples of ``plain`` with the same T steps, from the operation counts of Stable Diffusion 1.5
with N boxes and the threshold never met. Units are UNet forwards of one picture; plain takes 2 T. A guidance iteration
(forward to the last guided layer, and back) is 1.05. Overall 2 T; each box 0.4 T steps, that is 0.8 T; 0.45 T
iterations for each box and 0.45 T overall: (2 T + 0.8 N T + 1.05 * 0.45 T * (N + 1)) / 2 T = 2.5 with two boxes, 3.1
with three. After a box was moved only the overall run is left: 1.2, that is 0.39 of the first picture with three boxes.
The published values (T steps for each box, 1.3 T iterations, whole forwards at 1.55) would cost 6.0 with two boxes.
``tests/benchmarks/incremental.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, ParameterValue
from lmd_desktop.rendering import lmd_parameters
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.attention_guide import AttentionGuide, read_guidance
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.composition import Composition, CutOut, compose
from lmd_desktop.rendering.cutting import CutSettings, cut_thing, moved_maps
from lmd_desktop.rendering.estimate import FORWARDS_PER_ITERATION, Work
from lmd_desktop.rendering.guidance import max_loss, reference_loss
from lmd_desktop.rendering.lmd_parameters import box_parameters, guidance_parameters
from lmd_desktop.rendering.method import Method, Step
from lmd_desktop.rendering.per_box import (
    AloneSettings,
    boxes_at_once,
    layer_tokens,
    paint_alone,
    plan_alone,
    seen_by_guidance,
)
from lmd_desktop.rendering.run import PlacedBox, Run

AS_PUBLISHED: Mapping[str, ParameterValue] = {**lmd_parameters.AS_PUBLISHED, "own_noise": 0.01}


class Lmd(Method):
    """Each box painted alone, cut out and held for the first steps, with attention guided into the boxes."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="lmd",
        title="LMD",
        summary="Paints every box alone first, then all of them together under guidance; for any painter.",
        parameters=(
            *box_parameters(own_noise=0.1, frozen_ratio=0.4, align="thing", sam_prompt="point", guides_alone=True),
            *guidance_parameters(guided_ratio=0.2, iterations=3),
            BOUNDED,
        ),
    )

    shares_batches: ClassVar[bool] = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        parameters = run.parameters
        self._targets = run.targets()
        self._recorder = AttentionRecorder(run.pipeline.unet, choose_guided_layers(run.pipeline.unet, run.grid))
        self._grids = {layer.name: layer.grid for layer in self._recorder.layers}
        is_each = parameters.choice("equal_things") == "each"
        self._tokens = (
            layer_tokens(self._targets, self._grids, run.pipeline.device, each_box_alone=is_each)
            if self._targets
            else {}
        )
        self._guidance = read_guidance(parameters)
        self._guide = AttentionGuide(run, self._recorder, self._guidance, embeds=run.prompt_embeds)
        self._frozen_ratio = parameters.number("frozen_ratio")
        self._weights = parameters.number("background_weight"), parameters.number("reference_weight")
        self._composition: Composition | None = None
        self._references: dict[str, dict[str, Tensor]] = {}  # box id -> layer -> (steps, heads, cells)

    def start(self) -> Tensor:
        background = self.run.noise()
        wanted = self._wanted()
        if not wanted:
            return background
        settings = self._alone_settings()
        with self.run.monitor.stage("per_box"):
            planned = plan_alone(self.run, wanted, background, layers=tuple(self._grids), settings=settings)
            painted = paint_alone(self.run, planned, recorder=self._recorder, settings=settings)
            cut_outs: list[CutOut] = []
            for alone, picture in zip(planned, painted, strict=True):
                cut = cut_thing(
                    self.run,
                    alone,
                    picture,
                    grids=self._grids,
                    settings=self._cut_settings(),
                    alone_settings=settings,
                )
                if cut is not None:
                    cut_outs.append(cut)
                    moved = moved_maps(picture, cut.offset, grids=self._grids, latent_grid=self.run.grid)
                    self._references[alone.placed.box.id] = moved
        if not cut_outs:
            return background
        with self.run.monitor.stage("compose"):
            self.run.monitor.progress("compose", 0, 1)
            self._composition = compose(background, cut_outs)
            self.run.monitor.progress("compose", 1, 1)
        return self._composition.latents[0]

    def remembered(self) -> tuple[tuple[str, bool], ...]:
        """By the very keys with which ``start`` would look for them."""
        settings = self._alone_settings()
        planned = plan_alone(self.run, self._wanted(), self.run.noise(), layers=tuple(self._grids), settings=settings)
        cache = self.run.memory.cache
        return tuple((alone.placed.box.id, cache.holds(alone.key, steps=settings.steps)) for alone in planned)

    def pasted_mask(self) -> Tensor | None:
        return self._composition.mask if self._composition is not None else None

    def works(self, total: int) -> tuple[Work, ...]:
        """Boxes that are remembered from earlier pictures turn out to be no work."""
        settings, wanted = self._alone_settings(), len(self._wanted())
        rows = 2.0 if self.run.request.guidance_scale > 1.0 else 1.0
        guidance = settings.guidance
        iterations = [guidance.iterations_at(i, total) if guidance is not None else 0 for i in range(settings.steps)]
        alone = tuple(rows + FORWARDS_PER_ITERATION * count for count in iterations)
        at_once = boxes_at_once(self.run)
        batches = [min(at_once, wanted - first) for first in range(0, wanted, at_once)]
        passes = [Work("per_box", tuple(boxes * units for units in alone)) for boxes in batches]
        compositions = [Work("compose", (1.0,))] if passes else []
        return (*passes, *compositions, *super().works(total))

    def iterations_at(self, index: int, total: int) -> int:
        return self._guidance.iterations_at(index, total) if self._targets else 0

    def patches(self) -> AbstractContextManager[object]:
        return bounded(self.run, self._recorder.installed())

    def before_step(self, step: Step) -> Tensor:
        """Gradient steps that pull attention into the boxes, until the loss is low enough."""
        if not self._targets:
            return step.latents
        return self._guide.moved(
            step,
            losses=lambda maps: self.loss({name: batch[0] for name, batch in maps.items()}, step.index)[None],
            grounding=seen_by_guidance(self.grounding(step), self._guided_through()),
        )

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        """While steps are frozen, what was painted alone replaces what is in the boxes."""
        composition = self._composition
        if composition is None or not step.is_before(self._frozen_ratio):
            return latents
        return latents + composition.mask * (composition.latents[step.index + 1] - latents)

    def grounding_ratio(self) -> float:
        """The share of the steps with grounding layers; a painter for LMD has none."""
        return 0.0

    def _guided_through(self) -> str:
        return "none"

    def loss(self, maps: Mapping[str, Tensor], step_index: int) -> Tensor:
        """Of the whole picture at a step: attention in the boxes, and as it was when things were alone (eq. 3 to 5).

        ``maps`` are (heads, cells, tokens) by layer.
        """
        background_weight, reference_weight = self._weights
        loss = max_loss(maps, self._tokens, background_weight=background_weight) / len(self._targets)
        if not self._references or reference_weight == 0.0:
            return loss
        references = {
            name: {
                box_id: moved[name][step_index]
                for box_id, moved in self._references.items()
                if name in moved and step_index < len(moved[name])
            }
            for name in maps
        }
        return loss + reference_weight * reference_loss(maps, self._grids, self._targets, references)

    def _wanted(self) -> tuple[PlacedBox, ...]:
        """The boxes that are painted alone first."""
        if not self.run.parameters.flag("per_box"):
            return ()
        return tuple(placed for placed in self.run.boxes if placed.box.strength > 0)

    def _alone_settings(self) -> AloneSettings:
        parameters, guidance = self.run.parameters, self._guidance
        is_guided = parameters.flag("guides_alone") and guidance.iterations > 0 and guidance.guided_ratio > 0
        return AloneSettings(
            steps=self._steps_alone(),
            own_noise=parameters.number("own_noise"),
            is_standing=parameters.flag("in_one_place"),
            grounding_ratio=self.grounding_ratio(),
            guidance=guidance if is_guided else None,
            background_weight=parameters.number("background_weight"),
            guide_through=self._guided_through(),
        )

    def _steps_alone(self) -> int:
        """How long boxes are painted alone: as long as anything of them is used."""
        total = len(self.run.pipeline.new_scheduler(self.run.request.num_inference_steps).timesteps)
        if self.run.parameters.flag("paints_to_end"):
            return total
        is_compared = self._guidance.iterations > 0 and self._weights[1] > 0
        ratio = max(self._frozen_ratio, self._guidance.guided_ratio if is_compared else 0.0)
        return int(ratio * total + 1e-6)

    def _cut_settings(self) -> CutSettings:
        parameters = self.run.parameters
        return CutSettings(
            mask=parameters.choice("mask"),
            sam_prompt=parameters.choice("sam_prompt"),
            align=parameters.choice("align"),
            align_by=parameters.choice("align_by"),
            drops_strays=parameters.flag("drops_strays"),
        )
