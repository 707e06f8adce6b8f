"""Which devices can paint, which precision fits them, and what an out-of-memory error looks like there."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

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


# Up to here a layer takes less time than two threads need to find together. Measured with the starter painter (6
# million) on two cores: a picture in 1.0 s with one thread, in 1.8 s with two that sleep between layers (they must, see
# ``workers/environment.py``).
SMALL_PARAMETERS = 50_000_000
LARGE_BYTES = 400 * 2**20  # weights of Stable Diffusion 1.x take 2 to 4 GB, of the starter painter 20 MB


@contextmanager
def fitting_threads(device: torch.device, parameters: int) -> Generator[None]:
    """While inside, a network of so many parameters computes with one thread if it is small and on the processor."""
    before = torch.get_num_threads()
    if device.type == "cpu" and parameters <= SMALL_PARAMETERS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, slots=True)
class Precision:
    """What the networks compute in, and why; latents, losses and schedulers stay in single precision."""

    dtype: torch.dtype
    reason: str


def choose_precision(device: torch.device, weight_bytes: int = LARGE_BYTES) -> Precision:
    """Half precision where it is fast, bfloat16 before float16: it has the range of single precision.

    CPUs with instructions for bfloat16 (AMX, AVX-512 BF16) gain by it where layers are wide. Measured on AVX-512 BF16:
    convolutions of Stable Diffusion's widths 2.0 to 2.8 times as fast, the starter painter not at all.
    """
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision(torch.bfloat16, f"{name} is fast in bfloat16, which does not overflow.")
        return Precision(torch.float16, f"{name} has no bfloat16; it is fast in float16.")
    if device.type == "mps":
        return Precision(torch.float16, "Apple's graphics processors are fast in float16.")
    found = _bfloat16_instructions()
    if found is None:
        return Precision(torch.float32, "This processor has no instructions for bfloat16.")
    if weight_bytes < LARGE_BYTES:
        return Precision(torch.float32, f"A painter as small as this gains nothing by this processor's {found}.")
    return Precision(torch.bfloat16, f"This processor computes with bfloat16 at once ({found}).")


def choose_dtype(device: torch.device) -> torch.dtype:
    """For weights as large as those of Stable Diffusion."""
    return choose_precision(device).dtype


def _bfloat16_instructions() -> str | None:
    """torch's private functions also ask the system for leave to use the units; not every build has them."""
    units = {"AMX": "_is_amx_tile_supported", "AVX-512 BF16": "_is_avx512_bf16_supported"}
    for name, function in units.items():
        is_supported = getattr(torch.cpu, function, None)
        if is_supported is not None and is_supported():
            return name
    return None


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
