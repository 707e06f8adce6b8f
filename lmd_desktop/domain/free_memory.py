"""How the C library of Linux gives back what was freed: it keeps small pieces for itself unless it is asked."""

from __future__ import annotations

import ctypes
import sys


def give_back_free_memory() -> None:
    """Return freed pages of this process to the system; nothing where the C library does so by itself."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
