"""Shows what a method did: the attention to every phrase at some of the steps, and the mask of what was pasted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from PIL import Image, ImageDraw
from torch import Tensor

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import BoxAttention
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.grounding import Grounding
from lmd_desktop.rendering.guidance import Target
from lmd_desktop.rendering.latents import Bounds
from lmd_desktop.rendering.method import Conditioning, Hooks, Method, Predict, Step

COLUMNS = 8
CELL = 112  # pixels of the longer side
MARGIN, LINE = 6, 14
PAPER, INK, FRAME = (250, 250, 250), (20, 20, 20), (214, 48, 49)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``maps`` are (phrases, rows, columns) of one step each, the mean over heads and layers of the finest grid."""

    phrases: tuple[str, ...]
    box_ids: tuple[tuple[str, ...], ...]  # of each phrase
    bounds: tuple[tuple[Bounds, ...], ...]  # of each phrase's boxes
    steps: tuple[int, ...]  # counted from 1
    maps: tuple[Tensor, ...]
    mask: Tensor | None  # (rows, columns) of the latents


class Explained(Hooks):
    """A method whose attention is watched; it paints as ever, but for the rounding of attention that is kept."""

    def __init__(self, method: Method) -> None:
        self._method = method
        layers = choose_guided_layers(method.run.pipeline.unet, method.run.grid)
        finest = max(layers, key=lambda layer: layer.cells).grid
        self._grid = finest
        self._recorder = AttentionRecorder(
            method.run.pipeline.unet, tuple(layer for layer in layers if layer.grid == finest)
        )
        self._targets: tuple[Target, ...] = method.run.targets()
        self._maps: dict[int, Tensor] = {}

    @contextmanager
    def patches(self) -> Iterator[None]:
        # Before the method's own, which then hand over to the recorder what is left of the attention.
        with self._recorder.installed(), self._method.patches():
            yield

    def before_step(self, step: Step) -> Tensor:
        return self._method.before_step(step)

    def grounding(self, step: Step) -> Grounding | None:
        return self._method.grounding(step)

    def conditioning(self, step: Step, given: Conditioning) -> Conditioning:
        return self._method.conditioning(step, given)

    def predict_noise(self, step: Step, conditioning: Conditioning, predict: Predict) -> Tensor:
        if not self._targets or step.index not in _shown(step.total):
            return self._method.predict_noise(step, conditioning, predict)
        with self._recorder.recording():
            noise_pred = self._method.predict_noise(step, conditioning, predict)
        self._keep(step.index)
        return noise_pred

    def after_step(self, step: Step, latents: Tensor) -> Tensor:
        return self._method.after_step(step, latents)

    def explanation(self) -> Explanation | None:
        """None if there is nothing to show: no phrase, or a method that replaces attention or paints in regions."""
        if not self._maps:
            return None
        phrases = {placed.box.id: placed.box.phrase for placed in self._method.run.boxes}
        return Explanation(
            phrases=tuple(phrases[target.box_ids[0]] for target in self._targets),
            box_ids=tuple(target.box_ids for target in self._targets),
            bounds=tuple(target.bounds for target in self._targets),
            steps=tuple(index + 1 for index in self._maps),
            maps=tuple(self._maps.values()),
            mask=self._method.pasted_mask(),
        )

    def _keep(self, index: int) -> None:
        """The conditional picture is the last of the batch."""
        found = list(self._recorder.maps.values())
        self._recorder.forget()
        tokens = self._method.run.prompt_embeds.shape[1]
        if len(found) != len(self._recorder.layers) or any(maps.shape[-1] > tokens for maps in found):
            return
        mean = torch.stack([maps[-1].float().mean(dim=0) for maps in found]).mean(dim=0)  # (cells, tokens)
        words = [mean[:, list(target.positions)].mean(dim=1).reshape(self._grid) for target in self._targets]
        self._maps[index] = torch.stack(words).cpu()


def attention_of(explanation: Explanation) -> tuple[BoxAttention, ...]:
    """One map per phrase: the mean over the watched steps, the strongest cell being 255."""
    means = torch.stack(explanation.maps).float().mean(dim=0)  # (phrases, rows, columns)
    peaks = means.amax(dim=(1, 2), keepdim=True).clamp_min(1e-9)
    levels = (means / peaks * 255).round().to(torch.uint8)
    cells = Size(width=levels.shape[2], height=levels.shape[1])
    return tuple(
        BoxAttention(box_ids, cells, rows.contiguous().numpy().tobytes())
        for box_ids, rows in zip(explanation.box_ids, levels, strict=True)
    )


def draw(explanation: Explanation, size: Size) -> tuple[Size, bytes]:
    """A sheet as RGB rows: phrases below each other, steps side by side, then the mask; boxes have red frames."""
    scale = CELL / max(size.width, size.height)
    width, height = max(1, round(size.width * scale)), max(1, round(size.height * scale))
    columns = len(explanation.steps) + (explanation.mask is not None)
    row_height = LINE + height + MARGIN
    sheet = Image.new(
        "RGB", (MARGIN + columns * (width + MARGIN), LINE + MARGIN + row_height * len(explanation.phrases)), PAPER
    )
    pen = ImageDraw.Draw(sheet)
    titles = [f"step {step}" for step in explanation.steps] + ["pasted"] * (explanation.mask is not None)
    for column, title in enumerate(titles):
        pen.text((MARGIN + column * (width + MARGIN), 2), title, fill=INK)
    for row, phrase in enumerate(explanation.phrases):
        top = LINE + MARGIN + row * row_height
        # The font that comes with Pillow has no other letters.
        pen.text((MARGIN, top), phrase.encode("ascii", "replace").decode("ascii"), fill=INK)
        cells = [maps[row] for maps in explanation.maps]
        cells += [explanation.mask.float().cpu()] if explanation.mask is not None else []
        for column, cell in enumerate(cells):
            corner = MARGIN + column * (width + MARGIN), top + LINE
            sheet.paste(_heat(cell, width, height), corner)
            for bounds in explanation.bounds[row]:
                pen.rectangle(_frame(bounds, corner, width, height), outline=FRAME)
    return Size(*sheet.size), sheet.tobytes()


def _shown(total: int) -> set[int]:
    """Steps at equal distances, the first and the last among them."""
    count = min(COLUMNS, total)
    return {round(index * (total - 1) / max(count - 1, 1)) for index in range(count)}


def _heat(cell: Tensor, width: int, height: int) -> Image.Image:
    """From dark blue to yellow, the strongest cell being the brightest."""
    strength = cell / cell.max().clamp_min(1e-9)
    large = F.interpolate(strength[None, None], size=(height, width), mode="nearest")[0, 0]
    colours = torch.stack([large, 0.1 + 0.75 * large, 0.35 * (1.0 - large)], dim=-1)
    return Image.frombytes("RGB", (width, height), (colours * 255).round().to(torch.uint8).numpy().tobytes())


def _frame(bounds: Bounds, corner: tuple[int, int], width: int, height: int) -> tuple[float, float, float, float]:
    left, top = corner
    x0, y0, x1, y1 = bounds
    return left + x0 * (width - 1), top + y0 * (height - 1), left + x1 * (width - 1), top + y1 * (height - 1)
