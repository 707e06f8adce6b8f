"""Picks the command, runs it, prints what it returns, and turns every failure into one sentence and an exit code."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from lmd_desktop import __version__
from lmd_desktop.cli.benchmark import benchmark_command
from lmd_desktop.cli.check import check_command
from lmd_desktop.cli.command import Command, Outcome, Parser, add_profile, parser_for
from lmd_desktop.cli.demo import demo_command
from lmd_desktop.cli.doctor import doctor_command
from lmd_desktop.cli.edit import edit_command
from lmd_desktop.cli.methods import methods_command
from lmd_desktop.cli.models_command import models_command
from lmd_desktop.cli.plan import plan_command
from lmd_desktop.cli.recover import recover_command
from lmd_desktop.cli.render import render_command
from lmd_desktop.cli.run import run_command
from lmd_desktop.cli.window import check_display, file_to_open
from lmd_desktop.domain.errors import Cancelled, ExitCode, UserError
from lmd_desktop.storage.paths import HOME_VARIABLE
from lmd_desktop.workers.offline import refuse_network

log = logging.getLogger(__name__)


def commands() -> tuple[Command, ...]:
    return (
        plan_command(),
        edit_command(),
        render_command(),
        run_command(),
        methods_command(),
        benchmark_command(),
        check_command(),
        recover_command(),
        models_command(),
        doctor_command(),
        demo_command(),
    )


def run_offline(arguments: Sequence[str], open_window: Callable[[Path | None], int]) -> int:
    """``run`` in a process of its own, which from then on never goes online."""
    refuse_network()
    return run(arguments, open_window)


def run(arguments: Sequence[str], open_window: Callable[[Path | None], int]) -> int:
    """The exit code of the whole program; ``open_window`` is called if no command is named."""
    is_debug = "--debug" in arguments
    _set_up_streams()
    try:
        return _run(arguments, open_window)
    except (Cancelled, KeyboardInterrupt):
        print("Cancelled.", file=sys.stderr)
        return ExitCode.CANCELLED
    except UserError as error:
        return _report(error, str(error), error.exit_code, is_debug=is_debug)
    except MemoryError as error:
        sentence = "Out of memory. Close other programs and try again."
        return _report(error, sentence, ExitCode.OUT_OF_MEMORY, is_debug=is_debug)
    except BrokenPipeError:
        # Whoever read the output has had enough of it; the interpreter must not find the pipe when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except OSError as error:
        named = f"“{error.filename}” cannot be used" if error.filename else "The system refused something"
        sentence = f"{named}: {error.strerror or error}. Check the disk and the permissions, then try again."
        return _report(error, sentence, ExitCode.FAILED, is_debug=is_debug)
    except Exception as error:
        first_line = (str(error).strip().splitlines() or ["no reason given"])[0]
        sentence = f"Something went wrong that nobody foresaw: {first_line} ({type(error).__name__})."
        return _report(error, f"{sentence} Run it again with --debug.", ExitCode.FAILED, is_debug=is_debug)


def _run(arguments: Sequence[str], open_window: Callable[[Path | None], int]) -> int:
    by_name = {command.name: command for command in commands()}
    if arguments and arguments[0] in by_name:
        command = by_name[arguments[0]]
        # The window sets up a log of its own.
        logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if "--debug" in arguments else logging.ERROR)
        args = parser_for(command).parse_args(arguments[1:])
        _use_profile(args)
        outcome = command.run(args)
        _print(outcome, as_json=args.json)
        if outcome.error is not None:
            raise outcome.error
        return outcome.exit_code
    args = _window_parser().parse_args(arguments)
    _use_profile(args)
    file = file_to_open(args.file)
    check_display()
    return open_window(file)


def _use_profile(args: argparse.Namespace) -> None:
    """In the environment, where the workers and other windows find it too."""
    if args.profile_dir is not None:
        os.environ[HOME_VARIABLE] = str(args.profile_dir.absolute())


def _window_parser() -> Parser:
    lines = "\n".join(f"  {command.name:<10}{command.summary}" for command in commands())
    parser = Parser(
        prog="lmd-desktop",
        description="A sentence becomes boxes, the boxes are edited by hand, the boxes become a picture.\n"
        "Without a command the window opens.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"commands (each has --help and --json):\n{lines}",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a scene or a picture to open in the window")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    add_profile(parser)
    parser.add_argument("--version", action="version", version=f"lmd-desktop {__version__}")
    return parser


def _print(outcome: Outcome, *, as_json: bool) -> None:
    is_text = outcome.text is not None and not as_json
    print(outcome.text if is_text else json.dumps(outcome.data, ensure_ascii=False, indent=2), flush=True)


def _report(error: BaseException, sentence: str, exit_code: ExitCode, *, is_debug: bool) -> int:
    if is_debug:
        traceback.print_exception(error)
    print(sentence, file=sys.stderr)
    return exit_code


def _set_up_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may have another encoding than the JSON that is read from a pipe.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
