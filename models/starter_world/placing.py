"""Teaches attention where things lie: grounding tokens to their boxes, words of a caption to what they name."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor

LEAST_CHANCE = 1e-4


class PlacingWatch:
    """Attention of all gated layers, computed as usual; keeps how visual cells look at grounding tokens."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.is_watching = True
        self.logits: list[Tensor] = []  # each (batch, heads, cells, slots)

    def __call__(self, attn: Attention, hidden_states: Tensor, *_: object, **__: object) -> Tensor:
        """One attention over visual cells and grounding tokens together, as diffusers' own processor does it."""
        batch, length, _width = hidden_states.shape
        heads = attn.heads
        query, key, value = (
            layer(hidden_states).view(batch, length, heads, -1).transpose(1, 2)
            for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        logits = query @ key.transpose(-1, -2) * attn.scale  # (batch, heads, length, length)
        if self.is_watching:
            cells = length - self.slots
            self.logits.append(logits[:, :, :cells, cells:])
        joined = (logits.softmax(dim=-1) @ value).transpose(1, 2).reshape(batch, length, -1)
        return attn.to_out[1](attn.to_out[0](joined))

    def loss(self, boxes: Tensor, masks: Tensor) -> Tensor:
        """Cross-entropy of every cell's choice among the tokens, averaged over layers; forgets what was kept.

        The denoising loss alone finds out very late that a token speaks of a place: a cell does not know where it
        is, but for the padding of the convolutions.
        """
        losses = [self._layer_loss(logits, boxes, masks) for logits in self.logits]
        self.logits = []
        return torch.stack(losses).mean()

    def _layer_loss(self, logits: Tensor, boxes: Tensor, masks: Tensor) -> Tensor:
        chances = logits.softmax(dim=-1).mean(dim=1)  # (batch, cells, slots)
        inside = cells_inside(boxes, masks, side=math.isqrt(chances.shape[1]))
        is_inside = inside.any(dim=-1)
        empty = (masks == 0)[:, None, :].expand_as(inside)
        wanted = torch.where(is_inside[..., None], inside, empty)
        surprise = -(chances * wanted).sum(dim=-1).clamp(min=LEAST_CHANCE).log()  # (batch, cells)
        inner = (surprise * is_inside).sum() / is_inside.sum().clamp(min=1)
        outer = (surprise * ~is_inside).sum() / (~is_inside).sum().clamp(min=1)
        return inner + outer


def cells_inside(boxes: Tensor, masks: Tensor, *, side: int) -> Tensor:
    """(batch, cells, slots): whether the middle of a cell lies in the box of a slot that is in use."""
    middles = (torch.arange(side, device=boxes.device) + 0.5) / side
    x, y = middles.repeat(side)[None, :, None], middles.repeat_interleave(side)[None, :, None]
    left, top, right, bottom = boxes[:, None].unbind(dim=-1)  # (batch, 1, slots)
    return (x >= left) & (x < right) & (y >= top) & (y < bottom) & (masks > 0)[:, None]


@dataclass(frozen=True, slots=True)
class Named:
    """Which words of which captions name which cells: one row for each word, then unused rows of weight 0."""

    rows: Tensor  # (words): place in the batch
    tokens: Tensor  # (words): place in the caption
    cells: Tensor  # (words, side, side): 1 where the named things are
    present: Tensor  # (words): 1, and 0 in unused rows; equal shapes let torch compile the loss once


class WordWatch:
    """Cross-attention as usual; keeps how cells look at the tokens of the caption."""

    def __init__(self) -> None:
        self.is_watching = True
        self.chances: list[Tensor] = []  # each (batch, cells, tokens)

    def __call__(
        self, attn: Attention, hidden_states: Tensor, encoder_hidden_states: Tensor, *_: object, **__: object
    ) -> Tensor:
        """Attention from cells to tokens."""
        batch, length, _width = hidden_states.shape
        query = attn.to_q(hidden_states).view(batch, length, attn.heads, -1).transpose(1, 2)
        key, value = (
            layer(encoder_hidden_states).view(batch, encoder_hidden_states.shape[1], attn.heads, -1).transpose(1, 2)
            for layer in (attn.to_k, attn.to_v)
        )
        chances = (query @ key.transpose(-1, -2) * attn.scale).softmax(dim=-1)  # (batch, heads, cells, tokens)
        if self.is_watching:
            self.chances.append(chances.mean(dim=1))
        joined = (chances @ value).transpose(1, 2).reshape(batch, length, -1)
        return attn.to_out[1](attn.to_out[0](joined))

    def loss(self, named: Named, weights: Tensor) -> Tensor:
        """How much of a word's attention falls outside of what it names (Wang et al. 2024, TokenCompose, token loss).

        ``weights`` (batch): nothing can be asked of a cell in pure noise. Forgets what was kept.
        """
        losses = [self._layer_loss(chances, named) for chances in self.chances]
        self.chances = []
        kept = weights[named.rows] * named.present
        return (torch.stack(losses).mean(dim=0) * kept).sum() / named.present.sum().clamp(min=1)

    def _layer_loss(self, chances: Tensor, named: Named) -> Tensor:
        side = math.isqrt(chances.shape[1])
        cells = functional.adaptive_max_pool2d(named.cells, side).flatten(1)
        looks = chances[named.rows, :, named.tokens]  # (words, cells)
        inside = (looks * cells).sum(dim=1) / looks.sum(dim=1).clamp(min=LEAST_CHANCE)
        return (1 - inside).square()


class WrittenOut:
    """Self-attention written out: compiled for a CPU, its gradient is faster than that of the fused kernel."""

    def __call__(self, attn: Attention, hidden_states: Tensor, *_: object, **__: object) -> Tensor:
        """Attention from cells to cells."""
        batch, length, _width = hidden_states.shape
        query, key, value = (
            layer(hidden_states).view(batch, length, attn.heads, -1).transpose(1, 2)
            for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        chances = (query @ key.transpose(-1, -2) * attn.scale).softmax(dim=-1)
        joined = (chances @ value).transpose(1, 2).reshape(batch, length, -1)
        return attn.to_out[1](attn.to_out[0](joined))


def watch_words(unet: UNet2DConditionModel) -> WordWatch:
    """Install the watch on every cross-attention."""
    watch, written_out = WordWatch(), WrittenOut()
    processors = {name: watch if ".attn2." in name else written_out for name in unet.attn_processors}
    unet.set_attn_processor(processors)
    return watch


def watch_placing(unet: UNet2DConditionModel, slots: int) -> PlacingWatch:
    """Install the watch on every gated layer."""
    watch = PlacingWatch(slots)
    processors = {name: watch if ".fuser." in name else kept for name, kept in unet.attn_processors.items()}
    unet.set_attn_processor(processors)
    return watch
