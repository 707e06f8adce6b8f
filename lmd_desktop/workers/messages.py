"""What goes through the pipes: frozen commands to a worker, frozen events back; every job event carries its job id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lmd_desktop.domain.layout import Box, Layout, Size
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import MethodSpec, PlanRequest, PlanResult, RenderRequest, RenderResult

WorkerKind = Literal["planner", "renderer"]


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model (a GGUF file, a diffusers folder or a checkpoint file) unless it is loaded already.

    ``cache_folder`` is where a planner keeps what it can make again, empty for nowhere.
    """

    job_id: str
    model: str
    device: str = "auto"
    parts: PainterParts = PainterParts()
    cache_folder: str = ""


@dataclass(frozen=True, slots=True)
class PlanJob:
    """``safety_level`` is the step of ``attempts.SAFETY_STEPS`` that the planner must go down to; 0 is none.

    ``cache_folder`` is where it keeps the evaluated instructions between starts, empty for nowhere.
    """

    job_id: str
    model: str
    request: PlanRequest
    device: str = "auto"
    safety_level: int = 0
    cache_folder: str = ""


@dataclass(frozen=True, slots=True)
class RenderJob:
    """``memory_level`` is the step of ``attempts.MEMORY_STEPS`` that the renderer must go down to; 0 is none.

    ``more_seeds`` are painted beside the request's own, side by side where the method can. ``more_requests`` are
    painted after it, each with the same seeds. ``explains`` asks for sheets of attention and masks.
    """

    job_id: str
    model: str
    request: RenderRequest
    device: str = "auto"
    wants_preview: bool = True
    memory_level: int = 0
    parts: PainterParts = PainterParts()
    more_seeds: tuple[int, ...] = ()
    explains: bool = False
    more_requests: tuple[RenderRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeseeJob:
    """Ask the renderer which boxes of a picture it would find painted already; it loads nothing for that."""

    job_id: str
    model: str
    request: RenderRequest
    device: str = "auto"
    parts: PainterParts = PainterParts()


@dataclass(frozen=True, slots=True)
class JudgeJob:
    """Look which boxes of a picture came out. ``model`` is the folder of the judge, ``png`` the picture's file."""

    job_id: str
    model: str
    png: bytes
    layout: Layout
    device: str = "auto"


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
class DeviceMemory:
    """What the driver of the graphics card says after each job; bytes, all programs counted."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Loading:
    """Told before a planner is loaded: how it will be run, in one sentence, and the bytes that it will take.

    ``device`` bytes are those on the graphics card. ``fits`` False: it is more than is free.
    """

    job_id: str
    summary: str
    ram: int
    device: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """``can`` names what the model offers beyond the basics, for example ``gligen``.

    Of painters ``precision`` is what they compute in on their device, and ``reason`` says why.
    """

    job_id: str
    model: str
    model_sha256: str
    summary: str
    native_size: Size | None = None
    can: tuple[str, ...] = ()
    device: str = ""
    precision: str = ""
    reason: str = ""


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
class PartRendered:
    """Pictures of a job that goes on: those of one of its requests."""

    job_id: str
    results: tuple[RenderResult, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Ids of the boxes that the method paints alone: ``found`` are painted already, ``missing`` are not.

    ``is_loaded`` is false if the painter is not in memory, or another one is: then nothing is known to it.
    """

    job_id: str
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_loaded: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    job_id: str
    marks: tuple[BoxMark, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """``more`` are the pictures of the other seeds, in their order. The end of the job: of several requests, the last
    that could be painted; the others were told as PartRendered."""

    job_id: str
    result: RenderResult
    more: tuple[RenderResult, ...] = ()


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """``note`` tells what the person should know about how it was stopped."""

    job_id: str
    note: str = ""


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


@dataclass(frozen=True, slots=True)
class Retried:
    """Sent by the client itself: an attempt ended with its process (``cause``) and the job runs again (``measure``)."""

    job_id: str
    cause: str
    measure: str
    is_for_memory: bool = False


@dataclass(frozen=True, slots=True)
class Freed:
    """Sent by the client itself: the process was ended to make room; the next job starts another one."""


WorkJob = Load | PlanJob | RenderJob | ForeseeJob | JudgeJob
Command = WorkJob | Cancel | Stop
Result = Planned | Rendered | Foreseen | Judged
JobEvent = Loading | Loaded | Progress | BoxPlanned | Preview | PartRendered | Result | JobCancelled | Failed | Retried
Event = Ready | DeviceMemory | JobEvent | Died | Freed
