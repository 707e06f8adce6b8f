"""What is put into the painter, and who judges its pictures, as one JSON file of the person's; broken: as if absent."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.domain.painter import Lora, PainterParts, Refinement
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.storage.atomic import explain_write_error, write_atomically
from lmd_desktop.storage.reading import (
    Fields,
    FormatError,
    JsonObject,
    dump_json,
    optional_path_text,
    parse_json,
    path_of,
    path_text,
)

VERSION = 1
FILE_NAME = "painter-parts.json"
MOST_LORAS = 32
MOST_WEIGHT = 10.0
MAX_BYTES = 2**20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PaintingParts:
    """``judge`` is a folder of OWL-ViT, OWLv2 or a starter judge; None is the one that came with the app."""

    painter: PainterParts = PainterParts()
    judge: Path | None = None


def load_parts(path: Path) -> PaintingParts:
    """What was saved; the defaults if there is nothing, or nothing that can be used. Trust in pickles is not kept."""
    try:
        return _decode(Fields(parse_json(read_limited(path, MAX_BYTES), path.name), path.name, []))
    except FileNotFoundError:
        return PaintingParts()
    except (OSError, FormatError) as error:
        log.warning("%s cannot be used: %s", path, error)
        return PaintingParts()


def save_parts(path: Path, parts: PaintingParts) -> None:
    """Write them all at once; raises UserError."""
    data = dump_json(_encode(parts))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, data, is_private=True)
    except OSError as error:
        raise explain_write_error(error, path, len(data)) from error


def _encode(parts: PaintingParts) -> JsonObject:
    painter, refinement = parts.painter, parts.painter.refinement
    return {
        "version": VERSION,
        "vae": optional_path_text(painter.vae),
        "loras": [{"path": path_text(lora.path), "weight": lora.weight} for lora in painter.loras],
        "gligen": optional_path_text(painter.gligen),
        "segmenter": optional_path_text(painter.segmenter),
        "refiner": optional_path_text(refinement.path) if refinement is not None else None,
        "refiner_strength": refinement.strength if refinement is not None else None,
        "judge": optional_path_text(parts.judge),
    }


def _decode(fields: Fields) -> PaintingParts:
    loras = fields.children("loras", "LoRA")[:MOST_LORAS] if fields.has("loras") else ()
    refiner = fields.optional_path("refiner")
    strength = Refinement(Path()).strength
    if fields.has("refiner_strength"):
        strength = fields.number("refiner_strength", minimum=0.0, maximum=1.0)
    painter = PainterParts(
        vae=fields.optional_path("vae"),
        loras=tuple(
            Lora(path, one.number("weight", 1.0, minimum=-MOST_WEIGHT, maximum=MOST_WEIGHT))
            for one in loras
            if (path := path_of(one.text("path"))) is not None
        ),
        gligen=fields.optional_path("gligen"),
        segmenter=fields.optional_path("segmenter"),
        refinement=Refinement(refiner, strength) if refiner is not None and strength > 0 else None,
    )
    return PaintingParts(painter, fields.optional_path("judge"))
