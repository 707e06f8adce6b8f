"""What the renderer says it will find painted already is what it then finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lmd_desktop.domain.edits import move_box
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering.renderer import Renderer

Paint = Callable[[RenderRequest], RenderResult]
Make = Callable[..., RenderRequest]


def found_and_missing(renderer: Renderer, request: RenderRequest) -> tuple[int, int]:
    boxes = renderer.foresee(request, check=lambda: None)
    return sum(is_found for _, is_found in boxes), sum(not is_found for _, is_found in boxes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda request: request, (2, 0)),
        (lambda request: replace(request, layout=move_box(request.layout, "1", 200, 40)), (2, 0)),
        (lambda request: replace(request, layout=renamed(request.layout)), (1, 1)),
        (lambda request: replace(request, seed=1234), (0, 2)),
        (lambda request: replace(request, num_inference_steps=5), (0, 2)),
        (lambda request: replace(request, sampler="euler"), (0, 2)),
        (lambda request: replace(request, method="lmd", parameters=()), (0, 2)),
        (lambda request: replace(request, method="plain", parameters=()), (0, 0)),
    ],
)
def test_what_is_foreseen_is_what_is_found(
    renderer: Renderer,
    paint: Paint,
    request_for: Make,
    change: Callable[[RenderRequest], RenderRequest],
    expected: tuple[int, int],
) -> None:
    renderer._box_cache.clear()  # pyright: ignore[reportPrivateUsage]
    paint(request_for())
    changed = change(request_for())
    foreseen = found_and_missing(renderer, changed)
    use = paint(changed).box_cache
    assert foreseen == expected
    assert foreseen == ((use.found, use.painted) if use is not None else (0, 0))


def renamed(layout: Layout) -> Layout:
    first, *others = layout.boxes
    return replace(layout, boxes=(replace(first, phrase="a green tree"), *others))
