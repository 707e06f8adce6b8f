"""Plurals, number words and articles in prompts."""

from __future__ import annotations

import pytest

from lmd_desktop.rendering.english import counted, plural, without_article


@pytest.mark.parametrize(
    ("phrase", "count", "expected"),
    [
        ("a red cup", 2, "two red cups"),
        ("an apple", 3, "three apples"),
        ("the cup of tea", 2, "two cups of tea"),
        ("a man riding a horse", 2, "two men riding a horse"),
        ("a jumping dolphin", 4, "four jumping dolphins"),
        ("a teddy-bear", 2, "two teddy-bears"),
        ("a pair of scissors", 2, "two pairs of scissors"),
        ("a red car", 1, "a red car"),
        ("a red car", 30, "30 red cars"),
        ("two dogs", 2, "two dogs"),
        ("红色的杯子", 2, "红色的杯子"),
        ("🙂", 2, "🙂"),
    ],
)
def test_equal_things_are_counted(phrase: str, count: int, expected: str) -> None:
    assert counted(phrase, count) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("box", "boxes"),
        ("bus", "buses"),
        ("bench", "benches"),
        ("city", "cities"),
        ("toy", "toys"),
        ("fish", "fish"),
        ("leaf", "leaves"),
        ("child", "children"),
        ("woman", "women"),
        ("snowman", "snowmen"),
        ("person", "people"),
        ("Mouse", "Mice"),
        ("glasses", "glasses"),
        ("balloon", "balloons"),
    ],
)
def test_nouns_take_their_plural(word: str, expected: str) -> None:
    assert plural(word) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [("a panda bear", "panda bear"), ("An orange", "orange"), ("the a", "a"), ("a", "a"), ("panda", "panda")],
)
def test_only_a_leading_article_goes(phrase: str, expected: str) -> None:
    assert without_article(phrase) == expected
