"""Models and computers in words: sizes, licences, and whether this computer is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from lmd_desktop.app.model_library import Hardware
    from lmd_desktop.app.verdicts import Verdict

MB, GB = 1_000_000, 1_000_000_000


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelWords", text)


def size_text(size: float) -> str:
    """Bytes as people say them."""
    return _tr("{0:.1f} GB").format(size / GB) if size >= GB else _tr("{0:.0f} MB").format(max(1.0, size / MB))


def hardware_text(hardware: Hardware) -> str:
    """One line: card, memory, processors, free disk."""
    parts: list[str] = []
    for card in hardware.cards:
        memory = f" ({size_text(card.memory)})" if card.memory else ""
        parts.append(f"{card.name}{memory}")
    if not parts:
        parts.append(_tr("no graphics card that helps"))
    parts.append(_tr("{0} of memory").format(size_text(hardware.ram)))
    parts.append(_tr("{0} processors").format(hardware.processors))
    parts.append(_tr("{0} free on the disk").format(size_text(hardware.disk_free)))
    return " · ".join(parts)


def verdict_text(verdict: Verdict) -> str:
    from lmd_desktop.app.verdicts import Verdict

    texts = {
        Verdict.ON_CARD: _tr("runs on the graphics card"),
        Verdict.IN_MEMORY: _tr("runs on the processor, slowly"),
        Verdict.TOO_LARGE: _tr("too large for this computer"),
    }
    return texts[verdict]


def kind_text(kind: str) -> str:
    return _tr("Planner") if kind == "planner" else _tr("Painter")
