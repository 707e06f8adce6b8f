"""How every child process begins: tied to its parent before it imports anything that takes long.

On a busy machine the imports of a worker take seconds, in which a killed window would leave it behind. This file
imports nothing but parts of Python that are there by then, so that tying is the first thing a child does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

PR_SET_PDEATHSIG = 1  # prctl(2)

Begun = Callable[..., None]


def new_process(name: str, run: Begun, *arguments: object) -> SpawnProcess:
    """A process, not started yet, that calls ``run`` (a function of a module) with these arguments."""
    context = multiprocessing.get_context("spawn")
    return context.Process(target=_begin, args=(_Tie(), run, *arguments), name=name, daemon=True)


class _Tie:
    """The first argument of a child: reading it ties the child, and only then are the others read and imported."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return _end_with_parent, (os.getpid(),)


def _begin(_tied: None, run: Begun, *arguments: object) -> None:
    """The child's first function."""
    run(*arguments)


def _end_with_parent(parent_pid: int) -> None:
    """Linux: killed together with the thread that started it, even while native code holds the interpreter.

    Elsewhere a thread waits for the parent's end.
    """
    if not sys.platform.startswith("linux"):
        threading.Thread(target=_wait_for_parent, args=(parent_pid,), name="parent", daemon=True).start()
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def _wait_for_parent(parent_pid: int) -> None:
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(parent_pid).wait()
    os._exit(0)
