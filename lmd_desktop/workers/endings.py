"""Why a worker process is gone, in words: from its exit code, its log and the system's count of kills for memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmd_desktop.domain.errors import ExitCode

ACCESS_VIOLATION = 0xC0000005
FAST_FAIL = 0xC0000409
WINDOWS_ABORT = 3
ABORTED = (-6, FAST_FAIL, WINDOWS_ABORT)
KILLED = -9
# Ends that native code brings about, as POSIX signals and as Windows statuses, unsigned and signed.
CRASHED = (-11, -7, -4, *ABORTED, ACCESS_VIOLATION, ACCESS_VIOLATION - 2**32, FAST_FAIL - 2**32)
TRY_AGAIN = "It starts again with the next request."
VMSTAT = Path("/proc/vmstat")
MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "failed to allocate",
    "bad_alloc",
    "bad allocation",
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a worker process as the person reads it; ``details`` are the last lines of its log."""

    exit_code: int
    cause: str
    next_step: str
    code: ExitCode = ExitCode.FAILED
    details: str = ""


def describe_ending(kind: str, exit_code: int, *, ran_out_of_memory: bool, details: str = "") -> Ending:
    """Words for an exit code: a negative one is a POSIX signal, a large one a Windows status."""
    who = f"The {kind}"
    # Windows reports a status as unsigned or as signed 32 bits.
    status = exit_code & 0xFFFFFFFF if abs(exit_code) > 255 else exit_code
    if (status == KILLED and ran_out_of_memory) or (status in ABORTED and says_out_of_memory(details)):
        by = "by the system " if status == KILLED else ""
        return Ending(
            exit_code,
            f"{who} was stopped {by}because memory ran out.",
            f"Close other programs or choose a smaller model. {TRY_AGAIN}",
            ExitCode.OUT_OF_MEMORY,
            details,
        )
    if status == KILLED:
        cause = f"{who} was killed from outside, perhaps by the system because memory ran out."
        step = f"{TRY_AGAIN} If it happens again, close other programs or choose a smaller model."
    elif status in (-11, -7, ACCESS_VIOLATION):
        cause = f"{who} crashed inside a native library."
        step = f"{TRY_AGAIN} If it happens again, choose another model and report the log."
    elif status == -4:
        cause = f"{who} used an instruction that this processor does not have."
        step = "Install the libraries again so that they are built for this machine."
    elif status in ABORTED:
        cause = f"{who} stopped itself because an internal check failed."
        step = f"{TRY_AGAIN} If it happens again, choose another model and report the log."
    elif status in (-15, -1, -2):
        cause = f"{who} was asked to end by another program."
        step = TRY_AGAIN
    else:
        cause = f"{who} ended unexpectedly (exit code {exit_code})."
        step = f"{TRY_AGAIN} If it happens again, run “lmd-desktop doctor”."
    return Ending(exit_code, cause, step, ExitCode.FAILED, details)


def silent_ending(kind: str, exit_code: int, details: str) -> Ending:
    """Of a process that lived but could not be talked to any more, and was ended for that."""
    cause = f"The {kind} stopped answering in the middle of its work and was ended."
    return Ending(exit_code, cause, f"{TRY_AGAIN} If it happens again, report the log.", ExitCode.FAILED, details)


def says_out_of_memory(text: str) -> bool:
    """Whether an error's text or the last lines of a log blame the memory, in the words of the libraries in use."""
    return any(words in text.lower() for words in MEMORY_WORDS)


def count_memory_kills() -> int:
    """How many processes this machine has killed for memory since it started; 0 where it does not say (not Linux)."""
    try:
        lines = VMSTAT.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
