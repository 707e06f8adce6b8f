"""OWL-ViT and OWLv2 as judges: open-vocabulary detectors of transformers, loaded from a folder on this disk.

Thresholds of the LMD benchmark (Lian et al., TMLR 2024: score 0.15, class-aware suppression from an overlap of 0.15)
and of SLD's stricter protocol (Wu et al., CVPR 2024: OWLv2, score 0.20, with a colour 0.45, suppression 0.15).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.judging.detection import Detection, overlap

TEMPLATE = "a photo of {}"
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # CLIP's
GRAY = 128  # what OWLv2's authors fill a picture up with until it is square
FAMILIES = ("owlvit", "owlv2")


@dataclass(frozen=True, slots=True)
class Protocol:
    """From which score on a box counts, and from which overlap on it is the same thing (0 to 1)."""

    least_score: float
    same_thing_overlap: float = 0.15


OWLVIT_PROTOCOL = Protocol(0.15)
OWLV2_PROTOCOL, OWLV2_COLOUR_PROTOCOL = Protocol(0.20), Protocol(0.45)


class OwlDetector:
    """The loaded network with its tokenizer; raises UserError if the folder holds neither OWL-ViT nor OWLv2."""

    def __init__(self, folder: Path, *, device: str = "cpu") -> None:
        self.family = _family_of(folder)
        # Here and not at the top: whoever judges with the starter judge alone need not wait for transformers.
        from transformers import AutoTokenizer, Owlv2ForObjectDetection, OwlViTForObjectDetection

        network_class = OwlViTForObjectDetection if self.family == "owlvit" else Owlv2ForObjectDetection
        self._device = torch.device(device)
        try:
            network: Any = network_class.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(
                f"The judge in “{folder}” cannot be loaded: {reason}.",
                "It must be a folder with config.json, model.safetensors and the tokenizer's files.",
                exit_code=ExitCode.MODEL_MISSING,
            ) from error
        self._network = network.float().eval().to(self._device)
        self._side = int(network.config.vision_config.image_size)
        self._text_length = int(network.config.text_config.max_position_embeddings)

    @torch.no_grad()
    def scores(self, image: Image.Image, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """(patches, texts) scores 0 to 1, and (patches, 4) boxes as left, top, right, bottom in pixels."""
        tokens = self._tokenizer(
            list(texts), padding="max_length", max_length=self._text_length, truncation=True, return_tensors="pt"
        )
        output = self._network(
            input_ids=tokens["input_ids"].to(self._device),
            attention_mask=tokens["attention_mask"].to(self._device),
            pixel_values=prepare(image, self._side, pads=self.family == "owlv2").to(self._device),
        )
        logits, boxes = output.logits[0].cpu(), output.pred_boxes[0].cpu()
        middle, half = boxes[:, :2], boxes[:, 2:] / 2
        longer = max(image.size)
        size = (longer, longer) if self.family == "owlv2" else image.size
        corners = torch.cat((middle - half, middle + half), dim=1)
        return logits.sigmoid(), corners * torch.tensor((*size, *size), dtype=corners.dtype)


class OwlJudge:
    """A detector with the thresholds of a protocol."""

    def __init__(self, detector: OwlDetector, protocol: Protocol) -> None:
        self._detector = detector
        self._protocol = protocol

    def detect(self, image: Image.Image, phrases: list[str]) -> list[Detection]:
        """Where the phrases are seen, best first; every place counts for the phrase that fits it best."""
        if not phrases:
            return []
        scores, corners = self._detector.scores(image.convert("RGB"), [TEMPLATE.format(phrase) for phrase in phrases])
        best, labels = scores.max(dim=1)
        found = [
            Detection(phrases[int(labels[place])], float(best[place]), _rect(corners[place], image.size))
            for place in torch.nonzero(best >= self._protocol.least_score).flatten().tolist()
        ]
        return suppress(found, self._protocol.same_thing_overlap)


def suppress(found: Sequence[Detection], same_thing_overlap: float) -> list[Detection]:
    """Best first; of boxes with the same phrase that overlap at least so much only the best one stays."""
    kept: list[Detection] = []
    for one in sorted(found, key=lambda detection: -detection.score):
        if all(other.phrase != one.phrase or overlap(other.box, one.box) < same_thing_overlap for other in kept):
            kept.append(one)
    return kept


def prepare(image: Image.Image, side: int, *, pads: bool) -> Tensor:
    """(1, 3, side, side) with CLIP's normalisation: OWL-ViT stretches a picture, OWLv2 fills it up to a square."""
    image = image.convert("RGB")
    if pads:
        longer = max(image.size)
        square = Image.new("RGB", (longer, longer), (GRAY, GRAY, GRAY))
        square.paste(image, (0, 0))
        image = square
    resampling = Image.Resampling.BILINEAR if pads else Image.Resampling.BICUBIC
    pixels = np.asarray(image.resize((side, side), resampling), dtype=np.float32) / 255.0
    normal = (pixels - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(normal).permute(2, 0, 1)[None]


def _rect(corners: Tensor, size: tuple[int, int]) -> Rect:
    """In whole pixels, inside the picture, at least one wide and high."""
    left, top, right, bottom = (round(value) for value in corners.tolist())
    x, y = min(max(left, 0), size[0] - 1), min(max(top, 0), size[1] - 1)
    return Rect(x, y, max(min(right, size[0]) - x, 1), max(min(bottom, size[1]) - y, 1))


def _family_of(folder: Path) -> str:
    try:
        family = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):
        family = None
    if family not in FAMILIES:
        raise UserError(
            f"“{folder}” is no OWL-ViT and no OWLv2 folder.",
            "Give the folder of google/owlvit-base-patch32 or google/owlv2-base-patch16-ensemble, with config.json and "
            "model.safetensors.",
            exit_code=ExitCode.MODEL_MISSING,
        )
    return family
