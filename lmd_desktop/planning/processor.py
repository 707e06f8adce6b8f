"""What llama.cpp must know of the machine: usable cores, AMX."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
TOPOLOGY = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """Cores without hyper-threads, of those this process may run on; two threads on one core wait for each other."""
    siblings = {
        int(path.parts[-3].removeprefix("cpu")): path.read_text(encoding="utf-8").strip()
        for path in TOPOLOGY.glob("cpu[0-9]*/topology/thread_siblings_list")
    }
    if hasattr(os, "sched_getaffinity"):
        usable = os.sched_getaffinity(0)
        return max(1, len({siblings.get(core, str(core)) for core in usable}))
    return max(1, len(set(siblings.values())) or (os.cpu_count() or 2) // 2)


def may_have_amx(cpu_info: Path = CPU_INFO) -> bool:
    """On AMX processors llama.cpp's repacked weights crash in the first batch (llama.cpp issue 20824)."""
    if sys.platform == "darwin":
        return False
    try:
        return "amx_int8" in cpu_info.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
