"""What the planner needs of a language model: tokens in, logits out, a grammar that allows tokens. Knows no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAX_APPENDED = 64


@dataclass(frozen=True, slots=True)
class SpecialToken:
    """A token that stands for itself in a chat template; some swallow the white space beside them."""

    id: int
    text: str
    strips_left: bool = False
    strips_right: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many tokens of a prompt went through the model, and how many were still in its cache."""

    evaluated: int
    reused: int


class Grammar(Protocol):
    """How far an answer has come, and what may follow."""

    def allows(self, token: int) -> bool:
        """Whether this token may come next."""
        ...

    def allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of these tokens may come next."""
        ...

    def all_allowed(self) -> NDArray[np.int32]:
        """Every token of the vocabulary that may come next, in order."""
        ...

    def accept(self, token: int) -> None:
        """Go on with a token that is allowed and does not end the answer."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether the answer may end here."""
        ...

    def close(self) -> None: ...


class Engine(Protocol):
    """A loaded language model with one sequence in its cache.

    ``markers`` are texts that become one token even in plain text although they look like control tokens.
    ``can_forget``: the newest tokens can be taken back; recurrent models can only forget everything. ``state_key``
    names what a saved state depends on beside the weights.
    """

    name: str
    description: str
    chat_template: str
    bos_text: str
    eos_text: str
    bos_id: int | None
    special_tokens: Mapping[str, SpecialToken]
    markers: frozenset[str]
    context_size: int
    parameters: int
    can_forget: bool
    state_key: str

    def tokenize(self, text: str) -> list[int]:
        """Plain text only: nothing in it becomes a control token."""
        ...

    def piece(self, token: int) -> bytes:
        """The bytes of a token; parts of one character may be spread over several tokens."""
        ...

    def is_end(self, token: int) -> bool: ...

    def evaluate(
        self, tokens: Sequence[int], *, check: Callable[[], None], on_progress: Callable[[int, int], None]
    ) -> Evaluated:
        """Make the cache hold exactly these tokens, keeping what it shares with them."""
        ...

    def append(self, *tokens: int, check: Callable[[], None] | None = None) -> None:
        """Evaluate more tokens, all in one batch; at most MAX_APPENDED."""
        ...

    def logits(self, place: int = -1) -> NDArray[np.float32]:
        """Scores of every token as the next one, after the token at ``place`` of those appended last."""
        ...

    def forget(self, count: int) -> None:
        """Take back the newest tokens; only where ``can_forget``."""
        ...

    def reusable(self, tokens: Sequence[int]) -> int:
        """How many of these tokens ``evaluate`` would find in the cache."""
        ...

    def save_state(self) -> NDArray[np.uint8]:
        """What the cache holds now, for ``load_state`` in another process; empty if it cannot be had."""
        ...

    def load_state(self, state: NDArray[np.uint8], tokens: Sequence[int]) -> bool:
        """Make the cache hold what was saved when it held these tokens; False, with an empty cache, if it cannot."""
        ...

    def start_grammar(self, source: str) -> Grammar:
        """A checked GBNF grammar at its beginning; raises ValueError if it is not well formed."""
        ...

    def close(self) -> None: ...


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences share from their start."""
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))
