"""BoxDiff (Xie et al., ICCV 2023): inner, outer and corner constraints on attention, one gradient step per step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, Parameter, ParameterValue
from lmd_desktop.rendering.attention import AttentionRecorder, choose_layers_on_one_grid
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.gradient import EQUAL_THINGS, LOW_MEMORY, Gradient, evaluate_loss, move
from lmd_desktop.rendering.guidance import GuidedTokens, guided_tokens, mean_of_top
from lmd_desktop.rendering.method import Method, Step
from lmd_desktop.rendering.prompts import MAX_TOKENS, last_position
from lmd_desktop.rendering.run import Run
from lmd_desktop.rendering.xl import token_rows

SHARPNESS = 100.0  # the published factor before the softmax over tokens
SPREAD = 10.0  # what that factor may make of the strongest attention: beyond, softmax is flat and nothing moves
LAST_SCALE = 0.5  # a step's size goes with the root of a factor that falls from 1 to this over all steps
# At these shares of the steps (0, 10 and 20 of 50), refining goes on until the inner constraint is as low as this.
REFINED = ((0.0, 0.95), (0.2, 0.5), (0.4, 0.2))

# What the published program does where the defaults do better: it refines at any cost, sharpens attention alike for all
# painters, lets padding take part in the softmax, blurs with exp(-x²/4σ²) for a Gaussian, pulls a phrase the harder the
# more tokens it has, and takes the boxes of equal things for one region, which one thing can fill.
AS_PUBLISHED: Mapping[str, ParameterValue] = {
    "refine": True,
    "loss_scale": 20.0,
    "sharpness": "published",
    "softmax_over": "all",
    "blur": 0.5**0.5,
    "counts_tokens": True,
    "equal_things": "together",
}


@dataclass(frozen=True, slots=True)
class Constraints:
    """How far each guided token is from obeying, each (tokens)."""

    inner: Tensor  # 0 to 1: its strongest cells inside are not as strong as they could be
    outer: Tensor  # 0 to 1: its strongest cells outside
    corner: Tensor  # distance between the outlines of its map and of its boxes, near the edges


def constraints(
    maps: Mapping[str, Tensor], tokens: GuidedTokens, *, last: int, blur: float, sharpness: float | Tensor = SHARPNESS
) -> Constraints:
    """The three constraints (equations 3 to 6) from maps of one grid, (heads, cells, tokens) by layer.

    The mean over heads and layers goes through softmax(sharpness A) over the tokens 1 to ``last``, and each token's map
    through a blur of ``blur`` cells. Inner: 1 - mean of the strongest fifth of the cells inside. Outer: the same mean
    outside. Corner: |projection of the map - projection of the mask| by maxima, on the rows and columns within a cell
    of the edges, as a mean over the whole axis; rows and columns are added.
    """
    sharp = torch.softmax(sharpness * _mean_over_words(maps, last), dim=-1)[:, tokens.positions - 1]  # (cells, tokens)
    pictures = _blurred(sharp.T.unflatten(1, tokens.inside.shape[1:]), blur)  # (tokens, rows, columns)
    inside = mean_of_top((pictures * tokens.inside).flatten(1), tokens.top_inside)
    outside = mean_of_top((pictures * tokens.outside).flatten(1), tokens.top_outside)
    pictures = pictures * (tokens.inside + tokens.outside)  # without the phrase's other boxes, if each has a row
    in_columns = (pictures.max(dim=1).values - tokens.inside.amax(dim=1)).abs() * tokens.edge_columns
    in_rows = (pictures.max(dim=2).values - tokens.inside.amax(dim=2)).abs() * tokens.edge_rows
    return Constraints((1.0 - inside).clamp_min(0.0), outside, in_columns.mean(dim=1) + in_rows.mean(dim=1))


def fitting_sharpness(maps: Mapping[str, Tensor], *, last: int) -> Tensor:
    """The published factor, or less where some word takes more than a tenth of a cell's attention; one number.

    Stable Diffusion leaves most attention to the start token. In painters whose words get nearly all of a cell the
    published factor makes the softmax flat: a word that has little there could never get more.
    """
    words = _mean_over_words(maps, last).detach()
    return SPREAD / words.amax().clamp_min(SPREAD / SHARPNESS)


class BoxDiff(Method):
    """One gradient step on the latents in each of the first half of the steps."""

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="boxdiff",
        title="BoxDiff",
        summary="Keeps attention inside the boxes, out of the rest and up to the edges; works with every painter.",
        parameters=(
            Parameter(
                name="guided_ratio",
                title="Guided steps",
                summary="Share of the steps in which attention is pulled into the boxes.",
                kind="float",
                default=0.5,
                maximum=1.0,
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
                name="inner_weight",
                title="Inner constraint",
                summary="How much attention inside of the boxes counts.",
                kind="float",
                default=1.0,
                maximum=10.0,
            ),
            Parameter(
                name="outer_weight",
                title="Outer constraint",
                summary="How much attention outside of the boxes counts.",
                kind="float",
                default=1.0,
                maximum=10.0,
            ),
            Parameter(
                name="corner_weight",
                title="Corner constraint",
                summary="How much it counts that things reach the edges of their boxes and no further.",
                kind="float",
                default=1.0,
                maximum=10.0,
            ),
            Parameter(
                name="refine",
                title="Refine",
                summary="As published: three times, iterate until attention inside is strong; up to twice as slow.",
                kind="bool",
                default=False,
            ),
            Parameter(
                name="refine_iterations",
                title="Iterations of refining",
                summary="At most so many each time.",
                kind="int",
                default=20,
                maximum=50.0,
            ),
            Parameter(
                name="sharpness",
                title="Sharpness",
                summary="How strictly tokens compete for a cell: as the painter's attention asks for, or always 100.",
                kind="choice",
                default="fitting",
                choices=("fitting", "published"),
            ),
            Parameter(
                name="softmax_over",
                title="Compare tokens with",
                summary="Tokens compete for each cell: with the words of the prompt, or as published with padding too.",
                kind="choice",
                default="words",
                choices=("words", "all"),
            ),
            Parameter(
                name="blur",
                title="Blur of the maps",
                summary="In cells of the map; 0.5 is what the paper says, 0.707 what the published kernel amounts to.",
                kind="float",
                default=0.5,
                maximum=2.0,
            ),
            Parameter(
                name="counts_tokens",
                title="Long phrases pull harder",
                summary="As published: the tokens of a phrase are added up; otherwise every phrase counts the same.",
                kind="bool",
                default=False,
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
        layers = choose_layers_on_one_grid(run.pipeline.unet, run.grid)
        self._recorder = AttentionRecorder(run.pipeline.unet, layers)
        is_each = run.parameters.choice(EQUAL_THINGS.name) == "each"
        self._tokens = (
            guided_tokens(self._targets, layers[0].grid, run.pipeline.device, each_box_alone=is_each)
            if self._targets
            else None
        )
        has_padding = run.parameters.choice("softmax_over") == "all"
        read = token_rows(run.pipeline, run.prompt_embeds).shape[1]
        self._last = read - 2 if has_padding else min(last_position(run.count_tokens(run.prompt.text)), read - 2)

    def patches(self) -> AbstractContextManager[object]:
        return bounded(self.run, self._recorder.installed())

    def before_step(self, step: Step) -> Tensor:
        """At some steps iterations until attention inside is strong; one iteration in every guided step."""
        if self._tokens is None or not step.is_before(self.run.parameters.number("guided_ratio")):
            return step.latents
        latents = step.latents
        worst, gradient = self._evaluate(step, latents, self._tokens)
        limit = self._refining_limit(step)
        if limit is not None:
            for iteration in range(self.run.parameters.count("refine_iterations")):
                may_wait = iteration == 0 or worst.device.type == "cpu"  # elsewhere once per step
                if may_wait and worst.item() <= limit:
                    break
                latents = torch.where(worst > limit, self._moved(step, latents, gradient), latents)
                worst, gradient = self._evaluate(step, latents, self._tokens)
        return self._moved(step, latents, gradient)

    def _evaluate(self, step: Step, latents: Tensor, tokens: GuidedTokens) -> tuple[Tensor, Gradient]:
        """The inner constraint of the token that obeys least, and the gradient of the loss."""
        found: list[Constraints] = []

        def loss(maps: Mapping[str, Tensor]) -> Tensor:
            is_fitting = self.run.parameters.choice("sharpness") == "fitting"
            sharpness = fitting_sharpness(maps, last=self._last) if is_fitting else SHARPNESS
            blur = self.run.parameters.number("blur")
            found.append(constraints(maps, tokens, last=self._last, blur=blur, sharpness=sharpness))
            return self._loss(found[0], tokens) * (SHARPNESS / sharpness)  # as far in attention, however sharp

        saves_memory = self.run.parameters.flag(LOW_MEMORY.name)
        _, gradient = evaluate_loss(
            self.run, step, latents, recorder=self._recorder, loss=loss, saves_memory=saves_memory
        )
        return (tokens.strengths * found[0].inner.detach()).max(), gradient

    def _loss(self, found: Constraints, tokens: GuidedTokens) -> Tensor:
        parameters = self.run.parameters
        each = (
            parameters.number("inner_weight") * found.inner
            + parameters.number("outer_weight") * found.outer
            + parameters.number("corner_weight") * found.corner
        )
        weights = tokens.strengths if parameters.flag("counts_tokens") else tokens.strengths * tokens.shares
        return (weights * each).sum()

    def _moved(self, step: Step, latents: Tensor, gradient: Gradient) -> Tensor:
        factor = 1.0 - (1.0 - LAST_SCALE) * step.index / max(step.total - 1, 1)
        size = self.run.parameters.number("loss_scale") * factor**0.5
        return move(step, latents, gradient=gradient(), size=size)

    def _refining_limit(self, step: Step) -> float | None:
        """How low the inner constraint has to be before this step goes on; None if it just goes on."""
        if not self.run.parameters.flag("refine"):
            return None
        limits = (limit for share, limit in REFINED if step.index == int(share * step.total + 1e-6))
        return next(limits, None)


def _mean_over_words(maps: Mapping[str, Tensor], last: int) -> Tensor:
    """The mean over heads and layers of the tokens 1 to ``last``, (cells, tokens)."""
    mean = torch.stack([attention.float().mean(dim=0) for attention in maps.values()]).mean(dim=0)[:, 1 : last + 1]
    places = torch.arange(1, mean.shape[1] + 1, device=mean.device) % MAX_TOKENS
    # Start and end tokens between the pieces of a long prompt take most of the attention, and are no words.
    return mean.masked_fill((places == 0) | (places == MAX_TOKENS - 1), -torch.inf)


def _blurred(pictures: Tensor, sigma: float) -> Tensor:
    """A Gaussian over 3x3 cells on (tokens, rows, columns), mirrored at the borders; nothing for a sigma of 0."""
    if sigma == 0.0:
        return pictures
    beside = math.exp(-1.0 / (2 * sigma**2))
    taps = torch.tensor([beside, 1.0, beside], device=pictures.device) / (1.0 + 2 * beside)
    padded = F.pad(pictures[:, None], (1, 1, 1, 1), mode="reflect")
    return F.conv2d(F.conv2d(padded, taps.view(1, 1, 1, 3)), taps.view(1, 1, 3, 1))[:, 0]
