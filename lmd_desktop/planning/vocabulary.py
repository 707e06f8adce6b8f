"""The tokens of a vocabulary by their first bytes, so that a grammar is asked about few of 150,000.

A grammar that allows a token allows its first bytes, too. So it is asked about single bytes, then about what goes on
behind the allowed ones where that is much, and at the end about the tokens that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Allowed = Callable[[NDArray[np.int32]], NDArray[np.bool_]]
MAX_GROUP = 400  # tokens that are asked about one by one; the space before a word has 50,000 behind it


@dataclass(frozen=True, slots=True)
class _Group:
    """Tokens that begin alike: those to ask about in any case, and smaller groups, each with the token that it begins
    with; a group of which nobody can ask so is entered in any case.
    """

    tokens: NDArray[np.int32]
    probes: NDArray[np.int32]
    behind_probes: tuple[_Group, ...]
    others: tuple[_Group, ...]


class FirstBytes:
    """``pieces`` are the bytes of each token in order; tokens without bytes are control tokens and end tokens."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        known = list(pieces)
        self._root = _grouped(range(len(known)), known, 0)

    def allowed_tokens(self, allowed: Allowed) -> NDArray[np.int32]:
        """Every token that ``allowed`` allows, in order; each call of it gets all tokens of one length to ask about."""
        asked: list[NDArray[np.int32]] = []
        groups = [self._root]
        while groups:
            asked += [group.tokens for group in groups]
            inner = [behind for group in groups for behind in group.behind_probes]
            mask = allowed(np.concatenate([group.probes for group in groups])) if inner else []
            groups = [other for group in groups for other in group.others]
            groups += [behind for behind, is_allowed in zip(inner, mask, strict=True) if is_allowed]
        tokens = np.concatenate(asked)
        return np.sort(tokens[allowed(tokens)])


def _grouped(tokens: Sequence[int], pieces: Sequence[bytes], length: int) -> _Group:
    """Tokens with the same first ``length`` bytes."""
    if len(tokens) <= MAX_GROUP:
        return _Group(_ids(tokens), _ids(()), (), ())
    by_next: dict[bytes, list[int]] = {}
    for token in tokens:
        by_next.setdefault(pieces[token][length : length + 1], []).append(token)
    ended = by_next.pop(b"", [])
    probes: list[int] = []
    behind_probes: list[_Group] = []
    others: list[_Group] = []
    for group in by_next.values():
        probe = next((token for token in group if len(pieces[token]) == length + 1), None)
        if probe is None:
            others.append(_grouped(group, pieces, length + 1))
        else:
            probes.append(probe)
            behind_probes.append(_grouped(group, pieces, length + 1))
    return _Group(_ids(ended), _ids(probes), tuple(behind_probes), tuple(others))


def _ids(tokens: Sequence[int]) -> NDArray[np.int32]:
    return np.array(tokens, dtype=np.int32)
