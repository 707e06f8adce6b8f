"""Cutting things out and pasting them together."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lmd_desktop.rendering.composition import CutOut, attention_mask, compose, is_inside
from lmd_desktop.rendering.latents import box_mask

CPU = torch.device("cpu")
GRID = (8, 8)
LARGE, SMALL = (0.0, 0.0, 0.75, 0.75), (0.25, 0.25, 0.5, 0.5)


def filled(value: float, bounds: tuple[float, float, float, float]) -> CutOut:
    """Latents of one value that grows by 10 with every step."""
    latents = tuple(torch.full((4, *GRID), value + 10 * step) for step in range(3))
    return CutOut(latents, box_mask(bounds, GRID, CPU))


def pasted(cut_outs: list[CutOut], bounds: list[tuple[float, float, float, float]]) -> tuple[Tensor, ...]:
    return compose(torch.zeros(1, 4, *GRID), cut_outs, bounds=bounds).latents


def test_the_smaller_thing_lies_on_top_whatever_the_order() -> None:
    one, other = filled(1.0, LARGE), filled(2.0, SMALL)
    for cut_outs, bounds in (([one, other], [LARGE, SMALL]), ([other, one], [SMALL, LARGE])):
        latents = pasted(cut_outs, bounds)
        assert latents[1][0, 0, 3, 3] == 12.0
        assert latents[1][0, 0, 0, 0] == 11.0
        assert latents[2][0, 0, 3, 3] == 22.0


def test_the_first_noise_is_taken_with_a_margin_of_one_cell() -> None:
    start = pasted([filled(2.0, SMALL)], [SMALL])[0][0, 0]
    expected = torch.zeros(GRID)
    expected[1:5, 1:5] = 2.0
    assert torch.equal(start, expected)


def test_the_mask_is_all_things_together() -> None:
    composition = compose(torch.zeros(1, 4, *GRID), [filled(1.0, SMALL), filled(2.0, LARGE)], bounds=[SMALL, LARGE])
    assert torch.equal(composition.mask, box_mask(LARGE, GRID, CPU))


def test_a_thing_is_cut_out_where_attention_sees_it() -> None:
    attention = torch.full((8, 8), 0.01)
    attention[1:4, 1:3] = 0.9
    mask = attention_mask(attention, LARGE, (16, 16))
    box = box_mask(LARGE, (16, 16), CPU)
    assert mask[4, 4] == 1.0
    assert mask[10, 10] == 0.0
    assert ((mask <= box) | (mask == 0)).all()


def test_attention_elsewhere_keeps_the_whole_box() -> None:
    for attention in (torch.zeros(8, 8), torch.ones(8, 8)):
        assert torch.equal(attention_mask(attention, SMALL, GRID), box_mask(SMALL, GRID, CPU))


@pytest.mark.parametrize(("row", "column", "expected"), [(3, 3, True), (1, 4, True), (6, 3, False), (3, 7, False)])
def test_a_thing_elsewhere_is_noticed(row: int, column: int, expected: bool) -> None:
    attention = torch.zeros(GRID)
    attention[row, column] = 1.0
    assert is_inside(attention, SMALL) is expected


def test_a_box_of_one_cell_is_kept() -> None:
    tiny = (0.0, 0.0, 0.01, 0.01)
    assert attention_mask(torch.rand(4, 4), tiny, GRID).sum() == 1.0
