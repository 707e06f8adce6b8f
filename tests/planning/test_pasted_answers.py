"""Texts as people paste them: each becomes the layout that is meant, whatever is around it."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.readings import Question, ReadLayout, Refusal
from lmd_desktop.planning.importing.reading import read_layout_text
from tests.planning.pasted_lmd_answers import LMD_ANSWERS, Pasted
from tests.planning.pasted_other_answers import OPEN, OTHER_ANSWERS, REFUSED
from tests.planning.pasted_wild_answers import WILD_ANSWERS


@pytest.mark.parametrize(
    "pasted", [*LMD_ANSWERS, *OTHER_ANSWERS, *WILD_ANSWERS], ids=lambda pasted: repr(pasted.text[:60])
)
def test_answers_are_read_as_they_were_meant(pasted: Pasted) -> None:
    reading = read_layout_text(pasted.text, Size(512, 512))
    assert isinstance(reading, ReadLayout), reading
    layout = reading.layout
    boxes = tuple((b.phrase, b.rect.x, b.rect.y, b.rect.width, b.rect.height) for b in layout.boxes)
    assert (boxes, layout.background_prompt, layout.negative_prompt) == (
        pasted.boxes, pasted.background, pasted.negative,
    )  # fmt: skip


@pytest.mark.parametrize(("text", "keys"), OPEN)
def test_what_can_be_read_in_several_ways_is_asked_about(text: str, keys: tuple[str, ...]) -> None:
    reading = read_layout_text(text, Size(512, 512))
    assert isinstance(reading, Question), reading
    assert tuple(choice.key for choice in reading.choices) == keys


def test_what_is_left_out_is_told() -> None:
    text = "Objects: [('a cat', [10, 20, 30, 40]), ('a ghost', []), ('a wisp', [1, 2, 3]), ('a dot', [5, 5, 0, 0])]"
    reading = read_layout_text(text, Size(512, 512))
    assert isinstance(reading, ReadLayout)
    assert [box.phrase for box in reading.layout.boxes] == ["a cat"]
    assert reading.notes == (
        "“a ghost” has no four numbers and was left out.",
        "“a wisp” has no four numbers and was left out.",
        "“a dot” had no size and was left out.",
    )


@pytest.mark.parametrize("text", REFUSED)
def test_sentences_are_no_layouts(text: str) -> None:
    assert isinstance(read_layout_text(text, Size(512, 512)), Refusal)


@pytest.mark.parametrize(
    "text",
    [
        "{<|" + "im_e" * 40 + "|>",
        "x" * 3000,
        "a_" * 2000 + " 5",
        "a cat " + " \n" * 2000 + "[",
        "(" * 4000,
        "box: " * 800,
        "-" * 2000,
        "- " * 2000,
    ],
)
def test_long_runs_of_anything_are_read_to_their_end(text: str) -> None:
    # Some took minutes: patterns tried each part of a long word as the beginning of each name.
    assert isinstance(read_layout_text(text, Size(512, 512)), Refusal)
