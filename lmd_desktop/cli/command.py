"""What a command is: its name, its arguments, and a function that does it and returns what to print."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import MAX_SEED, MAX_STEPS

MAX_PICTURES = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """``data`` is printed as JSON with --json; without it ``text``, or the JSON too if there is no text.

    ``error`` is what went wrong after the result was there (it could not be saved): the result is printed all the same.
    """

    data: dict[str, object]
    text: str | None = None
    exit_code: ExitCode = ExitCode.OK
    error: UserError | None = None


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Outcome]


class Parser(argparse.ArgumentParser):
    """Reports wrong usage as the other errors: one sentence with the next step."""

    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:].rstrip(".")
        raise UserError(f"{sentence}.", f"See “{self.prog} --help”.", exit_code=ExitCode.USAGE)


def parser_for(command: Command) -> Parser:
    parser = Parser(prog=f"lmd-desktop {command.name}", description=command.summary)
    command.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    parser.add_argument("--debug", action="store_true", help="show tracebacks and the workers' logs")
    add_profile(parser)
    return parser


def add_profile(parser: argparse.ArgumentParser) -> None:
    """The option that carries the program with all its own files on a stick."""
    told = "keep settings, pictures, journals and logs there, not in the system's own folders"
    parser.add_argument("--profile-dir", type=Path, metavar="DIR", help=told)


def seed(text: str) -> int:
    """For argparse: a seed from 0 to 2147483647."""
    return _whole_number(text, 0, MAX_SEED, "seed")


def steps(text: str) -> int:
    """For argparse: a number of denoising steps."""
    return _whole_number(text, 1, MAX_STEPS, "number of steps")


def count(text: str) -> int:
    """For argparse: a number of pictures."""
    return _whole_number(text, 1, MAX_PICTURES, "number of pictures")


def _whole_number(text: str, lowest: int, highest: int, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
        raise argparse.ArgumentTypeError(f"“{text}” is not a {what}: it must be from {lowest} to {highest}")
    return int(text)
