"""Which cross-attention layers are guided, and reading their maps out of a running UNet."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from lmd_desktop.rendering.latents import Grid

GUIDED_CELLS = (16, 8)  # the paper's layers of Stable Diffusion: up_blocks.1 at 16x16, mid at 8x8
_SD_DOWN_BLOCKS = ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",)
_STAGES = ("down_blocks", "mid_block", "up_blocks")
_CROSS_ATTENTION = re.compile(
    r"(down_blocks|mid_block|up_blocks)(?:\.(\d+))?\.attentions\.(\d+)\.transformer_blocks\.(\d+)\.attn2$"
)


class _Attention(Protocol):
    """The part of diffusers' Attention that is used here."""

    heads: int
    processor: Any

    def set_processor(self, processor: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class GuidedLayer:
    """A cross-attention layer, and the grid on which it sees the latents at hand."""

    name: str
    grid: Grid

    @property
    def cells(self) -> float:
        """The side of a square grid with as many cells."""
        return math.sqrt(self.grid[0] * self.grid[1])


def choose_guided_layers(unet: UNet2DConditionModel, latent_grid: Grid) -> tuple[GuidedLayer, ...]:
    """The layers whose grids are nearest to 16 and to 8 cells, in the order in which the UNet runs them.

    Middle and up blocks go first, where maps are the clearest; down blocks only stand in where those have none. Stable
    Diffusion 1.x / 2.x itself always gets mid and up_blocks.1, as published, also at other sizes.
    """
    layers = _cross_attention_layers(unet, latent_grid)
    if tuple(unet.config["down_block_types"]) == _SD_DOWN_BLOCKS:
        return tuple(layer for layer in layers if layer.name.startswith(("mid_block", "up_blocks.1.")))
    decoding = tuple(layer for layer in layers if not layer.name.startswith("down_blocks"))
    layers = decoding or layers
    if not layers:
        raise ValueError("the UNet has no cross-attention that could be guided")
    chosen = {min((layer.cells for layer in layers), key=lambda cells: _distance(cells, goal)) for goal in GUIDED_CELLS}
    return tuple(layer for layer in layers if layer.cells in chosen)


def choose_layers_on_one_grid(unet: UNet2DConditionModel, latent_grid: Grid) -> tuple[GuidedLayer, ...]:
    """The layers, down blocks included, whose grid is nearest to 16 cells, in the order in which the UNet runs them.

    What BoxDiff averages over; of Stable Diffusion 1.x / 2.x down_blocks.2 and up_blocks.1, also at other sizes.
    """
    layers = _cross_attention_layers(unet, latent_grid)
    if not layers:
        raise ValueError("the UNet has no cross-attention that could be guided")
    if tuple(unet.config["down_block_types"]) == _SD_DOWN_BLOCKS:
        return tuple(layer for layer in layers if layer.name.startswith(("down_blocks.2.", "up_blocks.1.")))
    nearest = min((layer.cells for layer in layers), key=lambda cells: _distance(cells, GUIDED_CELLS[0]))
    return tuple(layer for layer in layers if layer.cells == nearest)


class AttentionRecorder:
    """Keeps the attention maps of the guided layers while it records; at other times the layers run as always.

    ``maps`` are (batch, heads, cells, tokens) by layer name, of the last recorded forward.
    """

    def __init__(self, unet: UNet2DConditionModel, layers: tuple[GuidedLayer, ...]) -> None:
        self.layers = layers
        self.maps: dict[str, Tensor] = {}
        self._unet = unet
        self._is_recording = False
        self._stops_early = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Puts the recording processors into the guided layers, and the old ones back at the end, whatever happens."""
        with ExitStack() as stack:
            for layer in self.layers:
                attention = self._module(layer.name)
                old = attention.processor
                stack.callback(attention.set_processor, old)
                attention.set_processor(_RecordingProcessor(self, layer.name, old))
            yield

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Records the forwards inside, each over the one before."""
        self.maps = {}
        self._is_recording = True
        try:
            yield
        finally:
            self._is_recording = False

    @contextmanager
    def recording_until_last_layer(self) -> Iterator[None]:
        """Records one forward and ends it at the last guided layer: what comes after cannot change the gradient."""
        self._stops_early = True
        try:
            with self.recording():
                yield
        except _LastMapRead:
            pass
        finally:
            self._stops_early = False

    def forget(self) -> None:
        self.maps = {}

    def _module(self, name: str) -> _Attention:
        return self._unet.get_submodule(name)  # pyright: ignore[reportReturnType]

    def keep(self, name: str, probabilities: Tensor) -> None:
        self.maps[name] = probabilities
        if self._stops_early and name == self.layers[-1].name:
            raise _LastMapRead

    @property
    def is_recording(self) -> bool:
        return self._is_recording


class _LastMapRead(Exception):
    """Ends a forward whose rest is not needed. Exceptions cannot leave a compiled graph: the UNet is never compiled."""


class _RecordingProcessor:
    """Plain attention with its probabilities kept; hands over to the layer's own processor when nothing is recorded."""

    def __init__(self, recorder: AttentionRecorder, name: str, original: Any) -> None:
        self._recorder = recorder
        self._name = name
        self._original = original

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        if not self._recorder.is_recording or encoder_hidden_states is None:
            return self._original(attn, hidden_states, encoder_hidden_states, attention_mask, temb)
        batch = hidden_states.shape[0]
        if attn.norm_cross:
            encoder_hidden_states = attn.norm_encoder_hidden_states(encoder_hidden_states)
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))  # (batch * heads, cells, width)
        key = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))  # (batch * heads, tokens, width)
        probabilities = attn.get_attention_scores(query, key, attention_mask)  # (batch * heads, cells, tokens)
        self._recorder.keep(self._name, probabilities.unflatten(0, (batch, attn.heads)))
        value = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        attended = attn.batch_to_head_dim(torch.bmm(probabilities, value))
        projected = attn.to_out[1](attn.to_out[0](attended))
        return (projected + hidden_states if attn.residual_connection else projected) / attn.rescale_output_factor


def _cross_attention_layers(unet: UNet2DConditionModel, latent_grid: Grid) -> tuple[GuidedLayer, ...]:
    """Every cross-attention layer in running order, with its grid from the number of halvings before it."""
    levels = len(unet.config["block_out_channels"])
    found: list[tuple[tuple[int, ...], GuidedLayer]] = []
    for name, _ in unet.named_modules():
        match = _CROSS_ATTENTION.match(name)
        if match is None:
            continue
        stage, block, attention, layer = match[1], int(match[2] or 0), int(match[3]), int(match[4])
        halvings = {"down_blocks": block, "mid_block": levels - 1, "up_blocks": levels - 1 - block}[stage]
        grid = (math.ceil(latent_grid[0] / 2**halvings), math.ceil(latent_grid[1] / 2**halvings))
        found.append(((_STAGES.index(stage), block, attention, layer), GuidedLayer(name, grid)))
    return tuple(layer for _, layer in sorted(found, key=lambda item: item[0]))


def _distance(cells: float, goal: float) -> float:
    return abs(math.log(cells / goal))
