"""A layout as text for others: LMD's format, JSON, and the captions of Ideogram's box editors. All can be read back."""

from __future__ import annotations

import json

from lmd_desktop.domain.layout import Layout, Rect, Size, scale_layout

LMD_CANVAS = Size(512, 512)
IDEOGRAM_CANVAS = Size(1000, 1000)


def write_lmd_text(layout: Layout) -> str:
    """LMD's text: a Python list of (name, [x, y, width, height]) on a canvas of 512×512, then both prompts."""
    boxes = [(box.phrase, [*_numbers(box.rect)]) for box in scale_layout(layout, LMD_CANVAS).boxes]
    return (
        f"Objects: {boxes!r}\n"
        f"Background prompt: {layout.background_prompt or 'A realistic scene'}\n"
        f"Negative prompt: {layout.negative_prompt}\n"
    )


def write_json(layout: Layout) -> str:
    """JSON with named numbers in scene pixels."""
    value = {
        "canvas": {"width": layout.canvas.width, "height": layout.canvas.height},
        "objects": [
            {"phrase": box.phrase, "x": box.rect.x, "y": box.rect.y, "width": box.rect.width, "height": box.rect.height}
            for box in layout.boxes
        ],
        "background_prompt": layout.background_prompt,
        "negative_prompt": layout.negative_prompt,
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def write_ideogram(layout: Layout) -> str:
    """A caption of Ideogram 4: elements with [top, left, bottom, right] in thousandths of the canvas.

    It has no place for a negative prompt, which is left out.
    """
    elements = [
        {"type": "obj", "bbox": [box.rect.y, box.rect.x, box.rect.bottom, box.rect.right], "desc": box.phrase}
        for box in scale_layout(layout, IDEOGRAM_CANVAS).boxes
    ]
    phrases = [box.phrase for box in layout.boxes]
    value = {
        "high_level_description": ", ".join(filter(None, [", ".join(phrases), layout.background_prompt])),
        "compositional_deconstruction": {"background": layout.background_prompt, "elements": elements},
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _numbers(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.width, rect.height
