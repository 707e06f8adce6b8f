"""What is free on the graphics card, as its driver says: for the decision whether both workers may stay."""

from __future__ import annotations

from lmd_desktop.workers.messages import DeviceMemory


def device_memory() -> DeviceMemory | None:
    """Of the card that is in use, all programs counted; None without one that has a memory of its own."""
    import torch

    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    return DeviceMemory(free, total)
