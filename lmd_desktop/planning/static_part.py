"""The part of every prompt that does not depend on the request: evaluated once, then restored from disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lmd_desktop.planning.engine import Engine, Evaluated
from lmd_desktop.planning.prompt import ChatPrompt, Message

LEAST_TOKENS = 64  # a shorter part is evaluated faster than its state is read
# Two prompts with as little in common as two requests can have: what they share, all requests share.
REQUESTS = ("canvas 512 512\nrequest a", "canvas 64 48\nbox 1 a | 0 0 8 8")

Check = Callable[[], None]
OnProgress = Callable[[int, int], None]


class States(Protocol):
    """Where states are kept; ``state_file.StateFolder``."""

    def load(self, key: str, tokens: Sequence[int]) -> NDArray[np.uint8] | None: ...

    def save(self, key: str, tokens: Sequence[int], state: NDArray[np.uint8]) -> None: ...

    def refuse(self, key: str, tokens: Sequence[int]) -> None: ...


def static_tokens(prompt: ChatPrompt, instructions: str) -> list[int]:
    """What the prompts of all requests begin with."""
    one, other = (prompt.tokens([Message("system", instructions), Message("user", request)]) for request in REQUESTS)
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:shared]


def evaluate_prompt(
    engine: Engine,
    tokens: Sequence[int],
    static: Sequence[int],
    *,
    states: States | None,
    key: str,
    check: Check,
    on_progress: OnProgress,
) -> Evaluated:
    """Make the engine's cache hold a prompt; its static part comes from ``states``, or is saved there once evaluated.

    What came from disk counts as reused. ``key`` names the weights.
    """
    is_static = len(static) >= LEAST_TOKENS and list(tokens[: len(static)]) == list(static)
    if states is None or not is_static or engine.reusable(tokens) >= len(static):
        return engine.evaluate(tokens, check=check, on_progress=on_progress)
    key = f"{key}, {engine.state_key}"
    state = states.load(key, static)
    if state is not None and engine.load_state(state, static):
        return engine.evaluate(tokens, check=check, on_progress=on_progress)
    if state is not None:
        states.refuse(key, static)
    first = engine.evaluate(static, check=check, on_progress=lambda step, _: on_progress(step, len(tokens)))
    states.save(key, static, engine.save_state())
    rest = engine.evaluate(
        tokens, check=check, on_progress=lambda step, _: on_progress(len(static) + step, len(tokens))
    )
    return replace(rest, evaluated=first.evaluated + rest.evaluated, reused=first.reused)
