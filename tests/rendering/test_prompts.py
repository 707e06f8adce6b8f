"""Prompts composed from layouts, and the tokens of each phrase in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lmd_desktop.domain.layout import Layout
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.prompts import (
    Prompt,
    compose_box_negative,
    compose_box_prompt,
    compose_negative,
    compose_prompt,
    token_positions,
)
from lmd_desktop.rendering.text import count_tokens, encode_prompts
from tests.rendering.conftest import box

RECT = (0, 0, 64, 64)


def layout_of(*phrases: str, background: str = "a field") -> Layout:
    boxes = tuple(box(str(index), phrase, RECT) for index, phrase in enumerate(phrases, start=1))
    return Layout(boxes=boxes, background_prompt=background)


def mentioned(prompt: Prompt) -> list[tuple[tuple[str, ...], str]]:
    return [(mention.box_ids, prompt.text[mention.start : mention.end]) for mention in prompt.mentions]


def test_equal_boxes_become_one_plural() -> None:
    prompt = compose_prompt(layout_of("a red car", "a blue cup", "A blue cup"))
    assert prompt.text == "a field with a red car, two blue cups"
    assert mentioned(prompt) == [(("1",), "red car"), (("2", "3"), "two blue cups")]


def test_a_layout_without_background_lists_its_things() -> None:
    assert compose_prompt(layout_of("a cat", "a dog", background="")).text == "a cat, a dog"


def test_a_layout_without_boxes_is_its_background() -> None:
    assert compose_prompt(layout_of()).text == "a field"
    assert compose_prompt(Layout()).text == ""


def test_disabled_boxes_are_not_mentioned() -> None:
    layout = layout_of("a cat", "a dog")
    layout = replace(layout, boxes=(replace(layout.boxes[0], is_enabled=False), layout.boxes[1]))
    assert compose_prompt(layout).text == "a field with a dog"


def test_a_full_stop_is_not_part_of_the_thing() -> None:
    assert compose_prompt(layout_of("a cat.", background="a field.")).text == "a field with a cat"


def test_a_box_alone_is_prompted_with_the_background() -> None:
    layout = layout_of("a cat", "a dog")
    assert mentioned(compose_box_prompt(layout, layout.boxes[1])) == [(("2",), "dog")]
    assert compose_box_prompt(layout, layout.boxes[1]).text == "a field with a dog"


def test_phrases_are_found_in_an_own_prompt() -> None:
    prompt = compose_prompt(layout_of("a red car", "a cup", "a cup"), "Two cups beside the red car, a red carpet")
    assert mentioned(prompt) == [(("1",), "red car"), (("2", "3"), "Two cups")]
    assert prompt.text == "Two cups beside the red car, a red carpet"


def test_the_longer_of_two_overlapping_phrases_gets_its_words() -> None:
    prompt = compose_prompt(layout_of("a red car", "a red car toy"), "a red car toy and a red car")
    assert mentioned(prompt) == [(("1",), "red car"), (("2",), "red car toy")]
    assert prompt.mentions[1].start < prompt.mentions[0].start


def test_a_phrase_that_the_own_prompt_lacks_is_appended() -> None:
    prompt = compose_prompt(layout_of("a car", "a dog"), "scary carpets and a dog")
    assert prompt.text == "scary carpets and a dog | a car"
    assert mentioned(prompt) == [(("1",), "car"), (("2",), "dog")]


def test_quality_words_are_left_to_models_that_know_them() -> None:
    layout = replace(layout_of("a cat"), negative_prompt="dogs")
    thing = replace(layout.boxes[0], negative="fur")
    assert compose_negative(layout, with_defaults=False) == "dogs"
    assert compose_negative(layout, with_defaults=True).startswith("dogs, artifacts, blurry")
    assert compose_box_negative(layout, thing, with_defaults=False) == "fur, dogs"
    assert "collate" in compose_box_negative(layout, thing, with_defaults=True)


@pytest.mark.parametrize(
    "phrases",
    [
        ("a red car", "a blue cup"),
        ("a car", "a car", "a carpet"),
        ("a teddy-bear", "a bear"),
        ("a cup", "a red cup", "the cup of tea"),
        ("红色的杯子", "🙂 a cat"),
    ],
)
def test_positions_are_the_phrase_and_nothing_else(pipeline: Pipeline, phrases: tuple[str, ...]) -> None:
    def count(text: str) -> int:
        return count_tokens(pipeline, text)

    prompt = compose_prompt(layout_of(*phrases))
    row = pipeline.tokenizer(prompt.text).input_ids
    taken: set[int] = set()
    for mention in prompt.mentions:
        positions = token_positions(count, prompt.text, mention)
        words = prompt.text[mention.start : mention.end]
        assert [row[position] for position in positions] == pipeline.tokenizer(words).input_ids[1:-1]
        assert not taken & set(positions)
        taken |= set(positions)


def test_positions_beyond_what_is_read_are_left_out(pipeline: Pipeline) -> None:
    prompt = compose_prompt(layout_of("a red car", "a blue cup", background="word " * 80))
    positions = [
        token_positions(lambda text: count_tokens(pipeline, text), prompt.text, mention) for mention in prompt.mentions
    ]
    assert all(position < 4 * 77 for found in positions for position in found)
    assert positions[1] == ()


def test_a_long_prompt_is_read_in_pieces_and_its_words_are_found(pipeline: Pipeline) -> None:
    """The second piece reads like a prompt of its own, and positions go on behind the first."""
    prompt = compose_prompt(layout_of("a red car", "a blue cup", background="word " * 17))
    ids = pipeline.tokenizer(prompt.text, add_special_tokens=False).input_ids
    assert 75 < len(ids) <= 150
    for mention in prompt.mentions:
        positions = token_positions(lambda text: count_tokens(pipeline, text), prompt.text, mention)
        words = pipeline.tokenizer(prompt.text[mention.start : mention.end], add_special_tokens=False).input_ids
        assert [ids[position // 77 * 75 + position % 77 - 1] for position in positions] == words
        assert not {0, 76} & {position % 77 for position in positions}
    assert positions[-1] > 77  # pyright: ignore[reportPossiblyUnboundVariable]
    pieces = [pipeline.tokenizer.decode(ids[first : first + 75]) for first in (0, 75)]
    whole = encode_prompts(pipeline, [prompt.text, "cats"], pieces=2)
    apart = encode_prompts(pipeline, [*pieces, "cats", ""])
    assert torch.allclose(whole, apart.reshape(2, 154, -1), atol=1e-5)
    assert torch.equal(encode_prompts(pipeline, ["cats"]), whole[1:, :77])
