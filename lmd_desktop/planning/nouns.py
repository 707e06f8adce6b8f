"""The little English that the checks need: singulars, heads of phrases, numbers, colours, words for the same thing."""

from __future__ import annotations

import re

from lmd_desktop.planning.lexicon import ARTICLES, IRREGULAR, PREPOSITIONS, SAME, UNCHANGED

NUMBERS = {"a": 1, "an": 1, "another": 1, "single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
NUMBERS |= {"zero": 0, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
_GROUPS = {word: [i for i, line in enumerate(SAME) if word in line.split()] for word in " ".join(SAME).split()}
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [found.group().lower().removesuffix("'s") for found in _WORD.finditer(text)]


def singular(word: str) -> str:
    """The singular of one English noun in lower case."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word in UNCHANGED or len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-1] if word in ("movies", "cookies", "selfies", "calories", "zombies") else f"{word[:-3]}y"
    if word.endswith(("shes", "ches", "xes", "sses", "zes", "oes")) and word not in ("shoes", "canoes", "hoes", "axes"):
        return word[:-2]
    return word[:-1]


def is_plural(word: str) -> bool:
    return singular(word) != word


def head_of(phrase: str) -> str:
    """The noun that a phrase is about, in the singular: "two red cars on a hill" -> "car"."""
    words = words_of(phrase)
    for index, word in enumerate(words):
        if index and word in PREPOSITIONS and not (word in ("left", "right") and index + 1 < len(words)):
            words = words[:index]
            break
    words = [word for word in words if word not in ARTICLES]
    return singular(words[-1]) if words else ""


def means(word: str, noun: str) -> bool:
    """Whether a word of a phrase can stand for a noun: the same, its plural, or a word for the same thing."""
    one = singular(word)
    return one == noun or not set(_GROUPS.get(one, ())).isdisjoint(_GROUPS.get(noun, ()))


def names(phrase: str, noun: str) -> bool:
    """Whether a phrase has a noun in it, as a word or as the end of one ("sailboat" names a boat)."""
    return any(means(word, noun) or (len(noun) > 3 and singular(word).endswith(noun)) for word in words_of(phrase))


def is_foreign(text: str) -> bool:
    """Whether a text has letters that no English prompt has: any script but the Latin one."""
    return any(char.isalpha() and ord(char) > 0x24F for char in text)
