"""Guesses that an answer repeats the lines of the canvas: most lines of an edit turn are copied unchanged.

The same idea as prompt lookup decoding: the draft comes from the prompt instead of from a smaller model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

MISSES_IN_A_ROW = 3  # drafts of which nothing was right; then this answer is no copy

Tokenize = Callable[[str], list[int]]
Piece = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with its newline, its tokens, and how many bytes there are before each of them."""

    text: bytes
    tokens: tuple[int, ...]
    starts: tuple[int, ...]


class LineCopier:
    """``lines`` in the order in which an answer has them; one that the answer has passed is not guessed again."""

    def __init__(self, lines: Sequence[str], *, tokenize: Tokenize, piece: Piece) -> None:
        self.taken = 0
        self._lines = [made for line in lines if (made := _made(line, tokenize, piece)) is not None]
        self._finished = 0
        self._tried: set[bytes] = set()
        self._taken_before: int | None = None
        self._misses = 0

    def guess(self, written: bytes) -> Sequence[int]:
        """The rest of the first line that goes on like the answer's last one; a line gets one guess from each."""
        *finished, line = written.split(b"\n")
        for text in finished[self._finished :]:
            self._pass(text)
        self._finished = len(finished)
        if self._taken_before is not None:
            self._misses = 0 if self.taken > self._taken_before else self._misses + 1
            self._taken_before = None
        if self._misses >= MISSES_IN_A_ROW:
            return ()
        for known in self._lines:
            if known.text in self._tried or not known.text.startswith(line) or len(line) not in known.starts:
                continue
            self._tried.add(known.text)
            self._taken_before = self.taken
            return known.tokens[known.starts.index(len(line)) :]
        return ()

    def took(self) -> None:
        """A guessed token was right."""
        self.taken += 1

    def _pass(self, text: bytes) -> None:
        """The answer has this line: what comes before it on the canvas was left out."""
        self._tried.clear()
        heads = [_head(known.text) for known in self._lines]
        if _head(text) in heads:
            del self._lines[: heads.index(_head(text)) + 1]


def _head(line: bytes) -> bytes:
    """``box 3``, ``bg`` or ``neg``."""
    words = line.split(maxsplit=2)
    return b" ".join(words[:2] if words[:1] == [b"box"] else words[:1])


def _made(line: str, tokenize: Tokenize, piece: Piece) -> _Line | None:
    """The line as it is tokenised behind a newline; None if the newline cannot be told from it."""
    newline, whole = tokenize("\n"), tokenize(f"\n{line}\n")
    if whole[: len(newline)] != newline:
        return None
    tokens = whole[len(newline) :]
    pieces = [piece(token) for token in tokens]
    starts = [0, *accumulate(map(len, pieces))][: len(tokens)]
    return _Line(b"".join(pieces), tuple(tokens), tuple(starts))
