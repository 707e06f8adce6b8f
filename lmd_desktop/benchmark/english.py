"""The little English that captions of the suites and the caption parser need."""

from __future__ import annotations

NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def plural(words: str) -> str:
    """The regular plural of a noun with its adjectives in front."""
    return f"{words}es" if words.endswith(("s", "x", "ch", "sh")) else f"{words}s"


def singular(words: str) -> str:
    """The singular of a regular plural; other words are left as they are."""
    if words.endswith(("sses", "xes", "ches", "shes")):
        return words[:-2]
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def number_of(word: str) -> int | None:
    """2 for ``two`` and for ``2``; None for other words."""
    if word in NUMBER_WORDS:
        return NUMBER_WORDS.index(word) + 1
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 3 else None
