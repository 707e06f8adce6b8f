"""Everything that belongs to one picture while it is painted: pipeline, request, boxes in latent terms, embeddings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lmd_desktop.domain.layout import Box, Size
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.box_cache import BoxCache, BoxMemory
from lmd_desktop.rendering.grounding import SLOTS, Grounding, make_grounding
from lmd_desktop.rendering.guidance import Target
from lmd_desktop.rendering.latents import Bounds, Grid, cells_of, noise, paint_size, relative_bounds, seeded
from lmd_desktop.rendering.method import Parameters
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.prompts import MAX_PIECES, PIECE, Prompt, compose_negative, compose_prompt, token_positions
from lmd_desktop.rendering.segmenting import Segmenter, no_segmenter
from lmd_desktop.rendering.text import count_tokens, encode_phrases, encode_prompts, pieces_of

USES_NEGATIVE = "uses_negative"  # a parameter of methods that can leave the layout's negative prompt out


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box of the layout, where it is in shares of the picture, and its phrase as a vector."""

    box: Box
    bounds: Bounds
    vector: Tensor  # (width)

    @property
    def area(self) -> float:
        x0, y0, x1, y1 = self.bounds
        return (x1 - x0) * (y1 - y0)


@dataclass(frozen=True, slots=True)
class Run:
    """Handed to the method; nothing in here changes but the monitor's counts and the generator's state."""

    pipeline: Pipeline
    request: RenderRequest
    parameters: Parameters
    monitor: Monitor
    size: Size
    boxes: tuple[PlacedBox, ...]
    prompt: Prompt
    negative_prompt: str
    prompt_embeds: Tensor  # (1, 77 per piece, width)
    negative_embeds: Tensor  # (1, 77 per piece, width)
    generator: torch.Generator
    memory: BoxMemory  # of boxes that were painted alone
    segmenter: Callable[[], Segmenter]  # loads it when it is asked for; a UserError if there is none

    @property
    def grid(self) -> Grid:
        """Rows and columns of the latents."""
        return self.size.height // self.pipeline.vae_factor, self.size.width // self.pipeline.vae_factor

    def unit_noise(self, generator: torch.Generator) -> Tensor:
        """(1, channels, rows, columns) of unit variance."""
        channels = self.pipeline.unet.config["in_channels"]
        return noise(generator, channels, self.grid, device=self.pipeline.device)

    def noise(self) -> Tensor:
        """The first latents of the picture, from its seed, in the scheduler's scaling."""
        return self.unit_noise(self.generator) * self.noise_scale

    def noise_with_boxes(self) -> Tensor:
        """The same; a box that was given a seed starts from noise of its own, which moves along with it."""
        mixed = self.noise()
        for placed in self.boxes:
            if placed.box.seed is not None:
                cells = cells_of(placed.bounds, self.grid)
                size = (cells.bottom - cells.top, cells.right - cells.left)
                own = noise(seeded(placed.box.seed), mixed.shape[1], size, device=mixed.device)
                mixed[:, :, cells.top : cells.bottom, cells.left : cells.right] = own * self.noise_scale
        return mixed

    @property
    def noise_scale(self) -> float:
        """1 for most schedulers; those that count in sigmas start from larger noise."""
        return float(self.pipeline.new_scheduler(self.request.num_inference_steps).init_noise_sigma)

    def grounding(self, pictures: tuple[tuple[PlacedBox, ...], ...]) -> Grounding:
        """GLIGEN tokens for a batch of pictures with these boxes each. Boxes of strength 0 are left to the prompt."""
        tokens = [
            [(placed.bounds, placed.vector, min(placed.box.strength, 1.0)) for placed in self._grounded(boxes)]
            for boxes in pictures
        ]
        return make_grounding(tokens, width=self.prompt_embeds.shape[-1], like=self.prompt_embeds)

    def targets(self) -> tuple[Target, ...]:
        """The phrases of the prompt that attention can be guided by, with their boxes."""
        by_id = {placed.box.id: placed for placed in self.boxes}
        targets: list[Target] = []
        for mention in self.prompt.mentions:
            placed = [by_id[box_id] for box_id in mention.box_ids]
            positions = token_positions(self.count_tokens, self.prompt.text, mention)
            if not positions:
                self.monitor.note(
                    f"“{placed[0].box.phrase}” comes after the first {MAX_PIECES * PIECE} tokens, all that the painter "
                    "reads; attention cannot be guided to its box."
                )
            elif any(one.box.strength > 0 for one in placed):
                bounds = tuple(one.bounds for one in placed)
                strengths = tuple(one.box.strength for one in placed)
                targets.append(Target(positions, positions[-1], mention.box_ids, bounds, strengths))
        return tuple(targets)

    def count_tokens(self, text: str) -> int:
        return count_tokens(self.pipeline, text)

    def _grounded(self, boxes: tuple[PlacedBox, ...]) -> tuple[PlacedBox, ...]:
        wanted = tuple(placed for placed in boxes if placed.box.strength > 0)
        if len(wanted) <= SLOTS:
            return wanted
        self.monitor.note(f"The painter can ground {SLOTS} boxes; the {len(wanted) - SLOTS} smallest were left out.")
        by_size = sorted(wanted, key=lambda placed: placed.area, reverse=True)
        largest = {placed.box.id for placed in by_size[:SLOTS]}
        return tuple(placed for placed in wanted if placed.box.id in largest)


