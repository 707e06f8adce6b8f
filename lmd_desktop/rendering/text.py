"""Turns prompts and phrases into the embeddings that the UNet reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.prompts import MAX_TOKENS
from lmd_desktop.rendering.xl import with_pooled


def count_tokens(pipeline: Pipeline, text: str) -> int:
    """How many tokens a text has, without start and end token."""
    return len(pipeline.tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def is_too_long(pipeline: Pipeline, text: str) -> bool:
    return count_tokens(pipeline, text) > MAX_TOKENS - 2


def encode_prompts(pipeline: Pipeline, prompts: Sequence[str]) -> Tensor:
    """The last hidden states of the text encoder, (prompts, 77, width); long prompts are cut off.

    Of SDXL: those before the last of both encoders side by side, and the pooled prompt as row 78 (see ``xl.py``).
    """
    if pipeline.text_encoder_2 is None or pipeline.tokenizer_2 is None:
        return _encode(pipeline, prompts).last_hidden_state
    first = _run(pipeline, prompts, tokenizer=pipeline.tokenizer, encoder=pipeline.text_encoder)
    second = _run(pipeline, prompts, tokenizer=pipeline.tokenizer_2, encoder=pipeline.text_encoder_2)
    tokens = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
    embeds = with_pooled(tokens, second.text_embeds)
    # SDXL learned to paint without a text by zeros, not by an empty text.
    is_empty = [not prompt.strip() for prompt in prompts]
    return embeds.masked_fill(torch.tensor(is_empty, device=embeds.device)[:, None, None], 0.0)


def encode_phrases(pipeline: Pipeline, phrases: Sequence[str]) -> Tensor:
    """One vector per phrase, taken at its end token as GLIGEN was trained on: (phrases, width)."""
    return _encode(pipeline, phrases).pooler_output


def _encode(pipeline: Pipeline, texts: Sequence[str]) -> Any:
    return _run(pipeline, texts, tokenizer=pipeline.tokenizer, encoder=pipeline.text_encoder)


def _run(pipeline: Pipeline, texts: Sequence[str], *, tokenizer: Any, encoder: Any) -> Any:
    tokens = tokenizer(list(texts), padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt")
    with torch.no_grad():
        return encoder(tokens.input_ids.to(pipeline.device), output_hidden_states=pipeline.is_xl)
