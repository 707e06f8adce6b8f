"""Requests in people's own words become those that are checked; what may mean several things is left alone."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.planning.meaning import check_meaning
from lmd_desktop.planning.wording import plain_request


def canvas(*phrases: str) -> Layout:
    boxes = (Box(str(n), phrase, Rect(8 + 150 * n, 200, 96, 96), "#000000") for n, phrase in enumerate(phrases))
    return Layout(boxes=tuple(boxes), background_prompt="a room")


PAIR = canvas("a cat", "a dog")


@pytest.mark.parametrize(
    "words",
    [
        "Swap them!", "swap the two please", "switch both", "exchange them", "switch them around", "swap places",
        "let them change places", "could you swap their positions?", "Now swap the two boxes", "trade places",
    ],
)  # fmt: skip
def test_many_words_swap_two_things(words: str) -> None:
    assert plain_request(words, PAIR) == "swap them"
    assert [violation.kind for violation in check_meaning(words, PAIR, PAIR)] == ["relation", "relation"]


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("swap cat and dog", "swap the cat and the dog"),
        ("let the cat and the dog change places", "swap the cat and the dog"),
        ("switch the positions of the cat and the dog", "swap the cat and the dog"),
        ("Make all things larger.", "make everything larger"),
        ("make them both a bit smaller", "make everything a bit smaller"),
        ("enlarge everything", "make everything bigger"),
        ("scale all of them down", "make everything smaller"),
        ("No more trees!", "no trees"),
        ("actually, no trees after all", "no trees"),
        ("I don't want any trees", "no trees"),
        ("please don't show trees", "no trees"),
        ("I don't want the tree anymore", "remove the tree"),
        ("forget the tree", "remove the tree"),
        ("one more cat please", "add one more cat"),
        ("and another dog", "add another dog"),
    ],
)
def test_other_requests_in_other_words(words: str, plain: str) -> None:
    assert plain_request(words, PAIR) == plain


def test_one_more_is_sure_where_there_is_one_kind_of_thing() -> None:
    cats = canvas("a cat", "a red cat")
    assert plain_request("One more!", cats) == "add another cat"
    assert [violation.kind for violation in check_meaning("one more", cats, cats)] == ["count"]
    # Once “one more” was a thing called “more” that had no box.
    assert check_meaning("add one more", PAIR, PAIR) == ()


def test_it_is_the_only_thing_there_is() -> None:
    assert plain_request("make it bigger", canvas("a red car")) == "make the red car bigger"
    assert plain_request("make it bigger", PAIR) == "make it bigger"
