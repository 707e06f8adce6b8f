"""How many tokens CLIP's byte-pair encoding makes of a text: a count for warnings, without any library.

Source: Radford et al. 2021 (CLIP); its merges are those of Sennrich et al. 2016 on UTF-8 bytes, lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise

MAX_TOKENS = 77  # what CLIP reads at once, its start and its end token included
ROOM = MAX_TOKENS - 2
END_OF_WORD = "</w>"
_CONTRACTIONS = ("'re", "'ve", "'ll", "'s", "'t", "'m", "'d")
_SPACES = re.compile(r"\s+")

Ranks = Mapping[tuple[str, str], int]


def read_ranks(lines: Iterable[str]) -> dict[tuple[str, str], int]:
    """The lines of a ``merges.txt``: two pieces that become one, the most frequent pair first."""
    pairs = (tuple(line.split()) for line in lines if not line.startswith("#version"))
    return {(pair[0], pair[1]): rank for rank, pair in enumerate(pair for pair in pairs if len(pair) == 2)}


def most_tokens(text: str) -> int:
    """No text has more tokens than bytes that are no white space; far cheaper than counting."""
    return len("".join(_cleaned(text).split()).encode())


def count_tokens(text: str, ranks: Ranks) -> int:
    """The tokens of a text without the start and the end token."""
    return sum(_pieces(word, ranks) for word in split_words(text))


def split_words(text: str) -> list[str]:
    """What is encoded on its own: contractions, runs of letters, single digits, runs of anything else."""
    words: list[str] = []
    for chunk in _cleaned(text).split():
        start = 0
        while start < len(chunk):
            ending = next((ending for ending in _CONTRACTIONS if chunk.startswith(ending, start)), "")
            end = start + len(ending) if ending else _run_end(chunk, start)
            words.append(chunk[start:end])
            start = end
    return words


def _cleaned(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).lower()


def _kind(char: str) -> str:
    category = unicodedata.category(char)[0]
    return category if category in "LN" else "other"


def _run_end(chunk: str, start: int) -> int:
    kind, end = _kind(chunk[start]), start + 1
    if kind != "N":
        while end < len(chunk) and _kind(chunk[end]) == kind:
            end += 1
    return end


def _pieces(word: str, ranks: Ranks) -> int:
    """Merge the pair of lowest rank until none is left."""
    pieces = [_letter(byte) for byte in word.encode()]
    pieces[-1] += END_OF_WORD
    while len(pieces) > 1:
        ranked = [(ranks[pair], pair) for pair in pairwise(pieces) if pair in ranks]
        if not ranked:
            break
        pair = min(ranked)[1]
        merged: list[str] = []
        index = 0
        while index < len(pieces):
            if tuple(pieces[index : index + 2]) == pair:
                merged.append(pieces[index] + pieces[index + 1])
                index += 2
            else:
                merged.append(pieces[index])
                index += 1
        pieces = merged
    return len(pieces)


def _letter(byte: int) -> str:
    """The visible letter that stands for a byte in the merges: itself, or one from U+0100 on for invisible bytes."""
    if _is_visible(byte):
        return chr(byte)
    return chr(256 + sum(not _is_visible(lower) for lower in range(byte)))


def _is_visible(byte: int) -> bool:
    return 33 <= byte <= 126 or 161 <= byte <= 172 or 174 <= byte <= 255