def prepare_run(
    pipeline: Pipeline,
    request: RenderRequest,
    *,
    parameters: Parameters,
    monitor: Monitor,
    memory: BoxMemory | None = None,
    segmenter: Callable[[], Segmenter] = no_segmenter,
    joins_box_negatives: bool = False,
) -> Run:
    """Chooses the size, composes the prompts and encodes all text of a picture; without a memory nothing is reused.

    ``joins_box_negatives`` is for methods in which no text is read in a box alone.
    """
    layout = request.layout
    size = paint_size(pipeline.native_size, pipeline.size_multiple, canvas=layout.canvas, asked=request.size)
    if request.size is not None and size != request.size:
        monitor.note(
            f"Painted at {size.width}×{size.height} pixels: the painter's sizes are multiples of "
            f"{pipeline.size_multiple}."
        )
    prompt = compose_prompt(layout, request.prompt)
    if request.prompt is not None and prompt.text != request.prompt:
        added = prompt.text[len(request.prompt) :].removeprefix(" | ")
        monitor.note(f"Your prompt lacks what some boxes show; this was added to its end: “{added}”.")
    is_kept = parameters.flag(USES_NEGATIVE) if USES_NEGATIVE in parameters else True
    named = layout if is_kept else replace(layout, negative_prompt="")
    of_boxes = [box.negative for box in layout.enabled_boxes if box.negative and box.strength > 0]
    if joins_box_negatives and of_boxes:
        named = replace(named, negative_prompt=", ".join(dict.fromkeys((*of_boxes, named.negative_prompt))).strip(", "))
        monitor.note("What single boxes must not show counts for the whole picture with this method.")
    negative = compose_negative(named, with_defaults=pipeline.knows_clip_words)
    for name, text in (("prompt", prompt.text), ("negative prompt", negative)):
        tokens = count_tokens(pipeline, text)
        if tokens > MAX_PIECES * PIECE:
            monitor.note(f"The {name} has {tokens} tokens; the painter reads the first {MAX_PIECES * PIECE}.")
    texts = (prompt.text, negative)
    embeds = encode_prompts(pipeline, texts, pieces=pieces_of(pipeline, texts))
    boxes = layout.enabled_boxes
    vectors = encode_phrases(pipeline, [box.phrase for box in boxes]) if boxes else ()
    placed = (
        PlacedBox(box, relative_bounds(box.rect, layout.canvas), vector)
        for box, vector in zip(boxes, vectors, strict=True)
    )
    return Run(
        pipeline=pipeline,
        request=request,
        parameters=parameters,
        monitor=monitor,
        size=size,
        boxes=tuple(placed),
        prompt=prompt,
        negative_prompt=negative,
        prompt_embeds=embeds[:1],
        negative_embeds=embeds[1:],
        generator=seeded(request.seed),
        memory=memory or BoxMemory(BoxCache(), ()),
        segmenter=segmenter,
    )
