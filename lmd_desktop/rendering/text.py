"""Turns prompts and phrases into the embeddings that the UNet reads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.prompts import MAX_TOKENS


def count_tokens(pipeline: Pipeline, text: str) -> int:
    """How many tokens a text has, without start and end token."""
    return len(pipeline.tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def is_too_long(pipeline: Pipeline, text: str) -> bool:
    return count_tokens(pipeline, text) > MAX_TOKENS - 2


def encode_prompts(pipeline: Pipeline, prompts: Sequence[str]) -> Tensor:
    """The last hidden states of the text encoder, (prompts, 77, width); long prompts are cut off."""
    return _encode(pipeline, prompts).last_hidden_state


def encode_phrases(pipeline: Pipeline, phrases: Sequence[str]) -> Tensor:
    """One vector per phrase, taken at its end token as GLIGEN was trained on: (phrases, width)."""
    return _encode(pipeline, phrases).pooler_output


def _encode(pipeline: Pipeline, texts: Sequence[str]):
    tokens = pipeline.tokenizer(
        list(texts), padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt"
    )
    with torch.no_grad():
        return pipeline.text_encoder(tokens.input_ids.to(pipeline.device))
