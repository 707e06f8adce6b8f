"""The one entry: ``lmd-desktop``. Spawned workers import this file again, so it imports nothing large by itself."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path


def main() -> int:
    """Run the command line; the window is imported only if it is opened."""
    multiprocessing.freeze_support()
    from lmd_desktop.cli.main import run_offline

    return run_offline(sys.argv[1:], _open_window)


def _open_window(file: Path | None) -> int:
    from lmd_desktop.ui.quick_start import pause_collection, skip_source_scan

    pause_collection()
    skip_source_scan()
    from lmd_desktop.ui.application import run_window

    return run_window(file)


if __name__ == "__main__":
    sys.exit(main())
