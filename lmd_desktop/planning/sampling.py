"""The sampling loop: draw a token first, look whether the grammar allows it, narrow the choice only if it does not.

A grammar over a whole vocabulary of 150,000 tokens costs 20 ms and more per token; one token costs microseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lmd_desktop.domain.errors import UserError
from lmd_desktop.planning.engine import MAX_APPENDED, Engine, Grammar

TOP_P = 0.95
CANDIDATES = 256  # tokens that are ever drawn from; beyond them there is nothing left at planning temperatures
NEGLIGIBLE = 25.0  # logits, at temperature 1, below the best: e^-25 is lost even in 150,000 tokens together


class Copier(Protocol):
    """Guesses how an answer goes on."""

    def guess(self, written: bytes) -> Sequence[int]:
        """The tokens that may follow behind what is written; none if there is nothing to guess."""
        ...

    def took(self) -> None:
        """A guessed token was right."""
        ...


def sample_answer(
    engine: Engine,
    grammar: Grammar,
    *,
    rng: np.random.Generator,
    temperature: float,
    limit: int,
    check: Callable[[], None],
    copier: Copier | None = None,
) -> Iterator[bytes]:
    """The bytes of one token after the other, until the grammar is complete or ``limit`` tokens were written.

    Each token is drawn from the scores behind the one before it. With a ``copier`` guessed tokens go through the model
    in the same batch: where the drawn token is the guessed one, the scores behind it are there already. What is drawn
    does not depend on what is guessed.
    """
    guessed: deque[int] = deque()
    place = -1
    written = b""
    for count in range(limit):
        check()
        token = choose_token(engine.logits(place), grammar, rng, temperature=temperature)
        if engine.is_end(token):
            return
        grammar.accept(token)
        piece = engine.piece(token)
        yield piece
        # The grammar can end only after a newline; asking it every time would double its cost.
        if count + 1 == limit or (piece.endswith(b"\n") and grammar.is_complete):
            return
        written += piece
        if guessed and guessed[0] == token:
            guessed.popleft()
            place += 1
            if copier is not None:
                copier.took()
            continue
        if guessed:
            engine.forget(len(guessed))
        guessed.clear()
        if copier is not None and engine.can_forget:
            guessed += copier.guess(written)[: min(MAX_APPENDED, limit - count) - 1]
        engine.append(token, *guessed, check=check)
        place = 0


def choose_token(logits: NDArray[np.float32], grammar: Grammar, rng: np.random.Generator, *, temperature: float) -> int:
    """A token that the grammar allows, drawn with temperature and top-p from the most likely ones."""
    best = float(logits.max())
    if not np.isfinite(best):
        # A NaN anywhere makes the largest number one, too.
        raise UserError("The planner model computes no usable numbers.", "Choose another planner model.")
    count = min(CANDIDATES, logits.size)
    # Sorting out a whole vocabulary costs a millisecond; most often only few tokens are likely at all.
    likely = np.flatnonzero(logits >= best - NEGLIGIBLE * temperature).astype(np.int32)
    candidates = likely if likely.size <= count else _most_likely(logits, count)
    token = _draw(candidates, logits, rng, temperature)
    if grammar.allows(token):
        return token
    allowed = candidates[grammar.allowed(candidates)] if candidates.size > 1 else candidates[:0]
    if not allowed.size:
        allowed = grammar.all_allowed()
    if not allowed.size:
        raise UserError(
            "The planner model has no token with which its answer could go on.", "Choose another planner model."
        )
    return _draw(allowed, logits, rng, temperature)


def _most_likely(logits: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    return np.argpartition(logits, logits.size - count)[logits.size - count :].astype(np.int32)


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
