"""What goes through the pipes: frozen commands to a worker, frozen events back; every job event carries its job id."""

from __future__ import annotations

from dataclasses import dataclass

from lmd_desktop.domain.layout import Box, Size
from lmd_desktop.domain.requests import MethodSpec, PlanRequest, PlanResult, RenderRequest, RenderResult


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model (a GGUF file, a diffusers folder or a checkpoint file) unless it is loaded already."""

    job_id: str
    model: str
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class PlanJob:
    job_id: str
    model: str
    request: PlanRequest
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class RenderJob:
    job_id: str
    model: str
    request: RenderRequest
    device: str = "auto"
    wants_preview: bool = True


@dataclass(frozen=True, slots=True)
class Cancel:
    job_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the process once the current job has noticed its cancel."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is up and its libraries are imported. The renderer announces its methods."""

    versions: tuple[tuple[str, str], ...] = ()
    devices: tuple[str, ...] = ()
    methods: tuple[MethodSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """``can`` names what the model offers beyond the basics, for example ``gligen``."""

    job_id: str
    model: str
    model_sha256: str
    summary: str
    native_size: Size | None = None
    can: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """``stage`` is load, prompt, boxes, per_box, denoise, decode …; ``counter`` counts tokens or UNet steps so far."""

    job_id: str
    stage: str
    step: int
    total: int
    seconds_left: float | None = None
    counter: int = 0


@dataclass(frozen=True, slots=True)
class BoxPlanned:
    """One line of the answer is complete; in scene pixels."""

    job_id: str
    box: Box


@dataclass(frozen=True, slots=True)
class Preview:
    """A small RGB picture of the unfinished latents, at most about eight a second."""

    job_id: str
    size: Size
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Planned:
    job_id: str
    result: PlanResult


@dataclass(frozen=True, slots=True)
class Rendered:
    job_id: str
    result: RenderResult


@dataclass(frozen=True, slots=True)
class JobCancelled:
    job_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """``job_id`` is empty if the worker failed outside of a job. ``details`` is for the log and *Copy report*."""

    job_id: str
    cause: str
    next_step: str
    exit_code: int
    details: str = ""


@dataclass(frozen=True, slots=True)
class Died:
    """Sent by the client itself: the process is gone. The running job has already failed with a cause."""

    exit_code: int
    cause: str


Command = Load | PlanJob | RenderJob | Cancel | Stop
Event = Ready | Loaded | Progress | BoxPlanned | Preview | Planned | Rendered | JobCancelled | Failed | Died
JobEvent = Loaded | Progress | BoxPlanned | Preview | Planned | Rendered | JobCancelled | Failed
