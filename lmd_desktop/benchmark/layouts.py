"""Layouts as the benchmark judges them: read from a raw answer, filtered as in the paper, checked strictly."""

from __future__ import annotations

from dataclasses import replace

from lmd_desktop.benchmark.prompts import BenchmarkPrompt
from lmd_desktop.benchmark.rules import Beside, Seen, Touching, first_fault
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.judging.detection import overlap
from lmd_desktop.planning.lines import BoxLine, TextLine, parse_line, planner_canvas

MOST_OVERLAP = 0.05  # intersection over union of two things that have nothing to do with each other
MOST_SCALE = 3.0


def raw_layout(raw: str, canvas: Size) -> Layout:
    """What an answer in the line format says, word for word: nothing is clamped, merged or left out."""
    space = planner_canvas(canvas)
    boxes: list[Box] = []
    texts = {False: "", True: ""}
    for text in raw.splitlines():
        line = parse_line(text)
        match line:
            case BoxLine():
                box_id = str(len(boxes) + 1)
                boxes.append(Box(box_id, line.phrase, line.rect, colour_for(box_id)))
            case TextLine():
                texts[line.is_negative] = line.text
            case None:
                pass
    return Layout(space, tuple(boxes), texts[False], texts[True])


def filtered(layout: Layout) -> Layout:
    """The paper's filter: empty boxes and those of the whole canvas go; if any leaves the canvas, all are scaled.

    s = min(W / (X1 - X0), H / (Y1 - Y0), 3) with the extent X0…X1, Y0…Y1 of all boxes; x' = (x - X0) s, y' = y s,
    shifted so that it fits.
    """
    wide, tall = layout.canvas.width, layout.canvas.height
    kept = [
        box
        for box in layout.boxes
        if box.rect.width > 0 and box.rect.height > 0
        if not (box.rect.width >= wide and box.rect.height >= tall) and box.rect.x <= wide and box.rect.y <= tall
    ]
    if all(_is_inside(box.rect, layout.canvas) for box in kept):
        return replace(layout, boxes=tuple(kept))
    left, top = min(box.rect.x for box in kept), min(box.rect.y for box in kept)
    right, bottom = max(box.rect.right for box in kept), max(box.rect.bottom for box in kept)
    scale = min(wide / (right - left), tall / (bottom - top), MOST_SCALE)
    down = min(max(0.0, -top * scale), tall - bottom * scale) if bottom * scale > tall else max(0.0, -top * scale)

    def scaled(rect: Rect) -> Rect:
        x, y = round((rect.x - left) * scale), round(rect.y * scale + down)
        return Rect(x, y, round(rect.width * scale), round(rect.height * scale))

    return replace(layout, boxes=tuple(replace(box, rect=scaled(box.rect)) for box in kept))


def seen_in(layout: Layout) -> tuple[Seen, ...]:
    """The boxes as the rules see them."""
    return tuple(Seen(box.phrase.lower(), box.rect) for box in layout.boxes)


def layout_fault(prompt: BenchmarkPrompt, layout: Layout) -> str | None:
    """What the paper's rules find wrong with a layout; None if it passes."""
    return first_fault(prompt.rules, seen_in(filtered(layout)))


def strict_fault(prompt: BenchmarkPrompt, layout: Layout) -> str | None:
    """The paper's rules, and: inside the canvas, no overlap, no box too many, what is unwanted in the negative prompt,
    edges apart where a side is asked for."""
    fault = layout_fault(prompt, layout)
    if fault is not None:
        return fault
    seen = seen_in(layout)
    outside = [box.phrase for box in layout.boxes if not _is_inside(box.rect, layout.canvas)]
    if outside:
        return f"{outside[0]} leaves the canvas"
    if len(layout.boxes) != len(prompt.things):
        return f"{len(layout.boxes)} boxes, wanted {len(prompt.things)}"
    may_touch = [(rule.first, rule.second) for rule in prompt.rules if isinstance(rule, Touching)]
    for place, one in enumerate(seen):
        for other in seen[place + 1 :]:
            if overlap(one.box, other.box) > MOST_OVERLAP and not _are_pair(one.name, other.name, may_touch):
                return f"{one.name} and {other.name} overlap"
    missing = [words for words in prompt.absent if words not in layout.negative_prompt.lower()]
    if missing:
        return f"{missing[0]} is not in the negative prompt"
    edges = (rule.edge_fault(seen) for rule in prompt.rules if isinstance(rule, Beside))
    return next((fault for fault in edges if fault is not None), None)


def _is_inside(rect: Rect, canvas: Size) -> bool:
    return rect.x >= 0 and rect.y >= 0 and rect.right <= canvas.width and rect.bottom <= canvas.height


def _are_pair(one: str, other: str, pairs: list[tuple[str, str]]) -> bool:
    return any((a in one and b in other) or (a in other and b in one) for a, b in pairs)
