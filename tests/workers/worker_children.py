"""Small real worker processes for the tests of the client: each does one thing that a worker may do."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import threading
from dataclasses import replace
from pathlib import Path

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.requests import PlanResult, RenderResult
from lmd_desktop.workers.child import Job, Pipe, serve
from lmd_desktop.workers.messages import (
    Event,
    Load,
    Loaded,
    PlanJob,
    Planned,
    Progress,
    Ready,
    Rendered,
    RenderJob,
    WorkJob,
)

PREVIEW_SIDE = 512


class Scripted:
    """Does what the request's text (of a picture: its prompt) says: ``answer``, ``loop``, ``hang``, ``segfault`` …"""

    def __init__(self) -> None:
        self._model = ""

    def ready(self) -> Ready:
        return Ready(versions=(("scripted", "1"),), devices=("cpu",))

    def run(self, command: WorkJob, job: Job) -> Event:
        if command.model.startswith("deadly"):
            os.kill(os.getpid(), signal.SIGKILL)
        loaded = Loaded(job.id, command.model, "", "scripted")
        if isinstance(command, Load):
            return loaded
        if command.model != self._model:
            self._model = command.model
            job.send(loaded)
        if isinstance(command, RenderJob):
            return self._paint(command, job)
        assert isinstance(command, PlanJob)
        words, _, needed = command.request.text.partition(" below level ")
        if not needed or command.safety_level < int(needed):
            self._act(words, job)
        raw = f"level {command.safety_level}" if command.safety_level else "raw"
        return Planned(job.id, PlanResult(Layout(), raw, command.model, "", seed=command.request.seed))

    def _paint(self, command: RenderJob, job: Job) -> Event:
        """The notes of the picture tell at which level of memory it was painted."""
        words, _, needed = (command.request.prompt or "").partition(" below level ")
        if not needed or command.memory_level < int(needed):
            self._act(words, job)
        result = RenderResult(command.request, Size(1, 1), bytes(3), "", "", "scripted", "", "cpu")
        return Rendered(job.id, replace(result, notes=(f"level {command.memory_level}",)))

    def _act(self, text: str, job: Job) -> None:
        match text:
            case "answer":
                job.progress("boxes", 1, 1, 1)
            case "loop":
                job.progress("boxes", 0, 0, 0)
                pause = threading.Event()
                while True:
                    job.check()
                    pause.wait(0.005)
            case "hang":
                job.progress("boxes", 0, 0, 0)
                threading.Event().wait()
            case "half a message":
                job.progress("boxes", 0, 0, 0)
                # A length of 1000 bytes is announced, ten come.
                os.write(_pipe_descriptor(job), struct.pack("!i", 1000) + b"0123456789")
                threading.Event().wait()
            case "hold the interpreter":
                job.progress("boxes", 0, 0, 0)
                # A foreign function that keeps the lock of the interpreter: no other thread of this process runs.
                ctypes.PyDLL(None).pause()
            case "once":
                mark = Path(f"{self._model}.died")
                if not mark.exists():
                    mark.touch()
                    os.kill(os.getpid(), signal.SIGSEGV)
            case "end of file":
                # Closing would wait for the thread that reads from it.
                socket.socket(fileno=os.dup(_pipe_descriptor(job))).shutdown(socket.SHUT_WR)
                threading.Event().wait()
            case "no length":
                os.write(_pipe_descriptor(job), b"\x7f\xff\xff\xff")
                threading.Event().wait()
            case "exit":
                os._exit(0)
            case "eat":
                # The allocator of C++ says no, and nobody catches it.
                print("terminate called after throwing an instance of 'std::bad_alloc'", flush=True)
                os.abort()
            case "segfault":
                print("about to read address zero", flush=True)
                ctypes.string_at(0)
            case "abort":
                os.abort()
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raise":
                raise RuntimeError("tensor of size 3 does not match")
            case "user error":
                raise UserError("The model is missing.", "Choose another.", exit_code=ExitCode.MODEL_MISSING)
            case "memory":
                raise MemoryError
            case "garbage":
                os.write(_pipe_descriptor(job), struct.pack("!i", 5) + b"\x00\xff\x00\xffz")
                threading.Event().wait()
            case "not an event":
                job.send("hello")  # type: ignore[arg-type]
                threading.Event().wait()
            case "allocate":
                import resource

                room = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + 2**30
                resource.setrlimit(resource.RLIMIT_AS, (room, room))
                bytearray(2**40)
            case "code":
                _send_raw(job, _Code())
            case "wrong fields":
                job.send(Progress(job.id, 5, "x", None, [], {}))  # type: ignore[arg-type]
                job.send(Ready(devices=5))  # type: ignore[arg-type]
                threading.Event().wait()
            case "talk":
                print("word " * 10_000, flush=True)
            case "late":
                job.send(Progress("a job of yesterday", "boxes", 1, 1))
            case "previews":
                for _ in range(100):
                    job.preview(Size(PREVIEW_SIDE, PREVIEW_SIDE), bytes(PREVIEW_SIDE * PREVIEW_SIDE * 3))
            case "environment":
                raise UserError(" ".join(f"{name}={os.environ.get(name)}" for name in sorted(os.environ)))
            case _:
                raise ValueError(text)


def run_scripted(connection: Pipe) -> None:
    serve(connection, Scripted)


def run_nothing(connection: Pipe) -> None:
    """Ends before it was ever ready."""
    raise SystemExit(7)


def run_without_library(connection: Pipe) -> None:
    def open_work() -> Scripted:
        raise ModuleNotFoundError("No module named 'llama_cpp'")

    serve(connection, open_work)


def run_ready_the_second_time(mark: Path, connection: Pipe) -> None:
    """Hangs in native code before it listens, as a driver does; the next process finds the mark and works."""
    if not mark.exists():
        mark.touch()
        ctypes.PyDLL(None).pause()
    serve(connection, Scripted)


def run_never_ready(connection: Pipe) -> None:
    connection.recv()


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie waiting for its parent does not count."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return False
    return "State:\tZ" not in status.read_text(encoding="utf-8")


class _Code:
    """What a worker would send that was taken over: a call in place of a value."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch taken-over",)


def _send_raw(job: Job, value: object) -> None:
    job.send(value)  # type: ignore[arg-type]
    threading.Event().wait()


def _pipe_descriptor(job: Job) -> int:
    return job._link._connection.fileno()  # type: ignore[attr-defined]
