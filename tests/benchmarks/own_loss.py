"""Measures each guided method's own loss with and without its guidance: python -m tests.benchmarks.own_loss.

The same layout and noise with the starter painter, and the loss of the whole picture in the last iteration; the second
picture is painted with steps of no size, so that only the guidance differs. Prints one JSON object: [without, with].
"""

from __future__ import annotations

import json
from unittest.mock import patch

from torch import Tensor

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.domain.requests import ParameterValue, RenderRequest
from lmd_desktop.rendering import attention_guide, gradient
from lmd_desktop.rendering.method import Method
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.renderer import Renderer
from tests.benchmarks.painter import Settings

# What sets the size of a guidance step, by the names that methods have for it.
STRENGTHS = ("loss_scale", "first_step_size", "last_step_size")


def main() -> None:
    """A car and a cup on a grass field."""
    things = (("a red car", Rect(24, 240, 224, 136)), ("a blue cup", Rect(312, 240, 152, 152)))
    boxes = tuple(
        Box(id=str(number), phrase=phrase, rect=rect, colour=colour_for(str(number)))
        for number, (phrase, rect) in enumerate(things, start=1)
    )
    print(json.dumps(own_losses(Layout(Size(512, 512), boxes, "a grass field", ""), Settings(20, 5.0, 7000)), indent=1))


def own_losses(layout: Layout, settings: Settings) -> dict[str, tuple[float, float]]:
    """By guided method its last loss without and with its guidance."""
    renderer = Renderer(starter_painter(), device="cpu")
    found: dict[str, tuple[float, float]] = {}
    for method in all_methods():
        names = {parameter.name for parameter in method.spec.parameters}
        if names.intersection(STRENGTHS) and set(method.spec.needs) <= set(renderer.can):
            without, guided = (last_loss(renderer, method, layout, settings, moves=moves) for moves in (False, True))
            found[method.spec.name] = (round(without, 4), round(guided, 4))
    return found


def last_loss(renderer: Renderer, method: type[Method], layout: Layout, settings: Settings, *, moves: bool) -> float:
    """Of the whole picture; guidance never stops early."""
    losses: list[float] = []
    evaluate = gradient.evaluate_losses

    def watched(*arguments: object, **options: object) -> tuple[Tensor, gradient.Gradient]:
        values, later = evaluate(*arguments, **options)  # type: ignore[arg-type]
        losses.append(values.mean().item())
        return values, later

    known = {parameter.name for parameter in method.spec.parameters}
    wanted: dict[str, ParameterValue] = {"threshold": 0.0, **({} if moves else dict.fromkeys(STRENGTHS, 0.0))}
    request = RenderRequest(
        layout=layout,
        method=method.spec.name,
        parameters=tuple((name, value) for name, value in wanted.items() if name in known),
        num_inference_steps=settings.steps,
        guidance_scale=settings.guidance_scale,
        seed=settings.seed,
    )
    with patch.object(gradient, "evaluate_losses", watched), patch.object(attention_guide, "evaluate_losses", watched):
        renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    return losses[-1]


if __name__ == "__main__":
    main()
