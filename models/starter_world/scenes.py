"""Invents scenes of the starter world, and keeps a fixed tenth of all combinations out of training."""

from __future__ import annotations

import math
import random
import zlib
from dataclasses import dataclass

from models.starter_world.drawing import DrawnScene, Item
from models.starter_world.things import ASPECTS
from models.starter_world.vocabulary import BACKGROUNDS, BENCHMARK_THINGS, COLOURS, THINGS

NEUTRAL = "neutral"
HELD_OUT_SHARE = 10
SMALLEST_SIDE = 24  # pixels
SMALLEST_SHARE = 0.04  # of the canvas
PLACEMENTS = 100  # tries to find room for all things of a scene
COUNT_WEIGHTS = {0: 2, 1: 54, 2: 28, 3: 9, 4: 7}
# Longest side of a thing in pixels of 128, by how many things share the picture.
SIDES = {1: (36, 84), 2: (32, 66), 3: (28, 56), 4: (26, 50), 5: (24, 44)}
FLIPPED_SHARE = 0.1  # version 1 learns one side of things first
STYLE_WEIGHTS = {"photo": 98, "painting": 1, "sketch": 1}


@dataclass(frozen=True, slots=True)
class Group:
    """Equal things of one scene."""

    thing: str
    colour: str
    count: int


def is_held_out(group: Group, background: str) -> bool:
    """Whether this combination is kept for tests: no training scene may show it."""
    words = f"{group.thing}|{group.colour}|{background}|{group.count}"
    return zlib.crc32(words.encode("utf-8")) % HELD_OUT_SHARE == 0


def sample_scene(rng: random.Random, count: int | None = None, *, held_out: bool = False) -> DrawnScene:
    """A random scene; all of its groups are in the held-out list or none is."""
    if count is None:
        count = rng.choices(list(COUNT_WEIGHTS), list(COUNT_WEIGHTS.values()))[0]
    background = rng.choice((*BACKGROUNDS, NEUTRAL))
    style = rng.choices(list(STYLE_WEIGHTS), list(STYLE_WEIGHTS.values()))[0]
    groups = sample_groups(rng, count, background=background, held_out=held_out)
    items = place_items(rng, groups)
    return DrawnScene(background, style, items, seed=rng.getrandbits(31))


def sample_groups(rng: random.Random, count: int, *, background: str, held_out: bool) -> list[Group]:
    """Things and colours for ``count`` items, no two groups alike."""
    groups: list[Group] = []
    left = count
    while left:
        size = 1 if left == 1 or rng.random() < 0.72 else rng.randint(2, left)
        group = Group(_sample_thing(rng), rng.choice(list(COLOURS)), size)
        is_new = all((group.thing, group.colour) != (other.thing, other.colour) for other in groups)
        if is_new and is_held_out(group, background) == held_out:
            groups.append(group)
            left -= size
    return groups


def place_items(rng: random.Random, groups: list[Group], size: int = 128) -> tuple[Item, ...]:
    """Boxes that hardly overlap, each near the natural proportions of its thing; all of them, or it raises."""
    wanted = [group for group in groups for _ in range(group.count)]
    for _ in range(PLACEMENTS):
        items = _try_to_place(rng, wanted, size)
        if len(items) == len(wanted):
            return items
    raise ValueError(f"{len(wanted)} things do not fit into {size} pixels, none smaller than {SMALLEST_SIDE}")


def _try_to_place(rng: random.Random, wanted: list[Group], size: int) -> tuple[Item, ...]:
    """As many as find room one after the other."""
    shortest, longest = SIDES[min(max(len(wanted), 1), 5)]
    items: list[Item] = []
    for group in rng.sample(wanted, len(wanted)):
        for attempt in range(40):
            side = rng.uniform(shortest, max(shortest, longest * (1 - attempt / 60)))
            width, height = _shape(rng, ASPECTS[group.thing], side, smallest=SMALLEST_SHARE * size * size)
            x, y = rng.randint(0, size - width), rng.randint(0, size - height)
            item = Item(group.thing, group.colour, x, y, width, height, flipped=rng.random() < FLIPPED_SHARE)
            if all(_covered_share(item, other) < 0.08 for other in items):
                items.append(item)
                break
    return tuple(items)


def _sample_thing(rng: random.Random) -> str:
    """The ten benchmark things twice as often as the others."""
    return rng.choice((*BENCHMARK_THINGS, *THINGS))


def _shape(rng: random.Random, aspect: float, side: float, *, smallest: float) -> tuple[int, int]:
    """Width and height; what would be too thin, or of fewer than ``smallest`` pixels, grows in its proportions."""
    spread = 0.12 if rng.random() < 0.85 else 0.35
    stretched = min(max(aspect * math.exp(rng.gauss(0, spread)), 0.3), 2.6)
    width, height = (side, side / stretched) if stretched > 1 else (side * stretched, side)
    growth = max(1.0, SMALLEST_SIDE / min(width, height), math.sqrt(smallest / (width * height)))
    return math.ceil(growth * width), math.ceil(growth * height)


def _covered_share(one: Item, other: Item) -> float:
    """Overlap as a share of the smaller box."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    tall = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if wide <= 0 or tall <= 0:
        return 0.0
    return wide * tall / min(one.width * one.height, other.width * other.height)
