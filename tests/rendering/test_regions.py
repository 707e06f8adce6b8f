"""How a picture is divided among its boxes."""

from __future__ import annotations

import random

import pytest
import torch

from lmd_desktop.rendering.latents import Bounds
from lmd_desktop.rendering.regions import region_weights

LEFT: Bounds = (0.0, 0.0, 0.5, 1.0)
MIDDLE: Bounds = (0.25, 0.0, 0.75, 1.0)
DOT: Bounds = (0.3, 0.3, 0.301, 0.301)  # far smaller than a cell


def many_boxes() -> list[Bounds]:
    rng = random.Random(4)
    corners = [sorted((rng.random(), rng.random())) + sorted((rng.random(), rng.random())) for _ in range(30)]
    return [(x0, y0, x1, y1) for x0, x1, y0, y1 in corners]


@pytest.mark.parametrize("overlap", ["smaller", "last", "shared"])
@pytest.mark.parametrize("feather", [0.0, 1.5])
def test_every_cell_is_given_away_exactly_once(overlap: str, feather: float) -> None:
    weights = region_weights(many_boxes(), (24, 16), overlap=overlap, feather=feather)
    assert weights.shape == (31, 24, 16)
    assert weights.min() >= 0
    assert torch.allclose(weights.sum(dim=0), torch.ones(24, 16), atol=1e-5)


def test_without_boxes_all_is_outside() -> None:
    assert torch.equal(region_weights([], (3, 4), overlap="last"), torch.ones(1, 3, 4))


def test_later_boxes_cover_earlier_ones_as_published() -> None:
    weights = region_weights([LEFT, MIDDLE], (1, 8), overlap="last")
    assert weights[:, 0].tolist() == [
        [0, 0, 0, 0, 0, 0, 1, 1],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 1, 0, 0],
    ]


def test_a_small_box_stays_on_top_of_a_large_one() -> None:
    dot_first = region_weights([DOT, LEFT], (8, 8), overlap="smaller", feather=1.0)
    assert dot_first[1].max() > 0.98
    assert region_weights([DOT, LEFT], (8, 8), overlap="last")[1].max() == 0


def test_a_share_is_the_mean_over_the_boxes_that_want_the_cell() -> None:
    weights = region_weights([LEFT, MIDDLE], (1, 4), overlap="shared")
    assert weights[:, 0].tolist() == [[0, 0, 0, 1], [1, 0.5, 0, 0], [0, 0.5, 1, 0]]


def test_soft_edges_blur_like_a_gaussian_but_not_at_the_edge_of_the_picture() -> None:
    inside = region_weights([LEFT], (4, 64), overlap="last", feather=2.0)[1, 0]
    normal = torch.distributions.Normal(32.0, 2.0)
    expected = 1.0 - normal.cdf(torch.arange(26, 38) + 0.5)
    assert torch.allclose(inside[26:38], expected, atol=1e-5)
    assert torch.equal(inside[:24], torch.ones(24))
    assert torch.equal(inside[40:], torch.zeros(24))


def test_a_box_of_few_cells_keeps_its_edges() -> None:
    inside = region_weights([(0.25, 0.0, 0.5, 1.0)], (4, 16), overlap="last", feather=2.0)[1, 0]
    assert inside[4:8].min() > 0.95
    assert inside[[3, 8]].max() < 0.05
