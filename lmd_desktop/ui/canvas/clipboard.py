"""Boxes as JSON text for the clipboard, and back; anything else on the clipboard is no boxes. No Qt."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeGuard

from lmd_desktop.domain.layout import Box, Rect, clean_line, clean_phrase
from lmd_desktop.domain.requests import MAX_SEED

KIND = "lmd_boxes"
MAX_TEXT = 1_000_000  # characters; more is not ours
MAX_COORDINATE = 100_000


def boxes_to_text(boxes: Iterable[Box]) -> str:
    """One JSON object: ``{"lmd_boxes": [{"phrase", "x", "y", "width", "height", …}]}``."""
    rows = [
        {
            "phrase": box.phrase,
            "x": box.rect.x,
            "y": box.rect.y,
            "width": box.rect.width,
            "height": box.rect.height,
            "is_enabled": box.is_enabled,
            "negative": box.negative,
            "strength": box.strength,
            "seed": box.seed,
        }
        for box in boxes
    ]
    return json.dumps({KIND: rows}, ensure_ascii=False, indent=1)


def boxes_from_text(text: str) -> tuple[Box, ...]:
    """The boxes in a text; those that cannot be boxes are left out. Ids and colours are given when they are pasted."""
    if len(text) > MAX_TEXT or KIND not in text:
        return ()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    rows = document.get(KIND) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return ()
    boxes = [_box(row) for row in rows if isinstance(row, dict)]
    return tuple(box for box in boxes if box is not None)


def _box(row: dict[str, object]) -> Box | None:
    phrase = row.get("phrase")
    numbers = [row.get(name) for name in ("x", "y", "width", "height")]
    if not isinstance(phrase, str) or not clean_phrase(phrase) or not all(_is_coordinate(n) for n in numbers):
        return None
    x, y, width, height = (n for n in numbers if _is_coordinate(n))
    negative, strength, seed = row.get("negative"), row.get("strength"), row.get("seed")
    return Box(
        id="0",
        phrase=clean_phrase(phrase),
        rect=Rect(x, y, width, height),
        colour="",
        is_enabled=row.get("is_enabled") is not False,
        negative=clean_line(negative) if isinstance(negative, str) else "",
        strength=float(strength) if isinstance(strength, int | float) and 0 <= strength <= 2 else 1.0,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= MAX_SEED else None,
    )


def _is_coordinate(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_COORDINATE
