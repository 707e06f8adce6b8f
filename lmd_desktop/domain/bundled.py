"""Where the files that come with the app lie: in a checkout beside the package, in an installed wheel inside of it."""

from __future__ import annotations

from pathlib import Path

import lmd_desktop


def bundled_root() -> Path:
    """The folder of ``resources`` and ``models``."""
    package = Path(lmd_desktop.__file__).resolve().parent
    installed = package / "_bundled"
    return installed if installed.is_dir() else package.parent
