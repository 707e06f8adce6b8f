"""What an English caption says unmistakably: things with their number and looks, where they are, what must be absent.

Whatever is not sure is left out: a check that cries wolf is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lmd_desktop.planning.lexicon import (
    ADJECTIVES,
    ARTICLES,
    FRAMES,
    ING_NOUNS,
    NOT_NEGATORS,
    PLACE_NOUNS,
    PLACE_WORDS,
    PREPOSITIONS,
    SCENERY,
    SIZES,
    VERBS,
)
from lmd_desktop.planning.nouns import NUMBERS, is_plural, singular

RelationKind = Literal["left", "right", "above", "below", "on", "inside", "between"]
Side = Literal["left", "right", "top", "bottom"]

_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[,;.:!?()]")
_PUNCTUATION = frozenset(",;.:!?()")
_NEGATORS = ("without", "no", "lacking", "excluding", "except", "minus", "sans")
_DETERMINERS = frozenset((*ARTICLES, *NUMBERS, "some", "several", "many", "both", "any", "multiple", "various", "all"))
_RELATIONS: tuple[tuple[str, RelationKind], ...] = (
    (r"(?:(?:to|on|at) the )?left(?: hand)?(?: side)? (?:of|from)", "left"),
    (r"(?:(?:to|on|at) the )?right(?: hand)?(?: side)? (?:of|from)", "right"),
    (r"(?:directly |right |high |just )?(?:above|over)", "above"),
    (r"(?:directly |right |just )?(?:below|beneath|under|underneath)", "below"),
    (r"(?:on top of|on|atop|onto|upon)", "on"),
    (r"(?:inside|inside of)", "inside"),
    (r"(?:in )?between", "between"),
)
_BEFORE_RELATION = (
    r"(?:(?:that|which|who) )?(?:(?:is|are|was|were|being) )?(?:(?:standing|sitting|parked|placed|positioned|"
    r"located|lying|"
    r"flying|hanging|floating|resting|stands|sits|lies|sleeping|perched|swimming|running|walking|seen|set|put) )?"
)
_PATTERNS: list[tuple[re.Pattern[str], RelationKind]] = [
    (re.compile(_BEFORE_RELATION + pattern), kind) for pattern, kind in _RELATIONS
]
_SIDE = re.compile(
    r"^(?:is |are |placed |standing |sitting )*(?:(?:on|at|in|to) the )(?:far )?"
    r"(?:(?P<vertical>top|bottom|upper|lower)[ -]?)?(?P<side>left|right|top|bottom)?"
    r"(?: (?:hand )?(?:side|half|part|edge|corner))?"
    r"(?P<of> of(?: the)?(?P<frame> (?:picture|image|scene|photo|canvas|frame))?)?"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that a caption names. ``count`` None: some of it; ``is_new`` False: "the cat" that was named before.

    ``may_be_background``: it stands where a place is named, and need not have a box.
    """

    noun: str
    attributes: tuple[str, ...]
    count: int | None
    is_new: bool
    may_be_background: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Relation:
    """``first`` lies so to ``others``; numbers of mentions."""

    kind: RelationKind
    first: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """What must not be there; with attributes only those that have them."""

    noun: str
    attributes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return " ".join((*self.attributes, self.noun))


@dataclass(frozen=True, slots=True)
class Caption:
    """What a caption says for sure."""

    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    sides: tuple[tuple[int, Side], ...] = ()
    absent: tuple[Absent, ...] = ()


def read_caption(text: str) -> Caption:
    """What a caption says for sure; nothing for one that is not English."""
    tokens = [found.group().lower() for found in _TOKEN.finditer(text.replace("’", "'"))]
    tokens, absent = _negations(tokens)
    mentions = _mentions(tokens)
    kept = tuple(item for item in absent if item.attributes or not any(m.noun == item.noun for m in mentions))
    return Caption(mentions, _relations(tokens, mentions), _sides(tokens, mentions), kept)


def unmistakable_phrases(text: str, most: int) -> tuple[str, ...]:
    """One phrase for each box of a caption that names nothing but counted things; empty if anything is left open."""
    tokens, absent = _negations([found.group().lower() for found in _TOKEN.finditer(text.replace("’", "'"))])
    mentions = _mentions(tokens)
    inside = {index for mention in mentions for index in range(mention.start, mention.end)}
    rest = [token for index, token in enumerate(tokens) if index not in inside and token not in _PUNCTUATION]
    known = PREPOSITIONS | VERBS | FRAMES | ARTICLES | {"draw", "show", "me", "please", "top", "and"}
    scenery = {mention.noun for mention in mentions if mention.noun in SCENERY}
    things = [mention for mention in mentions if mention.noun not in scenery]
    is_open = any(not m.is_new or m.count is None or m.may_be_background for m in things)
    if is_open or not all(token in known or token.isdigit() for token in rest):
        return ()
    phrases: list[str] = []
    for mention in things:
        words = " ".join((*tokens[mention.start + 1 : mention.end - 1], mention.noun))
        phrases += [f"{'an' if words[0] in 'aeiou' else 'a'} {words}"] * (mention.count or 0)
    forbidden = {item.noun for item in absent if not item.attributes}
    is_clear = phrases and len(phrases) <= most and not forbidden & {mention.noun for mention in things}
    return tuple(phrases) if is_clear else ()


def _negations(tokens: list[str]) -> tuple[list[str], list[Absent]]:
    """The caption without what it forbids, and what that is."""
    rest: list[str] = []
    absent: list[Absent] = []
    index = 0
    while index < len(tokens):
        length = _negator(tokens, index)
        if not length:
            rest.append(tokens[index])
            index += 1
            continue
        if tokens[index - 1 : index] in (["not"], ["never"]):
            index += length
            continue
        found, index = _forbidden(tokens, index + length)
        absent += found
        rest = [*(rest[:-1] if rest[-1:] in (["with"], ["but"], ["and"], ["has"], ["are"], ["is"]) else rest), ";"]
    return rest, absent


