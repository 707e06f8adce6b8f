"""The sampling loop: draw a token first, look whether the grammar allows it, narrow the choice only if it does not.

A grammar over a whole vocabulary of 150,000 tokens costs 20 ms and more per token; one token costs microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from lmd_desktop.domain.errors import UserError
from lmd_desktop.planning.engine import Engine, Grammar

TOP_P = 0.95
CANDIDATES = 256  # tokens that are ever drawn from; beyond them there is nothing left at planning temperatures


def sample_answer(
    engine: Engine,
    grammar: Grammar,
    *,
    rng: np.random.Generator,
    temperature: float,
    limit: int,
    check: Callable[[], None],
) -> Iterator[bytes]:
    """The bytes of one token after the other, until the grammar is complete or ``limit`` tokens were written."""
    for count in range(limit):
        check()
        token = choose_token(engine.logits(), grammar, rng, temperature=temperature)
        if engine.is_end(token):
            return
        grammar.accept(token)
        piece = engine.piece(token)
        yield piece
        # The grammar can end only after a newline; asking it every time would double its cost.
        if count + 1 == limit or (piece.endswith(b"\n") and grammar.is_complete):
            return
        engine.append(token)


def choose_token(logits: NDArray[np.float32], grammar: Grammar, rng: np.random.Generator, *, temperature: float) -> int:
    """A token that the grammar allows, drawn with temperature and top-p from the most likely ones."""
    if np.isnan(logits).any() or not np.isfinite(logits.max()):
        raise UserError("The planner model computes no usable numbers.", "Choose another planner model.")
    count = min(CANDIDATES, logits.size)
    candidates = np.argpartition(logits, logits.size - count)[logits.size - count :].astype(np.int32)
    token = _draw(candidates, logits, rng, temperature)
    if grammar.allowed(np.array([token], dtype=np.int32))[0]:
        return token
    allowed = candidates[grammar.allowed(candidates)]
    if not allowed.size:
        everything = np.arange(logits.size, dtype=np.int32)
        allowed = everything[grammar.allowed(everything)]
    if not allowed.size:
        raise UserError(
            "The planner model has no token with which its answer could go on.", "Choose another planner model."
        )
    return _draw(allowed, logits, rng, temperature)


def _draw(tokens: NDArray[np.int32], logits: NDArray[np.float32], rng: np.random.Generator, temperature: float) -> int:
    # Sorted by token first: equal logits then have one order on every machine.
    ordered = np.sort(tokens)
    ordered = ordered[np.argsort(-logits[ordered], kind="stable")]
    if temperature <= 0.0:
        return int(ordered[0])
    scaled = (logits[ordered].astype(np.float64) - float(logits[ordered[0]])) / temperature
    probabilities = np.exp(scaled)
    probabilities /= probabilities.sum()
    cumulative = np.cumsum(probabilities)
    kept = int(np.searchsorted(cumulative, TOP_P)) + 1
    place = np.searchsorted(cumulative[:kept], rng.random() * cumulative[min(kept, cumulative.size) - 1], side="right")
    return int(ordered[min(int(place), kept - 1, ordered.size - 1)])
