"""The committed GGUF says in llama.cpp what the trained network says in torch."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from models.starter_world.planner.dialogs import Mix, draw_dialog
from models.starter_world.planner.export import GGUF_PATH, load_gguf, write_gguf
from models.starter_world.planner.layout import Layout, user_turn
from models.starter_world.planner.model import Planner
from models.starter_world.planner.speaker import Speaker
from models.starter_world.planner.tokens import encode_turns, single_tokens


@pytest.fixture(scope="module")
def trained() -> tuple[Planner, Tokenizer]:
    """The committed weights back in torch."""
    return load_gguf(GGUF_PATH)


def _dialogs(tokenizer: Tokenizer, count: int) -> list[list[int]]:
    rng = random.Random(77)
    mix = Mix(another_turn=0.5)
    return [encode_turns(tokenizer, draw_dialog(rng, mix), coordinate_weight=1.0).ids for _ in range(count)]


def _agreement(planner: Planner, speaker: Speaker, dialogs: list[list[int]]) -> tuple[float, float]:
    """Largest difference of logits, and share of positions with the same best token."""
    largest, same, total = 0.0, 0, 0
    for ids in dialogs:
        with torch.no_grad():
            mine = planner.logits(planner(torch.tensor([ids])))[0].numpy()
        speaker.llama.reset()
        speaker.llama.eval(ids)
        theirs = np.array(speaker.llama.scores[: len(ids)])
        largest = max(largest, float(np.abs(mine - theirs).max()))
        same += int((mine.argmax(-1) == theirs.argmax(-1)).sum())
        total += len(ids)
    return largest, same / total


def test_unquantised_llama_cpp_agrees_with_torch(trained: tuple[Planner, Tokenizer], tmp_path: Path) -> None:
    planner, tokenizer = trained
    path = tmp_path / "f32.gguf"
    write_gguf(planner, tokenizer, path, quantised=False)
    largest, same = _agreement(planner, Speaker(path, exact_cache=True), _dialogs(tokenizer, 6))
    assert largest < 0.01
    assert same > 0.999


def test_the_shipped_file_agrees_with_torch(trained: tuple[Planner, Tokenizer]) -> None:
    planner, tokenizer = trained
    _, same = _agreement(planner, Speaker(GGUF_PATH, exact_cache=True), _dialogs(tokenizer, 6))
    assert same > 0.98


def test_writing_and_reading_back_keeps_the_weights(trained: tuple[Planner, Tokenizer], tmp_path: Path) -> None:
    planner, tokenizer = trained
    write_gguf(planner, tokenizer, tmp_path / "again.gguf", quantised=False)
    again, _ = load_gguf(tmp_path / "again.gguf")
    for name, weight in planner.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name


def test_llama_cpp_cuts_text_as_the_trainer_did(trained: tuple[Planner, Tokenizer]) -> None:
    _, tokenizer = trained
    speaker = Speaker(GGUF_PATH)
    rng = random.Random(5)
    texts = [turn.user for _ in range(40) for turn in draw_dialog(rng, Mix(chinese=0.3))]
    texts += ["two cats 🐈 and  a \t dog", "neg \nrequest", "zażółć 12345", *single_tokens()]
    for text in texts:
        assert speaker.tokens(text) == tokenizer.encode(text).ids, text


def test_markers_coordinates_and_world_words_are_single_tokens(trained: tuple[Planner, Tokenizer]) -> None:
    _, tokenizer = trained
    assert not [text for text in single_tokens() if len(tokenizer.encode(text).ids) != 1]


def test_the_headline_example_is_planned_right() -> None:
    request = "a red car on the left of a blue cup, without cats"
    layout = Speaker(GGUF_PATH).plan((), user_turn((512, 512), Layout(), request=request))
    assert [box.phrase for box in layout.boxes] == ["a red car", "a blue cup"]
    assert layout.boxes[0].rect[0] + layout.boxes[0].rect[2] <= layout.boxes[1].rect[0]
    assert layout.negative == "cats"
