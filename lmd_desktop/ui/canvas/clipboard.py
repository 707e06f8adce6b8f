"""A layout as JSON text for the clipboard, and back; anything else on the clipboard is no layout. No Qt.

The form is that of ``lmd-desktop edit --copy-layout json``, with more about each box.
"""

from __future__ import annotations

import json
from typing import TypeGuard

from lmd_desktop.domain.layout import (
    MAX_CANVAS,
    MIN_CANVAS,
    Box,
    Layout,
    Rect,
    Size,
    clean_line,
    clean_phrase,
    scale_layout,
)
from lmd_desktop.domain.requests import MAX_SEED

MAX_TEXT = 1_000_000  # characters; more is not ours
MAX_COORDINATE = 100_000


def layout_to_text(layout: Layout) -> str:
    """``{"canvas": {"width", "height"}, "objects": [{"phrase", "x", "y", "width", "height", …}], …}``, in pixels."""
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
            "group": box.group,
        }
        for box in layout.boxes
    ]
    document = {
        "canvas": {"width": layout.canvas.width, "height": layout.canvas.height},
        "objects": rows,
        "background_prompt": layout.background_prompt,
        "negative_prompt": layout.negative_prompt,
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def layout_from_text(text: str, canvas: Size) -> Layout | None:
    """The layout in a text, carried over to ``canvas``; None if there is no box in it.

    Boxes that cannot be boxes are left out. Ids and colours are given when they are pasted.
    """
    if len(text) > MAX_TEXT or '"objects"' not in text:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    rows = document.get("objects") if isinstance(document, dict) else None
    size = _size(document.get("canvas")) if isinstance(document, dict) else None
    if not isinstance(rows, list) or size is None:
        return None
    boxes = tuple(box for row in rows if isinstance(row, dict) and (box := _box(row)) is not None)
    background, negative = (_line(document.get(name)) for name in ("background_prompt", "negative_prompt"))
    pasted = Layout(size, boxes, background, negative)
    return (pasted if size == canvas else scale_layout(pasted, canvas)) if boxes else None


def _size(value: object) -> Size | None:
    width, height = (value.get("width"), value.get("height")) if isinstance(value, dict) else (None, None)
    return Size(width, height) if _is_side(width) and _is_side(height) else None


def _line(value: object) -> str:
    return clean_line(value) if isinstance(value, str) else ""


def _box(row: dict[str, object]) -> Box | None:
    phrase = row.get("phrase")
    numbers = [row.get(name) for name in ("x", "y", "width", "height")]
    if not isinstance(phrase, str) or not clean_phrase(phrase) or not all(_is_coordinate(n) for n in numbers):
        return None
    x, y, width, height = (n for n in numbers if _is_coordinate(n))
    strength, seed = row.get("strength"), row.get("seed")
    return Box(
        id="0",
        phrase=clean_phrase(phrase),
        rect=Rect(x, y, width, height),
        colour="",
        is_enabled=row.get("is_enabled") is not False,
        negative=_line(row.get("negative")),
        strength=float(strength) if isinstance(strength, int | float) and 0 <= strength <= 2 else 1.0,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= MAX_SEED else None,
        group=_line(row.get("group")),
    )


def _is_coordinate(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_COORDINATE


def _is_side(value: object) -> TypeGuard[int]:
    return _is_coordinate(value) and MIN_CANVAS <= value <= MAX_CANVAS
