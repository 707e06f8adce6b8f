"""Judges pictures of the starter world with a small detector of its own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from lmd_desktop.domain.layout import Rect
from lmd_desktop.judging.detection import Detection, Reading, overlap
from lmd_desktop.judging.network import STRIDE, JudgeNetwork

SIDE = 128  # pixels that the judge was trained at; pictures are scaled so that their longer side has as many
LEAST_SCORE = 0.35
SAME_THING_OVERLAP = 0.45
MOST_PEAKS = 40


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing as seen, before any phrase is matched to it."""

    thing: str
    colour: str
    score: float
    box: Rect


class StarterJudge:
    """Sees the things and colours of the starter world, nothing else."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        words = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._things: dict[str, str] = words["things"]  # singular to plural
        self._colours: list[str] = words["colours"]
        self._device = torch.device(device)
        network = JudgeNetwork(len(self._things), len(self._colours))
        network.load_state_dict(load_file(folder / "model.safetensors"))
        self._network = network.float().eval().to(self._device)

    def detect(self, image: Image.Image, phrases: list[str]) -> list[Detection]:
        """Every seen thing that one of the phrases names, best first; a phrase without a colour fits any colour."""
        wanted = [(phrase, reading) for phrase in phrases if (reading := self.read(phrase)) is not None]
        wanted.sort(key=lambda query: query[1].colour is None)  # a phrase with a colour fits better than one without
        found: list[Detection] = []
        for sighting in self.look(image):
            for phrase, reading in wanted:
                if reading.thing == sighting.thing and reading.colour in (None, sighting.colour):
                    found.append(Detection(phrase, sighting.score, sighting.box))
                    break
        return found

    def read(self, phrase: str) -> Reading | None:
        """Thing and colour that a phrase names; the last thing counts, as in "a dog on a chair"."""
        words = re.findall(r"[a-z]+", phrase.lower())
        nouns = {plural: thing for thing, plural in self._things.items()} | {thing: thing for thing in self._things}
        things = [nouns[word] for word in words if word in nouns]
        colours = [word for word in words if word in self._colours]
        return Reading(things[-1], colours[-1] if colours else None) if things else None

    @torch.no_grad()
    def look(self, image: Image.Image) -> list[Sighting]:
        """Everything that is seen in the picture, best first, once each."""
        scale = SIDE / max(image.size)
        small = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
        maps = self._network(_padded(small).to(self._device))
        names = list(self._things)
        sightings: list[Sighting] = []
        for peak in find_peaks(*maps):
            box = _rect(peak, 1 / scale, image.size)
            clear = all(names[peak.thing] != s.thing or overlap(box, s.box) < SAME_THING_OVERLAP for s in sightings)
            if clear:
                sightings.append(Sighting(names[peak.thing], self._colours[peak.colour], peak.score, box))
        return sightings


def is_starter_judge(folder: Path) -> bool:
    """Whether a folder holds such a judge, with the list of things that it knows."""
    try:
        words = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(words, dict) and "things" in words and (folder / "model.safetensors").is_file()


@dataclass(frozen=True, slots=True)
class Peak:
    """A centre point in pixels of the judged size."""

    thing: int
    colour: int
    score: float
    x: float
    y: float
    width: float
    height: float


def find_peaks(things: Tensor, colours: Tensor, shape: Tensor) -> list[Peak]:
    """The peaks of one picture's maps, best first."""
    heat = torch.sigmoid(things[0])  # (things, rows, columns)
    is_peak = functional.max_pool2d(heat[None], 3, stride=1, padding=1)[0] == heat
    scores, places = (heat * is_peak).flatten().topk(MOST_PEAKS)
    _, rows, columns = heat.shape
    peaks: list[Peak] = []
    for score, place in zip(scores.tolist(), places.tolist(), strict=True):
        if score < LEAST_SCORE:
            break
        thing, cell = divmod(place, rows * columns)
        row, column = divmod(cell, columns)
        right, down, log_width, log_height = shape[0, :, row, column].tolist()
        peaks.append(
            Peak(
                thing=thing,
                colour=int(colours[0, :, row, column].argmax()),
                score=score,
                x=(column + 0.5 + right) * STRIDE,
                y=(row + 0.5 + down) * STRIDE,
                width=float(np.exp(log_width)) * STRIDE,
                height=float(np.exp(log_height)) * STRIDE,
            )
        )
    return peaks


def _padded(image: Image.Image) -> Tensor:
    """(1, 3, height, width) in -1..1 with sides that are multiples of 16, the last pixels repeated."""
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].float() / 127.5 - 1.0
    right, below = -image.width % 16, -image.height % 16
    return functional.pad(pixels, (0, right, 0, below), mode="replicate") if right or below else pixels


def _rect(peak: Peak, scale: float, size: tuple[int, int]) -> Rect:
    """The peak's box in pixels of the judged picture, inside of it."""
    left, top = max(peak.x - peak.width / 2, 0.0), max(peak.y - peak.height / 2, 0.0)
    right, bottom = peak.x + peak.width / 2, peak.y + peak.height / 2
    x, y = round(left * scale), round(top * scale)
    width, height = min(round(right * scale), size[0]) - x, min(round(bottom * scale), size[1]) - y
    return Rect(x, y, max(width, 1), max(height, 1))
