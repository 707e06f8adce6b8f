"""The static part of a prompt: evaluated once, restored where the cache cannot go back to it, and made anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from lmd_desktop.planning.engine import Evaluated
from lmd_desktop.planning.static_part import LEAST_TOKENS, evaluate_prompt
from tests.planning.conftest import ScriptedEngine

STATIC = list(range(LEAST_TOKENS))


class Recurrent(ScriptedEngine):
    """A cache that can go on, start anew or take a state, but never go back. A state is the tokens themselves."""

    def __init__(self) -> None:
        self.held: list[int] = []
        self.state_key = "recurrent"
        self.takes_states = True

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        reused = self.reusable(tokens)
        self.held = list(tokens)
        on_progress(len(tokens) - reused, len(tokens) - reused)
        return Evaluated(len(tokens) - reused, reused)

    def reusable(self, tokens: Sequence[int]) -> int:
        return len(self.held) if list(tokens[: len(self.held)]) == self.held else 0

    def save_state(self) -> NDArray[np.uint8]:
        return np.array(self.held, dtype=np.uint8)

    def load_state(self, state: NDArray[np.uint8], tokens: Sequence[int]) -> bool:
        self.held = [int(token) for token in state] if self.takes_states else []
        return self.takes_states


class Shelf:
    """States in memory."""

    def __init__(self) -> None:
        self.states: dict[str, NDArray[np.uint8]] = {}
        self.refused: list[str] = []

    def load(self, key: str, tokens: Sequence[int]) -> NDArray[np.uint8] | None:
        return self.states.get(key)

    def save(self, key: str, tokens: Sequence[int], state: NDArray[np.uint8]) -> None:
        self.states[key] = state

    def refuse(self, key: str, tokens: Sequence[int]) -> None:
        self.refused.append(key)


@pytest.fixture
def engine() -> Recurrent:
    return Recurrent()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def evaluate(engine: Recurrent, shelf: Shelf | None, *rest: int, static: Sequence[int] = STATIC) -> Evaluated:
    told: list[tuple[int, int]] = []
    tokens = [*static, *rest]
    cost = evaluate_prompt(
        engine,
        tokens,
        static,
        states=shelf,
        key="weights",
        check=lambda: None,
        on_progress=lambda *step: told.append(step),
    )
    assert engine.held == tokens
    assert told[-1][0] == told[-1][1]
    return cost


def test_a_model_that_cannot_go_back_starts_from_its_instructions(engine: Recurrent, shelf: Shelf) -> None:
    assert evaluate(engine, shelf, 1, 2, 3) == Evaluated(LEAST_TOKENS + 3, 0)
    assert evaluate(engine, shelf, 1, 2, 3, 4) == Evaluated(1, LEAST_TOKENS + 3)
    assert evaluate(engine, shelf, 7) == Evaluated(1, LEAST_TOKENS)
    assert list(shelf.states) == ["weights, recurrent"]


def test_a_state_that_the_engine_does_not_take_is_thrown_away_and_made_anew(engine: Recurrent, shelf: Shelf) -> None:
    evaluate(engine, shelf, 1)
    engine.takes_states = False
    assert evaluate(engine, shelf, 7) == Evaluated(LEAST_TOKENS + 1, 0)
    assert shelf.refused == ["weights, recurrent"]
    assert len(shelf.states) == 1


def test_without_a_folder_or_with_short_instructions_nothing_is_kept(engine: Recurrent, shelf: Shelf) -> None:
    assert evaluate(engine, None, 1) == Evaluated(LEAST_TOKENS + 1, 0)
    assert evaluate(engine, shelf, 9, static=STATIC[:-1]) == Evaluated(LEAST_TOKENS, 0)
    assert shelf.states == {}
