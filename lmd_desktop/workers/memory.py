"""Whether planner and renderer may both stay in memory: a decision from what is free now and what a model needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import psutil

from lmd_desktop.workers.messages import WorkerKind

MB = 1_000_000
# Kept free for the window, the system and whatever else runs.
RAM_RESERVE = 500 * MB
DEVICE_RESERVE = 300 * MB
# A process with its libraries, before it has a model: measured on Linux with the CPU builds, rounded up.
PLANNER_PROCESS, RENDERER_PROCESS = 150 * MB, 600 * MB
# The planner's cache of keys and values and its buffers, as a part of its weights (Qwen3 4B at 4096 tokens: 0.25).
PLANNER_WORKING = 0.3
# Activations of a picture with guidance, as a part of the painter's weights (SD 1.5 at 512 px: 2 GB beside 2 GB).
RENDERER_WORKING = 1.0
HALF_PRECISION_MARK = ".fp16."


class Policy(Enum):
    """How planner and renderer share the machine."""

    KEEP_BOTH = "keep both"
    ONE_AT_A_TIME = "one at a time"


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """Bytes that may be taken now; ``device`` None: no graphics card with a memory of its own has reported."""

    ram: int
    device: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that a job will take beyond what its process holds already."""

    ram: int
    device: int = 0


def decide(free: FreeMemory, need: Need) -> Policy:
    """Keep both if the job fits beside the other worker with the reserve left, else make room first."""
    fits_ram = free.ram >= need.ram + RAM_RESERVE
    fits_device = need.device == 0 or free.device is None or free.device >= need.device + DEVICE_RESERVE
    return Policy.KEEP_BOTH if fits_ram and fits_device else Policy.ONE_AT_A_TIME


def need_of(kind: WorkerKind, weights: int, *, is_up: bool, is_loaded: bool, is_on_device: bool) -> Need:
    """What a job takes: its process unless ``is_up``, the weights (bytes) unless ``is_loaded``, and room to work."""
    process = PLANNER_PROCESS if kind == "planner" else RENDERER_PROCESS
    ratio = PLANNER_WORKING if kind == "planner" else RENDERER_WORKING
    if kind == "planner" and is_loaded:
        # Its buffers are as large as they will ever be.
        return Need(0)
    model = round(weights * ratio) + (0 if is_loaded else weights)
    ram = 0 if is_up else process
    return Need(ram, model) if is_on_device else Need(ram + model)


def weights_on_disk(model: Path, *, is_on_device: bool) -> int:
    """Bytes of the weights as they will lie in memory; 0 if there is nothing at this path."""
    if model.is_file():
        return model.stat().st_size
    files = list(model.rglob("*.safetensors"))
    size = sum(file.stat().st_size for file in files)
    # A processor computes in single precision, whatever the files hold.
    is_doubled = not is_on_device and any(HALF_PRECISION_MARK in file.name for file in files)
    return 2 * size if is_doubled else size


def free_ram() -> int:
    """Bytes that programs can still take without swapping, as the system estimates them."""
    return psutil.virtual_memory().available


def resident_bytes(pid: int) -> int:
    """The memory of a process as it lies in RAM; 0 if it is gone."""
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0
