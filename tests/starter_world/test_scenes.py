"""Invented scenes: the held-out combinations stay out, boxes stay inside and apart."""

from __future__ import annotations

import itertools
import random

import pytest

from models.starter_world.drawing import DrawnScene
from models.starter_world.scenes import Group, is_held_out, place_items, sample_groups, sample_scene
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, THINGS


@pytest.fixture(scope="module")
def scenes() -> list[DrawnScene]:
    rng = random.Random(11)
    return [sample_scene(rng) for _ in range(600)]


def test_about_a_tenth_of_all_combinations_is_held_out() -> None:
    kinds = itertools.product(THINGS, COLOURS, BACKGROUNDS, range(1, 6))
    held = [is_held_out(Group(thing, colour, count), place) for thing, colour, place, count in kinds]
    assert 0.09 < sum(held) / len(held) < 0.11


@pytest.mark.parametrize("held_out", [True, False])
def test_groups_are_all_held_out_or_none(held_out: bool) -> None:
    rng = random.Random(5)
    for count in range(1, 6):
        groups = sample_groups(rng, count, background="a desert", held_out=held_out)
        assert sum(group.count for group in groups) == count
        assert all(is_held_out(group, "a desert") == held_out for group in groups)


def test_boxes_stay_inside_and_hardly_overlap(scenes: list[DrawnScene]) -> None:
    for scene in scenes:
        for item in scene.items:
            assert 0 <= item.x <= scene.size - item.width
            assert 0 <= item.y <= scene.size - item.height
        for one, other in itertools.combinations(scene.items, 2):
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            tall = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            shared = max(wide, 0) * max(tall, 0)
            assert shared < 0.08 * min(one.width * one.height, other.width * other.height)


def test_things_are_large_enough_to_tell_and_leave_the_background_room(scenes: list[DrawnScene]) -> None:
    for item in (item for scene in scenes for item in scene.items):
        assert min(item.width, item.height) >= 24
        assert 0.04 <= item.width * item.height / 128**2 <= 0.6


@pytest.mark.parametrize("count", range(8))
def test_every_thing_asked_for_is_in_the_scene(count: int) -> None:
    rng = random.Random(3)
    for _ in range(60):
        assert len(sample_scene(rng, count).items) == count


def test_more_things_than_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match="30 things do not fit"):
        place_items(random.Random(1), [Group("cat", "red", 30)])


def test_the_same_seed_gives_the_same_scenes() -> None:
    assert sample_scene(random.Random(9)) == sample_scene(random.Random(9))
