"""What this computer has for models: memory, processors, free disk, graphics cards. Asked without loading torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

NVIDIA_QUERY = ("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")
TIMEOUT_S = 4
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """``memory`` in bytes; a card that shares the computer's memory has none of its own (0)."""

    name: str
    memory: int
    driver: str = ""


@dataclass(frozen=True, slots=True)
class Hardware:
    """Bytes; ``disk_free`` is that of the volume where the app keeps its files."""

    ram: int
    ram_free: int
    disk_free: int
    processors: int
    cards: tuple[GraphicsCard, ...] = ()


def look_at_hardware(folder: Path) -> Hardware:
    """Takes up to some seconds, because it asks the driver: not for the window's own thread."""
    memory = psutil.virtual_memory()
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    cards = _nvidia_cards() or _amd_cards() or _apple_card()
    return Hardware(memory.total, memory.available, shutil.disk_usage(there).free, os.cpu_count() or 1, cards)


def _nvidia_cards() -> tuple[GraphicsCard, ...]:
    program = shutil.which(NVIDIA_QUERY[0])
    if program is None:
        return ()
    # Without this a console window would flash up on Windows.
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        done = subprocess.run(
            (program, *NVIDIA_QUERY[1:]),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            creationflags=flags,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return parse_nvidia(done.stdout) if done.returncode == 0 else ()


def parse_nvidia(text: str) -> tuple[GraphicsCard, ...]:
    """Lines of "name, MiB, driver"; lines of any other form are passed over."""
    rows = [[part.strip() for part in line.split(",")] for line in text.splitlines()]
    return tuple(GraphicsCard(row[0], int(row[1]) * MIB, row[2]) for row in rows if len(row) == 3 and row[1].isdigit())


def _amd_cards() -> tuple[GraphicsCard, ...]:
    cards: list[GraphicsCard] = []
    for file in sorted(Path("/sys/class/drm").glob("card[0-9]/device/mem_info_vram_total")):
        try:
            cards.append(GraphicsCard("AMD", int(file.read_text(encoding="ascii"))))
        except (OSError, ValueError):
            continue
    return tuple(cards)


def _apple_card() -> tuple[GraphicsCard, ...]:
    is_apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return (GraphicsCard("Apple", 0),) if is_apple else ()
