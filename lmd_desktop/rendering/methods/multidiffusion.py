"""MultiDiffusion (Bar-Tal et al., ICML 2023): every box is painted from its own text, and the parts are fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import torch
from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, Parameter, ParameterValue
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.estimate import Work
from lmd_desktop.rendering.latents import Bounds, box_seed, seeded
from lmd_desktop.rendering.method import Conditioning, Method, Predict, Step
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.regions import (
    BOX_PROMPT,
    FEATHER,
    OVERLAP,
    guided_boxes,
    outside_prompt,
    own_negatives,
    own_prompts,
    region_weights,
    tell_hidden,
)
from lmd_desktop.rendering.run import Run
from lmd_desktop.rendering.text import encode_prompts

CELLS_AT_ONCE = 4 * 64 * 64  # latent cells in one UNet call: four regions of a 512-pixel picture
MOST_COLOURS = 32  # that boxes are painted on; the paper has one per step
PATCH_CELLS = 32  # at most, of a side: a colour's latents are read in the middle of a patch, not of a whole picture

# What the published benchmark of region control adds to the negative prompts, for the background and for things.
BACKGROUND_NEGATIVES = "headshot, close-up, partial, large, huge, gigantic"
THING_NEGATIVES = f"{BACKGROUND_NEGATIVES}, cut-out, partial, occluded, weird"

# The published demo of region control; its benchmark bootstraps half as long.
AS_PUBLISHED: Mapping[str, ParameterValue] = {
    "bootstrap_ratio": 0.4,
    "feather": 0.0,
    "overlap": "last",
    "box_prompt": "phrase",
    "negatives": "as_published",
    "box_guidance_scale": 10.0,
    "fill_canvas": True,
}


class MultiDiffusion(Method):
    """Region control with bootstrapping (equations 5 and 6 of the paper, and its section 4.2).

    The paper steps every region by itself and averages the latents by their masks. All diffusers schedulers are linear
    in latents and noise, cell by cell, and every region sees the same latents wherever it counts: averaging the noise
    predictions gives the same picture, also with schedulers that remember earlier steps.

    Costs a UNet call of guided batch 1 per region and step, in batches: with N boxes N + 1 times ``plain``, less one
    where boxes leave nothing of the background.
    """

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="multidiffusion",
        title="MultiDiffusion",
        summary="Paints every box from its own text and fuses the parts; costs one picture per box.",
        parameters=(
            Parameter(
                name="bootstrap_ratio",
                title="Steps on plain colours",
                summary="Share of the steps in which each box sees a plain colour around it; as published 0.4 or 0.2.",
                kind="float",
                default=0.4,
                maximum=1.0,
            ),
            FEATHER,
            OVERLAP,
            BOX_PROMPT,
            Parameter(
                name="negatives",
                title="Negative words",
                summary="Those of the picture and the boxes, or as published with words against close-ups and parts.",
                kind="choice",
                default="own",
                choices=("own", "as_published"),
            ),
            Parameter(
                name="box_guidance_scale",
                title="Guidance scale of the parts",
                summary="0 takes that of the picture; as published 10.",
                kind="float",
                default=0.0,
                maximum=30.0,
            ),
            Parameter(
                name="fill_canvas",
                title="Enlarge the layout",
                summary="Scales and shifts all boxes together until they fill the canvas, as the published benchmark.",
                kind="bool",
                default=False,
            ),
            BOUNDED,
        ),
    )

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        parameters = run.parameters
        boxes = guided_boxes(run)
        bounds = [placed.bounds for placed in boxes]
        if parameters.flag("fill_canvas"):
            bounds = filling(bounds)
        weights = region_weights(
            bounds, run.grid, overlap=parameters.choice("overlap"), feather=parameters.number("feather")
        )
        tell_hidden(run, boxes, overlap=parameters.choice("overlap"))
        for index, placed in enumerate(boxes):  # weak boxes let the background through
            weights[1 + index] *= min(placed.box.strength, 1.0)
        weights[0] = (1.0 - weights[1:].sum(dim=0)).clamp(min=0.0)
        used = [index for index in range(len(weights)) if float(weights[index].max()) > 1e-6]
        prompts = [outside_prompt(run), *own_prompts(run, boxes, form=parameters.choice("box_prompt"))]
        negatives = [run.negative_prompt, *own_negatives(run, boxes)]
        if parameters.choice("negatives") == "as_published":
            added = [BACKGROUND_NEGATIVES, *[THING_NEGATIVES] * len(boxes)]
            negatives = [", ".join(filter(None, words)) for words in zip(negatives, added, strict=True)]
        if run.request.prompt is not None and boxes:
            run.monitor.note("MultiDiffusion paints boxes and background from their own texts, not from your prompt.")
        strengths = [1.0, *[placed.box.strength for placed in boxes]]
        self._is_thing = torch.tensor([index > 0 for index in used])
        self._weights = weights[used].to(run.pipeline.device)  # (regions, rows, columns)
        self._prompt_embeds = encode_prompts(run.pipeline, [prompts[index] for index in used])
        self._negative_embeds = encode_prompts(run.pipeline, [negatives[index] for index in used])
        self._guidance_scale = _guidance(parameters.number("box_guidance_scale"), run, [strengths[i] for i in used])
        self._noise = torch.zeros(())
        self._colours: Tensor | None = None

    def start(self) -> Tensor:
        latents = super().start()
        self._noise = latents / self.run.noise_scale
        return latents

    def works(self, total: int) -> tuple[Work, ...]:
        rows = 2.0 if self.run.request.guidance_scale > 1.0 else 1.0
        return (Work("denoise", (rows * len(self._weights),) * total),)

    def patches(self) -> AbstractContextManager[object]:
        return bounded(self.run)

    def predict_noise(self, step: Step, conditioning: Conditioning, predict: Predict) -> Tensor:
        """The regions' predictions, averaged by their weights."""
        del conditioning  # every region reads its own
        batch, _, rows, columns = step.latents.shape
        at_once = max(1, CELLS_AT_ONCE // (batch * rows * columns))
        fused = torch.zeros_like(step.latents)
        for first in range(0, len(self._weights), at_once):
            chosen = slice(first, first + at_once)
            latents = self._seen(step, chosen)  # (regions, batch, channels, rows, columns)
            predicted = predict(latents.flatten(0, 1), self._conditioning(chosen, batch)).unflatten(0, (-1, batch))
            fused += (self._weights[chosen, None, None] * predicted).sum(dim=0)
        return fused

    def _seen(self, step: Step, chosen: slice) -> Tensor:
        """What each region's prediction sees; while bootstrapping, things stand before a plain colour."""
        weights = self._weights[chosen, None, None]
        latents = step.latents.expand(len(weights), *step.latents.shape)
        if not step.is_before(self.run.parameters.number("bootstrap_ratio")):
            return latents
        colours = self._plain_colours(int(self.run.parameters.number("bootstrap_ratio") * step.total + 1e-6))
        generator = seeded(box_seed(self.run.request.seed, f"colours of step {step.index}"))
        drawn = torch.randint(len(colours), (len(self._weights),), generator=generator)[chosen]
        plain = colours[drawn.to(colours.device), None].expand(latents.shape)
        noisy = step.scheduler.add_noise(plain, self._noise.expand(latents.shape), step.timestep.reshape(1))
        is_around = (weights == 0.0) & self._is_thing[chosen, None, None, None, None].to(weights.device)
        return torch.where(is_around, noisy, latents)

    def _conditioning(self, chosen: slice, batch: int) -> Conditioning:
        scale = self._guidance_scale
        return Conditioning(
            self._prompt_embeds[chosen].repeat_interleave(batch, dim=0),
            self._negative_embeds[chosen].repeat_interleave(batch, dim=0),
            scale[chosen].repeat_interleave(batch, dim=0) if isinstance(scale, Tensor) else scale,
        )

    def _plain_colours(self, count: int) -> Tensor:
        if self._colours is None:
            generator = seeded(box_seed(self.run.request.seed, "colours"))
            colours = torch.rand((min(count, MOST_COLOURS), 3), generator=generator)
            self._colours = colour_latents(self.run.pipeline, colours)
        return self._colours


def filling(bounds: Sequence[Bounds]) -> list[Bounds]:
    """All boxes scaled together, at most three times, and shifted so that they fill the canvas from left to right."""
    if not bounds:
        return []
    left, top = min(one[0] for one in bounds), min(one[1] for one in bounds)
    right, bottom = max(one[2] for one in bounds), max(one[3] for one in bounds)
    scale = min(1.0 / (right - left), 1.0 / (bottom - top), 3.0)
    up = max(bottom * scale - 1.0, 0.0)
    return [
        ((x0 - left) * scale, y0 * scale - up, min((x1 - left) * scale, 1.0), min(y1 * scale - up, 1.0))
        for x0, y0, x1, y1 in bounds
    ]


def colour_latents(pipeline: Pipeline, colours: Tensor) -> Tensor:
    """The latents of pictures of one colour, (colours, channels, 1, 1); ``colours`` are (colours, 3) from 0 to 1."""
    native = pipeline.native_size
    side = min(PATCH_CELLS * pipeline.vae_factor, native.width, native.height)
    patches = (2.0 * colours - 1.0)[:, :, None, None].expand(-1, -1, side, side)
    answer: Any = pipeline.vae.encode(patches.to(pipeline.device, pipeline.dtype))
    encoded = answer.latent_dist.mode().float()
    cell = encoded.shape[-1] // 2
    middle = encoded[:, :, cell, cell, None, None] * pipeline.vae.config["scaling_factor"]
    return torch.nan_to_num(middle, nan=0.0, posinf=0.0, neginf=0.0)  # an overflow in half precision: grey will do


def _guidance(asked: float, run: Run, strengths: Sequence[float]) -> float | Tensor:
    """The guidance scale, one for all or (regions, 1, 1, 1): strong boxes have more of it."""
    scale = asked or run.request.guidance_scale
    if scale <= 1.0 or max(strengths) <= 1.0:
        return scale
    scales = torch.tensor([scale * max(strength, 1.0) for strength in strengths], device=run.pipeline.device)
    return scales[:, None, None, None]
