"""Training learns, checkpoints and goes on where it stopped."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.starter_world.planner import train
from models.starter_world.planner.export import GGUF_PATH, load_gguf
from models.starter_world.planner.layout import Box, Layout, Turn, answer_text, user_turn
from models.starter_world.planner.model import Planner, PlannerConfig, grown
from models.starter_world.planner.muon import orthogonal
from models.starter_world.planner.tokens import CHANGED, DEPARTS, FORCED, REPEATED, encode_turns


def test_training_writes_a_checkpoint_and_resumes_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "POOL", 8)
    monkeypatch.setitem(train.TOKENS_PER_STEP, "cpu", 256)
    for minutes in (0.01, 0.02):
        train.train(torch.device("cpu"), tmp_path, minutes=minutes)
        state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
        assert state["run"]["seconds"] >= minutes * 60
        assert all(bool(weight.isfinite().all()) for weight in state["weights"].values())
    planner, tokenizer = train.load_checkpoint(tmp_path)
    assert planner.config.vocabulary == tokenizer.get_vocab_size()


def test_a_grown_network_says_what_the_smaller_one_said() -> None:
    torch.manual_seed(1)
    small = Planner(PlannerConfig(vocabulary=40, width=64, layers=4, heads=2, key_heads=1, inner=64))
    for weight in small.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    large = grown(small, 6)
    ids = torch.randint(0, 40, (2, 12))
    assert len(large.blk) == 6
    assert torch.equal(small.logits(small(ids)), large.logits(large(ids)))


def test_a_stretch_that_ended_is_followed_by_another_and_one_that_broke_off_goes_on() -> None:
    run = train.Run()
    run.aim_at(600)
    run.seconds = 300
    assert run.progress == 0.5
    run.aim_at(600)
    assert run.progress == 0.5
    run.seconds = 600
    run.aim_at(1000)
    assert (run.progress, run.is_warm) == (0.0, True)
    run.seconds = 800
    assert run.progress == 0.5


def test_what_a_request_may_change_counts_most_in_every_box_alike() -> None:
    tokenizer = load_gguf(GGUF_PATH)[1]
    before = Layout((Box(1, "a cat", (8, 8, 96, 96)), Box(2, "a dog", (200, 8, 96, 96))), "a room", "")
    after = Layout((before.boxes[0], Box(2, "a red dog", (200, 8, 96, 96))), "a room", "")
    turn = Turn(user_turn((512, 512), before, request="make the dog red"), answer_text(after))
    learnt = encode_turns(tokenizer, [turn], coordinate_weight=1.0)
    weights = {
        tokenizer.id_to_token(token): weight
        for token, weight in zip(learnt.ids, learnt.weights, strict=True)
        if weight > 0
    }
    assert weights["Ġred"] == weights["Ġcat"] == CHANGED
    assert weights["Ġ8"] == weights["Ġ200"] == REPEATED < CHANGED
    wrong = encode_turns(tokenizer, [replace(turn, is_learnt=False)], coordinate_weight=1.0)
    assert not any(wrong.weights)


def test_which_line_comes_next_counts_most_of_all_where_a_box_is_left_out() -> None:
    tokenizer = load_gguf(GGUF_PATH)[1]
    boxes = tuple(Box(number, "a cat", (8 * number, 8, 96, 96), locked=number == 7) for number in (4, 5, 6, 7))
    before = Layout(boxes, "a room", "")
    after = Layout((boxes[0], boxes[2], boxes[3]), "a room", "")
    turn = Turn(user_turn((512, 512), before, request="remove box 5"), answer_text(after))
    learnt = encode_turns(tokenizer, [turn], coordinate_weight=1.0)
    heads = {
        tokenizer.id_to_token(token): weight
        for token, weight in zip(learnt.ids, learnt.weights, strict=True)
        if weight > 0
    }
    assert heads["Ġ6"] == heads["Ġ4"] == DEPARTS
    assert heads["Ġ7"] == FORCED


def test_muon_makes_matrices_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(2, 48, 32)))
    assert bool((values > 0.5).all())
    assert bool((values < math.sqrt(2)).all())
