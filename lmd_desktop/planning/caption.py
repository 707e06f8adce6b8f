"""What an English caption says unmistakably: things with their number and looks, where they are, what must be absent.

Whatever is not sure is left out: a check that cries wolf is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass

from lmd_desktop.planning.lexicon import (
    ADJECTIVES,
    ARTICLES,
    COLOURS,
    FRAMES,
    NOT_NEGATORS,
    PREPOSITIONS,
    SCENERY,
    VERBS,
)
from lmd_desktop.planning.mentions import DETERMINERS, PUNCTUATION, Mention, read_mentions, tokens_of
from lmd_desktop.planning.nouns import singular
from lmd_desktop.planning.relations import Relation, Side, read_relations, read_sides

_NEGATORS = ("without", "no", "lacking", "excluding", "except", "minus", "sans")


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
    tokens, absent = _negations(tokens_of(text))
    mentions = read_mentions(tokens)
    kept = tuple(item for item in absent if item.attributes or not any(m.noun == item.noun for m in mentions))
    return Caption(mentions, read_relations(tokens, mentions), read_sides(tokens, mentions), kept)


def unmistakable_phrases(text: str, most: int) -> tuple[str, ...]:
    """One phrase for each box of a caption that names nothing but counted things; empty if anything is left open."""
    tokens, absent = _negations(tokens_of(text))
    mentions = read_mentions(tokens)
    inside = {index for mention in mentions for index in range(mention.start, mention.end)}
    rest = [token for index, token in enumerate(tokens) if index not in inside and token not in PUNCTUATION]
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
        absent += _with_nouns(found, rest)
        joints = (["with"], ["but"], ["and"], ["has"], ["are"], ["is"], ["that"], ["which"])
        while rest[-1:] in joints:
            rest = rest[:-1]
        rest = [*rest, ";"]
    return rest, [item for item in absent if item.noun]


def _with_nouns(found: list[Absent], before: list[str]) -> list[Absent]:
    """Colours alone are of the thing behind them ("no red or blue cars"), else of the last ("but not a red one")."""
    words = [word for word in before if word not in PUNCTUATION | PREPOSITIONS | VERBS | DETERMINERS]
    last = singular(words[-1]) if words and words[-1] not in ADJECTIVES else ""
    whole: list[Absent] = []
    for place, item in enumerate(found):
        if item.noun in COLOURS:
            noun = next((other.noun for other in found[place:] if other.noun not in COLOURS), last)
            item = Absent(noun, (*item.attributes, item.noun))
        whole.append(item)
    return whole


def _negator(tokens: list[str], index: int) -> int:
    """How many words at this place say "without"."""
    following = tokens[index + 1] if index + 1 < len(tokens) else "."
    if tokens[index] in _NEGATORS:
        return 0 if following in NOT_NEGATORS else 1
    if (tokens[index], following) in (("free", "of"), ("devoid", "of"), ("not", "any"), ("not", "a"), ("not", "an")):
        return 2
    if tokens[index] == "not" and following in COLOURS:
        return 1
    # "a black table, not lamps"
    is_bare = tokens[index] == "not" and tokens[index - 1 : index] == [","]
    return 1 if is_bare and following not in PREPOSITIONS | VERBS | NOT_NEGATORS | DETERMINERS else 0


def _forbidden(tokens: list[str], index: int) -> tuple[list[Absent], int]:
    """The things behind a negator, and where they end: before a verb, a preposition or a thing that is wanted."""
    found: list[Absent] = []
    words: list[str] = []
    is_first = True
    while index <= len(tokens):
        token = tokens[index] if index < len(tokens) else "."
        is_joint = token in ("and", "or", ",", "nor", "&")
        if words and (is_joint or token in PUNCTUATION or token in PREPOSITIONS or token in VERBS):
            attributes = tuple(word for word in words[:-1] if word in ADJECTIVES)
            found.append(Absent(singular(words[-1]), attributes))
            words = []
            following = tokens[index + 1] if index + 1 < len(tokens) else "."
            ends = following in PREPOSITIONS or following in VERBS or following in DETERMINERS - {"any"}
            is_list = is_joint and not ends
            if not is_list:
                break
        elif (
            not words
            and token in ("any", "a", "an", "the", "other", "visible", "no", "without")
            and (is_first or token != "a")
        ):
            pass
        elif token in PUNCTUATION or token in PREPOSITIONS or token in DETERMINERS or token in VERBS:
            break
        elif not is_joint:
            words.append(token)
            is_first = False
        index += 1
    return [item for item in found if item.noun not in FRAMES], index
