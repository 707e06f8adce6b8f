"""The things that an English caption names: their number, their looks, and where in the sentence they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lmd_desktop.planning.lexicon import (
    ADJECTIVES,
    ARTICLES,
    COLOURS,
    COMPARATIVES,
    CONTAINERS,
    FRAMES,
    ING_NOUNS,
    PLACE_NOUNS,
    PLACE_WORDS,
    PREPOSITIONS,
    SCENERY,
    SIZES,
    VERBS,
)
from lmd_desktop.planning.nouns import NUMBERS, is_plural, singular

PUNCTUATION = frozenset(",;.:!?()")
DETERMINERS = frozenset((*ARTICLES, *NUMBERS, "some", "several", "many", "both", "any", "multiple", "various", "all"))
_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[,;.:!?()]")
_KNOWN = frozenset(("the", "this", "that", "its", "his", "her", "their", "my", "all", "both", "any"))
_QUANTITIES = frozenset(("few", "couple", "lot", "dozen", "hundred", "pair", "single"))
_PAIRS = frozenset(("glasses", "jeans", "pants", "scissors", "shorts", "sunglasses", "trousers", "binoculars", "tongs"))


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that a caption names. ``count`` None: some of it; ``is_new`` False: "the cat" that was named before.

    ``may_be_background``: it stands where a place is named, and need not have a box. ``start`` and ``end`` are numbers
    of tokens.
    """

    noun: str
    attributes: tuple[str, ...]
    count: int | None
    is_new: bool
    may_be_background: bool
    start: int
    end: int


def tokens_of(text: str) -> list[str]:
    """Words and punctuation marks in lower case."""
    return [found.group().lower() for found in _TOKEN.finditer(text.replace("’", "'"))]


def read_mentions(tokens: list[str]) -> tuple[Mention, ...]:
    """Every thing with an article, a number or another determiner in front; bare plurals are not sure enough."""
    found: list[Mention] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token not in DETERMINERS and not re.fullmatch(r"[1-9][0-9]?", token) and token != "the":
            index += 1
            continue
        end = index + 1
        while end < len(tokens) and not _ends_phrase(tokens, end) and not (end > index + 1 and _is_done(tokens, end)):
            end += 1
        if tokens[index + 1 : end + 1] in (["pair", "of"], ["dozen", "of"]):
            end += 1
            while end < len(tokens) and not _ends_phrase(tokens, end):
                end += 1
        mention = _mention(tokens, index, end)
        if mention is not None:
            found.append(mention)
        index = max(end, index + 1)
    return tuple(found)


def demanded_attributes(mention: Mention) -> tuple[str, ...]:
    """Looks that a phrase must repeat; a size may be said by the box itself."""
    return tuple(word for word in mention.attributes if word not in SIZES)


def phrase_of(mention: Mention) -> str:
    """The phrase of one box: ``a red car``."""
    words = " ".join((*mention.attributes, mention.noun))
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _mention(tokens: list[str], start: int, end: int) -> Mention | None:
    token, words = tokens[start], tokens[start + 1 : end]
    count = NUMBERS.get(token, int(token) if token.isdecimal() else None)
    if words and words[0] in _QUANTITIES:
        count, words = _quantity(token, words)
    if not words or not words[-1][0].isalpha():
        return None
    noun = singular(words[-1])
    if noun in FRAMES or noun in ADJECTIVES:
        return None
    if count == 1 and is_plural(words[-1]):
        count = None
    is_new = token not in _KNOWN
    mention = Mention(
        noun,
        tuple(word for word in words[:-1] if word in ADJECTIVES),
        count if is_new else None,
        is_new,
        _is_place(tokens[start - 1] if start else "", noun),
        start,
        end,
    )
    return replace(mention, attributes=(*mention.attributes, *_said_behind(tokens, end)))


def _quantity(token: str, words: list[str]) -> tuple[int | None, list[str]]:
    """ "a single cat", "a dozen eggs", "a pair of shoes"; of the others the number is not sure."""
    kind, rest = words[0], [word for word in words[1:] if word != "of"]
    if kind == "single":
        return 1, rest
    if kind == "dozen" and token in ("a", "one"):
        return 12, rest
    if kind == "pair" and token in ("a", "one") and rest and rest[-1] not in _PAIRS:
        return 2, rest
    return None, rest


def _is_place(before: str, noun: str) -> bool:
    if before in ("in", "into", "inside") and noun in CONTAINERS:
        return False
    return before in PLACE_WORDS or noun in SCENERY or (noun in PLACE_NOUNS and before in ("on", "onto", "by"))


def _said_behind(tokens: list[str], end: int) -> tuple[str, ...]:
    """The colour in "a car that is red"."""
    clause = tokens[end : end + 3]
    if len(clause) == 3 and clause[0] in ("that", "which") and clause[1] in ("is", "are") and clause[2] in COLOURS:
        return (clause[2],)
    return ()


def _is_done(tokens: list[str], index: int) -> bool:
    """ "a bird perched on a branch": the participle is no thing."""
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    return tokens[index].endswith("ed") and len(tokens[index]) > 5 and following in PREPOSITIONS


def _ends_phrase(tokens: list[str], index: int) -> bool:
    token = tokens[index]
    if token in PUNCTUATION or token in PREPOSITIONS or token in VERBS or token in DETERMINERS:
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token in ("high", "far", "close") and following in PREPOSITIONS:
        return True
    if token in COMPARATIVES and following == "than":
        return True
    if token in ("much", "slightly", "twice", "far") and (following in COMPARATIVES or following in ("as", "the")):
        return True
    is_followed = following in PREPOSITIONS or following in DETERMINERS or following in PUNCTUATION
    return token.endswith("ing") and len(token) > 5 and is_followed and token not in ING_NOUNS
