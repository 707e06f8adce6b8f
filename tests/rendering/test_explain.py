"""What a picture shows about its making: attention per phrase over the steps, in frames, and what was pasted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering.explain import FRAME, Explanation, attention_of, draw
from lmd_desktop.rendering.renderer import Renderer

Make = Callable[..., RenderRequest]


def explain(renderer: Renderer, request: RenderRequest, *, explains: bool = True) -> RenderResult:
    return renderer.render_seeds(
        request,
        (request.seed,),
        check=lambda: None,
        on_progress=lambda *_: None,
        on_preview=None,
        explains=explains,
    )[0]


@pytest.mark.parametrize("method", ["plain", "lmd_plus"])
def test_an_explained_picture_is_the_same_picture(renderer: Renderer, request_for: Make, method: str) -> None:
    request = request_for(method=method, num_inference_steps=3)
    explained, plain = explain(renderer, request), explain(renderer, request, explains=False)
    pixels = [np.frombuffer(result.rgb, np.uint8).astype(int) for result in (explained, plain)]
    assert np.abs(pixels[0] - pixels[1]).max() <= 1
    assert plain.explanation is None
    assert explained.explanation is not None
    size, rgb = explained.explanation
    assert len(rgb) == size.width * size.height * 3
    assert size.width > 3 * 112
    assert size.height > 2 * 112
    assert {box_id for one in explained.attention for box_id in one.box_ids} == {b.id for b in request.layout.boxes}
    assert all(len(one.rows) == one.cells.width * one.cells.height for one in explained.attention)
    assert plain.attention == ()


def test_a_picture_without_phrases_has_nothing_to_explain(renderer: Renderer, request_for: Make) -> None:
    layout = request_for().layout
    empty = type(layout)(layout.canvas, (), layout.background_prompt)
    result = explain(renderer, request_for(method="plain", num_inference_steps=1, layout=empty))
    assert result.explanation is None
    assert "no attention to show" in result.notes[0]


def test_the_sheet_shows_where_attention_is_and_where_the_box_is() -> None:
    attention = torch.zeros(1, 8, 8)
    attention[0, :4, :4] = 1.0
    explanation = Explanation(("a cup",), (("1",),), (((0.5, 0.5, 1.0, 1.0),),), (1,), (attention,), None)
    size, rgb = draw(explanation, Size(128, 128))
    picture = np.frombuffer(rgb, np.uint8).reshape(size.height, size.width, 3)
    cell = picture[-118:-6, 6:118]
    assert cell[20, 20].tolist() == [255, 217, 0]  # the strongest attention
    assert cell[90, 90].tolist() == [0, 26, 89]  # none
    assert tuple(cell[-1, -20]) == FRAME
    assert tuple(cell[20, 20]) != FRAME


def test_the_attention_of_a_box_is_the_mean_of_the_steps_with_its_strongest_cell_as_255() -> None:
    steps = torch.zeros(2, 1, 2, 4)
    steps[0, 0, 1, 3], steps[1, 0, 0, 0] = 0.8, 0.4
    (attention,) = attention_of(Explanation(("a cup",), (("1", "4"),), ((),), (1, 2), (steps[0], steps[1]), None))
    assert (attention.box_ids, attention.cells) == (("1", "4"), Size(4, 2))
    assert list(attention.rows) == [128, 0, 0, 0, 0, 0, 0, 255]
