"""Where the app keeps its own files; the same answer for the window, the workers and the command line."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import platformdirs

APP_FOLDER = "lmd-desktop"
HOME_VARIABLE = "LMD_HOME"


def data_folder() -> Path:
    """Pictures, journals, locks."""
    return _private(_home("data") or platformdirs.user_data_path(APP_FOLDER, appauthor=False))


def config_folder() -> Path:
    """Settings."""
    return _private(_home("config") or platformdirs.user_config_path(APP_FOLDER, appauthor=False))


def cache_folder() -> Path:
    """What can be made again."""
    return _private(_home("cache") or platformdirs.user_cache_path(APP_FOLDER, appauthor=False))


def logs_folder() -> Path:
    return _private(_home("logs") or platformdirs.user_log_path(APP_FOLDER, appauthor=False))


def _home(name: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).expanduser() / name if home else None


def _private(folder: Path) -> Path:
    # Prompts and pictures are nobody else's business: other accounts of the machine cannot read the folder.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "nt" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        # An older version, or a program that logs, made it open to others.
        with contextlib.suppress(OSError):
            folder.chmod(0o700)
    return folder
