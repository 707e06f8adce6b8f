"""The llama.cpp engine: prompt cache, cancelling, and files that are no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lmd_desktop.domain.errors import Cancelled, ExitCode, UserError
from lmd_desktop.planning.engine import Evaluated
from lmd_desktop.planning.llama import LlamaEngine
from lmd_desktop.planning.planner import Planner
from tests.planning.conftest import write_tiny_gguf


def no_check() -> None:
    pass


def no_progress(step: int, total: int) -> None:
    pass


def cancel_at(call: int) -> Callable[[], None]:
    """A check that stops the job when it is asked for the n-th time."""
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise Cancelled

    return check


@pytest.fixture
def engine(tiny_gguf: Path) -> Iterator[LlamaEngine]:
    engine = LlamaEngine(tiny_gguf)
    yield engine
    engine.close()


def test_only_what_is_new_is_evaluated(engine: LlamaEngine) -> None:
    tokens = engine.tokenize("canvas 512 512 request a red car" * 40)

    def evaluate(some: list[int]) -> Evaluated:
        return engine.evaluate(some, check=no_check, on_progress=no_progress)

    assert evaluate(tokens[:300]) == Evaluated(300, 0)
    cold = engine.logits()
    engine.append(tokens[300])
    assert evaluate(tokens[:310]) == Evaluated(9, 301)
    assert evaluate([*tokens[:100], 5, 6]) == Evaluated(2, 100)
    assert evaluate(tokens[:300]) == Evaluated(200, 100)
    assert evaluate(tokens[:300]) == Evaluated(1, 299)
    np.testing.assert_allclose(engine.logits(), cold, atol=0.05)


def test_progress_is_told_batch_by_batch(engine: LlamaEngine) -> None:
    told: list[tuple[int, int]] = []
    engine.evaluate(engine.tokenize("x" * 300), check=no_check, on_progress=lambda *step: told.append(step))
    assert told == [(0, 300), (128, 300), (256, 300), (300, 300)]


@pytest.mark.parametrize("call", [1, 2, 4])
def test_a_cancel_stops_the_evaluation_and_the_engine_goes_on_afterwards(engine: LlamaEngine, call: int) -> None:
    tokens = engine.tokenize("a red car" * 200)
    engine.evaluate(tokens, check=no_check, on_progress=no_progress)
    whole = engine.logits()
    engine.evaluate(tokens[:40], check=no_check, on_progress=no_progress)
    with pytest.raises(Cancelled):
        engine.evaluate(tokens, check=cancel_at(call), on_progress=no_progress)
    after = engine.evaluate(tokens, check=no_check, on_progress=no_progress)
    assert after.reused >= 40
    assert after.evaluated + after.reused == len(tokens)
    np.testing.assert_allclose(engine.logits(), whole, atol=0.05)


def test_characters_that_span_tokens_come_back_as_bytes(engine: LlamaEngine) -> None:
    text = "猫 😀 é a red car"
    assert b"".join(map(engine.piece, engine.tokenize(text))).decode() == text


def test_a_context_is_never_longer_than_the_model_was_trained_for(tmp_path: Path) -> None:
    for trained, used in ((512, 512), (100_000, 4096)):
        engine = LlamaEngine(write_tiny_gguf(tmp_path / "model.gguf", context=trained))
        assert engine.context_size == used
        engine.close()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_files_that_are_no_model_are_told_apart(tmp_path: Path, tiny_gguf: Path) -> None:
    good = tiny_gguf.read_bytes()
    cases = {
        "There is no planner model": tmp_path / "missing.gguf",
        "is a folder": tmp_path,
        "it is a web page": write(tmp_path / "page.gguf", b"\n<!DOCTYPE html><html></html>"),
        "it is no GGUF file": write(tmp_path / "noise.gguf", b"\x00" * 4096),
        "empty.gguf” cannot be read": write(tmp_path / "empty.gguf", b""),
        "header.gguf” cannot be read": write(tmp_path / "header.gguf", good[:1000]),
        "half.gguf” cannot be read": write(tmp_path / "half.gguf", good[: len(good) // 2]),
        "has no chat template": write_tiny_gguf(tmp_path / "base.gguf", template=None),
    }
    for words, path in cases.items():
        with pytest.raises(UserError, match=words) as caught:
            Planner(path)
        assert caught.value.exit_code == ExitCode.MODEL_MISSING
        assert caught.value.next_step
