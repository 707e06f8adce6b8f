"""Which devices can paint, which precision fits them, and what an out-of-memory error looks like there."""

from __future__ import annotations

import sys

import torch

from lmd_desktop.domain.errors import ExitCode, UserError


def available_devices() -> tuple[str, ...]:
    """Names of the usable devices, the fastest first."""
    devices: list[str] = []
    if torch.cuda.is_available():
        devices.append("cuda")
    if torch.backends.mps.is_available():
        devices.append("mps")
    return (*devices, "cpu")


def choose_device(name: str) -> torch.device:
    """``auto`` is the fastest; a device that is not there is a UserError."""
    available = available_devices()
    if name == "auto":
        return torch.device(available[0])
    if name not in available:
        raise UserError(
            f"The device “{name}” is not available.",
            f"Choose auto or one of: {', '.join(available)}.",
            exit_code=ExitCode.USAGE,
        )
    return torch.device(name)


def choose_dtype(device: torch.device) -> torch.dtype:
    """Half precision where it is fast; a CPU computes in single precision, whatever the weights are stored in."""
    return torch.float16 if device.type in ("cuda", "mps") else torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA has its own exception; the CPU allocator and MPS only say it in their text."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)


def reset_peak_memory(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory_mb(device: torch.device) -> float:
    """The peak of the device's memory on CUDA, of the whole process elsewhere."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # macOS counts bytes, Linux KiB
