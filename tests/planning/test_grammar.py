"""The grammar accepts the line format and nothing that lies outside the canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmd_desktop.domain.layout import Size
from lmd_desktop.planning.caption import unmistakable_phrases
from lmd_desktop.planning.grammar import answer_grammar
from lmd_desktop.planning.llama import LlamaEngine
from tests.planning.conftest import write_tiny_gguf

SQUARE = Size(512, 512)


def accepts(engine: LlamaEngine, answer: str, canvas: Size = SQUARE, phrases: tuple[str, ...] = ()) -> bool:
    """Whether the grammar takes an answer to its end, token by token."""
    grammar = engine.start_grammar(answer_grammar(canvas, phrases))
    try:
        for token in engine.tokenize(answer):
            if not grammar.allowed(np.array([token], dtype=np.int32))[0]:
                return False
            grammar.accept(token)
        return grammar.is_complete
    finally:
        grammar.close()


@pytest.mark.parametrize(
    "answer",
    [
        "box 1 a red car | 48 304 168 120\nbox 2 a blue cup | 312 296 96 104\nbg a street\nneg cats\n",
        "bg a beach\nneg \n",
        " bg a beach\nneg\n",
        "box 999 猫 “x” 😀 | 0 0 512 512\nbg a: b, (c)\nneg a, b\n",
        "box 1 a | 504 504 8 8\nbg b\nneg\n",
    ],
)
def test_a_good_answer_is_accepted(tiny_engine: LlamaEngine, answer: str) -> None:
    assert accepts(tiny_engine, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "box 1 a car | 8 8 512 8\nbg b\nneg \n",
        "box 1 a car | 504 0 16 8\nbg b\nneg \n",
        "box 1 a car | 0 504 8 16\nbg b\nneg \n",
        "box 1 a car | 512 0 8 8\nbg b\nneg \n",
        "box 1 a car | 0 0 0 8\nbg b\nneg \n",
        "box 1 a car | 4 0 8 8\nbg b\nneg \n",
        "box 1 a car | 08 0 8 8\nbg b\nneg \n",
        "box 0 a car | 8 0 8 8\nbg b\nneg \n",
        "box 1  | 8 0 8 8\nbg b\nneg \n",
        "box 1 a|b | 8 0 8 8\nbg b\nneg \n",
        "box 1 a\tb | 8 0 8 8\nbg b\nneg \n",
        "box 1 a car | 8 0 8 8 *\nbg b\nneg \n",
        "bg \nneg \n",
        "bg b\n",
        "bg b\nneg \nbox 1 a | 0 0 8 8\n",
        "Sure! bg b\nneg \n",
    ],
)
def test_a_bad_answer_is_refused(tiny_engine: LlamaEngine, answer: str) -> None:
    assert not accepts(tiny_engine, answer)


@pytest.mark.parametrize("canvas", [Size(512, 344), Size(288, 512), Size(512, 8)])
def test_width_is_limited_by_x_and_height_by_y_on_every_canvas(tiny_engine: LlamaEngine, canvas: Size) -> None:
    for x in (0, 96, canvas.width - 8):
        for y in (0, canvas.height - 8):
            width, height = canvas.width - x, canvas.height - y
            assert accepts(tiny_engine, f"box 1 a | {x} {y} {width} {height}\nbg b\nneg \n", canvas)
            assert not accepts(tiny_engine, f"box 1 a | {x} {y} {width + 8} {height}\nbg b\nneg \n", canvas)
            assert not accepts(tiny_engine, f"box 1 a | {x} {y} {width} {height + 8}\nbg b\nneg \n", canvas)


def test_words_that_carry_their_space_are_allowed_wherever_a_line_starts(tmp_path: Path) -> None:
    engine = LlamaEngine(write_tiny_gguf(tmp_path / "spm.gguf", is_sentencepiece=True))
    answer = "box 1 a red car | 48 304 168 120\nbg a 猫 street\nneg \n"
    assert engine.piece(engine.tokenize(answer)[0]).startswith(b" ")
    assert accepts(engine, answer)
    assert not accepts(engine, answer.replace("168", "472"))
    engine.close()


def test_thirty_boxes_are_possible_and_no_more(tiny_engine: LlamaEngine) -> None:
    line = "box 1 a | 0 0 8 8\n"
    assert accepts(tiny_engine, line * 30 + "bg b\nneg \n")
    assert not accepts(tiny_engine, line * 31 + "bg b\nneg \n")


def test_a_grammar_that_is_not_well_formed_is_an_error_and_no_crash(tiny_engine: LlamaEngine) -> None:
    with pytest.raises(ValueError, match="not well formed"):
        tiny_engine.start_grammar('root ::= "a" missing')


def test_control_tokens_are_no_text(tiny_engine: LlamaEngine) -> None:
    grammar = tiny_engine.start_grammar('root ::= "<" [^x]+')
    control = np.array([t.id for t in tiny_engine.special_tokens.values()], dtype=np.int32)
    assert not grammar.allowed(control).any()
    with pytest.raises(ValueError, match="does not fit"):
        grammar.accept(int(control[0]))
    grammar.close()


def test_with_forced_phrases_only_the_places_are_free(tiny_engine: LlamaEngine) -> None:
    phrases = ("a red cup", 'a "big" \\ dog')
    one, two = "box 1 a red cup | 8 8 64 64\n", 'box 2 a "big" \\ dog | 80 8 64 64\n'
    assert accepts(tiny_engine, f"{one}{two}bg a\nneg \n", phrases=phrases)
    for wrong in (
        one,
        two,
        one + one,
        one + two + two,
        f"{one}{two.replace('80', '9')}",
        one.replace("red", "blue") + two,
    ):
        assert not accepts(tiny_engine, f"{wrong}bg a\nneg \n", phrases=phrases)


@pytest.mark.parametrize(
    ("caption", "phrases"),
    [
        ("A realistic photo of a scene with three cups", ("a cup",) * 3),
        ("two red cups and an owl, without dogs", ("a red cup", "a red cup", "an owl")),
        ("a samurai cat to the left of a box in a park", ("a samurai cat", "a box")),
        ("a bowl with apples", ()),
        ("some cups", ()),
        ("a cup on a table", ()),
        ("the cup", ()),
        ("两只猫", ()),
        ("ninety nine cups", ()),
        ("a cup, without cups", ()),
    ],
)
def test_counts_are_forced_only_where_a_caption_leaves_nothing_open(caption: str, phrases: tuple[str, ...]) -> None:
    assert unmistakable_phrases(caption, 30) == phrases
