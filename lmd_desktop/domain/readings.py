"""What comes of reading a text as a layout: a layout, a question that only the person can answer, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout


@dataclass(frozen=True, slots=True)
class ReadLayout:
    """A layout that was read; every box lies inside the canvas, ``notes`` tell what was changed for that.

    ``has_background`` and ``has_negative`` tell whether the text said anything about them, even that there is none.
    """

    layout: Layout
    notes: tuple[str, ...] = ()
    has_background: bool = False
    has_negative: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question. ``key`` is what is typed (``xywh``), ``label`` what is shown."""

    key: str
    label: str
    reading: ReadLayout | Question


@dataclass(frozen=True, slots=True)
class Question:
    """The text can be read in several ways, and nothing in it tells which one is meant."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The text is no layout: why, and what to do."""

    cause: str
    next_step: str


Reading = ReadLayout | Question | Refusal


def chosen(reading: Reading, keys: Sequence[str] = ()) -> ReadLayout:
    """The layout after ``keys`` answered the questions, in their order; raises UserError where none was read."""
    left = list(keys)
    while isinstance(reading, Question):
        question = reading
        key = left.pop(0) if left else None
        found = next((choice for choice in question.choices if choice.key == key), None)
        if found is None:
            known = "; ".join(f"{choice.key}: {choice.label}" for choice in question.choices)
            raise UserError(question.text, f"Choose one: {known}.", exit_code=ExitCode.USAGE)
        reading = found.reading
    if isinstance(reading, Refusal):
        raise UserError(reading.cause, reading.next_step, exit_code=ExitCode.USAGE)
    return reading
