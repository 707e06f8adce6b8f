"""The common loop of a worker process: commands arrive in a thread, jobs run on the main thread, events go back.

It knows nothing of models; ``planner_worker`` and ``renderer_worker`` hand it their work.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import logging
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from lmd_desktop.domain.errors import Cancelled, ExitCode, UserError
from lmd_desktop.domain.free_memory import give_back_free_memory
from lmd_desktop.domain.layout import Size
from lmd_desktop.workers.endings import says_out_of_memory
from lmd_desktop.workers.messages import (
    Cancel,
    Command,
    Event,
    Failed,
    JobCancelled,
    Preview,
    Progress,
    Ready,
    Stop,
    WorkJob,
)
from lmd_desktop.workers.offline import refuse_network
from lmd_desktop.workers.pace import Pace

log = logging.getLogger(__name__)

NICENESS = 10
BELOW_NORMAL_PRIORITY_CLASS = 0x4000
# The window holds the person's work: the system shall take a worker first.
OOM_SCORE_ADJUSTMENT = 500
OOM_SCORE = Path("/proc/self/oom_score_adj")


class Pipe(Protocol):
    """The child's end of the pipe; its class differs between systems."""

    def send(self, obj: object, /) -> None: ...

    def recv(self) -> Any: ...


ChildMain = Callable[[Pipe], None]


class Work(Protocol):
    """What a worker does with its jobs; made once, in the child, after the command thread has started."""

    def ready(self) -> Ready: ...

    def run(self, command: WorkJob, job: Job) -> Event: ...


def run_child(connection: Pipe, main: ChildMain, log_path: Path | None) -> None:
    """The first function of a child that never goes online; see ``birth``."""
    refuse_network()
    prepare_child(log_path)
    main(connection)


def prepare_child(log_path: Path | None) -> None:
    """Send away what this process writes, and let the window come first."""
    # Ctrl-C in a terminal goes to every process; only the parent decides what is cancelled.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _send_output_to(log_path)
    _lower_priority()
    _be_the_first_without_memory()


def serve(connection: Pipe, open_work: Callable[[], Work]) -> None:
    """Run jobs until Stop; ends the process without the teardown of native libraries, which may hang or crash."""
    link = _Link(connection)
    threading.Thread(target=link.read_commands, name="commands", daemon=True).start()
    try:
        work = open_work()
        link.send(work.ready())
    except Exception as error:
        log.exception("the worker could not start")
        link.send(_failure("", error))
    else:
        while True:
            command = link.commands.get()
            if isinstance(command, Stop):
                break
            link.send(_run_job(work, command, link))
            # What a job needed for a moment is free for other programs while nothing is asked.
            give_back_free_memory()
    _flush_output()
    os._exit(0)


class Job:
    """What a running job may do to the outside: ask whether it goes on, and tell how far it is."""

    def __init__(self, job_id: str, link: _Link) -> None:
        self.id = job_id
        self._link = link
        self._pace = Pace()

    def check(self) -> None:
        """Raises Cancelled once the person has stopped this job, even before it began."""
        if self._link.is_cancelled(self.id):
            raise Cancelled

    def send(self, event: Event) -> None:
        self._link.send(event)

    def progress(self, stage: str, step: int, total: int, counter: int) -> None:
        """With the seconds left of this pass, as its steps so far went."""
        if self._pace.is_progress_due(stage, step, total):
            self.send(Progress(self.id, stage, step, total, self._pace.seconds_left(step, total), counter))

    def progress_of_all(self, stage: str, step: int, total: int, counter: int, seconds_left: float | None) -> None:
        """For work that knows itself how long all of it still takes."""
        if self._pace.is_progress_due(stage, step, total):
            self.send(Progress(self.id, stage, step, total, seconds_left, counter))

    def preview(self, size: Size, rgb: bytes) -> None:
        if self._pace.is_preview_due():
            self.send(Preview(self.id, size, rgb))


class _Link:
    """Both directions of the pipe to the parent."""

    def __init__(self, connection: Pipe) -> None:
        self.commands: queue.SimpleQueue[WorkJob | Stop] = queue.SimpleQueue()
        self._connection = connection
        self._sending = threading.Lock()
        self._cancelled: set[str] = set()
        self._is_stopping = False

    def is_cancelled(self, job_id: str) -> bool:
        return self._is_stopping or job_id in self._cancelled

    def send(self, event: Event) -> None:
        try:
            with self._sending:
                self._connection.send(event)
        except OSError:
            # Nobody is left to hear it.
            os._exit(0)

    def read_commands(self) -> None:
        while True:
            try:
                command: Command = self._connection.recv()
            except (EOFError, OSError):
                # The parent is gone: nothing here is worth finishing, and a busy main thread must not keep us alive.
                os._exit(0)
            match command:
                case Cancel(job_id):
                    self._cancelled.add(job_id)
                case Stop():
                    self._is_stopping = True
                    self.commands.put(command)
                case _:
                    self.commands.put(command)


def _run_job(work: Work, command: WorkJob, link: _Link) -> Event:
    job = Job(command.job_id, link)
    try:
        job.check()
        return work.run(command, job)
    except Cancelled:
        return JobCancelled(command.job_id)
    except UserError as error:
        # Its sentence may quote what the person wrote: the window shows it, the log keeps it only if asked.
        log.info("job %s failed, exit code %d", command.job_id, error.exit_code)
        log.debug("%s", error, exc_info=True)
        return _failure(command.job_id, error)
    except Exception as error:
        log.exception("job %s failed", command.job_id)
        return _failure(command.job_id, error)


def _failure(job_id: str, error: Exception) -> Failed:
    details = "".join(traceback.format_exception(error))
    if isinstance(error, UserError):
        return Failed(job_id, error.cause, error.next_step, int(error.exit_code), details)
    text = str(error).strip().splitlines()
    first_line = text[0] if text else type(error).__name__
    if isinstance(error, MemoryError) or says_out_of_memory(str(error)):
        step = "Close other programs, choose a smaller model or a smaller picture, and try again."
        return Failed(job_id, "Out of memory.", step, int(ExitCode.OUT_OF_MEMORY), details)
    cause = f"Something went wrong that nobody foresaw: {first_line} ({type(error).__name__})."
    return Failed(job_id, cause, "Try again; if it stays, report the log.", int(ExitCode.FAILED), details)


def _send_output_to(log_path: Path | None) -> None:
    """Send everything written to file descriptors 1 and 2, by native code too, to the log (or to nowhere)."""
    try:
        target = os.open(log_path or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        # A full disk or a folder without permission is no reason not to work.
        target = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(target, descriptor)
    os.close(target)
    # A windowed program on Windows has no standard streams at all.
    sys.stdout, sys.stderr = _text_stream(1), _text_stream(2)
    faulthandler.enable(sys.stderr)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


class _ForgivingFile(io.FileIO):
    """Loses what cannot be written: a full disk must not fail the job that wanted to log something."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def _text_stream(descriptor: int) -> io.TextIOWrapper:
    raw = _ForgivingFile(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="replace", line_buffering=True)


def _flush_output() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _lower_priority() -> None:
    """The window comes first."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)


def _be_the_first_without_memory() -> None:
    """Linux: where memory runs out for everybody, a worker is ended rather than the window."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            OOM_SCORE.write_text(str(OOM_SCORE_ADJUSTMENT), encoding="ascii")
