"""Drawing tokens: likely ones first, the grammar's choice, and numbers that are none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lmd_desktop.domain.errors import UserError
from lmd_desktop.planning.sampling import choose_token


class Only:
    """A grammar that allows some tokens, and counts how many it was asked about."""

    def __init__(self, *tokens: int) -> None:
        self._tokens = tokens
        self.asked: list[int] = []
        self.is_complete = False

    def allows(self, token: int) -> bool:
        self.asked.append(1)
        return token in self._tokens

    def allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        self.asked.append(tokens.size)
        return np.isin(tokens, self._tokens)

    def all_allowed(self) -> NDArray[np.int32]:
        self.asked.append(-1)
        return np.array(self._tokens, dtype=np.int32)

    def accept(self, token: int) -> None:
        raise AssertionError(token)

    def close(self) -> None:
        raise AssertionError


def logits(size: int = 1000, **scores: float) -> NDArray[np.float32]:
    result = np.zeros(size, dtype=np.float32)
    for name, score in scores.items():
        result[int(name[1:])] = score
    return result


def test_a_token_that_the_grammar_allows_is_asked_about_alone() -> None:
    grammar = Only(7)
    assert choose_token(logits(t7=30), grammar, np.random.default_rng(0), temperature=0.25) == 7
    assert grammar.asked == [1]


def test_a_forbidden_token_makes_way_for_the_best_allowed_one() -> None:
    grammar = Only(3, 4)
    scores = logits(t7=30, t3=20, t4=10)
    assert choose_token(scores, grammar, np.random.default_rng(0), temperature=0.25) == 3
    assert grammar.asked == [1, -1]


def test_the_whole_vocabulary_is_asked_about_only_if_nothing_likely_is_allowed() -> None:
    grammar = Only(999)
    scores = np.linspace(1, 0, 1000, dtype=np.float32)
    assert choose_token(scores, grammar, np.random.default_rng(0), temperature=0.25) == 999
    assert grammar.asked == [1, 256, -1]


def test_tokens_are_drawn_by_temperature_and_top_p() -> None:
    scores = logits(t1=10.0, t2=10.0 + 0.25 * np.log(3), t3=8.0)
    rng = np.random.default_rng(1)
    drawn = [choose_token(scores, Only(1, 2, 3), rng, temperature=0.25) for _ in range(2000)]
    assert drawn.count(3) == 0
    assert 0.70 < drawn.count(2) / 2000 < 0.80


def test_without_temperature_the_best_token_is_taken() -> None:
    scores = logits(t5=1.0, t6=1.0, t7=0.5)
    assert choose_token(scores, Only(5, 6, 7), np.random.default_rng(0), temperature=0.0) == 5


def test_the_same_seed_draws_the_same_tokens() -> None:
    scores = np.random.default_rng(5).standard_normal(5000).astype(np.float32)
    everything = Only(*range(5000))
    first, second = (
        [choose_token(scores, everything, rng, temperature=1.0) for _ in range(50)]
        for rng in (np.random.default_rng(3), np.random.default_rng(3))
    )
    assert first == second
    assert len(set(first)) > 10


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_model_that_computes_no_numbers_is_told(broken: float) -> None:
    with pytest.raises(UserError, match="no usable numbers"):
        choose_token(logits(t3=broken), Only(1), np.random.default_rng(0), temperature=0.25)


def test_a_model_without_a_fitting_token_is_told() -> None:
    with pytest.raises(UserError, match="no token"):
        choose_token(logits(), Only(), np.random.default_rng(0), temperature=0.25)
