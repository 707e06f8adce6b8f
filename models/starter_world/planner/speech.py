"""Noun groups and the noise of typing: the pieces that captions and requests are built from."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from models.starter_world.planner.words import (
    LARGE,
    NUMBER_WORDS,
    SMALL,
    STRANGE_ADJECTIVES,
    STRANGERS,
    TWO_WORD_STRANGERS,
    invented_word,
    plural,
)
from models.starter_world.vocabulary import COLOURS, THINGS, article


@dataclass(frozen=True, slots=True)
class Group:
    """Equal things named together: ``three red cars``."""

    noun: str
    colour: str | None = None  # a colour of the world
    adjective: str | None = None  # any other word before the colour
    count: int = 1
    is_counted: bool = False  # a number is said (three cats, one cat), not just ``a cat``

    @property
    def words(self) -> str:
        """Singular without article."""
        return " ".join(word for word in (self.adjective, self.colour, self.noun) if word)

    @property
    def phrase(self) -> str:
        """What a box says: article, colour, noun."""
        return f"{article(self.words)} {self.words}"

    @property
    def plural_words(self) -> str:
        """Plural without number."""
        return " ".join(word for word in (self.adjective, self.colour, plural(self.noun)) if word)


def draw_noun(rng: random.Random, strangeness: float) -> str:
    """A noun, with some probability one from outside of the world."""
    if rng.random() >= strangeness:
        return rng.choice(tuple(THINGS))
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(STRANGERS)
    return rng.choice(TWO_WORD_STRANGERS) if kind < 0.65 else invented_word(rng)


def draw_group(rng: random.Random, *, strangeness: float, colour_share: float = 0.55) -> Group:
    """One thing with or without a colour."""
    colour = rng.choice(tuple(COLOURS)) if rng.random() < colour_share else None
    adjective = None
    if rng.random() < 0.05 + strangeness / 3:
        pick = rng.random()
        words = STRANGE_ADJECTIVES if pick < 0.5 else (*LARGE, *SMALL)
        adjective = invented_word(rng) if pick > 0.97 else rng.choice(words)
    return Group(draw_noun(rng, strangeness), colour, adjective)


def counted(group: Group, count: int) -> Group:
    """The group with a number said."""
    return replace(group, count=count, is_counted=True)


def say(rng: random.Random, group: Group) -> str:
    """The group as a caption words it."""
    if not group.is_counted:
        return group.phrase
    if group.count == 1:
        return f"{rng.choice(('one', 'one', '1', 'a single', 'exactly one'))} {group.words}"
    return f"{say_number(rng, group.count)} {group.plural_words}"


def say_number(rng: random.Random, count: int) -> str:
    """A number as word or digit, or what people say instead."""
    said = [NUMBER_WORDS[count]] * 6 + [str(count)] * 3
    if count == 2:
        said += ["a pair of", "a couple of"]
    if count == 3:
        said += ["several", "some", "a few"]
    return rng.choice(said)


def join(rng: random.Random, parts: list[str]) -> str:
    """``a, b and c``."""
    if len(parts) == 1:
        return parts[0]
    last = rng.choice((" and ", " and ", " and ", ", ", ", and ", " with "))
    return ", ".join(parts[:-1]) + last + parts[-1]


def type_it(rng: random.Random, text: str, *, spare: frozenset[str] = frozenset()) -> str:
    """The text as somebody types it: case, full stops, lost commas, now and then a slip of a finger."""
    chance = rng.random()
    if chance < 0.45:
        text = text[:1].upper() + text[1:]
    elif chance < 0.49:
        text = text.title()
    elif chance < 0.50:
        text = text.upper()
    elif chance < 0.53:
        words = text.split(" ")
        index = rng.randrange(len(words))
        words[index] = words[index][:1].upper() + words[index][1:]
        text = " ".join(words)
    if rng.random() < 0.25:
        text += rng.choice((".", ".", ".", "!", " "))
    if "," in text and rng.random() < 0.08:
        text = text.replace(",", "", 1)
    if rng.random() < 0.03:
        words = text.split(" ")
        index = rng.randrange(len(words))
        word = words[index]
        if len(word) > 4 and word.isalpha() and word.lower() not in spare:
            cut = rng.randrange(1, len(word) - 1)
            words[index] = word[:cut] + word[cut + 1 :] if rng.random() < 0.5 else word[:cut] + word[cut] + word[cut:]
            text = " ".join(words)
    return text
