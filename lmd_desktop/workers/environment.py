"""The environment a worker is spawned with: offline, quiet and with passive threads, set before its libraries load."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

# What the Hub's client and other libraries would tell about this computer, unasked.
QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
# Of the one process that downloads. Xet speaks to other hosts and in native code, which nothing here could hold back.
ONLINE_ENVIRONMENT = QUIET | {
    "HF_HUB_OFFLINE": "0",
    "TRANSFORMERS_OFFLINE": "0",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
# Set in the parent for the moment of the spawn, because a child reads them while it imports.
CHILD_ENVIRONMENT: tuple[tuple[str, str], ...] = (
    ("HF_HUB_OFFLINE", "1"),
    ("TRANSFORMERS_OFFLINE", "1"),
    *QUIET.items(),
    ("TOKENIZERS_PARALLELISM", "false"),
    # Spinning OpenMP threads of one worker slow the tokens of the other a hundredfold.
    ("OMP_WAIT_POLICY", "passive"),
    # Python's own pools keep a megabyte for every object that outlives a model; the system's heap can be given back.
    ("PYTHONMALLOC", "malloc"),
    ("PYTHONUTF8", "1"),
    ("PYTHONIOENCODING", "utf-8"),
)

# os.environ belongs to the whole process; two clients may spawn at the same moment.
_ENVIRONMENT_LOCK = threading.Lock()


@contextmanager
def child_environment() -> Generator[None]:
    """While inside, a spawned process gets CHILD_ENVIRONMENT; afterwards this process has its own again."""
    names = [name for name, _ in CHILD_ENVIRONMENT] + ["OMP_NUM_THREADS"]
    with _ENVIRONMENT_LOCK:
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(dict(CHILD_ENVIRONMENT))
        os.environ.setdefault("OMP_NUM_THREADS", str(usable_cores()))
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def usable_cores() -> int:
    """Cores this process may run on; a container often has fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
