"""Cutting things out, moving them to their boxes and pasting them together."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lmd_desktop.rendering.composition import (
    CutOut,
    Offset,
    attention_mask,
    compose,
    cut_out,
    is_inside,
    offset_between,
    offset_to_centre,
)
from lmd_desktop.rendering.latents import Bounds, box_mask, standing_bounds

CPU = torch.device("cpu")
GRID = (8, 8)
LARGE, SMALL = (0.0, 0.0, 0.75, 0.75), (0.25, 0.25, 0.5, 0.5)
STAY = Offset(0, 0)


def filled(value: float, bounds: Bounds) -> CutOut:
    """Latents of one value that grows by 10 with every step."""
    latents = torch.stack([torch.full((4, *GRID), value + 10 * step) for step in range(3)])
    return cut_out(latents, box_mask(bounds, GRID, CPU), STAY)


def pasted(*cut_outs: CutOut) -> Tensor:
    return compose(torch.zeros(1, 4, *GRID), cut_outs).latents


def test_the_smaller_thing_lies_on_top_whatever_the_order() -> None:
    one, other = filled(1.0, LARGE), filled(2.0, SMALL)
    for cut_outs in ((one, other), (other, one)):
        latents = pasted(*cut_outs)
        assert latents[1][0, 0, 3, 3] == 12.0
        assert latents[1][0, 0, 0, 0] == 11.0
        assert latents[2][0, 0, 3, 3] == 22.0


def test_the_first_noise_is_taken_with_a_margin_of_one_cell() -> None:
    start = pasted(filled(2.0, SMALL))[0][0, 0]
    expected = torch.zeros(GRID)
    expected[1:5, 1:5] = 2.0
    assert torch.equal(start, expected)


def test_the_mask_is_all_things_together() -> None:
    composition = compose(torch.zeros(1, 4, *GRID), [filled(1.0, SMALL), filled(2.0, LARGE)])
    assert torch.equal(composition.mask, box_mask(LARGE, GRID, CPU))


def test_a_thing_comes_out_of_the_composition_as_it_went_in() -> None:
    """Moved to its box, pasted, cut out and moved back: every number of the thing is the same."""
    painted, wanted = standing_bounds(SMALL), (0.0, 0.5, 0.25, 0.75)
    latents, mask = torch.randn(3, 4, *GRID), box_mask(painted, GRID, CPU)
    offset = offset_between(painted, wanted, GRID)
    composition = compose(torch.randn(1, 4, *GRID), [cut_out(latents, mask, offset)])
    assert torch.equal(composition.mask, box_mask(wanted, GRID, CPU))
    back = Offset(-offset.rows, -offset.columns)
    returned = back.of(composition.latents[:, 0] * composition.mask)
    assert torch.equal(returned, latents * mask)


def test_what_lay_outside_of_the_picture_brings_no_noise() -> None:
    cut = cut_out(torch.ones(2, 4, *GRID), torch.ones(GRID), Offset(3, 0))
    composition = compose(torch.full((1, 4, *GRID), 7.0), [cut])
    assert (composition.latents[0, 0, :, :3] == 7.0).all()
    assert (composition.latents[0, 0, :, 3:] == 1.0).all()
    assert composition.mask.sum() == 5 * 8


def test_a_thing_is_moved_into_the_middle_of_its_box() -> None:
    mask = torch.zeros(16, 16)
    mask[10:14, 2:4] = 1.0
    wanted = (0.5, 0.0, 1.0, 0.5)  # the middle is row 4, column 12
    assert offset_to_centre(mask, wanted) == Offset(-8, 9)
    assert offset_to_centre(mask, wanted, cell=(4, 4)) == Offset(-8, 8)


def test_a_thing_is_cut_out_where_attention_sees_it() -> None:
    attention = torch.full((8, 8), 0.01)
    attention[1:4, 1:3] = 0.9
    mask = attention_mask(attention, LARGE, (16, 16))
    box = box_mask(LARGE, (16, 16), CPU)
    assert mask[4, 4] == 1.0
    assert mask[10, 10] == 0.0
    assert ((mask <= box) | (mask == 0)).all()


def test_a_thing_beside_its_box_is_followed_only_if_it_may_leave_it() -> None:
    attention = torch.full((8, 8), 0.01)
    attention[6:8, 5:7] = 0.9
    assert torch.equal(attention_mask(attention, SMALL, GRID), box_mask(SMALL, GRID, CPU))
    assert attention_mask(attention, SMALL, GRID, may_leave_box=True)[6:8, 5:7].all()
    attention[1:, :] = 0.9  # attention to everything is no thing
    assert torch.equal(attention_mask(attention, SMALL, GRID, may_leave_box=True), box_mask(SMALL, GRID, CPU))


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
