"""Reads a pasted text as a layout in a short-lived child process: no text can make the window wait.

It needs no model, so it does not stand in the queue of the planner, which may be busy or ended for its memory.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.readings import Reading, Refusal
from lmd_desktop.workers.birth import new_process
from lmd_desktop.workers.child import Pipe, run_child
from lmd_desktop.workers.environment import child_environment
from lmd_desktop.workers.event_reader import UnreadableEvent, read_value

log = logging.getLogger(__name__)

START_LIMIT_S = 120.0  # a process may start slowly beside others that are busy; reading itself may not take long
LIMIT_S = 60.0
END_LIMIT_S = 2.0
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    canvas: Size


class TextReader:
    """``on_read`` gets (number, Reading) in a thread of the reader; each text has the number that ``read`` gave it."""

    def __init__(self, on_read: Callable[[int, Reading], None]) -> None:
        self._on_read = on_read
        self._number = 0

    def read(self, text: str, canvas: Size) -> int:
        """Start reading; what the answer to it is, ``on_read`` is told in any case."""
        self._number += 1
        args = (self._number, _Asked(text, canvas))
        threading.Thread(target=self._watch, args=args, name="text reader", daemon=True).start()
        return self._number

    def _watch(self, number: int, asked: _Asked) -> None:
        self._on_read(number, read_in_child(asked.text, asked.canvas))


def read_in_child(text: str, canvas: Size, *, limit_s: float = LIMIT_S) -> Reading:
    """What a text says as a layout of this canvas; a refusal too if reading it takes longer than ``limit_s``."""
    connection, theirs = multiprocessing.Pipe()
    process = new_process("lmd-reader", run_child, theirs, _answer, None)
    with child_environment():
        process.start()
    theirs.close()
    reading: Reading | None = None
    try:
        connection.send(_Asked(text, canvas))
        if connection.poll(START_LIMIT_S):
            connection.recv_bytes(MAX_BYTES)
            value = read_value(connection.recv_bytes(MAX_BYTES)) if connection.poll(limit_s) else None
            reading = value if isinstance(value, Reading) else None
    except (EOFError, OSError, UnreadableEvent):
        log.warning("the reader ended without an answer")
    finally:
        connection.close()
        process.join(END_LIMIT_S if reading is not None else 0)
        if process.exitcode is None:
            process.kill()
            process.join()
    return reading or Refusal("This text could not be read as a layout.", "Copy the layout alone, and paste it again.")


def _answer(connection: Pipe) -> None:
    """The child: a sign that it is up, then one reading for one text."""
    from lmd_desktop.planning.importing.reading import read_layout_text

    connection.send(None)
    asked: _Asked = connection.recv()
    connection.send(read_layout_text(asked.text, asked.canvas))
