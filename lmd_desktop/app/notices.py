"""The licence of the program and the notices of what it stands on, from the checkout or from the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import lmd_desktop

NAMES = ("NOTICE.md", "LICENSE")


def notices() -> str:
    """Both texts, one after the other; what did not come with an installation is left out."""
    return "\n\n".join(text for text in map(_read, NAMES) if text)


def _read(name: str) -> str:
    file = Path(lmd_desktop.__file__).resolve().parents[1] / name
    if file.is_file():
        return file.read_text(encoding="utf-8")
    try:
        package = distribution("lmd-desktop")
    except PackageNotFoundError:
        return ""
    return package.read_text(f"licenses/{name}") or package.read_text(name) or ""
