"""The tokens of a vocabulary by their first byte, so that a grammar is asked about few of 150,000.

A grammar that allows a token allows its first byte, too. So it is asked about 256 bytes, and then about the tokens
behind the allowed ones only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

Allowed = Callable[[NDArray[np.int32]], NDArray[np.bool_]]


class FirstBytes:
    """``pieces`` are the bytes of each token in order; tokens without bytes are control tokens and end tokens."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        groups: list[list[int]] = [[] for _ in range(256)]
        singles: dict[int, int] = {}
        self._without: NDArray[np.int32]
        without: list[int] = []
        for token, piece in enumerate(pieces):
            if not piece:
                without.append(token)
                continue
            groups[piece[0]].append(token)
            if len(piece) == 1:
                singles.setdefault(piece[0], token)
        self._without = np.array(without, dtype=np.int32)
        self._groups = [np.array(group, dtype=np.int32) for group in groups]
        self._bytes = np.array(sorted(singles), dtype=np.int32)
        self._singles = np.array([singles[byte] for byte in sorted(singles)], dtype=np.int32)
        # A byte that is no token of its own cannot be asked about alone.
        unknown = [self._groups[byte] for byte in range(256) if byte not in singles]
        self._always = np.concatenate([self._without, *unknown])

    def allowed_tokens(self, allowed: Allowed) -> NDArray[np.int32]:
        """Every token that ``allowed`` allows, in order."""
        first = self._bytes[allowed(self._singles)]
        asked = np.concatenate([self._always, *(self._groups[byte] for byte in first)])
        return np.sort(asked[allowed(asked)])
