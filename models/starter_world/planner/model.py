"""The planner network: a small llama, written out so that its weights map one to one to a GGUF."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as functional
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class PlannerConfig:
    """Sizes of the network; widths are multiples of 32 because Q8_0 packs 32 weights to a block."""

    vocabulary: int
    width: int = 192
    layers: int = 4
    heads: int = 6
    key_heads: int = 3
    inner: int = 384
    context: int = 2048
    rope_base: float = 1000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


class RmsNorm(nn.Module):
    """Root mean square norm with a learned gain."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight, self.epsilon)


class Layer(nn.Module):
    """Attention with rotary positions, then a gated feed-forward, each behind a norm."""

    def __init__(self, config: PlannerConfig) -> None:
        super().__init__()
        width, head = config.width, config.head_width
        self.config = config
        self.attn_norm = RmsNorm(width, config.norm_epsilon)
        self.attn_q = nn.Linear(width, config.heads * head, bias=False)
        self.attn_k = nn.Linear(width, config.key_heads * head, bias=False)
        self.attn_v = nn.Linear(width, config.key_heads * head, bias=False)
        self.attn_output = nn.Linear(config.heads * head, width, bias=False)
        self.ffn_norm = RmsNorm(width, config.norm_epsilon)
        self.ffn_gate = nn.Linear(width, config.inner, bias=False)
        self.ffn_up = nn.Linear(width, config.inner, bias=False)
        self.ffn_down = nn.Linear(config.inner, width, bias=False)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """One layer over (batch, tokens, width)."""
        batch, length, _ = x.shape
        config = self.config
        normed = self.attn_norm(x)
        q = self.attn_q(normed).view(batch, length, config.heads, config.head_width).transpose(1, 2)
        k = self.attn_k(normed).view(batch, length, config.key_heads, config.head_width).transpose(1, 2)
        v = self.attn_v(normed).view(batch, length, config.key_heads, config.head_width).transpose(1, 2)
        mixed = attend(rotate(q, cosine, sine), rotate(k, cosine, sine), v)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, length, -1))
        normed = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(normed)) * self.ffn_up(normed))


class Planner(nn.Module):
    """Token ids to hidden states; the head shares the embedding."""

    def __init__(self, config: PlannerConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embd = nn.Embedding(config.vocabulary, config.width)
        self.blk = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.output_norm = RmsNorm(config.width, config.norm_epsilon)
        self.output = nn.Linear(config.width, config.vocabulary, bias=False)
        cosine, sine = rotary_tables(config)
        self.cosine: Tensor
        self.sine: Tensor
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        self._draw_first_weights()

    def _draw_first_weights(self) -> None:
        """Small normal weights; what writes into the residual stream starts at zero."""
        nn.init.normal_(self.token_embd.weight, std=1.0)
        for name, weight in self.named_parameters():
            if name.endswith(("attn_output.weight", "ffn_down.weight", "output.weight")):
                nn.init.zeros_(weight)
            elif weight.dim() == 2 and name != "token_embd.weight":
                nn.init.normal_(weight, std=self.config.width**-0.5)

    def forward(self, tokens: Tensor) -> Tensor:
        """Hidden states behind the last norm for (batch, tokens) ids."""
        length = tokens.shape[1]
        x = self.token_embd(tokens)
        for layer in self.blk:
            x = layer(x, self.cosine[:length], self.sine[:length])
        return self.output_norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of every token of the vocabulary."""
        return self.output(hidden)


def grown(planner: Planner, layers: int) -> Planner:
    """A deeper network that says the same: from the middle on every other layer is new and writes nothing yet."""
    old = planner.config.layers
    larger = Planner(replace(planner.config, layers=layers))
    places = [index for index in range(layers) if index not in _new_places(old, layers)]
    weights = {name: weight for name, weight in planner.state_dict().items() if not name.startswith("blk.")}
    for number, place in enumerate(places):
        for name, weight in planner.blk[number].state_dict().items():
            weights[f"blk.{place}.{name}"] = weight
    for place in _new_places(old, layers):
        for name, weight in larger.blk[place].state_dict().items():
            weights[f"blk.{place}.{name}"] = weight
    larger.load_state_dict(weights)
    return larger


def _new_places(old: int, layers: int) -> list[int]:
    return [old // 2 + 2 * number for number in range(layers - old)]


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention of (batch, heads, tokens, head width); several heads of ``q`` share one of ``k`` and ``v``.

    Written out, because on a CPU the gradient of torch's fused kernel takes three times as long.
    """
    batch, heads, length, width = q.shape
    q = q.reshape(batch, k.shape[1], -1, width)  # the heads that share a key below each other
    scores = (q @ k.transpose(2, 3)).view(batch, heads, length, length)
    later = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
    shares = (scores * width**-0.5).masked_fill(later, float("-inf")).softmax(-1, dtype=q.dtype)
    return (shares.view(batch, k.shape[1], -1, length) @ v).view(batch, heads, length, width)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary positions in the rotate-half form (llama.cpp interleaves: see export.py)."""
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine


def rotary_tables(config: PlannerConfig) -> tuple[Tensor, Tensor]:
    """Cosine and sine for every position, (context, head width)."""
    half = config.head_width // 2
    frequencies = config.rope_base ** (-torch.arange(half, dtype=torch.float32) / half)
    angles = torch.outer(torch.arange(config.context, dtype=torch.float32), frequencies)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()
