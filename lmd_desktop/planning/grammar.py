"""The GBNF grammar of an answer: every box it can state lies inside the canvas, whatever the model thinks.

x limits the width and y the height although y stands between x and width: each x has its own rule for the rest of the
line, each ending in a rule of all widths and one of all heights that still fit. Numbers are written as digit trees so
that only few alternatives are open at a time. 512×512 makes 90 kB of grammar, which llama.cpp reads in 2 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from lmd_desktop.domain.layout import MAX_PHRASE_LENGTH, Size, clean_phrase
from lmd_desktop.planning.lines import GRID, MAX_BOXES, MAX_TEXT_LENGTH

# Only ASCII: llama.cpp refuses the first byte of every character that shares it with a forbidden one.
_FORBIDDEN = r"|\x00-\x1f\x7f"


@lru_cache(maxsize=8)
def answer_grammar(canvas: Size, phrases: tuple[str, ...] = ()) -> str:
    """GBNF of a whole answer for a canvas in planner space.

    With ``phrases`` the answer has exactly one box for each of them, in their order, and the model chooses the places.
    """
    width, height = canvas.width, canvas.height
    sides = sorted({*range(GRID, width + 1, GRID), *range(GRID, height + 1, GRID)})
    return "\n".join(
        [
            # The space before a line is what SentencePiece models put before a first word.
            f'root ::= " "? {_boxes(phrases)} "bg " text "\\n" "neg" (" " text?)? "\\n"',
            'box ::= "box " id " " phrase " | " x',
            "id ::= [1-9] [0-9]{0,2}",
            f"phrase ::= {_words(MAX_PHRASE_LENGTH)}",
            f"text ::= {_words(MAX_TEXT_LENGTH)}",
            "x ::= " + _numbers(range(0, width, GRID), lambda x: f'" " x{x}'),
            *(_rest_of_line(x, width, height) for x in range(0, width, GRID)),
            *(f'w{most} ::= " " side{most}' for most in range(GRID, width + 1, GRID)),
            *(f'h{most} ::= " " side{most} "\\n"' for most in range(GRID, height + 1, GRID)),
            *(f"side{most} ::= {_numbers(range(GRID, most + 1, GRID), lambda _: '')}" for most in sides),
        ]
    )


def _boxes(phrases: Sequence[str]) -> str:
    """The box lines: any up to the limit, or these."""
    if not phrases:
        return f"box{{0,{MAX_BOXES}}}"
    return " ".join(f'"box {index} {_literal(phrase)} | " x' for index, phrase in enumerate(phrases, 1))


def _literal(phrase: str) -> str:
    return clean_phrase(phrase).replace("\\", "\\\\").replace('"', '\\"')


def _words(limit: int) -> str:
    return f"[^ {_FORBIDDEN}] [^{_FORBIDDEN}]{{0,{limit - 1}}}"


def _rest_of_line(x: int, width: int, height: int) -> str:
    return f"x{x} ::= {_numbers(range(0, height, GRID), lambda y: f'w{width - x} h{height - y}')}"


def _numbers(values: Sequence[int], then: Callable[[int], str]) -> str:
    """Alternatives of decimal numbers as a tree of their digits, each followed by ``then(value)``."""

    def branch(prefix: str, numbers: list[str]) -> str:
        by_digit: dict[str, list[str]] = {}
        for number in numbers:
            by_digit.setdefault(number[len(prefix) : len(prefix) + 1], []).append(number)
        alternatives: list[str] = []
        for digit, group in by_digit.items():
            if not digit:
                alternatives.append(then(int(prefix)) or '""')
            elif len(group) == 1:
                alternatives.append(f'"{group[0][len(prefix) :]}" {then(int(group[0]))}'.strip())
            else:
                alternatives.append(f'"{digit}" ({branch(prefix + digit, group)})')
        return " | ".join(alternatives)

    return branch("", [str(value) for value in values])
