"""The losses against maps that can be checked by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lmd_desktop.rendering.guidance import Target, attention_loss, reference_loss

GRIDS = {"layer": (4, 4)}
LEFT_HALF = (0.0, 0.0, 0.5, 1.0)
TARGET = Target(positions=(1,), word=1, box_ids=("1",), bounds=(LEFT_HALF,), strengths=(1.0,))


def maps_of(picture: list[list[float]], *, heads: int = 8, tokens: int = 3) -> dict[str, Tensor]:
    """The picture as the map of token 1 in every head; other tokens get nothing."""
    attention = torch.zeros(heads, 16, tokens)
    attention[:, :, 1] = torch.tensor(picture).flatten()
    return {"layer": attention}


TOY = maps_of([[0.5, 0.0, 0.1, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.2, 0.0, 0.3]])


def test_the_strongest_cells_inside_and_outside_count() -> None:
    # 8 cells inside, 8 outside: k = floor(0.2 * 8) = 1. Inside 0.5, outside 0.3: 8 * (1 - 0.5 + 4 * 0.3).
    loss = attention_loss(TOY, GRIDS, [TARGET], background_weight=4.0)
    assert loss.item() == pytest.approx(8 * 1.7)


def test_attention_all_inside_costs_nothing() -> None:
    perfect = maps_of([[1.0, 1.0, 0.0, 0.0]] * 4)
    assert attention_loss(perfect, GRIDS, [TARGET], background_weight=4.0).item() == pytest.approx(0.0)


@pytest.mark.parametrize("heads", [1, 5, 20])
def test_the_losses_do_not_depend_on_the_number_of_heads(heads: int) -> None:
    more = {"layer": TOY["layer"][:1].expand(heads, -1, -1)}
    references = {"layer": {"1": torch.rand(8, 16, generator=torch.Generator().manual_seed(1))[:1]}}
    more_references = {"layer": {"1": references["layer"]["1"].expand(heads, -1)}}
    once = {"layer": TOY["layer"][:1]}
    assert attention_loss(more, GRIDS, [TARGET], background_weight=4.0).item() == pytest.approx(8 * 1.7)
    assert reference_loss(more, GRIDS, [TARGET], more_references).item() == pytest.approx(
        reference_loss(once, GRIDS, [TARGET], references).item()
    )


def test_every_box_of_a_group_wants_attention() -> None:
    group = Target((1,), 1, ("1", "2"), ((0.5, 0.0, 1.0, 1.0), (0.0, 0.0, 0.25, 0.25)), (1.0, 1.0))
    # Right half: 0.3 is the strongest of 8 cells; corner: 0.5; outside of both: 0.2 is the strongest of 7 cells.
    assert attention_loss(TOY, GRIDS, [group], background_weight=1.0).item() == pytest.approx(8 * (1 - 0.4 + 0.2))


def test_strength_scales_a_target() -> None:
    half = Target((1,), 1, ("1",), (LEFT_HALF,), (0.5,))
    assert attention_loss(TOY, GRIDS, [half], background_weight=4.0).item() == pytest.approx(4 * 1.7)


def test_a_box_over_the_whole_picture_has_no_outside() -> None:
    whole = Target((1,), 1, ("1",), ((0.0, 0.0, 1.0, 1.0),), (1.0,))
    # k = floor(0.2 * 16) = 3: the mean of 0.5, 0.3, 0.2 inside.
    assert attention_loss(TOY, GRIDS, [whole], background_weight=4.0).item() == pytest.approx(8 * (1 - 1.0 / 3))


def test_only_the_shape_of_a_reference_counts() -> None:
    twice = {"layer": {"1": 2 * TOY["layer"][:, :, 1]}}
    assert reference_loss(TOY, GRIDS, [TARGET], twice).item() == pytest.approx(0.0, abs=1e-4)


def test_a_reference_elsewhere_in_the_box_costs_both_places() -> None:
    # Inside the box the toy map is 0.5 and 0.2 (shares 5/7 and 2/7), the reference one other cell.
    other = torch.zeros(8, 16)
    other[:, 4] = 1.0
    loss = reference_loss(TOY, GRIDS, [TARGET], {"layer": {"1": other}})
    assert loss.item() == pytest.approx(2.0, abs=1e-3)


def test_a_box_that_was_not_painted_alone_has_no_reference_loss() -> None:
    assert reference_loss(TOY, GRIDS, [TARGET], {"layer": {}}).item() == 0.0
