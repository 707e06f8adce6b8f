"""Layouts, plans and pictures as the stable JSON of the command line, and as text for people."""

from __future__ import annotations

from pathlib import Path

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import MethodSpec, PlanResult, RenderResult


def layout_data(layout: Layout) -> dict[str, object]:
    return {
        "boxes": [
            {
                "id": box.id,
                "phrase": box.phrase,
                "x": box.rect.x,
                "y": box.rect.y,
                "width": box.rect.width,
                "height": box.rect.height,
            }
            for box in layout.boxes
        ],
        "background_prompt": layout.background_prompt,
        "negative_prompt": layout.negative_prompt,
        "canvas": [layout.canvas.width, layout.canvas.height],
    }


def plan_data(result: PlanResult) -> dict[str, object]:
    tokens = {
        "evaluated": result.tokens_evaluated,
        "reused": result.tokens_reused,
        "generated": result.tokens_generated,
        "copied": result.tokens_copied,
    }
    told = {"seed": result.seed, "model": result.model, "raw": result.raw, "tokens": tokens}
    return layout_data(result.layout) | told | {"answers": len(result.answers)}


def picture_data(result: RenderResult, picture: Path, scene: Path, spec: MethodSpec) -> dict[str, object]:
    defaults = {parameter.name: parameter.default for parameter in spec.parameters}
    return {
        "picture": str(picture),
        "scene": str(scene),
        "method": result.request.method,
        "parameters": defaults | dict(result.request.parameters),
        "seed": result.request.seed,
        "size": [result.size.width, result.size.height],
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.seconds},
        "peak_mb": round(result.peak_mb, 1),
    }


def layout_text(layout: Layout) -> str:
    lines = [
        f"{box.id:>3}  {box.phrase}{' (locked)' if box.is_locked else ''}  at ({box.rect.x}, {box.rect.y}), "
        f"{box.rect.width}×{box.rect.height}"
        for box in layout.boxes
    ]
    lines.append(f"background: {layout.background_prompt or '(none)'}")
    lines.append(f"negative:   {layout.negative_prompt or '(none)'}")
    return "\n".join(lines)
