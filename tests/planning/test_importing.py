"""Layouts out of what chatbots write: every format is read as it was meant, and nothing open is guessed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.readings import Question, Reading, ReadLayout, Refusal, chosen
from lmd_desktop.planning.importing.reading import MAX_TEXT, read_layout_text
from lmd_desktop.planning.lines import write_answer
from lmd_desktop.storage.layout_text import write_ideogram, write_json, write_lmd_text
from tests.planning.chatbot_answers import Answer, Truth, draw_answer

SQUARE = Size(512, 512)
ANSWERS = 300
PROMPTS = "\nBackground prompt: A realistic scene\nNegative prompt: "


def read(text: str, canvas: Size = SQUARE) -> ReadLayout:
    reading = read_layout_text(text, canvas)
    assert isinstance(reading, ReadLayout), reading
    return reading


def rects(layout: Layout) -> list[tuple[str, int, int, int, int]]:
    return [(b.phrase, b.rect.x, b.rect.y, b.rect.width, b.rect.height) for b in layout.boxes]


def is_like(layout: Layout, truth: Truth, tolerance: int) -> bool:
    """Whether a layout says the same, its numbers within a tolerance in pixels."""
    if (layout.background_prompt, layout.negative_prompt) != (truth.background, truth.negative):
        return False
    wanted = [(name, *four) for name, four in truth.boxes]
    return len(wanted) == len(layout.boxes) and all(
        given[0] == wish[0] and all(abs(a - b) <= tolerance for a, b in zip(given[1:], wish[1:], strict=True))
        for given, wish in zip(rects(layout), wanted, strict=True)
    )


def is_right(answer: Answer, reading: Reading) -> bool:
    """A layout as meant; if the order is not stated, also a question that has it among its choices."""
    match reading:
        case ReadLayout(layout=layout):
            return is_like(layout, answer.truth, answer.tolerance)
        case Question(choices=choices) if not answer.is_told:
            return any(is_right(answer, choice.reading) for choice in choices)
        case _:
            return False


def test_answers_in_every_format_are_read_as_they_were_meant() -> None:
    answers = [draw_answer(random.Random(seed)) for seed in range(ANSWERS)]
    wrong = [answer for answer in answers if not is_right(answer, read_layout_text(answer.text, SQUARE))]
    assert [(answer.style, answer.text) for answer in wrong] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[('a cat', [10, 20, 30, 40.6])]{PROMPTS}None", [("a cat", 10, 20, 30, 41)]),
        (f"Objects: [('a cat', [10, 20, 30, 40]), ('a dog', [400, 50, 100, 300{PROMPTS}", [
            ("a cat", 10, 20, 30, 40), ("a dog", 400, 50, 100, 300)]),
        (f"Objects: ['a cat', [10, 20, 30, 40], 'a dog', [50, 60, 70, 80]]{PROMPTS}", [
            ("a cat", 10, 20, 30, 40), ("a dog", 50, 60, 70, 80)]),
        ("cat 0.5 0.5 0.25 0.25\nBackground: x", [("cat", 256, 256, 128, 128)]),
        ('{"cats": [[0, 0, 64, 64], [64, 10, 60, 64]], "dog": [200, 10, 100, 90]}', [
            ("cats", 0, 0, 64, 64), ("cats", 64, 10, 60, 64), ("dog", 200, 10, 100, 90)]),
        ('{"canvas": [1024, 1024], "objects": [{"phrase": "a cat", "x": 0, "y": 512, "width": 512, "height": 256}]}', [
            ("a cat", 0, 256, 256, 128)]),
        ('[{"bbox_2d": [100, 200, 300, 400], "label": "cat"}]', [("cat", 100, 200, 200, 200)]),
        ("a cat: (10, 20) to (200, 300)", [("a cat", 10, 20, 190, 280)]),
        ("name,x1,y1,x2,y2\ncat,10,20,300,40", [("cat", 10, 20, 290, 20)]),
        ('{"物体": [{"名称": "a cat", "左": 10, "上": 20, "宽": 100, "高": 200}], "背景": "a room"}', [
            ("a cat", 10, 20, 100, 200)]),
    ],
)  # fmt: skip
def test_other_ways_to_write_boxes(text: str, expected: list[tuple[str, int, int, int, int]]) -> None:
    assert rects(read(text).layout) == expected


@pytest.mark.parametrize("text", ["Objects: []", "Objects: No objects", "Objects:"])
def test_a_layout_may_have_no_boxes(text: str) -> None:
    layout = read(text + PROMPTS + "cats").layout
    assert (layout.boxes, layout.background_prompt, layout.negative_prompt) == ((), "A realistic scene", "cats")


def test_an_order_that_is_not_stated_is_asked_about() -> None:
    reading = read_layout_text('{"objects": [{"name": "a cat", "bbox": [100, 100, 200, 250]}]}', SQUARE)
    assert isinstance(reading, Question)
    assert [choice.key for choice in reading.choices] == ["xywh", "xyxy"]
    assert rects(chosen(reading, ["xywh"]).layout) == [("a cat", 100, 100, 200, 250)]
    assert rects(chosen(reading, ["xyxy"]).layout) == [("a cat", 100, 100, 100, 150)]
    with pytest.raises(UserError, match=r"Choose one: xywh: .*; xyxy: ") as caught:
        chosen(reading)
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([300, 100, 100, 200], (300, 100, 100, 200)), ([300, 300, 500, 400], (300, 300, 200, 100))],
)
def test_an_order_that_alone_is_possible_is_not_asked_about(
    numbers: list[int], expected: tuple[int, int, int, int]
) -> None:
    assert rects(read(str({"objects": [{"name": "a cat", "box": numbers}]})).layout) == [("a cat", *expected)]


def test_lmd_boxes_off_the_canvas_are_cut_and_the_others_stay() -> None:
    reading = read(f"Objects: [('a cat', [10, 20, 30, 40]), ('a dog', [400, -20, 150, 120])]{PROMPTS}")
    assert rects(reading.layout) == [("a cat", 10, 20, 30, 40), ("a dog", 400, 0, 112, 100)]
    assert reading.notes == ("“a dog” left the canvas and was brought inside.",)


def test_a_box_as_large_as_the_canvas_is_the_background() -> None:
    reading = read("Objects: [('a street', [0, 0, 512, 512]), ('a cat', [10, 20, 30, 40])]")
    assert rects(reading.layout) == [("a cat", 10, 20, 30, 40)]
    assert reading.layout.background_prompt == "a street"


def test_lmd_text_counts_in_512_pixels_whatever_the_canvas_is() -> None:
    layout = read(f"Objects: [('a cat', [128, 256, 128, 256])]{PROMPTS}", Size(1024, 768)).layout
    assert rects(layout) == [("a cat", 256, 384, 256, 384)]


def test_several_layouts_in_one_text_are_asked_about() -> None:
    text = "\n\n".join(f"Caption: {n}\nObjects: [('a {n}', [10, 20, 30, 40])]{PROMPTS}" for n in ("cat", "dog"))
    reading = read_layout_text(text, SQUARE)
    assert isinstance(reading, Question)
    assert [(choice.key, choice.label) for choice in reading.choices] == [("1", "cat"), ("2", "dog")]
    assert rects(chosen(reading, ["2"]).layout) == [("a dog", 10, 20, 30, 40)]


@pytest.mark.parametrize(
    "text",
    ["", " \n", "I cannot help with that.", "[[1, 2, 3, 4]]", "x" * (MAX_TEXT + 1), "[" * 5000, "{}", "[('a', [])]"],
)
def test_what_is_no_layout_is_refused_in_words(text: str) -> None:
    reading = read_layout_text(text, SQUARE)
    assert isinstance(reading, Refusal)
    assert reading.cause.endswith(".")
    assert reading.next_step


@pytest.mark.parametrize("write", [write_lmd_text, write_json, write_ideogram, write_answer])
def test_what_is_written_can_be_read_back(write: object) -> None:
    source = read(f"Objects: [('a man\\'s hat', [16, 24, 32, 40]), ('a \"big\" box', [304, 40, 96, 200])]{PROMPTS}cats")
    for canvas in (SQUARE, Size(1024, 768)):
        scaled = [replace(b, rect=Rect(*(n * canvas.width // 512 for n in _four(b.rect)))) for b in source.layout.boxes]
        layout = replace(source.layout, canvas=canvas, boxes=tuple(scaled))
        assert callable(write)
        again = read(str(write(layout)), canvas).layout
        for before, after in zip(layout.boxes, again.boxes, strict=True):
            assert after.phrase == before.phrase
            assert all(abs(a - b) <= 2 for a, b in zip(_four(before.rect), _four(after.rect), strict=True))
        assert again.background_prompt == "A realistic scene"
        assert again.negative_prompt == ("" if write is write_ideogram else "cats")


def _four(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.width, rect.height