def _negator(tokens: list[str], index: int) -> int:
    """How many words at this place say "without"."""
    following = tokens[index + 1] if index + 1 < len(tokens) else "."
    if tokens[index] in _NEGATORS:
        return 0 if following in NOT_NEGATORS else 1
    if (tokens[index], following) in (("free", "of"), ("devoid", "of"), ("not", "any"), ("not", "a"), ("not", "an")):
        return 2
    # "a black table, not lamps"
    is_bare = tokens[index] == "not" and tokens[index - 1 : index] == [","]
    return 1 if is_bare and following not in PREPOSITIONS | VERBS | NOT_NEGATORS | _DETERMINERS else 0


def _forbidden(tokens: list[str], index: int) -> tuple[list[Absent], int]:
    """The things behind a negator, and where they end: before a verb, a preposition or a thing that is wanted."""
    found: list[Absent] = []
    words: list[str] = []
    is_first = True
    while index <= len(tokens):
        token = tokens[index] if index < len(tokens) else "."
        is_joint = token in ("and", "or", ",", "nor", "&")
        if words and (is_joint or token in _PUNCTUATION or token in PREPOSITIONS or token in VERBS):
            attributes = tuple(word for word in words[:-1] if word in ADJECTIVES)
            found.append(Absent(singular(words[-1]), attributes))
            words = []
            following = tokens[index + 1] if index + 1 < len(tokens) else "."
            ends = following in PREPOSITIONS or following in VERBS or following in _DETERMINERS - {"any"}
            is_list = is_joint and not ends
            if not is_list:
                break
        elif (
            not words
            and token in ("any", "a", "an", "the", "other", "visible", "no", "without")
            and (is_first or token != "a")
        ):
            pass
        elif token in _PUNCTUATION or token in PREPOSITIONS or token in _DETERMINERS or token in VERBS:
            break
        elif not is_joint:
            words.append(token)
            is_first = False
        index += 1
    return [item for item in found if item.noun not in FRAMES], index


def _mentions(tokens: list[str]) -> tuple[Mention, ...]:
    found: list[Mention] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token not in _DETERMINERS and not re.fullmatch(r"[1-9][0-9]?", token) and token != "the":
            index += 1
            continue
        start, end = index, index + 1
        count = NUMBERS.get(token, int(token) if token.isdecimal() else None)
        while end < len(tokens) and not _ends_phrase(tokens, end):
            end += 1
        words = tokens[index + 1 : end]
        index = max(end, index + 1)
        if words[:1] in (["few"], ["couple"], ["lot"], ["dozen"], ["hundred"], ["pair"], ["single"]):
            count = 1 if words[0] == "single" else None
            words = words[1:]
        if not words or not words[-1][0].isalpha():
            continue
        noun = singular(words[-1])
        if noun in FRAMES or noun in ADJECTIVES:
            continue
        before = tokens[start - 1] if start else ""
        is_place = before in PLACE_WORDS or noun in SCENERY or (noun in PLACE_NOUNS and before in ("on", "onto", "by"))
        if count == 1 and is_plural(words[-1]):
            count = None
        attributes = tuple(word for word in words[:-1] if word in ADJECTIVES)
        is_new = token not in ("the", "this", "that", "its", "his", "her", "their", "my", "all", "both", "any")
        found.append(Mention(noun, attributes, count if is_new else None, is_new, is_place, start, end))
    return tuple(found)


def _ends_phrase(tokens: list[str], index: int) -> bool:
    token = tokens[index]
    if token in _PUNCTUATION or token in PREPOSITIONS or token in VERBS or token in _DETERMINERS:
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token in ("high", "far", "close") and following in PREPOSITIONS:
        return True
    is_followed = following in PREPOSITIONS or following in _DETERMINERS or following in _PUNCTUATION
    return token.endswith("ing") and len(token) > 5 and is_followed and token not in ING_NOUNS


def _relations(tokens: list[str], mentions: tuple[Mention, ...]) -> tuple[Relation, ...]:
    """Relations that stand between one thing and the next, with nothing else between them."""
    found: list[Relation] = []
    for first in range(len(mentions) - 1):
        between = " ".join(tokens[mentions[first].end : mentions[first + 1].start])
        for pattern, kind in _PATTERNS:
            if not pattern.fullmatch(between):
                continue
            if kind != "between":
                found.append(Relation(kind, first, (first + 1,)))
            elif first + 2 < len(mentions) and tokens[mentions[first + 1].end : mentions[first + 2].start] == ["and"]:
                found.append(Relation(kind, first, (first + 1, first + 2)))
    return tuple(found)


def _sides(tokens: list[str], mentions: tuple[Mention, ...]) -> tuple[tuple[int, Side], ...]:
    found: list[tuple[int, Side]] = []
    for index, mention in enumerate(mentions):
        match = _SIDE.match(" ".join(tokens[mention.end : mention.end + 9]))
        if match is None or (match.group("of") and not match.group("frame")):
            continue
        vertical = {"upper": "top", "lower": "bottom"}.get(match.group("vertical") or "", match.group("vertical"))
        for side in (vertical, match.group("side")):
            if side == "left" or side == "right" or side == "top" or side == "bottom":
                found.append((index, side))
    return tuple(found)


def demanded_attributes(mention: Mention) -> tuple[str, ...]:
    """Looks that a phrase must repeat; a size may be said by the box itself."""
    return tuple(word for word in mention.attributes if word not in SIZES)
