"""How a language model is run: what the engine is told, and how it becomes safer step by step after a crash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

MAX_CONTEXT = 4096
KvType = Literal["f16", "q8_0"]
FlashAttention = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``gpu_layers`` counts blocks and, last, the output layer. ``has_extra_buffers``: weights are packed anew for
    the processor, which is faster and has crashed on AMX. The defaults suit a small model on any processor."""

    gpu_layers: int = 0
    context_size: int = MAX_CONTEXT
    kv_type: KvType = "f16"
    flash_attention: FlashAttention = "auto"
    threads: int = 1
    has_extra_buffers: bool = False


def safer(settings: EngineSettings, level: int) -> EngineSettings:
    """The settings after ``level`` steps down the ladder, each with all before it: without the graphics card, without
    flash attention (and a cache in q8_0, which needs it), in one thread without repacked weights."""
    if level >= 1:
        settings = replace(settings, gpu_layers=0)
    if level >= 2:
        settings = replace(settings, flash_attention="off", kv_type="f16")
    if level >= 3:
        settings = replace(settings, has_extra_buffers=False, threads=1)
    return settings
