"""What the fuzz run knows of one reader."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "lmd_desktop"
Injure = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Reader:
    """``read`` puts the input where the app would find it, reads it and checks the result; UserError is a refusal.

    ``sources`` and ``leaves_out`` say of which functions the branches are counted.
    """

    name: str
    seeds: tuple[bytes, ...]
    injure: Injure
    read: Callable[[bytes, Path], object]
    sources: tuple[str, ...]
    leaves_out: str = "$^"

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for source in self.sources for path in sorted(PACKAGE.glob(source)))
