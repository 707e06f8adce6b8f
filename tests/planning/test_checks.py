"""What becomes of an answer's lines: ids, exact values, repairs, and the notes about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.planning.checks import FALLBACK_BACKGROUND, Answer
from lmd_desktop.planning.lines import to_planner, write_answer

CAT = Box(
    id="1",
    phrase="a cat",
    rect=Rect(101, 203, 307, 209),
    colour="#123456",
    is_hidden=True,
    is_enabled=False,
    negative="dark",
    strength=1.5,
    seed=7,
)
DOG = Box(id="3", phrase="a dog", rect=Rect(500, 300, 200, 200), colour="#654321", is_locked=True)
BEFORE = Layout(canvas=Size(1000, 600), boxes=(CAT, DOG), background_prompt="a field", negative_prompt="rain")


def read(before: Layout, *lines: str, is_whole: bool = True) -> tuple[Layout, tuple[str, ...]]:
    answer = Answer(to_planner(before))
    for line in lines:
        answer.add(line)
    return answer.layout(is_whole=is_whole)


def test_an_answer_that_repeats_the_canvas_changes_nothing() -> None:
    after, notes = read(BEFORE, *write_answer(BEFORE).splitlines())
    assert after == BEFORE
    assert notes == ()


def test_a_known_id_keeps_everything_but_phrase_and_place() -> None:
    after, _ = read(BEFORE, "box 1 a black cat | 0 104 240 104", "bg a field", "neg rain")
    assert after.boxes[0] == replace(CAT, phrase="a black cat", rect=Rect(0, 203, 469, 209))


def test_a_new_id_is_a_new_box_on_top() -> None:
    after, _ = read(BEFORE, "box 4 a cup | 8 8 64 64", "box 1 a cat | 0 0 64 64", "bg a field", "neg ")
    assert [box.id for box in after.boxes] == ["1", "3", "4"]
    assert after.negative_prompt == ""


def test_a_box_that_is_not_repeated_is_gone_unless_it_is_locked() -> None:
    after, _ = read(BEFORE, "bg a field", "neg rain")
    assert after.boxes == (DOG,)


def test_a_locked_box_is_exactly_what_it_was_whatever_the_model_wrote() -> None:
    after, _ = read(BEFORE, "box 3 a wolf | 0 0 8 8", "bg a field", "neg rain")
    assert after.boxes == (DOG,)


def test_an_id_that_comes_twice_is_two_boxes() -> None:
    after, _ = read(Layout(), "box 1 a cat | 0 0 64 64", "box 1 a dog | 64 0 64 64", "bg a field", "neg ")
    assert [(box.id, box.phrase) for box in after.boxes] == [("1", "a cat"), ("2", "a dog")]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("box 2 a sky | 0 0 512 512", "covered the whole canvas"),
        ("box 2 a dot | 0 0 4 64", "too small"),
        ("box 2 A Cat | 0 0 64 64", "twice in the same place"),
        ("box 2 a bird | 480 0 64 64", "moved inside the canvas"),
        ("I hope you like it!", "could not be read"),
    ],
)
def test_every_repair_is_told(line: str, note: str) -> None:
    after, notes = read(Layout(), "box 1 a cat | 0 0 64 64", line, "bg a field", "neg ")
    assert len(notes) == 1
    assert note in notes[0]
    assert all(box.rect.right <= 512 for box in after.boxes)


def test_a_known_box_is_not_blown_up_to_the_whole_canvas() -> None:
    after, notes = read(BEFORE, "box 1 a cat | 0 0 512 304", "bg a field", "neg rain")
    assert after.boxes[0] == CAT
    assert "whole canvas" in notes[0]


def test_more_than_thirty_new_boxes_are_told_and_left_out() -> None:
    lines = [f"box {i} a cat | {8 * i} 0 64 64" for i in range(1, 33)]
    after, notes = read(Layout(), *lines, "bg a field", "neg ")
    assert len(after.boxes) == 30
    assert notes == ("“a cat” was left out: the planner makes at most 30 boxes. (2 times)",)


def test_boxes_beyond_the_thirtieth_are_not_sent_and_stay() -> None:
    boxes = tuple(replace(CAT, id=str(i), rect=Rect(i, i, 64, 64)) for i in range(1, 35))
    before = replace(BEFORE, boxes=boxes)
    after, notes = read(before, *write_answer(before).splitlines())
    assert after == before
    assert "30 of 34" in notes[0]


@pytest.mark.parametrize(("before", "expected"), [("a field", "a field"), ("", FALLBACK_BACKGROUND)])
def test_an_answer_without_background_falls_back(before: str, expected: str) -> None:
    after, notes = read(Layout(background_prompt=before), "box 1 a cat | 0 0 64 64", "bg ", "neg ")
    assert after.background_prompt == expected
    assert "no background" in notes[0]


def test_an_answer_that_breaks_off_takes_nothing_away() -> None:
    after, notes = read(BEFORE, "box 4 a cup | 8 8 64 64", is_whole=False)
    assert [box.id for box in after.boxes] == ["1", "3", "4"]
    assert after.background_prompt == "a field"
    assert "broke off" in notes[0]


def test_a_long_background_that_is_repeated_as_it_was_sent_stays_whole() -> None:
    before = Layout(background_prompt="very " * 100 + "long")
    after, _ = read(before, *write_answer(before).splitlines())
    assert after == before
