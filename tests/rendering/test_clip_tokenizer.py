"""The tokenizer that is shipped for single checkpoint files is CLIP's own."""

from __future__ import annotations

import pytest
from transformers import CLIPTokenizer

from lmd_desktop.catalog import resources_folder


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(resources_folder() / "clip", local_files_only=True)


def test_the_vocabulary_has_clips_size_and_special_tokens(tokenizer: CLIPTokenizer) -> None:
    assert len(tokenizer) == 49408
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (49406, 49407, 49407)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("A Photo  of a CAT", [320, 1125, 539, 320, 2368]),
        ("", []),
    ],
)
def test_known_texts_have_clips_ids(tokenizer: CLIPTokenizer, text: str, ids: list[int]) -> None:
    assert tokenizer(text).input_ids == [49406, *ids, 49407]


def test_words_outside_of_the_vocabulary_fall_into_parts(tokenizer: CLIPTokenizer) -> None:
    tokens = tokenizer.convert_ids_to_tokens(tokenizer("naïve café don't").input_ids)[1:-1]
    assert tokens == ["na", "Ã¯", "ve</w>", "cafÃ©</w>", "don</w>", "'t</w>"]
