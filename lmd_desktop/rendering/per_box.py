"""Paints each box of a layout alone, side by side in batches, unless an earlier picture has already done so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass

import torch
from torch import Tensor

from lmd_desktop.rendering.attention import AttentionRecorder
from lmd_desktop.rendering.attention_guide import AttentionGuide, Guidance
from lmd_desktop.rendering.box_cache import PaintedAlone
from lmd_desktop.rendering.denoise import Task, denoise
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.guidance import GuidedTokens, Target, guided_tokens, max_loss
from lmd_desktop.rendering.latents import Bounds, Grid, box_mask, box_seed, mix_noise, seeded, standing_bounds
from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.method import Conditioning, Hooks, Predict, Step
from lmd_desktop.rendering.prompts import compose_box_negative, compose_box_prompt, token_positions
from lmd_desktop.rendering.run import PlacedBox, Run
from lmd_desktop.rendering.text import encode_prompts, pieces_of

CELLS_AT_ONCE = 4 * 64 * 64  # latent cells in one batch: four boxes of a 512-pixel picture
SETTLED_RATIO = 0.2  # attention of the first fifth of the steps does not show the thing yet


@dataclass(frozen=True, slots=True)
class AloneSettings:
    """How boxes are painted alone.

    ``is_standing`` paints every box in the same place, so that the result depends on its size and not on where it lies.
    ``guide_through`` says what the grounding layers see while attention is guided: ``none``, ``null`` or ``cond``.
    """

    steps: int
    own_noise: float
    is_standing: bool
    grounding_ratio: float  # 0 for painters without grounding layers
    guidance: Guidance | None
    background_weight: float
    guide_through: str


@dataclass(frozen=True, slots=True)
class BoxAlone:
    """A box's own picture as it will be painted: everything that it depends on."""

    placed: PlacedBox
    bounds: Bounds  # where in its own picture
    seed: int
    start: Tensor  # (1, channels, rows, columns)
    prompt: str
    negative: str
    positions: tuple[int, ...]  # of the phrase's tokens; empty if the prompt is too long
    key: str

    @property
    def grounded(self) -> PlacedBox:
        """The box where it lies in its own picture."""
        return PlacedBox(self.placed.box, self.bounds, self.placed.vector)

    @property
    def target(self) -> Target | None:
        """What guides attention in its own picture."""
        if not self.positions:
            return None
        box = self.placed.box
        return Target(self.positions, self.positions[-1], (box.id,), (self.bounds,), (box.strength,))


def plan_alone(
    run: Run, boxes: Sequence[PlacedBox], background: Tensor, *, layers: Sequence[str], settings: AloneSettings
) -> tuple[BoxAlone, ...]:
    """What is painted for every box, on the same background noise; texts are looked at, nothing is painted yet."""
    return tuple(_plan(run, placed, background, layers=layers, settings=settings) for placed in boxes)


def paint_alone(
    run: Run, planned: Sequence[BoxAlone], *, recorder: AttentionRecorder, settings: AloneSettings
) -> tuple[PaintedAlone, ...]:
    """The results in the order of the boxes: from the run's memory, the others painted in batches and put there.

    The picture of one box does not depend on which others are in its batch, but for rounding.
    """
    found = {alone.key: run.memory.find(alone.key, steps=settings.steps) for alone in planned}
    missing = {alone.key: alone for alone in planned if found[alone.key] is None}
    for batch in _batches(run, tuple(missing.values())):
        for alone, painted in zip(batch, _paint(run, batch, recorder=recorder, settings=settings), strict=True):
            found[alone.key] = painted
            run.memory.cache.keep(alone.key, painted)
    device = run.pipeline.device
    return tuple(painted.on(device) for alone in planned if (painted := found[alone.key]) is not None)


