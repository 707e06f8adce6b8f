"""Errors that are told to the person: what happened, and what to do next."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line returns; stable."""

    OK = 0
    FAILED = 1
    USAGE = 2
    MODEL_MISSING = 3
    OUT_OF_MEMORY = 4
    CANCELLED = 130


class UserError(Exception):
    """A failure in the person's words. ``str(error)`` is one readable sentence with the next step."""

    def __init__(self, cause: str, next_step: str = "", *, exit_code: ExitCode = ExitCode.FAILED) -> None:
        self.cause = _shown(cause)
        self.next_step = _shown(next_step)
        super().__init__(f"{self.cause} {self.next_step}".strip())
        self.exit_code = exit_code


class WriteError(UserError):
    """A file could not be written where it was wanted; somewhere else it might."""


class ChangedOnDisk(WriteError):
    """Another program wrote the file since it was read; overwriting it would lose that work."""


class Cancelled(Exception):
    """Raised inside a running job once the person asked to stop it."""


def _shown(text: str) -> str:
    """One line; what names of files and damaged texts hide in it (controls, turned directions) is made visible."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)
