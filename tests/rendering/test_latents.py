"""Sizes, cells, seeds and noise."""

from __future__ import annotations

import pytest
import torch

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.rendering.latents import (
    Cells,
    box_mask,
    box_seed,
    cells_of,
    mix_noise,
    paint_size,
    relative_bounds,
    shift,
    shift_between,
    standing_bounds,
)

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("canvas", "asked", "expected"),
    [
        (Size(512, 512), None, Size(512, 512)),
        (Size(1024, 512), None, Size(704, 384)),
        (Size(512, 768), None, Size(448, 640)),
        (Size(64, 4096), None, Size(128, 4096)),
        (Size(512, 512), Size(500, 130), Size(512, 128)),
    ],
)
def test_pictures_have_the_ratio_of_the_canvas(canvas: Size, asked: Size | None, expected: Size) -> None:
    assert paint_size(Size(512, 512), 64, canvas=canvas, asked=asked) == expected


def test_a_box_keeps_its_size_when_it_moves() -> None:
    grid = (16, 16)
    sizes = set()
    for x in range(0, 300, 7):
        cells = cells_of(relative_bounds(Rect(x, x, 130, 75), Size(512, 512)), grid)
        sizes.add((cells.right - cells.left, cells.bottom - cells.top))
    assert sizes == {(4, 2)}


@pytest.mark.parametrize("canvas", [Size(512, 512), Size(1000, 700), Size(4096, 64)])
@pytest.mark.parametrize("width", [8, 13, 48])
def test_a_box_alone_stands_in_the_same_place_to_the_last_bit(canvas: Size, width: int) -> None:
    places = {
        standing_bounds(relative_bounds(Rect(x, y, width, 16), canvas))
        for x in range(0, canvas.width - width, 37)
        for y in range(0, canvas.height - 16, 11)
    }
    assert len(places) == 1
    x0, y0, x1, y1 = places.pop()
    assert (x0 + x1) / 2 == pytest.approx(0.5)
    assert 0.0 <= y0 < y1 <= 1.0


def test_a_tall_box_alone_stands_inside_of_the_picture() -> None:
    assert standing_bounds((0.0, 0.0, 1.0, 1.0)) == (0.0, 0.0, 1.0, 1.0)
    assert standing_bounds((0.5, 0.0, 1.0, 0.875)) == (0.25, 0.0, 0.75, 0.875)


def test_cells_that_are_moved_there_and_back_are_the_same() -> None:
    values = torch.randn(2, 4, 6, 9)
    there = shift(values, 2, -3)
    assert torch.equal(there[..., 2:, :6], values[..., :4, 3:])
    assert there[..., :2, :].abs().sum() + there[..., 6:].abs().sum() == 0
    assert torch.equal(shift(there, -2, 3)[..., :4, 3:], values[..., :4, 3:])
    assert not shift(values, 6, 0).any()


def test_moves_between_cells_mix_them() -> None:
    values = torch.randn(3, 5, 5)
    assert torch.equal(shift_between(values, 2.0, -1.0), shift(values, 2, -1))
    halfway = shift_between(values, 0.5, 0.0)
    assert torch.allclose(halfway[:, 1:], (values[:, 1:] + values[:, :-1]) / 2)
    assert torch.allclose(shift_between(values, -0.25, 0.0)[:, :-1], 0.75 * values[:, :-1] + 0.25 * values[:, 1:])


def test_the_smallest_box_has_a_cell_even_in_the_corner() -> None:
    for rect in (Rect(0, 0, 8, 8), Rect(504, 504, 8, 8)):
        for side in (1, 8, 16):
            assert cells_of(relative_bounds(rect, Size(512, 512)), (side, side)).count == 1
    assert cells_of((0.0, 0.0, 1.0, 1.0), (3, 5)) == Cells(0, 0, 5, 3)


def test_a_box_outside_of_the_canvas_is_cut_off() -> None:
    assert relative_bounds(Rect(-50, 400, 100, 300), Size(500, 500)) == (0.0, 0.8, 0.1, 1.0)


def test_the_seed_of_a_box_depends_on_the_picture_and_its_id_alone() -> None:
    assert box_seed(5, "1") == box_seed(5, "1")
    assert len({box_seed(5, "1"), box_seed(5, "2"), box_seed(6, "1")}) == 3


def test_mixed_noise_keeps_its_variance_and_the_background_outside() -> None:
    generator = torch.Generator().manual_seed(1)
    background, own = (torch.randn((1, 4, 64, 64), generator=generator) for _ in range(2))
    mask = box_mask((0.0, 0.0, 0.5, 1.0), (64, 64), CPU)
    mixed = mix_noise(background, own, mask, ratio=0.3)
    assert torch.equal(mixed[..., 32:], background[..., 32:])
    assert not torch.equal(mixed[..., :32], background[..., :32])
    assert mixed[..., :32].std().item() == pytest.approx(1.0, abs=0.02)
