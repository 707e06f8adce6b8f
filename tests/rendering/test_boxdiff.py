"""The constraints of BoxDiff against values worked out by hand, and its steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lmd_desktop.domain.requests import ParameterValue, RenderRequest
from lmd_desktop.rendering.attention import choose_layers_on_one_grid
from lmd_desktop.rendering.guidance import Target, guided_tokens
from lmd_desktop.rendering.latents import Bounds, Grid
from lmd_desktop.rendering.methods import boxdiff
from lmd_desktop.rendering.methods.boxdiff import AS_PUBLISHED, BoxDiff, Constraints, constraints, fitting_sharpness
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline
from tests.rendering.conftest import save_tiny_model
from tests.rendering.guided import first_step, guided, prepare

LEFT_HALF: Bounds = (0.0, 0.0, 0.5, 1.0)
# What softmax over the two words of the prompt shall give for the first one.
SHARES = torch.tensor(
    [
        [0.9, 0.8, 0.1, 0.1],
        [0.1, 0.1, 0.1, 0.1],
        [0.1, 0.1, 0.1, 0.6],
        [0.1, 0.1, 0.1, 0.1],
    ]
)

Make = Callable[..., RenderRequest]


def attention(shares: Tensor, *, heads: int = 1, padding: float = 0.0) -> Tensor:
    """(heads, cells, 77): start token, two words whose softmax(100 A) is (p, 1 - p), padding."""
    maps = torch.full((heads, shares.numel(), 77), padding)
    maps[:, :, 0] = 0.9
    maps[:, :, 1] = 0.05 + shares.flatten().logit() / boxdiff.SHARPNESS
    maps[:, :, 2] = 0.05
    return maps


def found(
    shares: Tensor,
    *bounds: Bounds,
    blur: float = 0.0,
    last: int = 2,
    maps: dict[str, Tensor] | None = None,
    is_each: bool = False,
) -> Constraints:
    target = Target((1,), 1, ("1",) * len(bounds), bounds, (1.0,) * len(bounds))
    grid: Grid = (shares.shape[0], shares.shape[1])
    tokens = guided_tokens([target], grid, torch.device("cpu"), each_box_alone=is_each)
    return constraints(maps or {"layer": attention(shares)}, tokens, last=last, blur=blur)


def test_the_strongest_cells_inside_and_outside() -> None:
    # 8 cells inside and 8 outside: k = floor(0.2 * 8) = 1.
    result = found(SHARES, LEFT_HALF)
    assert result.inner.item() == pytest.approx(1 - 0.9)
    assert result.outer.item() == pytest.approx(0.6)


def test_corners_compare_outlines_near_the_edges() -> None:
    # Columns: maxima .9 .8 .1 .6 against 1 1 0 0; the edges (first column 0, last 1) reach over columns 0 to 2.
    columns = (0.1 + 0.2 + 0.1) / 4
    # Rows: maxima .9 .1 .6 .1 against 1 everywhere; the edges (rows 0 and 3) reach over all of them.
    rows = (0.1 + 0.9 + 0.4 + 0.9) / 4
    assert found(SHARES, LEFT_HALF).corner.item() == pytest.approx(columns + rows)


def test_attention_that_fills_the_box_and_nothing_else_obeys() -> None:
    perfect = torch.full((4, 4), 1e-6)
    perfect[:, :2] = 1.0 - 1e-6
    result = found(perfect, LEFT_HALF)
    assert [part.item() for part in (result.inner, result.outer, result.corner)] == pytest.approx([0, 0, 0], abs=1e-4)


def test_the_boxes_of_equal_things_are_one_region() -> None:
    # The left column and the strong cell at the right are 5 cells: k = 1. The 11 outside: k = 2, .8 and .1.
    result = found(SHARES, (0.0, 0.0, 0.25, 1.0), (0.75, 0.5, 1.0, 0.75))
    assert (result.inner.item(), result.outer.item()) == pytest.approx((1 - 0.9, 0.45))


def test_each_of_equal_things_wants_attention_if_they_are_not_one_region() -> None:
    column, cell = (0.0, 0.0, 0.25, 1.0), (0.75, 0.5, 1.0, 0.75)
    result = found(SHARES, column, cell, is_each=True)
    assert result.inner.tolist() == pytest.approx([1 - 0.9, 1 - 0.6])
    assert result.outer.tolist() == pytest.approx([0.45, 0.45])
    # The other box does not count for the corners: the columns of the cell see .1 and .6 against 0 and 1, its rows
    # .8 (the column left out), .6 and .1 against 0, 1 and 0.
    assert result.corner[1].item() == pytest.approx((0.1 + 0.4) / 4 + (0.1 + 0.4 + 0.1) / 4)


def test_a_box_of_one_cell_and_one_over_everything_are_fine() -> None:
    tiny = found(SHARES, (0.0, 0.0, 0.01, 0.01))
    assert (tiny.inner.item(), tiny.outer.item()) == pytest.approx((1 - 0.9, (0.8 + 0.6 + 0.1) / 3))
    whole = found(SHARES, (0.0, 0.0, 1.0, 1.0))
    assert (whole.inner.item(), whole.outer.item()) == pytest.approx((1 - (0.9 + 0.8 + 0.6) / 3, 0.0))


def test_strong_attention_is_sharpened_less_so_that_it_can_still_be_moved() -> None:
    target = Target((1,), 1, ("1",), (LEFT_HALF,), (1.0,))
    tokens = guided_tokens([target], (4, 4), torch.device("cpu"))

    def gradient_of(peak: float, *, is_fitting: bool) -> tuple[float, float]:
        maps = torch.zeros(2, 16, 77)
        maps[:, :, 1] = peak * SHARES.flatten()
        maps.requires_grad_(True)
        sharpness = fitting_sharpness({"layer": maps}, last=2) if is_fitting else torch.tensor(boxdiff.SHARPNESS)
        found = constraints({"layer": maps}, tokens, last=2, blur=0.0, sharpness=sharpness)
        (found.outer.sum() * boxdiff.SHARPNESS / sharpness).backward()
        assert maps.grad is not None
        return sharpness.item(), maps.grad.abs().max().item()

    assert gradient_of(0.05, is_fitting=True) == gradient_of(0.05, is_fitting=False)
    sharpness, gradient = gradient_of(1.0, is_fitting=True)
    assert sharpness == pytest.approx(10.0 / 0.9)
    assert gradient > 1000 * gradient_of(1.0, is_fitting=False)[1]


@pytest.mark.parametrize("heads", [1, 5, 20])
def test_heads_and_layers_are_averaged_before_anything_else(heads: int) -> None:
    same = found(SHARES, LEFT_HALF, maps={"layer": attention(SHARES, heads=heads)})
    assert same.inner.item() == pytest.approx(1 - 0.9)
    # The mean of two logits of opposite sign is that of one half.
    both = {"one": attention(SHARES, heads=heads), "other": attention(1 - SHARES, heads=heads)}
    assert found(SHARES, LEFT_HALF, maps=both).inner.item() == pytest.approx(0.5)


def test_padding_takes_part_only_as_published() -> None:
    # 73 tokens of padding at .05, as strong as the second word: e^0 each beside e^(logit p).
    padded = {"layer": attention(SHARES, padding=0.05)}
    odds = 0.9 / (1 - 0.9)
    assert found(SHARES, LEFT_HALF, maps=padded).inner.item() == pytest.approx(1 - 0.9)
    assert found(SHARES, LEFT_HALF, maps=padded, last=75).inner.item() == pytest.approx(
        1 - odds / (odds + 74), abs=1e-5
    )


@pytest.mark.parametrize("sigma", [0.5, 0.5**0.5])
def test_the_blur_is_a_gaussian_over_3_by_3_cells(sigma: float) -> None:
    point = torch.full((5, 5), 1e-7)
    point[2, 2] = 1.0 - 1e-7
    weight = 1.0 / (1.0 + 2 * math.exp(-1.0 / (2 * sigma**2)))
    result = found(point, (0.4, 0.4, 0.6, 0.6), blur=sigma)
    assert result.inner.item() == pytest.approx(1 - weight**2, abs=1e-5)


def test_the_published_kernel_is_a_wider_gaussian() -> None:
    for x in (0.0, 1.0):
        assert math.exp(-((x / (2 * 0.5)) ** 2)) == pytest.approx(
            math.exp(-(x**2) / (2 * float(AS_PUBLISHED["blur"]) ** 2))
        )


def options(**parameters: ParameterValue) -> dict[str, object]:
    return {"method": "boxdiff", "parameters": tuple(parameters.items()), "num_inference_steps": 10}


def moved(pipeline: Pipeline, request: RenderRequest, *, index: int = 0) -> Tensor:
    run, _ = prepare(pipeline, request, BoxDiff)
    step = replace(first_step(run), index=index)
    return guided(BoxDiff(run), step) - step.latents


def test_steps_get_smaller_with_the_root_of_the_steps_left(pipeline: Pipeline, request_for: Make) -> None:
    request = request_for(**options(guided_ratio=1.0))
    first, last = moved(pipeline, request), moved(pipeline, request, index=9)
    assert (last.norm() / first.norm()).item() == pytest.approx(0.5**0.5, rel=1e-3)
    assert moved(pipeline, request_for(**options()), index=5).abs().max() == 0


@pytest.mark.parametrize("constraint", ["inner_weight", "outer_weight", "corner_weight"])
def test_each_constraint_moves_the_picture_by_its_weight(
    pipeline: Pipeline, request_for: Make, constraint: str
) -> None:
    off: dict[str, ParameterValue] = {"inner_weight": 0.0, "outer_weight": 0.0, "corner_weight": 0.0}
    assert moved(pipeline, request_for(**options(**off))).abs().max() == 0
    once = moved(pipeline, request_for(**options(**(off | {constraint: 1.0}))))
    twice = moved(pipeline, request_for(**options(**(off | {constraint: 2.0}))))
    assert once.norm() > 0
    assert (twice.norm() / once.norm()).item() == pytest.approx(2.0, rel=1e-2)


def test_long_phrases_pull_harder_only_as_published(pipeline: Pipeline, request_for: Make) -> None:
    box = request_for().layout.boxes[0]  # "red car": two tokens
    one = replace(request_for().layout, boxes=(box,))
    each = moved(pipeline, request_for(**options(), layout=one))
    added = moved(pipeline, request_for(**options(counts_tokens=True), layout=one))
    assert (added.norm() / each.norm()).item() == pytest.approx(2.0, rel=1e-2)


@pytest.mark.parametrize(("limit", "extra"), [(0.0, 3), (1.0, 0)])
def test_refining_goes_on_until_attention_inside_is_strong(
    pipeline: Pipeline, request_for: Make, monkeypatch: pytest.MonkeyPatch, limit: float, extra: int
) -> None:
    monkeypatch.setattr(boxdiff, "REFINED", ((0.0, limit), (0.2, limit)))
    counts = []
    for index in (0, 1, 2):
        run, calls = prepare(pipeline, request_for(**options(refine=True, refine_iterations=3)), BoxDiff)
        guided(BoxDiff(run), replace(first_step(run), index=index))
        counts.append(len(calls))
    assert counts == [1 + extra, 1, 1 + extra]


def test_stable_diffusion_is_averaged_over_down_2_and_up_1(tmp_path: Path) -> None:
    unet = load_pipeline(save_tiny_model(tmp_path / "sd", is_deep=True), device="cpu").unet
    for grid in ((64, 64), (96, 96), (64, 96)):
        layers = choose_layers_on_one_grid(unet, grid)
        assert [layer.name.split(".transformer")[0] for layer in layers] == [
            *(f"down_blocks.2.attentions.{index}" for index in range(2)),
            *(f"up_blocks.1.attentions.{index}" for index in range(3)),
        ]
        assert {layer.grid for layer in layers} == {(grid[0] // 4, grid[1] // 4)}


def test_other_models_are_averaged_where_they_have_16_cells(pipeline: Pipeline) -> None:
    layers = choose_layers_on_one_grid(pipeline.unet, (16, 16))
    assert {layer.grid for layer in layers} == {(16, 16)}
    assert {layer.name.split(".")[0] for layer in layers} == {"down_blocks", "up_blocks"}
