"""The tokens of each phrase in a prompt, with CLIP's own vocabulary."""

from __future__ import annotations

import pytest
from transformers import CLIPTokenizer

from lmd_desktop.catalog import resources_folder
from lmd_desktop.domain.layout import Layout
from lmd_desktop.rendering.prompts import compose_prompt, token_positions
from tests.rendering.conftest import box


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(resources_folder() / "clip", local_files_only=True)


@pytest.mark.parametrize(
    ("phrases", "own_prompt", "expected"),
    [
        pytest.param(
            ("a red cup", "a red cup", "a cup"), None, {4: "two red cups", 9: "cup"}, id="plural beside singular"
        ),
        pytest.param(
            ("a teddy-bear", "a bear", "a t-shirt", "a t-shirt"),
            None,
            {5: "teddy - bear", 10: "bear", 12: "two t - shirts"},
            id="hyphens",
        ),
        pytest.param(("a chihuahua wearing a sombrero",), None, {5: "chihuahua wearing a som brero"}, id="parts"),
        pytest.param(("a jack-o'-lantern",), None, {5: "jack - o '- lantern"}, id="punctuation"),
        pytest.param(
            ("a cat", "a catwalk"), "a cat, a cat and a catwalk with cats", {2: "cat", 8: "catwalk"}, id="repeated"
        ),
        pytest.param(
            ("a red car", "a red car toy", "a car"),
            "a red car toy near a red car and a car",
            {7: "red car", 2: "red car toy", 11: "car"},
            id="overlapping",
        ),
        pytest.param(("art", "a star"), "smart art by the artist", {2: "art", 8: "star"}, id="tails of other words"),
        pytest.param(("a dog", "a bowl"), "two dogs' bowls, the dog's bowl", {7: "dog", 9: "bowl"}, id="possessive"),
    ],
)
def test_positions_are_those_of_the_phrase(
    tokenizer: CLIPTokenizer, phrases: tuple[str, ...], own_prompt: str | None, expected: dict[int, str]
) -> None:
    boxes = tuple(box(str(index), phrase, (0, 0, 64, 64)) for index, phrase in enumerate(phrases))
    prompt = compose_prompt(Layout(boxes=boxes, background_prompt="a field"), own_prompt)
    row = tokenizer(prompt.text).input_ids
    found: dict[int, str] = {}
    for mention in prompt.mentions:
        positions = token_positions(
            lambda text: len(tokenizer(text, add_special_tokens=False).input_ids), prompt.text, mention
        )
        assert positions == tuple(range(positions[0], positions[0] + len(positions)))
        tokens = tokenizer.convert_ids_to_tokens([row[position] for position in positions])
        found[positions[0]] = " ".join(token.removesuffix("</w>") for token in tokens)
    assert found == expected
