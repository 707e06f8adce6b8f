"""Nested values in a text, Python's or JSON's or nearly so: brackets, quotes, keys and numbers, read with tolerance.

Nothing is evaluated. Quotes may be missing or stand inside a word, brackets may be left open, separators may be
doubled, comments and trailing commas are skipped: all of these occur in what chatbots write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 40
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(OPENING.values())
QUOTES = "\"'`"
NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,2})?")
_UNIT = re.compile(r"\s*(%|px\b|pixels?\b|像素)", re.IGNORECASE)
_NOTHING = frozenset(("none", "null", "nil", "undefined", "nan", "...", "…"))
_AFTER_STRING = frozenset(",:;=)]}|")
_UNICODE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ESCAPES = {"n": " ", "t": " ", "r": " "}
_KEY = re.compile(r"[^\W\d][\w.-]{0,20}\s?[:=]\s*[-+\d.]")
# Behind a quote that was never closed, or closed by another one.
_BOX_AHEAD = re.compile(r",\s*[\[(]\s*-?\d+(?:\.\d+)?\s*,\s*-?\d")
_SPACE = re.compile(r"\s+|//[^\n]*|/\*.*?\*/", re.DOTALL)
_COMMENT = re.compile(r"#(?![0-9a-fA-F]{3,8}\b)[^\n]*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit: ``%``, ``px`` or nothing."""

    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A bracketed group: its items with their keys (None where there is none), and where it stood in the text."""

    items: tuple[tuple[str | None, Value], ...]
    start: int
    end: int


Value = Node | Number | str | None


def top_nodes(text: str, place: int = 0) -> Iterator[Node]:
    """The outermost bracketed groups of a text from a place on, in their order."""
    while place < len(text):
        if text[place] in OPENING:
            node = _Reader(text, place).node(0)
            yield node
            place = max(node.end, place + 1)
        else:
            place += 1


def walk(value: Value) -> Iterator[Node]:
    """A group and all groups within it, the outer ones first."""
    if isinstance(value, Node):
        yield value
        for _, item in value.items:
            yield from walk(item)


def number_of(text: str) -> Number | None:
    """A text that is one number with perhaps a unit; fractions of a canvas that is not known are no numbers."""
    stripped = text.strip()
    found = NUMBER.match(stripped)
    if found is None:
        return None
    unit = _UNIT.match(stripped, found.end())
    if (unit.end() if unit else found.end()) != len(stripped):
        return None
    value = float(found.group())
    return Number(value, "%" if unit and unit.group(1) == "%" else "px" if unit else "") if abs(value) < 1e6 else None


class _Reader:
    """Reads one group from its opening bracket on."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._place = place
        self._open: list[str] = []

    def node(self, depth: int) -> Node:
        """The group at this place; it ends at its closing bracket, at any other one, or at the end of the text."""
        start = self._place
        close = OPENING[self._text[start]]
        self._open.append(close)
        self._place += 1
        items: list[tuple[str | None, Value]] = []
        key: str | None = None
        waiting: list[Value] = []
        while True:
            self._skip_space()
            char = self._text[self._place : self._place + 1]
            if not char or char in CLOSING:
                # "[10, 20, 30, 40)" is what it looks like, unless the bracket belongs to a group further out.
                self._place += 1 if char and (char == close or char not in self._open[:-1]) else 0
                break
            if char in "~≈":
                self._place += 1
            elif char in ",;|":
                self._place += 1
                _finish(items, key, waiting)
                key, waiting = None, []
            elif char in ":=" and waiting and key is None and isinstance(waiting[-1], str | Number):
                self._place += 1
                last = waiting[-1]
                # What stands before a key without a comma between them is an item of its own.
                _finish(items, None, waiting[:-1])
                key = last if isinstance(last, str) else f"{last.value:g}"
                waiting = []
            elif char in ":=":
                self._place += 1
            elif char in OPENING and depth < MAX_DEPTH:
                waiting.append(self.node(depth + 1))
            elif char in OPENING:
                self._place += 1
            elif char in QUOTES and (not waiting or not isinstance(waiting[-1], str)):
                waiting.append(self._quoted(char))
            elif waiting and _KEY.match(self._text, self._place):
                _finish(items, key, waiting)
                key, waiting = None, [self._bare()]
            else:
                waiting.append(self._bare())
        self._open.pop()
        _finish(items, key, waiting)
        return Node(tuple(items), start, min(self._place, len(self._text)))

    def _skip_space(self) -> None:
        while True:
            found = _SPACE.match(self._text, self._place) or _COMMENT.match(self._text, self._place)
            if found is None or found.end() == self._place:
                return
            self._place = found.end()

    def _quoted(self, quote: str) -> str:
        """A quoted text; its end is a quote before a separator, so that "a man's hat" may stand in single quotes."""
        text, place, letters = self._text, self._place + 1, list[str]()
        while place < len(text):
            char = text[place]
            if char == "\\" and place + 1 < len(text):
                escape = _UNICODE.match(text, place)
                letters.append(_unescaped(escape.group()) if escape else _ESCAPES.get(text[place + 1], text[place + 1]))
                place = escape.end() if escape else place + 2
                continue
            if char == quote and self._ends_string(place + 1):
                place += 1
                break
            if char == "\n" and self._is_broken(quote, place):
                break
            if char == "," and not {"(", "["} & set(letters) and _BOX_AHEAD.match(text, place):
                letters = list("".join(letters).rstrip(QUOTES))
                break
            letters.append(char)
            place += 1
        self._place = place
        return "".join(letters).strip()

    def _ends_string(self, place: int) -> bool:
        after = self._text[place : place + 60].lstrip()
        return not after or after[0] in _AFTER_STRING or after[0] in "[({#" or self._text[place] == "\n"

    def _is_broken(self, quote: str, place: int) -> bool:
        """Whether a quoted text was never closed: nothing on the next lines closes it before another one begins."""
        line = self._text[place + 1 : place + 200].split("\n", 1)[0]
        return quote not in line

    def _bare(self) -> Value:
        """A number or words without quotes."""
        found = NUMBER.match(self._text, self._place)
        if found is not None:
            unit = _UNIT.match(self._text, found.end())
            end = unit.end() if unit else found.end()
            follower = self._text[end : end + 1]
            if not (follower.isalpha() or follower == "_") and abs(float(found.group())) < 1e6:
                self._place = end
                return Number(float(found.group()), "%" if unit and unit.group(1) == "%" else "px" if unit else "")
        end = self._place + 1
        while end < len(self._text) and self._text[end] not in ",:;=()[]{}|\n":
            end += 1
        word = self._text[self._place : end].strip().strip(QUOTES).strip()
        self._place = end
        return None if word.lower() in _NOTHING else word


def _unescaped(escapes: str) -> str:
    """Characters written as \\uXXXX; those beyond the 16th bit are written as pairs."""
    units = b"".join(int(code, 16).to_bytes(2, "big") for code in re.findall(r"[0-9a-fA-F]{4}", escapes))
    return units.decode("utf-16-be", "ignore")


def _finish(items: list[tuple[str | None, Value]], key: str | None, waiting: list[Value]) -> None:
    """Put what stood between two separators into the group; several numbers without commas are several items."""
    if not waiting:
        if key is not None:
            items.append((key, None))
        return
    if key is not None and len(waiting) > 1 and all(isinstance(value, Number) for value in waiting):
        items.append((key, Node(tuple((None, value) for value in waiting), 0, 0)))
        return
    if key is not None:
        items.append((key, waiting[0]))
        items.extend((None, value) for value in waiting[1:])
        return
    items.extend((None, value) for value in waiting)
