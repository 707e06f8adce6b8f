"""What phrases mean to a judge: which of them say the same, and what thing they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lmd_desktop.judging.detection import Judge, Reader

MOST_QUOTED = 5
_ARTICLES = frozenset(("a", "an", "the"))
# What a detector, which does not know how far away things are, cannot tell apart.
_SIZES = frozenset(("big", "giant", "huge", "large", "little", "small", "tiny"))


def answers(seen: str, wanted: str, judge: Judge) -> bool:
    """Whether what is seen under one phrase is the other too, as far as the judge can tell.

    A judge names a thing by one phrase only, and to one that knows things and colours "a red car" is "a red toy car".
    """
    if not isinstance(judge, Reader):
        return names(seen, wanted)
    one, other = judge.read(seen), judge.read(wanted)
    if one is None or other is None:
        return False
    return other.thing == one.thing and other.colour in (None, one.colour)


def names(seen: str, wanted: str) -> bool:
    """Whether what is seen is what is wanted: "a red car" is a car, a car need not be a red car; sizes do not count."""
    return _words(wanted) <= _words(seen)


def thing_of(phrase: str, judge: Judge) -> str:
    """What to ask for to find the thing of a phrase in another colour."""
    reading = judge.read(phrase) if isinstance(judge, Reader) else None
    return bare_noun(phrase) if reading is None else reading.thing


def bare_noun(phrase: str) -> str:
    """``a red car`` -> ``a car``: the last word."""
    words = re.findall(r"\w+", phrase)
    return f"a {words[-1]}" if words else phrase


def quoted(phrases: Iterable[str]) -> str:
    """The phrases for a sentence, each once, and no endless list."""
    each = list(dict.fromkeys(phrases))
    more = ", …" if len(each) > MOST_QUOTED else ""
    return ", ".join(f"“{phrase}”" for phrase in each[:MOST_QUOTED]) + more


def _words(phrase: str) -> frozenset[str]:
    words = frozenset(re.findall(r"\w+", phrase.lower())) - _ARTICLES
    return words - _SIZES or words  # "a giant" is no size
