"""An answer while it is written: bytes become lines, lines become boxes."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from lmd_desktop.domain.layout import Box
from lmd_desktop.planning.checks import Answer

TOKENS_PER_REPORT = 8

Progress = Callable[[str, int, int, int], None]


class Writing:
    """Tells each box once its line is complete, and the progress every few tokens."""

    def __init__(self, answer: Answer, on_box: Callable[[Box], None], on_progress: Progress) -> None:
        self.answer = answer
        self.raw = ""
        self.tokens = 0
        self._line = ""
        self._on_box = on_box
        self._on_progress = on_progress
        # A character may be spread over several tokens.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add_token(self, piece: bytes) -> None:
        """One more token of the model."""
        self.tokens += 1
        is_line = self.add(piece)
        if is_line or self.tokens % TOKENS_PER_REPORT == 0:
            self._on_progress("boxes", self.answer.box_count, 0, self.tokens)

    def add(self, data: bytes) -> bool:
        """More of the answer; whether a line came to its end."""
        text = self._decoder.decode(data)
        self.raw += text
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            box = self.answer.add(line)
            if box is not None:
                self._on_box(box)
        return bool(lines)
