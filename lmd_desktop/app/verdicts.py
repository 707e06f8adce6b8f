"""Whether this computer is enough for a model: on the graphics card, in memory, or not at all."""

from __future__ import annotations

from enum import Enum

from lmd_desktop.catalog.known_models import KnownModel, known_models
from lmd_desktop.workers.hardware import Hardware
from lmd_desktop.workers.memory import DEVICE_RESERVE, MB, RAM_RESERVE, need_of
from lmd_desktop.workers.messages import WorkerKind


class Verdict(Enum):
    ON_CARD = "on the graphics card"
    IN_MEMORY = "in memory"
    TOO_LARGE = "too large"


def verdict(kind: WorkerKind, weights: int, hardware: Hardware) -> Verdict:
    """For weights of so many bytes; one model at a time, because the queue makes room for the other."""

    def need(*, is_on_device: bool) -> tuple[int, int]:
        asked = need_of(kind, weights, is_up=False, is_loaded=False, is_on_device=is_on_device)
        return asked.ram, asked.device

    on_card = need(is_on_device=True)
    for card in hardware.cards:
        # A card without a memory of its own takes from the computer's.
        free = card.memory - DEVICE_RESERVE if card.memory else hardware.ram - RAM_RESERVE
        if free >= on_card[1]:
            return Verdict.ON_CARD
    ram, _ = need(is_on_device=False)
    return Verdict.IN_MEMORY if hardware.ram - RAM_RESERVE >= ram else Verdict.TOO_LARGE


def worth_having() -> tuple[KnownModel, ...]:
    """The models that the app knows by name and that did not come with it."""
    return tuple(model for model in known_models() if not model.is_bundled)


def verdict_of_known(model: KnownModel, hardware: Hardware) -> Verdict:
    return verdict("planner" if model.kind == "planner" else "renderer", round(model.size_mb * MB), hardware)
