"""Titles and summaries that come from the tables of methods, presets and samplers, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def told(text: str) -> str:
    """A text of a table; ``tests/translatable.py`` finds them all there."""
    return QCoreApplication.translate("Tables", text)
