"""Cuts a thing out of a picture with Segment Anything (Kirillov et al., ICCV 2023) of transformers, by path."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of torch's documentation uses
from torch import Tensor
from transformers.utils.logging import disable_progress_bar

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.rendering.latents import Bounds, Grid

if TYPE_CHECKING:
    from transformers import SamModel
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

log = logging.getLogger(__name__)

# As in LMD (Lian et al., TMLR 2024): the largest mask that SAM trusts and that the coarse mask confirms.
LEAST_TRUST = 0.85
LEAST_OVERLAP = 0.25


@dataclass(frozen=True, slots=True)
class Segmenter:
    """A loaded SAM; always in single precision, its masks are thresholds of logits."""

    model: SamModel
    processor: SamImageProcessorPil
    device: torch.device
    sha256: str  # of the weights

    def segment(self, pixels: Tensor, place: tuple[float, float] | Bounds) -> tuple[Tensor, Tensor]:
        """The proposed masks at the picture's size, (masks, rows, columns) of 0 and 1, and how sure SAM is of each.

        ``pixels`` are (rows, columns, 3) bytes. ``place`` in shares of the picture: a point on the thing, or its box.
        """
        rows, columns = pixels.shape[:2]
        made = self.processor(images=pixels.cpu().numpy(), return_tensors="pt", input_data_format="channels_last")
        seen_rows, seen_columns = (int(side) for side in made["reshaped_input_sizes"][0])
        scaled = [
            share * (seen_rows if index % 2 else seen_columns) for index, share in enumerate(place)
        ]  # in pixels of what SAM sees
        prompt: dict[str, Any] = {"input_boxes": [[scaled]]} if len(scaled) == 4 else {"input_points": [[[scaled]]]}
        with torch.no_grad():
            answer = self.model(
                pixel_values=made["pixel_values"].to(self.device),
                **{name: torch.tensor(value, device=self.device) for name, value in prompt.items()},
            )
        masks, trust = answer.pred_masks[0].float(), answer.iou_scores[0, 0].float()
        side = self.processor.pad_size["height"], self.processor.pad_size["width"]
        padded = F.interpolate(masks, size=side, mode="bilinear", align_corners=False)
        cropped = padded[..., :seen_rows, :seen_columns]
        large = F.interpolate(cropped, size=(rows, columns), mode="bilinear", align_corners=False)[0]
        return (large > 0).float(), trust


def load_segmenter(folder: Path, device: torch.device) -> Segmenter:
    """Loads a SAM in the layout of transformers; UserError if the folder holds something else."""
    from transformers import SamModel
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise _unusable(f"There is no segmenter in “{folder}” (no config.json that can be read).") from error
    if kind != "sam":
        raise _unusable(f"“{folder.name}” is a model of the kind “{kind}”, not a Segment Anything model.")
    if not any(folder.glob("*.safetensors")):
        raise _unusable(f"The segmenter in “{folder}” has no weights as .safetensors.")
    disable_progress_bar()
    try:
        model = SamModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
        has_processor = (folder / "preprocessor_config.json").is_file()
        processor = SamImageProcessorPil.from_pretrained(folder) if has_processor else _processor_for(model)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        log.exception("loading %s failed", folder)
        raise _unusable(f"The segmenter in “{folder}” could not be loaded.") from error
    moved: Any = model.eval().requires_grad_(False)
    return Segmenter(moved.to(device), processor, device, _sha256(folder))


def no_segmenter() -> Segmenter:
    """Stands in where no model was chosen."""
    raise _unusable("No Segment Anything model was chosen to cut things out with.")


def choose_mask(masks: Tensor, trust: Tensor, coarse: Tensor) -> Tensor:
    """The best of the proposals, (rows, columns) of the coarse mask.

    The largest wins; a proposal that SAM does not trust, or that overlaps the coarse mask too little, ranks behind.
    """
    grid: Grid = (coarse.shape[0], coarse.shape[1])
    small = (F.interpolate(masks[None], size=grid, mode="bilinear", align_corners=False)[0] > 0.5).float()
    areas = small.sum(dim=(1, 2))
    both = (small * coarse).sum(dim=(1, 2))
    overlap = both / (areas + coarse.sum() - both).clamp(min=1.0)
    behind = (trust.to(areas.device) < LEAST_TRUST).float() + (overlap < LEAST_OVERLAP).float()
    return small[int((areas - areas.max() * behind).argmax())]


def _processor_for(model: SamModel) -> SamImageProcessorPil:
    """Folders without a description of the processor: the published one at the model's own size."""
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    vision: Any = model.config.vision_config
    side = int(vision.image_size)
    return SamImageProcessorPil(
        size={"longest_edge": side},
        pad_size={"height": side, "width": side},
        mask_size={"longest_edge": side // 4},
        mask_pad_size={"height": side // 4, "width": side // 4},
    )


def _sha256(folder: Path) -> str:
    """One hash over all weight files."""
    whole = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def _unusable(cause: str) -> UserError:
    return UserError(
        cause,
        "Choose the folder of a Segment Anything model, for example sam-vit-base, or cut out by attention.",
        exit_code=ExitCode.MODEL_MISSING,
    )
