"""Regional prompts: in its box every text is read alone, through masked cross-attention; one UNet call per step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor

from lmd_desktop.domain.requests import MethodSpec, Parameter
from lmd_desktop.rendering.bounded import BOUNDED, bounded
from lmd_desktop.rendering.latents import Grid
from lmd_desktop.rendering.method import Conditioning, Method, Step
from lmd_desktop.rendering.processors import CROSS_ATTENTION, grids_of, replaced_processors
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
from lmd_desktop.rendering.xl import token_rows

# Which cells read a text, and how much it counts there, (cells, 1); None if nowhere.
Share = tuple[Tensor | slice, Tensor] | None


class Regional(Method):
    """Every cross-attention layer answers once per text, and each cell mixes the answers by where it lies.

    The texts are the whole prompt (everywhere, with the base ratio), the background prompt (outside of the boxes) and
    one per box (in it); the same for the negative prompts. Within a text attention sums to 1 as always, the weights of
    the texts sum to 1 in every cell, and a text is not read at all where its weight is 0.

    Costs the UNet calls of ``plain``, one per step. Only keys and values of the further texts are added, and queries of
    the cells that read them: about 2 % of the operations for three boxes at 512 pixels.
    """

    spec: ClassVar[MethodSpec] = MethodSpec(
        name="regional",
        title="Regional prompts",
        summary="Every box reads its own text; no guidance and no further pass: as fast as plain.",
        parameters=(
            Parameter(
                name="base_ratio",
                title="Share of the whole prompt",
                summary="How much the whole prompt counts everywhere; more holds the picture together, less the boxes.",
                kind="float",
                default=0.3,
                maximum=1.0,
            ),
            Parameter(
                name="region_ratio",
                title="Regional steps",
                summary="Share of the steps in which boxes read their own texts; then the whole prompt takes over.",
                kind="float",
                default=1.0,
                maximum=1.0,
            ),
            FEATHER,
            OVERLAP,
            BOX_PROMPT,
            BOUNDED,
        ),
    )

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._boxes = guided_boxes(run)
        self._tokens = token_rows(run.pipeline, run.prompt_embeds).shape[1]  # of the whole prompt
        outside = outside_prompt(run)
        self._has_outside_prompt = bool(outside)
        self._shares: dict[int, list[Share]] = {}
        if self._boxes:
            form = run.parameters.choice("box_prompt")
            self._prompts = encode_prompts(run.pipeline, [outside, *own_prompts(run, self._boxes, form=form)])
            self._negatives = encode_prompts(run.pipeline, [run.negative_prompt, *own_negatives(run, self._boxes)])
            own_tokens = token_rows(run.pipeline, self._prompts).shape[1]
            self._lengths = [self._tokens, *[own_tokens] * len(self._prompts)]
            tell_hidden(run, self._boxes, overlap=run.parameters.choice("overlap"))

    def conditioning(self, step: Step, given: Conditioning) -> Conditioning:
        """The texts behind one another, the whole prompt first; the processors take them apart again."""
        if not self._boxes or not step.is_before(self.run.parameters.number("region_ratio")):
            return given
        return Conditioning(
            self._joined(given.prompt_embeds, self._prompts),
            self._joined(given.negative_embeds, self._negatives),
            given.guidance_scale,
        )

    @contextmanager
    def patches(self) -> Iterator[None]:
        unet = self.run.pipeline.unet
        processors = unet.attn_processors  # boxes that are kept apart need to be so in the whole prompt alone

        def replacement(name: str, old: Any) -> Any | None:
            if not name.endswith(CROSS_ATTENTION):
                return None
            own = processors[f"{name}.processor"]
            return _RegionalProcessor(self._lengths, self._shares_of, whole=old, own=own)

        if not self._boxes:
            yield
            return
        with bounded(self.run), replaced_processors(unet, replacement):
            yield

    def _joined(self, whole: Tensor, texts: Tensor) -> Tensor:
        """(batch, tokens of all texts, width); SDXL's pooled row remains that of the whole prompt, at the end."""
        regional = token_rows(self.run.pipeline, texts).flatten(0, 1).expand(len(whole), -1, -1)
        return torch.cat([whole[:, : self._tokens], regional, whole[:, self._tokens :]], dim=1)

    def _weights(self, grid: Grid) -> Tensor:
        """(texts, rows, columns), summing to 1: the whole prompt, the background, the boxes."""
        parameters, own = self.run.parameters, 1.0 - self.run.parameters.number("base_ratio")
        feather = parameters.number("feather") * grid[0] / self.run.grid[0]  # the parameter is in latent cells
        bounds = [placed.bounds for placed in self._boxes]
        weights = region_weights(bounds, grid, overlap=parameters.choice("overlap"), feather=feather)
        strengths = [1.0 if self._has_outside_prompt else 0.0, *[placed.box.strength for placed in self._boxes]]
        shares = torch.tensor([min(own * strength, 1.0) for strength in strengths])
        weights = weights * shares[:, None, None]
        return torch.cat([(1.0 - weights.sum(dim=0, keepdim=True)).clamp(min=0.0), weights])

    def _shares_of(self, cells: int) -> list[Share]:
        """For each text the cells of a layer that read it, computed once for each grid."""
        if cells not in self._shares:
            grid = grids_of(self.run.pipeline.unet, self.run.grid)[cells]
            whole, *others = self._weights(grid).flatten(1).to(self.run.pipeline.device)
            shares: list[Share] = [(slice(None), whole[:, None]) if float(whole.max()) > 1e-6 else None]
            for weights in others:
                index = weights.nonzero().flatten()
                shares.append((index, weights[index, None]) if len(index) else None)
            self._shares[cells] = shares
        return self._shares[cells]


class _RegionalProcessor:
    """The layer's own processor, asked once for each text and with the cells that read it."""

    def __init__(self, lengths: list[int], shares_of: Callable[[int], list[Share]], *, whole: Any, own: Any) -> None:
        self._lengths = lengths  # tokens of each text, the whole prompt's first
        self._shares_of = shares_of
        self._whole = whole
        self._own = own

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        if encoder_hidden_states is None or encoder_hidden_states.shape[1] == self._lengths[0]:
            return self._whole(attn, hidden_states, encoder_hidden_states, attention_mask, temb)
        texts = encoder_hidden_states.split(self._lengths, dim=1)
        mixed = torch.zeros_like(hidden_states)
        for index, (text, share) in enumerate(zip(texts, self._shares_of(hidden_states.shape[1]), strict=True)):
            if share is not None:
                processor = self._whole if index == 0 else self._own
                cells, weights = share
                answer = processor(attn, hidden_states[:, cells], text, attention_mask, temb)
                mixed[:, cells] += weights.to(answer.dtype) * answer
        return mixed
