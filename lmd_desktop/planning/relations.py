"""Which things of a caption lie how to each other: beside, on, in, under, between; larger, taller; on a side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lmd_desktop.planning.lexicon import BIG, CONTAINERS, SKY, SMALL
from lmd_desktop.planning.mentions import PUNCTUATION, Mention

RelationKind = Literal[
    "left", "right", "above", "below", "on", "under", "inside", "between", "larger", "smaller", "taller", "wider"
]
Side = Literal["left", "right", "top", "bottom"]

_MUCH = r"(?:(?:much|far|slightly|a bit|a little) )?"
_RELATIONS: tuple[tuple[str, RelationKind], ...] = (
    (r"(?:(?:to|on|at) (?:the|its) )?left(?: hand)?(?: side)? (?:of|from)", "left"),
    (r"(?:(?:to|on|at) (?:the|its) )?right(?: hand)?(?: side)? (?:of|from)", "right"),
    (r"(?:directly |right |high |just )?(?:above|over)", "above"),
    (r"(?:directly |right |just )?below", "below"),
    (r"(?:directly |right |just )?(?:beneath|under|underneath)", "under"),
    (r"(?:on top of|on|atop|onto|upon)", "on"),
    (r"(?:in|into|inside|inside of)", "inside"),
    (r"(?:in )?between", "between"),
    (rf"{_MUCH}(?:bigger|larger) than", "larger"),
    (r"twice (?:as (?:big|large) as|the size of)", "larger"),
    (rf"{_MUCH}smaller than", "smaller"),
    (r"half (?:as (?:big|large) as|the size of)", "smaller"),
    (rf"{_MUCH}(?:taller|higher) than", "taller"),
    (rf"{_MUCH}wider than", "wider"),
)
_POSTURE = (
    r"standing|sitting|parked|placed|positioned|located|lying|flying|hanging|floating|resting|stands|sits|lies|hangs|"
    r"floats|sleeping|perched|swimming|running|walking|seen|set|put"
)
_LINK = rf"(?:(?:that|which|who) )?(?:(?:is|are|was|were|being) )?(?:(?:{_POSTURE}) )?"
_PATTERNS: list[tuple[re.Pattern[str], RelationKind]] = [(re.compile(_LINK + text), kind) for text, kind in _RELATIONS]
_CONTINUED = re.compile(r"(?:, )?and ")
_INVERTING = re.compile(r"(?:, )?(?:there )?(?:is|are|stands|sits|lies|hangs|floats|flies)")
# "a car with a balloon above", "a car with a tree on its left", "a table and a cat under it"
_TRAILING: tuple[tuple[re.Pattern[str], RelationKind], ...] = (
    (re.compile(rf"{_LINK}(?:directly |right |just )?(?:above|overhead|over (?:it|them)|above (?:it|them))"), "above"),
    (re.compile(rf"{_LINK}(?:directly |right |just )?(?:below|below (?:it|them))"), "below"),
    (re.compile(rf"{_LINK}(?:beneath|underneath|(?:beneath|under|underneath) (?:it|them))"), "under"),
    (re.compile(rf"{_LINK}(?:on top|on top of (?:it|them)|on (?:it|them))"), "on"),
    (re.compile(rf"{_LINK}(?:inside|inside (?:it|them)|in (?:it|them))"), "inside"),
    (re.compile(rf"{_LINK}(?:on|to|at) its left(?: side)?"), "left"),
    (re.compile(rf"{_LINK}(?:on|to|at) its right(?: side)?"), "right"),
)
_SIDE = re.compile(
    r"^(?:is |are |placed |standing |sitting )*(?:(?:on|at|in|to) the )(?:far )?"
    r"(?:(?P<vertical>top|bottom|upper|lower)[ -]?)?(?P<side>left|right|top|bottom)?"
    r"(?: (?:hand )?(?:side|half|part|edge|corner))?"
    r"(?P<of> of(?: the)?(?P<frame> (?:picture|image|scene|photo|canvas|frame))?)?"
)


@dataclass(frozen=True, slots=True)
class Relation:
    """``first`` lies so to ``others``, or is of that size beside them; numbers of mentions.

    ``or_first`` is another reading: in "a man riding a wave on a surfboard" it is the man who is on it.
    """

    kind: RelationKind
    first: int
    others: tuple[int, ...]
    or_first: int | None = None


def read_relations(tokens: list[str], mentions: Sequence[Mention]) -> tuple[Relation, ...]:
    """Relations of neighbouring things with nothing else between them, and contrasts of size ("a big …, a small …")."""
    found: list[Relation] = []
    for index in range(len(mentions) - 1):
        between = _gap(tokens, mentions, index)
        found += _direct(tokens, mentions, index, " ".join(between))
        found += _continued(mentions, index, " ".join(between), found)
        found += _inverted(tokens, mentions, index, between)
        found += _trailing(tokens, mentions, index, between)
    return (*found, *_contrasts(mentions))


def read_sides(tokens: list[str], mentions: Sequence[Mention]) -> tuple[tuple[int, Side], ...]:
    """Things that shall be on a side of the picture."""
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


def _gap(tokens: list[str], mentions: Sequence[Mention], index: int) -> list[str]:
    return tokens[mentions[index].end : mentions[index + 1].start]


def _direct(tokens: list[str], mentions: Sequence[Mention], index: int, between: str) -> list[Relation]:
    kind = _kind(between, mentions[index + 1])
    if kind is None:
        return []
    before = _gap(tokens, mentions, index - 1) if index else []
    or_first = index - 1 if before and not set(before) & {"and", "or", *PUNCTUATION} else None
    if kind != "between":
        return [Relation(kind, index, (index + 1,), or_first)]
    if index + 2 < len(mentions) and _gap(tokens, mentions, index + 1) == ["and"]:
        return [Relation(kind, index, (index + 1, index + 2))]
    return [Relation(kind, index, (index + 1,))] if mentions[index + 1].count == 2 else []


def _kind(text: str, other: Mention) -> RelationKind | None:
    """The relation that a text names, unless the other thing makes it mean something else."""
    kind: RelationKind | None = next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(text)), None)
    if kind == "inside" and "inside" not in text and other.noun not in CONTAINERS:
        return None
    return "below" if kind == "under" and other.noun in SKY else kind


def _continued(mentions: Sequence[Mention], index: int, between: str, found: Sequence[Relation]) -> list[Relation]:
    """ "a cat to the left of a dog and below a bird": the cat."""
    start = _CONTINUED.match(between)
    before = [relation for relation in found if relation.others == (index,)]
    kind = _kind(between[start.end() :], mentions[index + 1]) if start is not None else None
    if kind is None or kind == "between" or not before:
        return []
    return [Relation(kind, before[-1].first, (index + 1,))]


def _inverted(tokens: list[str], mentions: Sequence[Mention], index: int, between: list[str]) -> list[Relation]:
    """ "to the left of a sofa is a lamp": the lamp."""
    before = tokens[mentions[index - 1].end if index else 0 : mentions[index].start]
    marks = [place for place, token in enumerate(before) if token in PUNCTUATION]
    if index and not marks:
        return []
    clause = before[marks[-1] + 1 :] if marks else before
    kind = _kind(" ".join(clause[1:] if clause[:1] == ["and"] else clause), mentions[index])
    if kind is None or kind == "between" or not _INVERTING.fullmatch(" ".join(between)):
        return []
    return [Relation(kind, index + 1, (index,))]


def _trailing(tokens: list[str], mentions: Sequence[Mention], index: int, between: list[str]) -> list[Relation]:
    """ "a car with a balloon above", "a car and a balloon above it": of the balloon to the car."""
    is_with = between in (["with"], [",", "with"], ["has"])
    is_list = between in (["and"], [","], [",", "and"])
    if not is_with and not (is_list and index == 0):
        return []
    behind = tokens[mentions[index + 1].end :]
    stop = next((n for n, token in enumerate(behind) if token in PUNCTUATION or token == "and"), len(behind))
    text = " ".join(behind[:stop])
    if not is_with and not text.endswith(("it", "them", "its left", "its right")):
        return []
    kinds: list[RelationKind] = [kind for pattern, kind in _TRAILING if pattern.fullmatch(text)]
    return [Relation(kinds[0], index + 1, (index,))] if kinds else []


def _contrasts(mentions: Sequence[Mention]) -> list[Relation]:
    """What is called big beside what is called small."""
    return [
        Relation("larger", big, (small,))
        for big, one in enumerate(mentions)
        for small, other in enumerate(mentions)
        if one.is_new and other.is_new and set(one.attributes) & BIG and set(other.attributes) & SMALL
    ]
