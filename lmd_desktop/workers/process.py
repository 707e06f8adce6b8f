"""One life of a worker process: spawn it, talk to it, end it, and say why it ended."""

from __future__ import annotations

import logging
import multiprocessing
import time
from pathlib import Path

from lmd_desktop.workers.birth import new_process
from lmd_desktop.workers.child import ChildMain, run_child
from lmd_desktop.workers.child_log import prepare_log, read_tail, size_of
from lmd_desktop.workers.endings import Ending, count_memory_kills, describe_ending, silent_ending
from lmd_desktop.workers.environment import child_environment
from lmd_desktop.workers.event_reader import read_event
from lmd_desktop.workers.messages import Command, Event

log = logging.getLogger(__name__)

MAX_EVENT_BYTES = 256 * 1024 * 1024
EXIT_LIMIT_S = 2.0


class WorkerProcess:
    """Starts the process at once. Owned by one thread; only ``kill`` may be called from another."""

    def __init__(self, kind: str, main: ChildMain, log_folder: Path | None) -> None:
        self._kind = kind
        self._log_path = _log_in(log_folder, kind)
        self._log_start = size_of(self._log_path) if self._log_path else 0
        self._memory_kills = count_memory_kills()
        self._was_killed = False
        self.started = time.monotonic()
        self.connection, theirs = multiprocessing.Pipe()
        self._process = new_process(f"lmd-{kind}", run_child, theirs, main, self._log_path)
        with child_environment():
            self._process.start()
        # Our copy of their end would keep the pipe open after their death.
        theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def sentinel(self) -> int:
        return self._process.sentinel

    def send(self, command: Command) -> None:
        self.connection.send(command)

    def receive(self) -> Event:
        """The next event; EOFError or OSError at the end of the process, UnreadableEvent for anything else."""
        return read_event(self.connection.recv_bytes(MAX_EVENT_BYTES))

    def kill(self) -> None:
        self._was_killed = True
        self._process.kill()

    def finish(self, limit_s: float = EXIT_LIMIT_S) -> Ending:
        """Wait for the end (kill it if it does not come), free everything, and say why it ended."""
        self._process.join(limit_s)
        is_silent = self._process.exitcode is None and not self._was_killed
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self.connection.close()
        exit_code = self._process.exitcode if self._process.exitcode is not None else 1
        self._process.close()
        details = read_tail(self._log_path, self._log_start) if self._log_path else ""
        if is_silent:
            return silent_ending(self._kind, exit_code, details)
        has_killed = count_memory_kills() > self._memory_kills
        return describe_ending(self._kind, exit_code, ran_out_of_memory=has_killed, details=details)


def _log_in(folder: Path | None, kind: str) -> Path | None:
    try:
        return prepare_log(folder, kind) if folder is not None else None
    except OSError as error:
        log.warning("no log of the %s: %s", kind, error)
        return None
