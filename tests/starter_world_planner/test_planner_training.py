"""Training learns, checkpoints and goes on where it stopped."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from models.starter_world.planner import train
from models.starter_world.planner.muon import orthogonal


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


def test_muon_makes_matrices_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(2, 48, 32)))
    assert bool((values > 0.5).all())
    assert bool((values < math.sqrt(2)).all())
