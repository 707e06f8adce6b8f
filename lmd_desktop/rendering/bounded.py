"""Bounded Attention (Dahary et al., ECCV 2024): the boxes of a picture attend neither to each other nor to each
other's words. The forward part, as a switch for every method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor

from lmd_desktop.domain.requests import Parameter
from lmd_desktop.rendering.grounding import SLOTS
from lmd_desktop.rendering.guidance import Target
from lmd_desktop.rendering.latents import Bounds, Grid, box_mask
from lmd_desktop.rendering.processors import (
    CROSS_ATTENTION,
    GATED_ATTENTION,
    SELF_ATTENTION,
    grids_of,
    replaced_processors,
)
from lmd_desktop.rendering.run import Run
from lmd_desktop.rendering.xl import token_rows

MOST_CELLS = 48 * 48  # of a grid whose self-attention is bounded: finer ones see too little to mix things up

BOUNDED = Parameter(
    name="bounded",
    title="Keep boxes apart",
    summary="No attention between boxes: they cannot take looks from each other, nor words that belong to others.",
    kind="bool",
    default=False,
)


@contextmanager
def bounded(run: Run, others: AbstractContextManager[object] | None = None) -> Iterator[None]:
    """For a method's ``patches``: keeps the boxes apart in it if its parameter says so.

    ``others`` are its other patches, such as an attention recorder, which then sees what is left of the attention. No
    UNet call is added.
    """
    with others or nullcontext(), keep_apart(run) if run.parameters.flag(BOUNDED.name) else nullcontext():
        yield


def keep_apart(run: Run) -> AbstractContextManager[object]:
    """Bounds self-attention, GLIGEN's gated attention and cross-attention while it is entered.

    The background sees all boxes and is seen by them. The words of a thing are hidden from the other boxes, in the
    run's prompt only: any other text, as in the unconditional half, is read by all.
    """
    if not any(placed.box.strength > 0 for placed in run.boxes):
        return nullcontext()
    bounds = _Bounds(run)

    def replacement(name: str, old: Any) -> Any | None:
        if name.endswith(SELF_ATTENTION):
            return _BoundedProcessor(old, bounds.self_attention)
        if name.endswith(GATED_ATTENTION):
            return _BoundedProcessor(old, bounds.gated_attention)
        return _BoundedProcessor(old, bounds.cross_attention) if name.endswith(CROSS_ATTENTION) else None

    return replaced_processors(run.pipeline.unet, replacement)


def self_attention_bias(masks: Tensor, strengths: Tensor) -> Tensor:
    """What to add to the scores of self-attention: (cells, cells), query first.

    ``masks`` are (boxes, cells) of 0 and 1. Two cells see each other if a box holds both or if either is in no box. If
    not, the attention is multiplied by 1 - s, s being the smaller of both cells' strengths, at most 1: strength 1
    leaves nothing.
    """
    shares_a_box = masks.T @ masks > 0
    is_outside = masks.sum(dim=0) == 0
    may_see = shares_a_box | is_outside[:, None] | is_outside[None, :]
    strength = (masks * strengths.clamp(max=1.0)[:, None]).amax(dim=0)
    hidden = torch.minimum(strength[:, None], strength[None, :])
    return torch.log1p(-torch.where(may_see, 0.0, hidden))


def cross_attention_bias(masks: Tensor, targets: Sequence[Target], *, tokens: int, inside: Tensor) -> Tensor:
    """What to add to the scores of cross-attention: (cells, tokens).

    ``masks`` are (targets, cells), 1 in any box of a phrase; ``inside`` is (cells), 1 in any box at all. A phrase's
    words are hidden from the cells of other boxes to the share of its strength; all other tokens are seen by all.
    """
    bias = torch.zeros(masks.shape[-1], tokens, device=masks.device)
    for mask, target in zip(masks, targets, strict=True):
        hidden = torch.log1p(-inside * (1.0 - mask) * min(target.strength, 1.0))
        bias[:, list(target.positions)] += hidden[:, None]
    return bias


class _Bounds:
    """The biases of one picture, made once for each grid of the UNet."""

    def __init__(self, run: Run) -> None:
        placed = [one for one in run.boxes if one.box.strength > 0]
        self._bounds: list[Bounds] = [one.bounds for one in placed]
        self._strengths = torch.tensor([one.box.strength for one in placed], device=run.pipeline.device)
        self._targets = run.targets()
        self._prompt = token_rows(run.pipeline, run.prompt_embeds)  # (1, tokens, width)
        self._device = run.pipeline.device
        self._grids = grids_of(run.pipeline.unet, run.grid)
        self._self_biases: dict[int, Tensor] = {}
        self._cross_biases: dict[int, Tensor] = {}

    def self_attention(self, attn: Any, hidden_states: Tensor, text: Tensor | None) -> Tensor | None:
        """(batch * heads, cells, cells) without a copy for each head."""
        del text
        rows, cells, _ = hidden_states.shape
        if cells > MOST_CELLS:
            return None
        return self._self_bias(cells).to(hidden_states.dtype).expand(rows * attn.heads, -1, -1)

    def gated_attention(self, attn: Any, hidden_states: Tensor, text: Tensor | None) -> Tensor | None:
        """The same among cells; the grounding tokens that follow them are seen by all."""
        del text
        rows, cells = hidden_states.shape[0], hidden_states.shape[1] - SLOTS
        if cells > MOST_CELLS:
            return None
        bias = F.pad(self._self_bias(cells), (0, SLOTS, 0, SLOTS))
        return bias.to(hidden_states.dtype).expand(rows * attn.heads, -1, -1)

    def cross_attention(self, attn: Any, hidden_states: Tensor, text: Tensor | None) -> Tensor | None:
        """(batch * heads, cells, tokens); nothing is hidden from pictures that read another text."""
        if text is None or not self._targets or text.shape[1:] != self._prompt.shape[1:]:
            return None
        is_ours = (text == self._prompt).all(dim=(1, 2))  # stays on the device
        bias = self._cross_bias(hidden_states.shape[1]).to(hidden_states.dtype)
        return torch.where(is_ours[:, None, None], bias, 0.0).repeat_interleave(attn.heads, dim=0)

    def _self_bias(self, cells: int) -> Tensor:
        if cells not in self._self_biases:
            masks = self._masks(self._bounds, self._grids[cells])
            self._self_biases[cells] = self_attention_bias(masks, self._strengths)
        return self._self_biases[cells]

    def _cross_bias(self, cells: int) -> Tensor:
        if cells not in self._cross_biases:
            grid = self._grids[cells]
            masks = torch.stack([self._masks(target.bounds, grid).amax(dim=0) for target in self._targets])
            self._cross_biases[cells] = cross_attention_bias(
                masks,
                self._targets,
                tokens=self._prompt.shape[1],
                inside=self._masks(self._bounds, grid).amax(dim=0),
            )
        return self._cross_biases[cells]

    def _masks(self, bounds: Sequence[Bounds], grid: Grid) -> Tensor:
        return torch.stack([box_mask(one, grid, self._device).flatten() for one in bounds])  # (boxes, cells)


class _BoundedProcessor:
    """The layer's own processor, with a bias added to its scores."""

    def __init__(self, original: Any, bias: Any) -> None:
        self._original = original
        self._bias = bias

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        bias = self._bias(attn, hidden_states, encoder_hidden_states)
        return self._original(
            attn, hidden_states, encoder_hidden_states, attention_mask if bias is None else bias, temb
        )
