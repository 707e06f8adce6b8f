"""Which UNet calls a method makes for a picture, what each of them costs, and the peak of memory meanwhile."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch

from lmd_desktop.domain.requests import ParameterValue, RenderRequest
from lmd_desktop.rendering.denoise import denoise, overall_task
from lmd_desktop.rendering.devices import peak_memory_mb, reset_peak_memory
from lmd_desktop.rendering.method import Method, Parameters, read_parameters
from lmd_desktop.rendering.monitor import Monitor
from lmd_desktop.rendering.pipeline import Pipeline
from lmd_desktop.rendering.run import Run, prepare_run

Result = TypeVar("Result")
UNCHANGED = ("AttnProcessor2_0", "_RecordingProcessor")


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What the cost of a call depends on, at a given size."""

    pictures: int  # in the batch, both halves of classifier-free guidance counted
    is_guidance: bool  # forward to the last guided layer, loss and backward
    is_grounded: bool  # GLIGEN's layers are on
    processors: str  # of attention, if a method changed them

    def __str__(self) -> str:
        what = "guidance" if self.is_guidance else "forward"
        extras = [*(["grounded"] if self.is_grounded else []), *([self.processors] if self.processors else [])]
        return " ".join((what, f"x{self.pictures}", *extras))


@dataclass
class Trace:
    """The calls of one picture; each lasts until the next one, so that the backward pass counts to its forward."""

    seconds: dict[Kind, list[float]] = field(default_factory=dict)
    order: list[Kind] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def counts(self) -> Counter[Kind]:
        return Counter(self.order)


class _Enough(Exception):
    """Ends a picture whose remaining calls need not be measured."""


def prepare(pipeline: Pipeline, request: RenderRequest, method: type[Method]) -> Run:
    parameters: Parameters = read_parameters(method.spec, request)
    monitor = Monitor(lambda: None, lambda *_: None, None)
    return prepare_run(pipeline, request, parameters=parameters, monitor=monitor)


def never_satisfied(method: type[Method], **others: ParameterValue) -> tuple[tuple[str, ParameterValue], ...]:
    """Parameters with which guidance never stops early, since a threshold that is met depends on the weights."""
    known = {parameter.name for parameter in method.spec.parameters}
    wanted = {"threshold": 0.0, **others}
    return tuple((name, value) for name, value in wanted.items() if name in known)


def trace(
    pipeline: Pipeline,
    request: RenderRequest,
    method: type[Method],
    *,
    wanted: Counter[Kind] | None = None,
    most_calls: int | None = None,
) -> Trace:
    """Paints a picture without decoding it; with ``wanted`` only until these calls were made, or ``most_calls``."""
    found = Trace()
    starts: list[float] = []
    missing = Counter(wanted) if wanted is not None else None

    def before_call(unet: Any, arguments: Any, options: dict[str, Any]) -> None:
        starts.append(clock(pipeline.device))
        if (missing is not None and not +missing) or len(found.order) == most_calls:
            raise _Enough
        found.order.append(_kind(unet, arguments[0], options))
        if missing is not None:
            missing[found.order[-1]] -= 1

    handle = pipeline.unet.register_forward_pre_hook(before_call, with_kwargs=True)

    def paint() -> None:
        with torch.no_grad(), contextlib.suppress(_Enough):
            run = prepare(pipeline, request, method)
            painter = method(run)
            denoise(overall_task(run, painter.start()), painter)
            starts.append(clock(pipeline.device))

    try:
        _, found.peak_mb = peak_of(pipeline.device, paint)
    finally:
        handle.remove()
    for kind, start, end in zip(found.order, starts, starts[1:], strict=False):
        found.seconds.setdefault(kind, []).append(end - start)
    return found


def clock(device: torch.device) -> float:
    """Seconds of the device; on a CPU those of all threads of this process, which other programs do not lengthen."""
    if device.type == "cpu":
        return time.process_time()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds_of(device: torch.device, work: Callable[[], None]) -> float:
    start = clock(device)
    work()
    return clock(device) - start


def peak_of(device: torch.device, work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work gives, and the most megabytes meanwhile: of the device on CUDA, of the process elsewhere.

    On Linux the kernel forgets the peak of a process when it is told to; on other systems it is that since the start.
    """
    reset_peak_memory(device)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    result = work()
    if device.type != "cuda":
        with contextlib.suppress(OSError, StopIteration):
            status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
            return result, int(next(line for line in status if line.startswith("VmHWM:")).split()[1]) / 1024
    return result, peak_memory_mb(device)


def _kind(unet: Any, latents: torch.Tensor, options: dict[str, Any]) -> Kind:
    names = {type(processor).__name__ for processor in unet.attn_processors.values()} - set(UNCHANGED)
    is_grounded = bool((options.get("cross_attention_kwargs") or {}).get("gligen"))
    return Kind(len(latents), torch.is_grad_enabled(), is_grounded, "+".join(sorted(names)))
