"""Turns prompts and phrases into the embeddings that the UNet reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.prompts import MAX_PIECES, MAX_TOKENS, PIECE
from lmd_desktop.rendering.xl import with_pooled


def count_tokens(pipeline: Pipeline, text: str) -> int:
    """How many tokens a text has, without start and end token."""
    return len(pipeline.tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def is_too_long(pipeline: Pipeline, text: str) -> bool:
    """Whether a text does not fit into one piece."""
    return count_tokens(pipeline, text) > PIECE


def pieces_of(pipeline: Pipeline, texts: Sequence[str]) -> int:
    """How many pieces the longest of some texts needs, at most those that are read."""
    longest = max(count_tokens(pipeline, text) for text in texts)
    return min(max(math.ceil(longest / PIECE), 1), MAX_PIECES)


def encode_prompts(pipeline: Pipeline, prompts: Sequence[str], *, pieces: int = 1) -> Tensor:
    """The last hidden states of the text encoder, (prompts, 77 per piece, width); what goes beyond is cut off.

    Of SDXL: those before the last of both encoders side by side, and the pooled prompt (of the first piece) as one row
    more (see ``xl.py``).
    """
    if pipeline.text_encoder_2 is None or pipeline.tokenizer_2 is None:
        encoded = _run(pipeline, prompts, tokenizer=pipeline.tokenizer, encoder=pipeline.text_encoder, pieces=pieces)
        return _joined(encoded.last_hidden_state, pieces)
    first = _run(pipeline, prompts, tokenizer=pipeline.tokenizer, encoder=pipeline.text_encoder, pieces=pieces)
    second = _run(pipeline, prompts, tokenizer=pipeline.tokenizer_2, encoder=pipeline.text_encoder_2, pieces=pieces)
    tokens = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
    embeds = with_pooled(_joined(tokens, pieces), second.text_embeds[::pieces])
    # SDXL learned to paint without a text by zeros, not by an empty text.
    is_empty = [not prompt.strip() for prompt in prompts]
    return embeds.masked_fill(torch.tensor(is_empty, device=embeds.device)[:, None, None], 0.0)


def encode_phrases(pipeline: Pipeline, phrases: Sequence[str]) -> Tensor:
    """One vector per phrase, taken at its end token as GLIGEN was trained on: (phrases, width)."""
    tokenizer, encoder = pipeline.tokenizer, pipeline.text_encoder
    return _run(pipeline, phrases, tokenizer=tokenizer, encoder=encoder, pieces=1).pooler_output


def _run(pipeline: Pipeline, texts: Sequence[str], *, tokenizer: Any, encoder: Any, pieces: int) -> Any:
    """The encoder's output with a row for each piece of each text; a text that has fewer is followed by empty ones."""
    rows: list[list[int]] = []
    for text in texts:
        tokens = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
        for first in range(0, pieces * PIECE, PIECE):
            row = [tokenizer.bos_token_id, *tokens[first : first + PIECE], tokenizer.eos_token_id]
            rows.append(row + [tokenizer.pad_token_id] * (MAX_TOKENS - len(row)))
    with torch.no_grad():
        return encoder(torch.tensor(rows, device=pipeline.device), output_hidden_states=pipeline.is_xl)


def _joined(rows: Tensor, pieces: int) -> Tensor:
    """(prompts * pieces, 77, width) -> (prompts, pieces * 77, width)."""
    return rows.unflatten(0, (-1, pieces)).flatten(1, 2)
