"""The Qt-free client of one worker: queues jobs, starts the process when needed, watches it, and answers its death.

One thread per client owns the process and calls ``on_event``; ``submit``, ``cancel``, ``start``, ``free`` and ``close``
may be called from any thread and never wait for the worker (``close`` waits for its end).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from lmd_desktop.domain.errors import ExitCode
from lmd_desktop.workers.attempts import NextAttempt, failure_of, next_attempt
from lmd_desktop.workers.child import ChildMain
from lmd_desktop.workers.endings import TRY_AGAIN, Ending
from lmd_desktop.workers.event_reader import UnreadableEvent
from lmd_desktop.workers.mains import main_of
from lmd_desktop.workers.messages import (
    BoxPlanned,
    Cancel,
    DeviceMemory,
    Died,
    Event,
    Failed,
    ForeseeJob,
    Foreseen,
    Freed,
    JobCancelled,
    JobEvent,
    Judged,
    JudgeJob,
    Load,
    Loaded,
    Loading,
    PartRendered,
    PlanJob,
    Planned,
    Preview,
    Progress,
    Ready,
    Rendered,
    RenderJob,
    Result,
    Retried,
    Stop,
    WorkerKind,
    WorkJob,
)
from lmd_desktop.workers.process import WorkerProcess

log = logging.getLogger(__name__)

CANCEL_LIMIT_S = 3.0
# Importing torch from a slow disk beside a busy program takes minutes.
START_LIMIT_S = 300.0
STOP_LIMIT_S = 1.0
CLOSE_LIMIT_S = 4.0
MAX_LOAD_DEATHS = 2
LOAD_STAGE = "load"


class WorkerClient:
    """One job runs at a time, the others wait in order; late events of finished jobs are dropped.

    A job whose process ended is tried again as ``attempts`` says, in a new process; Retried tells of it.
    ``main`` replaces what the child runs (tests); ``log_folder`` None throws the child's output away.
    """

    def __init__(
        self,
        kind: WorkerKind,
        on_event: Callable[[Event], None],
        *,
        log_folder: Path | None = None,
        main: ChildMain | None = None,
    ) -> None:
        self._kind = kind
        self._on_event = on_event
        self._log_folder = log_folder
        self._main = main or main_of(kind)
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._wake_receiver, self._wake_sender = Pipe(duplex=False)
        self._is_awake = False
        self._waiting: deque[WorkJob] = deque()
        self._to_announce: deque[Event] = deque()
        self._running: WorkJob | None = None
        self._process: WorkerProcess | None = None
        self._must_start = self._must_free = self._is_ready = self._is_closing = False
        self._cancelling: str | None = None  # the running job that was asked to stop
        self._cancel_to_send: str | None = None
        self._killed_for: str | None = None  # the job whose cancel took too long
        self._is_start_stopped = False  # its job was stopped before it was ready, and it was ended
        self._start_failure: Failed | None = None  # what the process said before it gave up starting
        self._loaded_model: str | None = None
        self._load_deaths: dict[str, int] = {}
        self._deaths: dict[str, int] = {}  # of jobs that are tried again
        self._memory_levels: dict[str, int] = {}  # the step that a model's pictures needed here
        self._safety_levels: dict[str, int] = {}  # the step at which a planner did not crash here
        self._has_card = False

    @property
    def is_running(self) -> bool:
        """Whether there is a process (perhaps still importing its libraries)."""
        with self._lock:
            return self._process is not None

    @property
    def pid(self) -> int | None:
        with self._lock:
            return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process before there is a job for it."""
        with self._lock:
            self._must_start = True
            self._wake()

    def submit(self, job: WorkJob) -> None:
        with self._lock:
            self._waiting.append(job)
            self._must_start = True
            self._wake()

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that does not stop within CANCEL_LIMIT_S is ended with its process."""
        with self._lock:
            waiting = next((job for job in self._waiting if job.job_id == job_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
                self._to_announce.append(JobCancelled(job_id))
                # What it waited for may be a process that hangs before it ever listens.
                self._later(self._kill_if_still_starting, self._process)
            elif self._running is not None and self._running.job_id == job_id and self._cancelling is None:
                self._cancelling = self._cancel_to_send = job_id
                self._later(self._kill_if_still_running, job_id)
            else:
                return
            self._wake()

    def free(self) -> None:
        """End the process once its jobs are over, for its memory; then (also if there is none) Freed is told."""
        with self._lock:
            self._must_free = True
            self._wake()

    def close(self) -> None:
        """End the process and forget all jobs; no event is told any more. A later ``submit`` starts afresh."""
        with self._lock:
            thread = self._thread
            if thread is None:
                return
            self._is_closing = True
            self._wake()
        if thread is threading.current_thread():
            return
        thread.join(CLOSE_LIMIT_S)
        if thread.is_alive():
            # It waits for the rest of a message that never comes.
            with self._lock:
                if self._process is not None:
                    self._process.kill()
            thread.join()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name=f"{self._kind} client", daemon=True)
            self._thread.start()
        if not self._is_awake:
            self._is_awake = True
            self._wake_sender.send_bytes(b"!")

    def _later(self, work: Callable[[Any], None], about: object) -> None:
        timer = threading.Timer(CANCEL_LIMIT_S, work, (about,))
        timer.daemon = True
        timer.start()

    def _kill_if_still_starting(self, process: WorkerProcess | None) -> None:
        with self._lock:
            if process is not None and self._process is process and not self._is_ready:
                log.warning("%s was not ready %s s after its job was stopped: killing it", self._kind, CANCEL_LIMIT_S)
                self._is_start_stopped = True
                process.kill()

    def _kill_if_still_running(self, job_id: str) -> None:
        with self._lock:
            if self._cancelling == job_id and self._process is not None:
                log.warning("%s did not stop job %s in %s s: killing it", self._kind, job_id, CANCEL_LIMIT_S)
                self._killed_for = job_id
                self._process.kill()

    # From here on everything runs on the client's own thread.

    def _watch(self) -> None:
        while not self._is_closing:
            self._do_what_is_due()
            process = self._process
            sources = [process.connection, process.sentinel] if process else []
            ready = wait([self._wake_receiver, *sources], self._seconds_to_start(process))
            if self._wake_receiver in ready:
                with self._lock:
                    self._wake_receiver.recv_bytes()
                    self._is_awake = False
            if process is None:
                continue
            if process.connection in ready:
                self._receive(process)
            elif process.sentinel in ready:
                self._answer_death(process)
            elif self._seconds_to_start(process) == 0:
                process.kill()
                cause = f"The {self._kind} did not get ready within {START_LIMIT_S / 60:g} minutes and was ended."
                self._answer_death(process, told=Ending(int(ExitCode.FAILED), cause, TRY_AGAIN))
        self._end_process()

    def _seconds_to_start(self, process: WorkerProcess | None) -> float | None:
        """How long a process may still take to get ready; None if it is, or if there is none."""
        if process is None or self._is_ready:
            return None
        return max(0.0, process.started + START_LIMIT_S - time.monotonic())

    def _do_what_is_due(self) -> None:
        with self._lock:
            announcements = list(self._to_announce)
            self._to_announce.clear()
            cancel, self._cancel_to_send = self._cancel_to_send, None
            must_start, self._must_start = self._must_start, False
        for event in announcements:
            self._tell(event)
        self._free_if_asked()
        self._refuse_deadly_models()
        if must_start and self._process is None:
            self._start_process()
        if cancel is not None:
            self._send(Cancel(cancel))
        self._send_next_job()

    def _start_process(self) -> None:
        try:
            process = WorkerProcess(self._kind, self._main, self._log_folder)
        except OSError as error:
            log.exception("%s could not be started", self._kind)
            cause = f"The {self._kind} could not be started: {error.strerror or error}."
            self._fail_waiting(Failed("", cause, "Free memory and disk space, then try again.", int(ExitCode.FAILED)))
            return
        with self._lock:
            self._process = process
        log.info("started the %s as process %s", self._kind, process.pid)

    def _send_next_job(self) -> None:
        with self._lock:
            if self._process is None or not self._is_ready or self._running is not None or not self._waiting:
                return
            job = self._waiting.popleft()
            if isinstance(job, RenderJob):
                # What did not fit once does not fit now: do not run out of memory again for every picture.
                level = max(job.memory_level, self._memory_levels.get(job.model, 0))
                job = replace(job, memory_level=level)
            elif isinstance(job, PlanJob):
                job = replace(job, safety_level=max(job.safety_level, self._safety_levels.get(job.model, 0)))
            self._running = job
        self._send(job)

    def _send(self, command: WorkJob | Cancel) -> None:
        if self._process is None:
            return
        try:
            self._process.send(command)
        except OSError:
            # The process is gone; the end of its pipe tells the rest.
            log.info("%s was gone before it heard %s", self._kind, type(command).__name__)

    def _receive(self, process: WorkerProcess) -> None:
        try:
            self._take(process.receive(), process)
        except (UnreadableEvent, TypeError, AttributeError) as error:
            # Of an event with fields of other types nobody knows where it stumbles.
            log.error("%s sent something unreadable: %s", self._kind, error)
            process.kill()
            cause = f"The {self._kind} sent something that cannot be read."
            self._answer_death(process, told=Ending(int(ExitCode.FAILED), cause, TRY_AGAIN))
        except (EOFError, OSError):
            self._answer_death(process)

    def _take(self, event: Event, process: WorkerProcess) -> None:
        match event:
            case Ready(devices=devices):
                self._is_ready = True
                self._has_card = any(device != "cpu" for device in devices)
                self._tell(event)
            case DeviceMemory():
                self._tell(event)
            case Failed(job_id="") if not self._is_ready:
                self._start_failure = event
                self._fail_waiting(event)
            case Died() | Freed() | Retried():
                pass
            case _:
                self._take_job_event(event, process)

    def _take_job_event(self, event: JobEvent, process: WorkerProcess) -> None:
        job = self._running
        if job is None or event.job_id != job.job_id:
            log.debug("dropped a late %s of job %s", type(event).__name__, event.job_id)
            return
        if isinstance(event, Failed) and event.exit_code == ExitCode.OUT_OF_MEMORY and self._cancelling is None:
            # Only the end of the process gives all of its memory back.
            process.kill()
            told = Ending(event.exit_code, event.cause, event.next_step, ExitCode.OUT_OF_MEMORY, event.details)
            self._answer_death(process, told=told)
            return
        if not isinstance(job, ForeseeJob | JudgeJob) and _shows_a_loaded_model(event):
            self._loaded_model = job.model
            self._load_deaths.pop(job.model, None)
        if isinstance(event, Loaded) and isinstance(job, Load):
            self._memory_levels.pop(job.model, None)
            self._safety_levels.pop(job.model, None)
        if isinstance(event, Rendered) and isinstance(job, RenderJob) and job.memory_level:
            self._memory_levels[job.model] = job.memory_level
        if isinstance(event, Planned) and isinstance(job, PlanJob) and job.safety_level:
            self._safety_levels[job.model] = job.safety_level
        if isinstance(event, Result | JobCancelled | Failed) or (isinstance(event, Loaded) and isinstance(job, Load)):
            with self._lock:
                self._running = self._cancelling = self._cancel_to_send = None
            self._deaths.pop(job.job_id, None)
        self._tell(event)

    def _answer_death(self, process: WorkerProcess, *, told: Ending | None = None) -> None:
        """``told`` says why the process was ended, where its exit code does not."""
        with self._lock:
            self._process = None
            job, self._running = self._running, None
            was_cancelled = self._cancelling is not None
            was_start_stopped, self._is_start_stopped = self._is_start_stopped, False
            was_killed_by_us = self._killed_for is not None or was_start_stopped
            self._cancelling = self._cancel_to_send = self._killed_for = None
            was_ready, self._is_ready = self._is_ready, False
            start_failure, self._start_failure = self._start_failure, None
            loaded_model, self._loaded_model = self._loaded_model, None
            # Jobs that came in after the others had failed deserve a new process of their own.
            deserves_another = was_ready or was_start_stopped or start_failure is not None
            self._must_start = bool(self._waiting) and deserves_another
        found = process.finish()
        ending = told or found
        if start_failure is not None:
            ending = replace(ending, cause=start_failure.cause)
        log.warning("%s is gone, exit code %s: %s", self._kind, found.exit_code, ending.cause)
        is_retried = False
        if job is not None and was_cancelled:
            note = f"The {self._kind} did not answer within {CANCEL_LIMIT_S:.0f} seconds and was ended. {TRY_AGAIN}"
            self._deaths.pop(job.job_id, None)
            self._tell(JobCancelled(job.job_id, note if was_killed_by_us else ""))
        elif job is not None:
            is_retried = self._try_again(job, ending, was_loading=loaded_model != job.model)
        elif not deserves_another:
            self._fail_waiting(_failed("", ending))
        if not was_killed_by_us and not is_retried:
            self._tell(Died(found.exit_code, ending.cause))

    def _try_again(self, job: WorkJob, ending: Ending, *, was_loading: bool) -> bool:
        """Put a job whose process ended back to the front, or let it fail; whether it is tried again."""
        is_for_memory = ending.code is ExitCode.OUT_OF_MEMORY
        deaths = self._deaths.get(job.job_id, 0)
        if not (is_for_memory and isinstance(job, RenderJob)):
            deaths += 1
        attempt = next_attempt(job, ending, deaths, was_loading=was_loading, has_card=self._has_card)
        if was_loading and not is_for_memory:
            self._count_load_death(job, attempt)
        if attempt is None:
            self._deaths.pop(job.job_id, None)
            self._tell(_failed(job.job_id, failure_of(job, ending)))
            return False
        self._deaths[job.job_id] = deaths
        with self._lock:
            self._waiting.appendleft(attempt.job)
            self._must_start = True
        self._tell(Retried(job.job_id, ending.cause, attempt.measure, is_for_memory))
        return True

    def _count_load_death(self, job: WorkJob, attempt: NextAttempt | None) -> None:
        """A job that goes down a step is another way of loading; after the last step nothing is left to try."""
        if isinstance(job, PlanJob) and job.safety_level and attempt is None:
            self._load_deaths[job.model] = MAX_LOAD_DEATHS
        elif attempt is None or attempt.job == job:
            self._load_deaths[job.model] = self._load_deaths.get(job.model, 0) + 1

    def _free_if_asked(self) -> None:
        with self._lock:
            if not self._must_free or self._running is not None or self._waiting:
                return
            process, self._process = self._process, None
            self._must_free = self._must_start = self._is_ready = False
            self._loaded_model = None
        if process is not None:
            _ask_to_stop(process)
            process.finish()
            log.info("ended the %s for its memory", self._kind)
        self._tell(Freed())

    def _refuse_deadly_models(self) -> None:
        """A model that ended the process twice while loading is tried again only when a person loads it on purpose."""
        with self._lock:
            deadly = [
                job
                for job in self._waiting
                if not isinstance(job, Load) and self._load_deaths.get(job.model, 0) >= MAX_LOAD_DEATHS
            ]
            for job in deadly:
                self._waiting.remove(job)
            if deadly and not self._waiting:
                self._must_start = False
        for job in deadly:
            cause = f"The {self._kind} has ended {MAX_LOAD_DEATHS} times in a row while loading {Path(job.model).name}."
            step = "Choose another model, or check this file with “lmd-desktop doctor”."
            self._tell(Failed(job.job_id, cause, step, int(ExitCode.FAILED)))

    def _fail_waiting(self, failure: Failed) -> None:
        with self._lock:
            jobs = list(self._waiting)
            self._waiting.clear()
        for job_id in [job.job_id for job in jobs] or [""]:
            self._tell(Failed(job_id, failure.cause, failure.next_step, failure.exit_code, failure.details))

    def _end_process(self) -> None:
        process = self._process
        if process is not None:
            _ask_to_stop(process)
        with self._lock:
            self._process = self._thread = self._running = None
            self._cancelling = self._cancel_to_send = self._killed_for = self._loaded_model = None
            self._waiting.clear()
            self._to_announce.clear()
            self._deaths.clear()
            self._is_closing = self._is_ready = self._must_start = self._must_free = False
        if process is not None:
            process.finish()

    def _tell(self, event: Event) -> None:
        if self._is_closing:
            return
        try:
            self._on_event(event)
        except Exception:
            # A mistake of the listener must not end the watch over the process.
            log.exception("the listener of the %s failed on %s", self._kind, type(event).__name__)


def _shows_a_loaded_model(event: JobEvent) -> bool:
    match event:
        case Progress():
            return event.stage != LOAD_STAGE
        case Loaded() | BoxPlanned() | Preview() | PartRendered() | Planned() | Rendered():
            return True
        case Loading() | Foreseen() | Judged() | JobCancelled() | Failed() | Retried():
            return False


def _ask_to_stop(process: WorkerProcess) -> None:
    with contextlib.suppress(OSError):
        process.send(Stop())
    wait([process.sentinel], STOP_LIMIT_S)
    process.kill()


def _failed(job_id: str, ending: Ending) -> Failed:
    return Failed(job_id, ending.cause, ending.next_step, int(ending.code), ending.details)
