"""Bounded Attention: what boxes see of each other, as a switch and as a method of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.attention import AttentionRecorder, choose_guided_layers
from lmd_desktop.rendering.bounded import cross_attention_bias, keep_apart, self_attention_bias
from lmd_desktop.rendering.denoise import call_unet
from lmd_desktop.rendering.guidance import Target
from lmd_desktop.rendering.latents import cells_of
from lmd_desktop.rendering.method import Method, Step, read_parameters
from lmd_desktop.rendering.methods.backward_guidance import BackwardGuidance
from lmd_desktop.rendering.methods.bounded import Bounded, bounded_loss
from lmd_desktop.rendering.methods.boxdiff import BoxDiff
from lmd_desktop.rendering.methods.gligen import Gligen
from lmd_desktop.rendering.methods.lmd import Lmd
from lmd_desktop.rendering.methods.lmd_plus import LmdPlus
from lmd_desktop.rendering.methods.multidiffusion import MultiDiffusion
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.methods.regional import Regional
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import Run, prepare_run

Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., Tensor]
HIDDEN = -math.inf
LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)


@pytest.fixture
def run(pipeline: Pipeline, request_for: Make) -> Run:
    request = request_for(method="bounded")
    monitor = Monitor(lambda: None, lambda *_: None, None)
    return prepare_run(pipeline, request, parameters=read_parameters(Bounded.spec, request), monitor=monitor)


def target(position: int, *bounds: tuple[float, float, float, float], strength: float = 1.0) -> Target:
    ids = tuple(str(index) for index in range(len(bounds)))
    return Target((position,), position, ids, bounds, (strength,) * len(bounds))


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_cells_of_different_boxes_do_not_see_each_other() -> None:
    masks = torch.tensor([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0]])
    bias = self_attention_bias(masks, torch.ones(3))
    assert bias.tolist() == [
        [0, 0, HIDDEN, HIDDEN, 0],  # in the first box alone
        [0, 0, 0, HIDDEN, 0],  # in both of the overlapping boxes
        [HIDDEN, 0, 0, HIDDEN, 0],
        [HIDDEN, HIDDEN, HIDDEN, 0, 0],
        [0, 0, 0, 0, 0],  # the background
    ]


def test_a_weak_box_is_hidden_by_its_strength() -> None:
    bias = self_attention_bias(torch.eye(2), torch.tensor([0.75, 2.0]))
    assert torch.allclose(bias.exp(), torch.tensor([[1.0, 0.25], [0.25, 1.0]]))


def test_words_of_a_thing_are_hidden_from_other_boxes_only() -> None:
    masks = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # cells: first thing's, second thing's, background
    targets = (target(1, LEFT), target(3, RIGHT, strength=0.5))
    bias = cross_attention_bias(masks, targets, tokens=4, inside=torch.tensor([1.0, 1.0, 0.0]))
    assert torch.allclose(bias.exp(), torch.tensor([[1, 1, 1, 0.5], [1, 0, 1, 1], [1, 1, 1, 1]]))


def test_in_the_unet_rows_still_sum_to_one_and_give_nothing_to_other_boxes_words(run: Run) -> None:
    recorder = AttentionRecorder(run.pipeline.unet, choose_guided_layers(run.pipeline.unet, run.grid))
    embeds = torch.cat([run.negative_embeds, run.prompt_embeds])
    with torch.no_grad(), recorder.installed(), keep_apart(run), recorder.recording():
        call_unet(run.pipeline, random(2, 4, 16, 16, seed=1), torch.tensor(500), embeds=embeds, grounding=None)
    car, cup = run.targets()
    for layer in recorder.layers:
        maps = recorder.maps[layer.name].unflatten(2, layer.grid)  # (batch, heads, rows, columns, tokens)
        assert torch.allclose(maps.sum(dim=-1), torch.ones(()), atol=1e-5)
        for mine, other in ((car, cup), (cup, car)):
            cells = cells_of(mine.bounds[0], layer.grid)
            in_box = maps[:, :, cells.top : cells.bottom, cells.left : cells.right]
            assert in_box[1][..., list(other.positions)].max() == 0
            assert in_box[1][..., list(mine.positions)].min() > 0
            assert in_box[0].min() > 0  # the unconditional half reads another text
        assert maps[1, :, 0].min() > 0  # the background reads all words


@pytest.mark.parametrize(
    ("layer", "slots"),
    [
        ("mid_block.attentions.0.transformer_blocks.0.attn1", 0),
        ("mid_block.attentions.0.transformer_blocks.0.fuser.attn", 30),
    ],
)
def test_what_changes_in_one_box_is_not_seen_in_the_other(run: Run, layer: str, slots: int) -> None:
    attention: Any = run.pipeline.unet.get_submodule(layer)
    grid = (8, 8)
    hidden = random(1, 64 + slots, 32, seed=1)
    changed = hidden.clone()
    car, cup = (cells_of(placed.bounds, grid) for placed in run.boxes)
    changed[:, :64].unflatten(1, grid)[:, cup.top : cup.bottom, cup.left : cup.right] += 1.0
    with torch.no_grad(), keep_apart(run):
        differs = (attention(hidden) != attention(changed)).any(dim=-1)[0, :64].unflatten(0, grid)
    assert not differs[car.top : car.bottom, car.left : car.right].any()
    assert differs[cup.top : cup.bottom, cup.left : cup.right].all()
    assert differs[0].all()


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_the_layers_get_their_processors_back(run: Run, error: type[BaseException] | None) -> None:
    before = dict(run.pipeline.unet.attn_processors)
    try:
        with keep_apart(run):
            assert all(new is not before[name] for name, new in run.pipeline.unet.attn_processors.items())
            if error:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert dict(run.pipeline.unet.attn_processors) == before


@pytest.mark.parametrize("method", [Plain, Gligen, Regional, MultiDiffusion, BackwardGuidance, BoxDiff, Lmd, LmdPlus])
def test_every_method_has_the_switch(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, method: type[Method]
) -> None:
    apart = (("bounded", True),)
    request = request_for(method=method.spec.name, num_inference_steps=2)
    free = latents_of(pipeline, request, method)
    bounded = latents_of(pipeline, replace(request, parameters=apart), method)
    assert not torch.allclose(bounded, free, atol=1e-3)


def test_without_boxes_nothing_is_kept_apart(
    pipeline: Pipeline, request_for: Make, latents_of: LatentsOf, layout: Layout
) -> None:
    plain = request_for(method="plain", layout=replace(layout, boxes=()))
    switched = replace(plain, parameters=(("bounded", True),))
    assert torch.equal(latents_of(pipeline, switched, Plain), latents_of(pipeline, plain, Plain))


def test_the_loss_is_what_the_formula_says() -> None:
    """One layer of one head and four cells in a row; the thing has the first two, or one each for its two boxes."""
    attention = torch.zeros(1, 4, 3)
    attention[0, :, 1] = torch.tensor([0.5, 0.1, 0.2, 0.2])
    grids = {"layer": (1, 4)}
    one = bounded_loss({"layer": attention}, grids, [target(1, LEFT)], outside_weight=2.0)
    assert float(one) == pytest.approx((1 - 0.6 / (0.6 + 2 * 0.4)) ** 2, abs=1e-5)
    quarters = ((0.0, 0.0, 0.25, 1.0), (0.25, 0.0, 0.5, 1.0))
    twins = bounded_loss({"layer": attention}, grids, [target(1, *quarters, strength=0.5)], outside_weight=1.0)
    assert float(twins) == pytest.approx(0.5 * ((1 - 0.5 / 0.9) ** 2 + (1 - 0.1 / 0.5) ** 2), abs=1e-5)
    heads = attention.expand(5, -1, -1)
    assert torch.allclose(bounded_loss({"layer": heads}, grids, [target(1, LEFT)], outside_weight=2.0), one)


def test_guidance_lowers_its_loss(pipeline: Pipeline, request_for: Make) -> None:
    request = request_for(method="bounded", parameters=(("guided_ratio", 1.0),))
    losses: list[float] = []

    class Watched(Bounded):
        def _loss(self, maps: Any) -> Tensor:
            loss = super()._loss(maps)
            losses.append(float(loss.detach()))
            return loss

    monitor = Monitor(lambda: None, lambda *_: None, None)
    with torch.no_grad():
        run = prepare_run(pipeline, request, parameters=read_parameters(Bounded.spec, request), monitor=monitor)
        method = Watched(run)
        scheduler = pipeline.new_scheduler(4)
        with method.patches():
            method.before_step(Step(0, 4, scheduler.timesteps[0], method.start(), scheduler))
    assert len(losses) == 5
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]