def boxes_at_once(run: Run) -> int:
    """How many boxes are painted side by side."""
    is_one = run.pipeline.memory_level >= MemoryLevel.ONE_AT_A_TIME
    return 1 if is_one else max(1, CELLS_AT_ONCE // (run.grid[0] * run.grid[1]))


def mean_attention(painted: PaintedAlone, grids: Mapping[str, Grid]) -> Tensor | None:
    """The attention to the word on the finest guided grid, over heads and settled steps; None if it was cut off."""
    if not painted.maps or painted.steps == 0:
        return None
    finest = max(grids.values(), key=lambda grid: grid[0] * grid[1])
    settled = min(int(SETTLED_RATIO * painted.total), painted.steps - 1)
    maps = [painted.maps[name][settled:].float().mean(dim=(0, 1)) for name, grid in grids.items() if grid == finest]
    return torch.stack(maps).mean(dim=0).reshape(finest)


def alone_task(run: Run, boxes: Sequence[BoxAlone], *, latents: Tensor, steps: int) -> Task:
    """The loop that paints boxes side by side."""
    texts = [*(box.prompt for box in boxes), *(box.negative for box in boxes)]
    different = list(dict.fromkeys(texts))  # boxes mostly share a negative prompt
    embeds = encode_prompts(run.pipeline, different, pieces=pieces_of(run.pipeline, texts))
    embeds = embeds[[different.index(text) for text in texts]]
    return Task(
        pipeline=run.pipeline,
        monitor=run.monitor,
        stage="per_box",
        latents=latents,
        prompt_embeds=embeds[: len(boxes)],
        negative_embeds=embeds[len(boxes) :],
        num_inference_steps=run.request.num_inference_steps,
        guidance_scale=run.request.guidance_scale,
        generators=[seeded(box.seed) for box in boxes],
        stop_after=steps,
    )


def alone_grounding(run: Run, boxes: Sequence[BoxAlone], settings: AloneSettings) -> Grounding | None:
    """Each picture grounded in its single box; None if it never is."""
    return run.grounding(tuple((box.grounded,) for box in boxes)) if settings.grounding_ratio > 0 else None


def layer_tokens(
    targets: Sequence[Target], grids: Mapping[str, Grid], device: torch.device, *, each_box_alone: bool = True
) -> dict[str, GuidedTokens]:
    """The guided tokens of at least one target by layer, made once per grid."""
    by_grid = {
        grid: guided_tokens(targets, grid, device, each_box_alone=each_box_alone) for grid in set(grids.values())
    }
    return {name: by_grid[grid] for name, grid in grids.items()}


def seen_by_guidance(grounding: Grounding | None, guide_through: str) -> Grounding | None:
    """Published code guides through empty slots; leaving the grounding layers out is a third cheaper."""
    if grounding is None or guide_through == "none":
        return None
    return grounding if guide_through == "cond" else grounding.emptied()


def _plan(
    run: Run, placed: PlacedBox, background: Tensor, *, layers: Sequence[str], settings: AloneSettings
) -> BoxAlone:
    request, box = run.request, placed.box
    bounds = standing_bounds(placed.bounds) if settings.is_standing else placed.bounds
    seed = box.seed if box.seed is not None else box_seed(request.seed, box.id)
    own = run.unit_noise(seeded(seed)) * run.noise_scale
    inside = box_mask(bounds, run.grid, background.device)
    start = mix_noise(background, own, inside, ratio=settings.own_noise)
    prompt = compose_box_prompt(request.layout, box)
    negative = compose_box_negative(request.layout, box, with_defaults=run.pipeline.knows_clip_words)
    positions = token_positions(run.count_tokens, prompt.text, prompt.mentions[0])
    guidance = settings.guidance
    key = run.memory.key(
        start=start,  # picture's seed and size, box's size, own noise
        seed=seed,  # schedulers may draw more
        prompt=prompt.text,
        positions=positions,
        negative=negative,
        steps=request.num_inference_steps,
        guidance_scale=float(request.guidance_scale),
        scheduler=f"{run.pipeline.scheduler_class.__name__} {sorted(run.pipeline.scheduler_config.items(), key=str)}",
        layers=tuple(layers),
        grounding=(settings.grounding_ratio, box.phrase, *bounds) if settings.grounding_ratio > 0 else None,
        guidance=None
        if guidance is None
        else (*astuple(guidance), settings.background_weight, settings.guide_through, box.strength, *bounds),
    )
    return BoxAlone(placed, bounds, seed, start, prompt.text, negative, positions, key)


def _batches(run: Run, boxes: Sequence[BoxAlone]) -> Iterator[list[BoxAlone]]:
    """Boxes whose texts are read in as many pieces: filling up a short text with empty pieces would change it."""
    by_pieces: dict[int, list[BoxAlone]] = {}
    for box in boxes:
        by_pieces.setdefault(pieces_of(run.pipeline, (box.prompt, box.negative)), []).append(box)
    at_once = boxes_at_once(run)
    for group in by_pieces.values():
        yield from (group[first : first + at_once] for first in range(0, len(group), at_once))


def _paint(
    run: Run, boxes: Sequence[BoxAlone], *, recorder: AttentionRecorder, settings: AloneSettings
) -> list[PaintedAlone]:
    task = alone_task(run, boxes, latents=torch.cat([box.start for box in boxes]), steps=settings.steps)
    keeper = _Keeper(run, boxes, recorder, settings=settings, embeds=task.prompt_embeds)
    denoise(task, keeper)
    total = len(run.pipeline.new_scheduler(run.request.num_inference_steps).timesteps)
    latents = torch.stack([task.latents, *keeper.latents], dim=1)  # (boxes, steps + 1, channels, rows, columns)
    maps = {name: torch.stack(steps, dim=1) for name, steps in keeper.maps.items()}  # (boxes, steps, heads, cells)
    return [
        PaintedAlone(
            latents=latents[row].clone(),
            maps={name: values[row].clone() for name, values in maps.items()} if box.positions else {},
            total=total,
            masks={},
        )
        for row, box in enumerate(boxes)
    ]


class _Keeper(Hooks):
    """Grounds and guides each picture, and keeps what the composition and the overall guidance need."""

    def __init__(
        self,
        run: Run,
        boxes: Sequence[BoxAlone],
        recorder: AttentionRecorder,
        *,
        settings: AloneSettings,
        embeds: Tensor,
    ) -> None:
        self.latents: list[Tensor] = []  # per step (boxes, channels, rows, columns)
        self.maps: dict[str, list[Tensor]] = {}  # by layer, per step (boxes, heads, cells)
        self._recorder = recorder
        self._settings = settings
        self._grids = {layer.name: layer.grid for layer in recorder.layers}
        self._grounding = alone_grounding(run, boxes, settings)
        self._tokens = [layer_tokens((box.target,), self._grids, embeds.device) if box.target else {} for box in boxes]
        guided = settings.guidance if any(self._tokens) else None
        self._guide = AttentionGuide(run, recorder, guided, embeds=embeds) if guided is not None else None
        words = [box.positions[-1] if box.positions else 0 for box in boxes]
        self._words = torch.tensor(words, device=embeds.device)

    def patches(self) -> AbstractContextManager[object]:
        return self._recorder.installed()

    def before_step(self, step: Step) -> Tensor:
        if self._guide is None:
            return step.latents
        grounding = seen_by_guidance(self.grounding(step), self._settings.guide_through)
        return self._guide.moved(step, losses=self._losses, grounding=grounding)

    def grounding(self, step: Step) -> Grounding | None:
        return self._grounding if step.is_before(self._settings.grounding_ratio) else None

    def predict_noise(self, step: Step, conditioning: Conditioning, predict: Predict) -> Tensor:
        with self._recorder.recording():
            noise_pred = predict(step.latents, conditioning)
        rows = torch.arange(-len(self._words), 0, device=self._words.device)  # the conditional half comes last
        for name, maps in self._recorder.maps.items():
            self.maps.setdefault(name, []).append(maps[rows, :, :, self._words])
        self._recorder.forget()
        return noise_pred

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        self.latents.append(latents)
        return latents

    def _losses(self, maps: Mapping[str, Tensor]) -> Tensor:
        """One per picture, (boxes); a phrase that was cut off cannot be guided."""
        nothing = next(iter(maps.values())).new_zeros(())
        weight = self._settings.background_weight
        losses = [
            max_loss({name: batch[row] for name, batch in maps.items()}, tokens, background_weight=weight)
            if tokens
            else nothing
            for row, tokens in enumerate(self._tokens)
        ]
        return torch.stack(losses)
