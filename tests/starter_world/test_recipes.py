"""The parts of the training recipes: budget, checkpoints, whitening, averages, grounding arguments."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import pytest
import torch
from torch import nn

from models.starter_world import examples, train_autoencoder, train_painter, train_text_encoder
from models.starter_world.drawing import DrawnScene, Item
from models.starter_world.tokens import save_tokenizer
from models.starter_world.train_judge import blurred
from models.starter_world.training import (
    Average,
    Budget,
    Run,
    learning_rate,
    load_checkpoint,
    save_checkpoint,
    upsample_by_repeating,
)
from models.starter_world.whitening import whiten
from models.starter_world.widening import widen, wider_painter


def test_a_resumed_run_goes_on_where_its_budget_stood() -> None:
    assert Budget(minutes=1.0, used_s=30.0).share == pytest.approx(0.5, abs=0.01)
    assert Budget(minutes=1.0, used_s=90.0).share == 1.0


def test_the_learning_rate_warms_up_and_falls() -> None:
    assert learning_rate(0.0, 0, peak=1.0) < learning_rate(0.0, 99, peak=1.0) == 1.0
    assert learning_rate(1.0, 5000, peak=1.0) == pytest.approx(0.02)


def test_a_checkpoint_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.pt"
    save_checkpoint(path, {"weights": torch.arange(3), "step": 7})
    state = load_checkpoint(path, torch.device("cpu"))
    assert state is not None
    assert state["step"] == 7
    assert not list(path.parent.glob("*.tmp"))


def test_without_a_checkpoint_training_starts_anew(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "none.pt", torch.device("cpu")) is None


def begin(layer: nn.Linear, checkpoint: Path, *, minutes: float) -> Run:
    state = load_checkpoint(checkpoint, torch.device("cpu"))
    if state:
        layer.load_state_dict(state["network"])
    rates: dict[torch.optim.Optimizer, float] = {torch.optim.AdamW(layer.parameters()): 0.1}
    return Run(
        layer, rates, checkpoint, argparse.Namespace(minutes=minutes, seed=1), state, average=Average(layer, 0.9)
    )


def test_a_run_descends_keeps_its_last_step_and_goes_on_from_it(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    layer = nn.Linear(2, 1)
    run = begin(layer, checkpoint, minutes=0.02)
    losses: list[float] = []
    while not run.is_over:
        loss = (layer(torch.ones(8, 2)) - 3.0).square().mean()
        losses.append(loss.item())
        run.descend(loss)
    assert losses[-1] < 0.1 * losses[0]

    again = nn.Linear(2, 1)
    resumed = begin(again, checkpoint, minutes=1.0)
    assert torch.equal(again.weight, layer.weight)
    assert resumed.step == run.step == len(losses)
    assert 0.0 < resumed.share < 0.1
    assert not resumed.is_over
    kept = load_checkpoint(checkpoint, torch.device("cpu"))
    assert kept is not None
    assert kept["optimisers"][0]["state"][0]["step"] == run.step
    assert set(kept["average"]) == {"weight", "bias"}


def test_a_run_whose_time_is_used_up_is_over_at_once(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    layer = nn.Linear(2, 1)
    run = begin(layer, checkpoint, minutes=0.001)
    while not run.is_over:
        run.descend(layer(torch.ones(1, 2)).sum())
    assert begin(nn.Linear(2, 1), checkpoint, minutes=0.001).is_over


def test_an_average_forgets_its_random_start() -> None:
    layer = nn.Linear(2, 2)
    average = Average(layer, decay=0.9)
    with torch.no_grad():
        layer.weight.fill_(3.0)
    for _ in range(100):
        average.update(layer)
    assert torch.allclose(average.weights["weight"], torch.full((2, 2), 3.0), atol=1e-3)


def test_whitening_gives_unit_latents_and_the_same_picture() -> None:
    torch.manual_seed(0)
    network = train_autoencoder.build(4).eval()
    pictures = torch.rand(4, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        before = network.decode(network.encode(pictures).latent_dist.mode()).sample
        whiten(network, pictures)
        latents = network.encode(pictures).latent_dist.mode()
        after = network.decode(latents).sample
    assert torch.allclose(before, after, atol=1e-4)
    covariance = torch.cov(latents.permute(1, 0, 2, 3).flatten(1))
    assert torch.allclose(covariance, torch.eye(4), atol=1e-2)


def test_whitening_leaves_the_kept_latents_and_the_picture() -> None:
    torch.manual_seed(0)
    network = train_autoencoder.build(6).eval()
    pictures = torch.rand(4, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        before = network.encode(pictures).latent_dist.mode()
        picture = network.decode(before).sample
        whiten(network, pictures, kept=4)
        after = network.encode(pictures).latent_dist.mode()
        assert torch.allclose(network.decode(after).sample, picture, atol=1e-4)
    assert torch.allclose(before[:, :4], after[:, :4], atol=1e-5)
    covariance = torch.cov(after.permute(1, 0, 2, 3).flatten(1))
    assert torch.allclose(covariance[4:, 4:], torch.eye(2), atol=1e-2)
    assert covariance[:4, 4:].abs().max() < 1e-2


def test_a_wider_autoencoder_keeps_latents_and_pictures() -> None:
    torch.manual_seed(0)
    narrow = train_autoencoder.build(4).eval()
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    wide = widen(narrow, train_autoencoder.build(6)).eval()
    with torch.no_grad():
        latents = narrow.encode(pictures).latent_dist.mode()
        wider = wide.encode(pictures).latent_dist.mode()
        assert torch.allclose(wider[:, :4], latents, atol=1e-5)
        wider[:, 4:] = 0.0
        assert torch.allclose(wide.decode(wider).sample, narrow.decode(latents).sample, atol=1e-5)


def test_a_wider_painter_predicts_the_first_latents_as_before() -> None:
    torch.manual_seed(0)
    narrow = train_painter.build(train_text_encoder.WIDTH, 4).eval()
    wide = train_painter.build(train_text_encoder.WIDTH, 6).eval()
    wide.load_state_dict(wider_painter(narrow.state_dict(), 6))
    latents, times, text = torch.randn(1, 6, 16, 16), torch.tensor([500]), torch.randn(1, 7, train_text_encoder.WIDTH)
    with torch.no_grad():
        before, after = narrow(latents[:, :4], times, text).sample, wide(latents, times, text).sample
    assert torch.allclose(after[:, :4], before, atol=1e-5)
    assert not after[:, 4:].any()


def test_structure_and_sharpness_count_the_same() -> None:
    weight = train_painter.channel_weight(16)
    assert weight[:4].sum() == pytest.approx(weight[4:].sum())
    assert weight.mean() == pytest.approx(1.0)
    assert train_painter.channel_weight(4).unique().tolist() == [1.0]


@pytest.fixture
def reader(tmp_path: Path) -> examples.Reader:
    tokenizer = save_tokenizer(tmp_path)
    return examples.Reader(train_text_encoder.build(tokenizer), tokenizer, torch.device("cpu"))


def test_boxes_fill_the_first_slots_and_blind_scenes_have_none(reader: examples.Reader) -> None:
    items = (Item("car", "red", 0, 64, 64, 32), Item("cup", "blue", 64, 0, 32, 32))
    scene = DrawnScene("a room", "photo", items, seed=1)
    rng = random.Random(3)
    grounding = examples.ground([scene, scene], [False, True], reader, rng=rng, device=torch.device("cpu"))
    assert grounding["masks"].sum(dim=1).tolist() == [2.0, 0.0]
    assert {tuple(box) for box in grounding["boxes"][0, :2].tolist()} == {(0.0, 0.5, 0.5, 0.75), (0.5, 0.0, 0.75, 0.25)}
    assert not grounding["positive_embeddings"][1].any()


def test_the_unet_takes_what_the_recipe_grounds_with(reader: examples.Reader) -> None:
    scene = DrawnScene("a room", "photo", (Item("car", "red", 0, 64, 64, 32),), seed=1)
    device = torch.device("cpu")
    grounding = examples.ground([scene], [False], reader, rng=random.Random(3), device=device)
    unet = train_painter.build(train_text_encoder.WIDTH, 4).eval()
    latents, times = torch.randn(1, 4, 16, 16), torch.tensor([500])
    text = reader.states(["a room with a red car"])
    with torch.no_grad():
        plain = unet(latents, times, text).sample
        grounded = unet(latents, times, text, cross_attention_kwargs={"gligen": grounding}).sample
    assert plain.shape == latents.shape
    assert not torch.allclose(plain, grounded)


def test_repeating_cells_gives_what_interpolation_gives() -> None:
    torch.manual_seed(0)
    network = train_autoencoder.build(4).eval()
    latents = torch.randn(1, 4, 4, 4)
    with torch.no_grad():
        expected = network.decode(latents).sample
        upsample_by_repeating(network)
        assert torch.equal(network.decode(latents).sample, expected)


def test_a_blurred_picture_keeps_its_light() -> None:
    pictures = torch.rand(3, 3, 16, 16)
    soft = blurred(pictures, torch.tensor([0.05, 0.8, 1.6]))
    assert torch.allclose(soft[0], pictures[0], atol=1e-5)
    assert soft[2].std() < soft[1].std() < soft[0].std()
    assert torch.allclose(soft.mean(), pictures.mean(), atol=0.02)
