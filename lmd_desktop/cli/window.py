"""``lmd-desktop [FILE]``: checks what the window needs before it is opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lmd_desktop.domain.errors import ExitCode, UserError

WITHOUT_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def check_display() -> None:
    """Raises UserError on a machine without a screen."""
    if sys.platform in ("win32", "darwin"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or platform in WITHOUT_DISPLAY
    if not has_display:
        raise UserError(
            "There is no display, so the window cannot be opened.",
            "Use the commands instead: “lmd-desktop demo” shows the whole job, “lmd-desktop --help” lists them.",
        )


def file_to_open(name: str | None) -> Path | None:
    """The file that was named on the command line, as the window opens it."""
    if name is None:
        return None
    path = Path(name)
    if not path.exists():
        raise UserError(
            f"There is no command and no file “{name}”.",
            "“lmd-desktop --help” lists the commands.",
            exit_code=ExitCode.USAGE,
        )
    return path.absolute()
