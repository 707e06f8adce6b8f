"""Finds the translation of a finished English text by the template that it was made from: “{0}” is damaged.

Errors, notes and checks are written below the window, in worker processes and in scene files, and stay English there.
Only what is shown is translated: the template whose words the text has gives the words, the text gives what was put in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACE = re.compile(r"\{(\d)\}")
SENTENCE_END = re.compile(r"(?<=[.!?…”]) (?=[A-Z“‘0-9])")
LETTERS = re.compile("[A-Za-z]")
MAX_SENTENCES = 8  # of a text that is taken apart; a longer one is the person's or the planner's
MAX_DEPTH = 4  # texts that are put into texts
MIN_LETTERS = 3  # of its own, unless it has a beginning and an end: “{0} of {1}” would fit too much
NEEDS_NO_SPACE = "。！？；：，…”）"


@dataclass(frozen=True, slots=True)
class _Template:
    """``words`` are the texts between the places, ``quoted`` the places in quotation marks: the person's own words."""

    words: tuple[str, ...]
    places: tuple[str, ...]
    quoted: frozenset[str]
    pattern: str
    translation: str

    @property
    def is_telling(self) -> bool:
        is_framed = bool(self.words[0]) and bool(self.words[-1])
        return is_framed or len(LETTERS.findall("".join(self.words))) >= MIN_LETTERS

    def may_be(self, text: str) -> bool:
        """Cheap, and false for nearly all."""
        is_framed = text.startswith(self.words[0]) and text.endswith(self.words[-1])
        return is_framed and all(word in text for word in self.words)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A translation; ``left`` counts the letters that stayed as they were, but for the person's own words."""

    text: str
    left: int = 0


class Templates:
    """``texts`` maps English to the other language; {0} … {9} stand for what is put in."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        templates = (_template(text, texts[text]) for text in texts if PLACE.search(text))
        usable = (template for template in templates if template.is_telling)
        # What says more in its own words comes first: ““{0}” is missing.” before “{0} is missing.”
        self._templates = sorted(usable, key=lambda template: -sum(map(len, template.words)))

    def told(self, text: str) -> str | None:
        """The text in the other language; None if it, or a sentence of it, was made from no known template."""
        reading = self._read(text, 0)
        return reading.text if reading is not None else None

    def _read(self, text: str, depth: int) -> _Reading | None:
        if text in self._texts:
            return _Reading(self._texts[text])
        ends = [found.start() for found in SENTENCE_END.finditer(text)]
        for end in ends if len(ends) < MAX_SENTENCES else ():
            first = self._sentence(text[:end], depth)
            rest = self._read(text[end + 1 :], depth) if first is not None else None
            if first is not None and rest is not None:
                space = "" if first.text.endswith(tuple(NEEDS_NO_SPACE)) else " "
                return _Reading(first.text + space + rest.text, first.left + rest.left)
        return self._sentence(text, depth)

    def _sentence(self, text: str, depth: int) -> _Reading | None:
        """The reading that leaves the least as it was."""
        if text in self._texts:
            return _Reading(self._texts[text])
        readings: list[_Reading] = []
        for template in self._templates if depth < MAX_DEPTH else ():
            found = re.fullmatch(template.pattern, text, re.DOTALL) if template.may_be(text) else None
            if found is not None:
                readings.append(self._filled(template, dict(zip(template.places, found.groups(), strict=True)), depth))
        return min(readings, key=lambda reading: reading.left, default=None)

    def _filled(self, template: _Template, values: dict[str, str], depth: int) -> _Reading:
        left = 0
        for place in values.keys() - template.quoted:
            reading = self._read(values[place], depth + 1)
            left += len(LETTERS.findall(values[place])) if reading is None else reading.left
            values[place] = values[place] if reading is None else reading.text
        return _Reading(PLACE.sub(lambda match: values[match[1]], template.translation), left)


def _template(text: str, translation: str) -> _Template:
    words = PLACE.split(text)
    places = tuple(words[1::2])
    parts = [re.escape(word) for word in words]
    parts[1::2] = ["(.*?)"] * len(places)
    quoted = frozenset(
        place
        for place, before, after in zip(places, words[0::2], words[2::2], strict=False)
        if before.endswith("“") and after.startswith("”")
    )
    return _Template(tuple(words[0::2]), places, quoted, "".join(parts), translation)
