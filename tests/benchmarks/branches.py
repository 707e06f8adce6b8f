"""Counts which branches of chosen source files were taken: both ways of every conditional jump in the byte code.

Standard library only (the coverage package is not among the pinned dependencies). Following every instruction is
slow, so it is switched on for single calls.
"""

from __future__ import annotations

import dis
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

CO_OPTIMIZED = 1  # functions, comprehensions and generators; not modules and class bodies, which run once
Branch = tuple[str, str, int, int, bool]


@dataclass(frozen=True, slots=True)
class Counted:
    """``taken`` of ``all`` ways; ``functions`` are those that were entered at least once."""

    taken: int
    all: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> float:
        return round(100 * self.taken / self.all, 1) if self.all else 100.0


class Branches:
    """``leaves_out`` names functions (by qualified name) that the measured work has nothing to do with."""

    def __init__(self, files: tuple[Path, ...], leaves_out: str = "$^") -> None:
        self.seen: set[Branch] = set()
        self._jumps: dict[tuple[str, str, int], dict[int, int]] = {}
        pattern = re.compile(leaves_out)
        for file in files:
            for code in _functions_of(compile(file.read_bytes(), str(file), "exec")):
                if not pattern.search(code.co_qualname):
                    self._jumps[_key(code)] = _jumps_of(code)

    def follow(self, work: Callable[[], object]) -> None:
        """Call ``work`` and note the branches it takes; whatever it raises is raised."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            work()
        finally:
            sys.settrace(before)

    def count(self) -> Counted:
        every = {(*key, jump, way) for key, jumps in self._jumps.items() for jump in jumps for way in (True, False)}
        missing = sorted(every - self.seen)
        places = tuple(
            f"{Path(file).name} {name} +{at} {'on' if way else 'away'}" for file, name, _, at, way in missing
        )
        return Counted(len(every) - len(missing), len(every), places)

    def _enter(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        key = _key(frame.f_code)
        jumps = self._jumps.get(key)
        if jumps is None:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        last = -1

        def step(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
            nonlocal last
            if event == "exception":
                last = -1
            elif event == "opcode":
                at = frame.f_lasti
                if last >= 0:
                    self.seen.add((*key, last, at == jumps[last]))
                last = at if at in jumps else -1
            return step

        return step


def _key(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _functions_of(code: CodeType) -> Iterator[CodeType]:
    if code.co_flags & CO_OPTIMIZED:
        yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _functions_of(constant)


def _jumps_of(code: CodeType) -> dict[int, int]:
    """Where each conditional jump stands, and where it goes on if it does not jump."""
    found: dict[int, int] = {}
    steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
    for before, step, after in zip(steps, steps[1:], steps[2:], strict=False):
        is_conditional = ("JUMP" in step.opname and "IF" in step.opname) or step.opname == "FOR_ITER"
        # Whether a with statement swallows an exception is asked of the standard library, not decided here.
        if is_conditional and before.opname != "WITH_EXCEPT_START":
            found[step.offset] = after.offset
    return found
