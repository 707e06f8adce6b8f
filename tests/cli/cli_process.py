"""Runs ``python -m lmd_desktop`` as a person does: a process of its own, its output, its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WAIT_S = 300


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class FirstLight:
    """What the commands of the shared scene printed."""

    scene: Path
    home: Path
    plan: dict[str, Any]
    edit: dict[str, Any]
    render: dict[str, Any]


def start(*arguments: str | Path, home: Path, max_file_bytes: int | None = None) -> subprocess.Popen[str]:
    """``max_file_bytes`` makes writing a larger file fail, as a full disk does (POSIX)."""
    environment = {**os.environ, "LMD_HOME": str(home), "PYTHONPATH": _python_path()}
    return subprocess.Popen(
        [sys.executable, "-m", "lmd_desktop", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        preexec_fn=None if sys.platform == "win32" else lambda: _prepare(max_file_bytes),
    )


def finish(process: subprocess.Popen[str]) -> Finished:
    out, err = process.communicate(timeout=WAIT_S)
    return Finished(process.returncode, out, err)


def call(*arguments: str | Path, home: Path, max_file_bytes: int | None = None) -> Finished:
    return finish(start(*arguments, home=home, max_file_bytes=max_file_bytes))


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Read standard error up to the line with these words."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if words in line:
            return
    raise AssertionError(f"“{words}” never came: {''.join(seen)}")


def _prepare(max_file_bytes: int | None) -> None:
    # Whatever runs the tests in the background may have told its children to ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if max_file_bytes is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))


def _python_path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
