"""The loss of backward guidance against values worked out by hand, and when its iterations stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import ParameterValue, RenderRequest
from lmd_desktop.rendering.guidance import Target, guided_tokens
from lmd_desktop.rendering.methods.backward_guidance import AS_PUBLISHED, BackwardGuidance, ratio_loss
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.pipeline import Pipeline
from tests.rendering.guided import first_step, guided, prepare

GRID = (2, 4)
LEFT_HALF, RIGHT_HALF = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)
MOSTLY_LEFT = [0.3, 0.3, 0.1, 0.1, 0.3, 0.3, 0.1, 0.1]  # three quarters of it in the left half
MOSTLY_RIGHT = [0.1, 0.1, 0.3, 0.3, 0.1, 0.1, 0.3, 0.3]
ALL_LEFT = [0.2, 0.2, 0.0, 0.0, 0.0, 0.6, 0.0, 0.0]

Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., Tensor]


def target(*positions: int, bounds: tuple[float, float, float, float] = LEFT_HALF, strength: float = 1.0) -> Target:
    return Target(positions, positions[-1], ("1",), (bounds,), (strength,))


def attention(**heads_of: list[list[float]]) -> Tensor:
    """(heads, cells, tokens) from the maps of each token's heads; token 0 is the start."""
    tokens = [torch.tensor(heads) for heads in heads_of.values()]
    return torch.stack([torch.zeros_like(tokens[0]), *tokens], dim=-1)


def loss_of(targets: list[Target], **layers: Tensor) -> float:
    rows = guided_tokens(targets, GRID, torch.device("cpu"))
    return ratio_loss(layers, dict.fromkeys(layers, rows), phrases=len(targets)).item()


def test_the_part_outside_counts_squared_in_every_head() -> None:
    # A quarter of the first head's attention is outside and three quarters of the second's: (1/16 + 9/16) / 2.
    assert loss_of([target(1)], layer=attention(car=[MOSTLY_LEFT, MOSTLY_RIGHT])) == pytest.approx(0.3125)


def test_tokens_phrases_and_layers_are_averaged() -> None:
    both = attention(red=[MOSTLY_LEFT], car=[ALL_LEFT], cup=[MOSTLY_RIGHT])
    # "red car": (1/16 + 0) / 2; "cup" belongs to the right half: 1/16.
    pair = [target(1, 2), target(3, bounds=RIGHT_HALF)]
    assert loss_of(pair, layer=both) == pytest.approx((1 / 32 + 1 / 16) / 2)
    perfect = attention(red=[ALL_LEFT], car=[ALL_LEFT], cup=[ALL_LEFT])
    assert loss_of([target(1, 2)], one=both, other=perfect) == pytest.approx((1 / 32 + 0) / 2)


def test_only_the_share_of_attention_counts_not_how_much_there_is() -> None:
    faint = attention(car=[[value / 1000 for value in MOSTLY_LEFT]])
    assert loss_of([target(1)], layer=faint) == pytest.approx(1 / 16)


@pytest.mark.parametrize("heads", [1, 5, 20])
def test_the_loss_does_not_depend_on_the_number_of_heads(heads: int) -> None:
    assert loss_of([target(1)], layer=attention(car=[MOSTLY_LEFT] * heads)) == pytest.approx(1 / 16)


def test_equal_things_may_be_in_any_of_their_boxes_or_want_one_each() -> None:
    two = Target((1,), 1, ("1", "2"), ((0.0, 0.0, 0.25, 1.0), (0.25, 0.0, 0.5, 1.0)), (1.0, 1.0))
    in_both = attention(car=[MOSTLY_LEFT])
    assert loss_of([two], layer=in_both) == pytest.approx(1 / 16)
    # Of what each box and the right half have together, 0.6 of 1.0 is in the box.
    each = guided_tokens([two], GRID, torch.device("cpu"), each_box_alone=True)
    assert ratio_loss({"layer": in_both}, {"layer": each}, phrases=1).item() == pytest.approx(0.4**2)
    # All of it in one box is enough for both together; alone the other is as bad as can be.
    in_one = attention(car=[[0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0]])
    assert loss_of([two], layer=in_one) == pytest.approx(0.0)
    assert ratio_loss({"layer": in_one}, {"layer": each}, phrases=1).item() == pytest.approx(1 / 2)


