"""How far a job is, on standard error: one changing line in a terminal, one line a stage elsewhere."""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from lmd_desktop.workers.messages import BoxPlanned, Event, Progress

STAGE_WORDS = {
    "load": "Loading the model",
    "prompt": "Reading the request",
    "boxes": "Writing the boxes",
    "encode": "Reading the phrases",
    "per_box": "Painting each box alone",
    "compose": "Putting the things together",
    "denoise": "Painting the picture",
    "decode": "Finishing the picture",
}
CLEAR_LINE = "\r\x1b[K"
TENTHS = 10


class ProgressLine:
    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._stage = ""
        self._has_line = False

    def show(self, event: Event) -> None:
        match event:
            case Progress():
                self._show_progress(event)
            case BoxPlanned(box=box):
                rect = box.rect
                self.say(f"  {box.id}  {box.phrase}  at ({rect.x}, {rect.y}), {rect.width}×{rect.height}")
            case _:
                pass

    def say(self, sentence: str) -> None:
        self.clear()
        print(sentence, file=self._stream, flush=True)

    def clear(self) -> None:
        if self._has_line:
            self._stream.write(CLEAR_LINE)
            self._has_line = False

    def _show_progress(self, event: Progress) -> None:
        words = STAGE_WORDS.get(event.stage, event.stage)
        if not self._is_terminal:
            if event.stage != self._stage:
                print(f"{words} …", file=self._stream, flush=True)
            self._stage = event.stage
            return
        count = f" {event.step}/{event.total}" if event.total > 1 else ""
        left = f", about {event.seconds_left:.0f} s left" if event.seconds_left and event.seconds_left >= 1 else ""
        self._stream.write(f"{CLEAR_LINE}{words}{count}{left} …")
        self._stream.flush()
        self._has_line = True


class TakesTenths(Protocol):
    def __call__(self, done: int, total: int, what: str = "") -> None: ...


def in_tenths(progress: ProgressLine) -> TakesTenths:
    """Takes how much of what is done, as often as you like; says a line for every tenth."""
    said = -1

    def take(done: int, total: int, what: str = "") -> None:
        nonlocal said
        if total and done * TENTHS // total != said:
            said = done * TENTHS // total
            progress.say(f"  {100 * done // total} %  {what}".rstrip())

    return take
