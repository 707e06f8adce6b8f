"""Sets a loaded painter up for its memory level: sliced attention, and networks that wait in main memory."""

from __future__ import annotations

from typing import Any

from accelerate import cpu_offload_with_hook

from lmd_desktop.rendering.memory_levels import MemoryLevel
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.slicing import SlicedProcessor


class Offloaded:
    """The networks that come to the device when they are called, each sending the one before it back."""

    def __init__(self, hooks: list[Any]) -> None:
        self._hooks = hooks

    def rest(self) -> None:
        """Sends all of them back."""
        for hook in self._hooks:
            hook.offload()


def save_memory(pipeline: Pipeline) -> Offloaded:
    """To be called once, right after loading; what else a level asks for is looked up while painting."""
    if pipeline.memory_level >= MemoryLevel.SLICED_ATTENTION:
        pipeline.unet.set_attn_processor(SlicedProcessor())  # pyright: ignore[reportArgumentType]
    if pipeline.memory_level < MemoryLevel.OFFLOADED or pipeline.device.type == "cpu":
        return Offloaded([])
    hooks: list[Any] = []
    networks = (pipeline.text_encoder, pipeline.text_encoder_2, pipeline.unet, pipeline.vae)
    for network in (network for network in networks if network is not None):
        _, hook = cpu_offload_with_hook(network, pipeline.device, hooks[-1] if hooks else None)
        hooks.append(hook)
    return Offloaded(hooks)