def test_strength_scales_a_phrase_and_weak_boxes_do_not_count() -> None:
    assert loss_of([target(1, strength=0.5)], layer=attention(car=[MOSTLY_LEFT])) == pytest.approx(1 / 32)
    left_to_the_prompt = Target((1,), 1, ("1", "2"), (LEFT_HALF, RIGHT_HALF), (1.0, 0.0))
    assert loss_of([left_to_the_prompt], layer=attention(car=[MOSTLY_LEFT])) == pytest.approx(1 / 16)


def test_attention_that_vanished_has_a_finite_gradient() -> None:
    maps = attention(car=[[0.0] * 8]).requires_grad_(True)
    rows = guided_tokens([target(1)], GRID, torch.device("cpu"))
    loss = ratio_loss({"layer": maps}, {"layer": rows}, phrases=1)
    assert loss.item() == 1.0
    assert torch.autograd.grad(loss, maps)[0].isfinite().all()


def options(**parameters: ParameterValue) -> dict[str, object]:
    return {"method": "backward_guidance", "parameters": tuple(parameters.items()), "num_inference_steps": 6}


@pytest.mark.parametrize(("stops_for_good", "evaluations"), [(False, 3), (True, 1)])
def test_a_low_loss_is_looked_at_again_in_every_step_unless_it_stops_for_good(
    pipeline: Pipeline, request_for: Make, stops_for_good: bool, evaluations: int
) -> None:
    request = request_for(**options(threshold=1.0, guided_ratio=0.5, stops_for_good=stops_for_good))
    run, calls = prepare(pipeline, request, BackwardGuidance)
    method = BackwardGuidance(run)
    for index in range(6):
        step = replace(first_step(run), index=index)
        # As published a loss is compared in the iteration after it: the first one always moves.
        assert torch.equal(guided(method, step), step.latents) == (not stops_for_good or index > 0)
    assert len(calls) == evaluations


def test_iterations_end_where_the_loss_is_low(pipeline: Pipeline, request_for: Make) -> None:
    counts = []
    for threshold in (0.0, 1.0):
        run, calls = prepare(pipeline, request_for(**options(threshold=threshold, iterations=4)), BackwardGuidance)
        guided(BackwardGuidance(run), first_step(run))
        counts.append(len(calls))
    assert counts == [4, 1]


def test_the_published_step_is_smaller_by_the_deviation_of_the_noise(pipeline: Pipeline, request_for: Make) -> None:
    moved = []
    for rule in ("deviation", "variance"):
        request = request_for(**options(step_rule=rule, iterations=1, threshold=0.0, loss_scale=200.0))
        run, _ = prepare(pipeline, request, BackwardGuidance)
        step = first_step(run)
        moved.append((guided(BackwardGuidance(run), step) - step.latents).norm().item())
    alpha_bar = pipeline.alpha_bar(step.scheduler, step.timestep)
    assert moved[1] / moved[0] == pytest.approx((1.0 - alpha_bar) ** 0.5, rel=1e-3)


def test_the_published_switches_are_parameters(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, layout: Layout
) -> None:
    request = request_for(**options(**AS_PUBLISHED), layout=layout)
    published = latents_of(pipeline, request, BackwardGuidance)
    assert published.isfinite().all()
    assert not torch.equal(published, latents_of(pipeline, request_for(**options()), BackwardGuidance))
    assert not torch.equal(published, latents_of(pipeline, replace(request, parameters=()), Plain))
