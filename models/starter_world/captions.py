"""Writes captions for scenes as the web would: what is there, loosely how many, hardly ever where."""

from __future__ import annotations

import random
from collections import Counter

from models.starter_world.drawing import DrawnScene, Item
from models.starter_world.scenes import NEUTRAL, Group
from models.starter_world.vocabulary import PLAIN_BACKGROUNDS, STYLES, THINGS, article

NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
COLOUR_DROPPED = 0.06
PREPOSITIONS = {"the sea": "on", "a city street": "on", "a grass field": "on", "a snow field": "on"}


def write_caption(scene: DrawnScene, rng: random.Random) -> str:
    """One caption of the scene in a random wording."""
    parts = [_mention(group, rng) for group in groups_of(scene.items, rng)]
    place = _place(scene.background, rng)
    text = _sentence(parts, place, scene, rng=rng)
    if scene.style != "photo":
        return rng.choice((f"{STYLES[scene.style]} {text}", f"{text}, {scene.style}"))
    return f"{STYLES['photo']} {text}" if rng.random() < 0.12 else text


def write_phrase(item: Item, rng: random.Random) -> str:
    """What the box of one thing says."""
    draw = rng.random()
    if draw < 0.06:
        return f"{article(item.thing)} {item.thing}"
    if draw < 0.1:
        return f"{item.colour} {item.thing}"
    return with_article(f"{item.colour} {item.thing}")


def with_article(words: str) -> str:
    """``an orange cat``."""
    return f"{article(words)} {words}"


def groups_of(items: tuple[Item, ...], rng: random.Random) -> list[Group]:
    """Equal things together, in random order."""
    counts = Counter((item.thing, item.colour) for item in items)
    groups = [Group(thing, colour, count) for (thing, colour), count in counts.items()]
    rng.shuffle(groups)
    return groups


def _mention(group: Group, rng: random.Random) -> str:
    colour = "" if rng.random() < COLOUR_DROPPED else f"{group.colour} "
    if group.count == 1:
        return with_article(f"{colour}{group.thing}")
    plural = f"{colour}{THINGS[group.thing]}"
    draw = rng.random()
    if draw < 0.25:
        return plural
    count = group.count if draw < 0.8 else rng.randint(2, 5)
    return f"{NUMBERS[count]} {plural}"


def _place(background: str, rng: random.Random) -> str:
    if background == NEUTRAL or rng.random() < 0.08:
        return rng.choice(PLAIN_BACKGROUNDS)
    return background


def _sentence(parts: list[str], place: str, scene: DrawnScene, *, rng: random.Random) -> str:
    if not parts:
        return place
    listed, joined = ", ".join(parts), " and ".join(parts)
    draw = rng.random()
    if draw < 0.55:
        return f"{place} with {listed}"
    if draw < 0.67:
        return f"{place} with {joined}"
    if draw < 0.8:
        return f"{joined} {PREPOSITIONS.get(place, 'in')} {place}"
    if draw < 0.9:
        return rng.choice((listed, joined))
    if draw < 0.95 and len(scene.items) == len(parts) == 2:
        return _placed(scene.items, place)
    return f"{listed}, {place}"


def _placed(items: tuple[Item, ...], place: str) -> str:
    """Two things with their sides named."""
    first, second = items
    one, two = (with_article(f"{item.colour} {item.thing}") for item in items)
    if first.x + first.width / 2 < second.x + second.width / 2:
        return f"{place} with {one} on the left and {two} on the right"
    return f"{place} with {one} on the right and {two} on the left"
