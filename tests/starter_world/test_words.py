"""Captions, their labels and the painter's tokenizer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from models.starter_world.captions import write_caption, write_phrase
from models.starter_world.drawing import DrawnScene, Item
from models.starter_world.probes import COLOUR_NAMES, NO_COLOUR, THING_NAMES, read_labels
from models.starter_world.scenes import sample_scene
from models.starter_world.tokens import MAX_TOKENS, save_tokenizer, world_words


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


@pytest.fixture
def scene() -> DrawnScene:
    items = (Item("car", "red", 8, 60, 60, 32), Item("cup", "orange", 80, 50, 36, 32))
    return DrawnScene("a room", "photo", items, seed=3)


def test_the_wording_of_per_box_prompts_is_common(scene: DrawnScene) -> None:
    rng = random.Random(2)
    captions = [write_caption(scene, rng) for _ in range(400)]
    wanted = {"a room with a red car, an orange cup", "a room with an orange cup, a red car"}
    assert sum(caption in wanted for caption in captions) > 100


def test_a_phrase_nearly_always_names_thing_and_colour(scene: DrawnScene) -> None:
    rng = random.Random(2)
    phrases = [write_phrase(scene.items[1], rng) for _ in range(200)]
    assert phrases.count("an orange cup") > 160
    assert set(phrases) == {"an orange cup", "a cup", "orange cup"}


def test_labels_bind_colours_and_numbers_to_their_nouns() -> None:
    labels = read_labels("a snow field with two red cars, a cup and blue fish, painting")
    said = [(THING_NAMES[m.thing], m.colour, m.number) for m in labels.mentions]
    red, blue = COLOUR_NAMES.index("red"), COLOUR_NAMES.index("blue")
    assert said == [("car", red, 2), ("cup", NO_COLOUR, 1), ("fish", blue, 0)]
    assert labels.style == 1


def test_every_word_of_the_world_is_one_token(tokenizer: CLIPTokenizer) -> None:
    for word in world_words():
        assert len(tokenizer(word).input_ids) == 3, word


def test_captions_tokenise_without_pieces(tokenizer: CLIPTokenizer) -> None:
    rng = random.Random(4)
    for _ in range(50):
        caption = write_caption(sample_scene(rng), rng)
        words = caption.replace(",", " ,").split()
        assert len(tokenizer(caption).input_ids) == len(words) + 2


@pytest.mark.parametrize("text", ["", "日本 😀", "<|im_end|>", "zebra's \x07 12", "é" * 300])
def test_any_text_tokenises_to_known_ids(tokenizer: CLIPTokenizer, text: str) -> None:
    ids = tokenizer(text, padding="max_length", max_length=MAX_TOKENS, truncation=True).input_ids
    assert len(ids) == MAX_TOKENS
    assert all(0 <= index < len(tokenizer) for index in ids)
    assert ids.index(tokenizer.eos_token_id) > 0


def test_the_end_token_is_not_two(tokenizer: CLIPTokenizer) -> None:
    assert tokenizer.eos_token_id != 2
    assert tokenizer.pad_token_id == tokenizer.eos_token_id
