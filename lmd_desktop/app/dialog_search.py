"""Finds turns by what they say, in every branch: requests, phrases, prompts, notes and what the planner wrote."""

from __future__ import annotations

import unicodedata

from lmd_desktop.domain.scene import CanvasEdit, Dialog, Plan, Request, Turn


class DialogSearch:
    """Remembers the folded text of turns, which never change without becoming other values."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Turn, str]] = {}

    def find(self, dialog: Dialog, words: str) -> tuple[str, ...]:
        """Ids of the turns that hold all the words, in the order of the dialog; none for no words."""
        parts = folded(words).split()
        if not parts:
            return ()
        return tuple(turn.id for turn in dialog.turns if all(part in self._text(turn) for part in parts))

    def _text(self, turn: Turn) -> str:
        known = self._texts.get(turn.id)
        if known is None or known[0] is not turn:
            known = self._texts[turn.id] = (turn, folded(text_of(turn)))
        return known[1]


def text_of(turn: Turn) -> str:
    """Everything that a turn says, one thing per line."""
    match turn:
        case Request():
            return turn.text
        case Plan():
            layout = turn.layout
            phrases = (box.phrase for box in layout.boxes)
            return "\n".join([*phrases, layout.background_prompt, layout.negative_prompt, *turn.notes, turn.raw])
        case CanvasEdit():
            return f"{turn.summary}\n{turn.note}"


def folded(text: str) -> str:
    """Without differences of case, width and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))
