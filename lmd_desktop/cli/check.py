"""``lmd-desktop check``: whether a scene file is whole, and what is wrong if it is not."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.storage.checking import Check, check_scene, whole_copies


def check_command() -> Command:
    return Command("check", "Say whether a scene file is whole, and what is wrong with it.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the scene file")


def _run(args: argparse.Namespace) -> Outcome:
    path: Path = args.file
    try:
        check = check_scene(path)
        copies = () if check.is_whole else whole_copies(path)
    except FileNotFoundError as error:
        raise UserError(f"There is no file “{path}”.", "Check its name.", exit_code=ExitCode.USAGE) from error
    except IsADirectoryError as error:
        raise UserError(f"“{path}” is a folder.", "Name a scene file.", exit_code=ExitCode.USAGE) from error
    data: dict[str, object] = {
        "file": str(path),
        "is_whole": check.is_whole,
        "problems": list(check.problems),
        "notes": list(check.notes),
        "format": check.version,
        "app": check.app,
        "turns": check.turns,
        "pictures": check.pictures,
        "entries": check.entries,
        "whole_copies": [str(copy) for copy in copies],
    }
    return Outcome(data, _text(path, check, copies), ExitCode.OK if check.is_whole else ExitCode.FAILED)


def _text(path: Path, check: Check, copies: tuple[Path, ...]) -> str:
    if check.is_whole:
        held = f"format {check.version}, {check.turns} turns, {check.pictures} pictures"
        lines = [f"“{path.name}” is whole ({held})."]
    else:
        lines = [f"“{path.name}” is damaged:", *(f"  {problem}" for problem in check.problems)]
        names = ", ".join(copy.name for copy in copies)
        lines.append(
            f"These older copies beside it are whole: {names}." if copies else "No older copy beside it is whole."
        )
    return "\n".join([*lines, *(f"Note: {note}" for note in check.notes)])
