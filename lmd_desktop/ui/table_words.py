"""Texts that were written below the window, in its language: tables of methods, errors, notes, checks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

TABLES = "Tables"  # Qt's context of these texts


def told(text: str) -> str:
    """The text as the person reads it: translated as a whole, or by the template it was made from.

    ``tests/translatable.py`` finds what is written there and lacks its translation.
    """
    return QCoreApplication.translate(TABLES, text)


def told_reason(cause: str, next_step: str) -> str:
    """Why something did not work and what to do, in one line."""
    return f"{told(cause)} {told(next_step)}".strip()


def told_summary(text: str) -> str:
    """What a hand edit changed, as it is written into files (``domain/changes.py``): one part for each change."""
    return QCoreApplication.translate(TABLES, "; ").join(told(part) for part in text.split("; "))
