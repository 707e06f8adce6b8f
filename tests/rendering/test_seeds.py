"""Several seeds of one request: the pictures of one by one, with fewer calls of the UNet where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lmd_desktop.app.judging_job import changes_with_box_seeds
from lmd_desktop.domain.layout import Box
from lmd_desktop.domain.requests import ParameterValue, RenderRequest, RenderResult
from lmd_desktop.rendering.methods import method_specs
from lmd_desktop.rendering.renderer import Renderer

Make = Callable[..., RenderRequest]
SEEDS = (5, 9, 5)
IN_ONE_BATCH = {"plain", "gligen", "lmd", "lmd_plus", "boxdiff", "backward_guidance"}


def paint_seeds(
    renderer: Renderer, request: RenderRequest, seeds: tuple[int, ...]
) -> tuple[tuple[RenderResult, ...], int]:
    """The pictures, and how many times the UNet was called for them; no box is known from before."""
    renderer._box_cache.clear()  # pyright: ignore[reportPrivateUsage]
    calls: list[int] = []
    results = renderer.render_seeds(
        request,
        seeds,
        check=lambda: None,
        on_progress=lambda *report: calls.append(report[3]),  # pyright: ignore[reportArgumentType]
        on_preview=None,
    )
    return results, calls[-1]


@pytest.mark.parametrize("method", [spec.name for spec in method_specs()])
def test_pictures_side_by_side_are_those_of_one_by_one(renderer: Renderer, request_for: Make, method: str) -> None:
    request = request_for(method=method, num_inference_steps=2)
    together, calls = paint_seeds(renderer, request, SEEDS)
    assert [result.request.seed for result in together] == list(SEEDS)
    alone = {seed: paint_seeds(renderer, replace(request, seed=seed), (seed,)) for seed in set(SEEDS)}
    for seed, result in zip(SEEDS, together, strict=True):
        found, expected = (np.frombuffer(one.rgb, np.uint8).astype(int) for one in (result, alone[seed][0][0]))
        assert np.abs(found - expected).max() <= 1
        assert result.request == replace(request, seed=seed)
    assert together[0].rgb != together[1].rgb
    calls_alone = 2 * alone[5][1] + alone[9][1]
    assert calls < calls_alone if method in IN_ONE_BATCH else calls == calls_alone


def test_boxes_that_are_kept_apart_are_painted_one_picture_after_the_other(
    renderer: Renderer, request_for: Make
) -> None:
    request = request_for(method="plain", num_inference_steps=2, parameters=(("bounded", True),))
    assert paint_seeds(renderer, request, (1, 2))[1] == 4
    assert paint_seeds(renderer, replace(request, parameters=()), (1, 2))[1] == 2


def test_pictures_side_by_side_may_be_scaled_by_their_sampler(renderer: Renderer, request_for: Make) -> None:
    request = request_for(method="plain", num_inference_steps=3, sampler="euler")
    together, _ = paint_seeds(renderer, request, (1, 2))
    second, _ = paint_seeds(renderer, request, (2,))
    found, expected = (np.frombuffer(one.rgb, np.uint8).astype(int) for one in (together[1], second[0]))
    assert np.abs(found - expected).max() <= 1


@pytest.mark.parametrize(
    ("method", "parameters", "changes"),
    [
        *((spec.name, (), {}) for spec in method_specs()),
        *((name, (("per_box", False),), {}) for name in ("lmd", "lmd_plus")),
        *((name, (("own_noise", 0.0),), {}) for name in ("lmd", "lmd_plus")),
        *((name, (), {"strength": 0.0}) for name in ("lmd", "lmd_plus", "gligen")),
        *((name, (), {"is_enabled": False}) for name in ("lmd", "lmd_plus", "gligen")),
    ],
)
def test_the_window_knows_which_pictures_change_with_the_seed_of_a_box(
    paint: Callable[[RenderRequest], RenderResult],
    request_for: Make,
    *,
    method: str,
    parameters: tuple[tuple[str, ParameterValue], ...],
    changes: dict[str, float],
) -> None:
    """Otherwise one click on what failed would throw away what was found, or paint the same once more."""
    request = request_for(method=method, parameters=parameters, num_inference_steps=2)
    seen = paint(with_box(request, **changes))
    is_changed = paint(with_box(request, seed=77, **changes)).rgb != seen.rgb
    assert changes_with_box_seeds(seen.request, ("1",), method_specs()) is is_changed


def with_box(request: RenderRequest, **changes: object) -> RenderRequest:
    """The first box otherwise."""
    first, *others = request.layout.boxes
    changed: Box = replace(first, **changes)  # pyright: ignore[reportArgumentType]
    return replace(request, layout=replace(request.layout, boxes=(changed, *others)))
