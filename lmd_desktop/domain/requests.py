"""What the workers are asked to do, and what comes back: one value holds everything that affects a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.domain.scene import Turn
from lmd_desktop.domain.violations import Violation

ParameterValue = bool | int | float | str
MAX_SEED = 2**31 - 1
# Answers of the planner to one request: drawn as long as none keeps it. Usual is what suits the size of the model.
USUAL_CANDIDATES, MAX_CANDIDATES = 0, 16
MAX_STEPS = 998  # of 1000 trained timesteps: schedules leave out the first (steps_offset), some the last one too


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a render method, as a form shows it."""

    name: str
    title: str
    summary: str
    kind: Literal["bool", "int", "float", "choice"]
    default: ParameterValue
    minimum: float = 0.0
    maximum: float = 0.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """A render method, as the renderer announces it. ``needs`` names what the pipeline must have: ``gligen``.

    ``smallest_box`` is the side of the smallest square that is still obeyed, as a share of the picture's side: two
    cells of the attention that is guided (16 cells a side). 0 where boxes are not obeyed at all.
    """

    name: str
    title: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[str, ...] = ()
    smallest_box: float = 1 / 8


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The dialog so far (root to head, ending with the Request to answer) and the canvas as it is now.

    ``is_checked`` False gives the first answer as it is, for raw figures: no repair of places, no second try.
    ``counts_are_forced`` lets the grammar write out the things of a caption that says their number unmistakably.
    ``template`` is the text of the system message's template, empty for the bundled one. ``candidates`` answers are
    drawn at most before the best is taken (0: as many as suit the model); one that keeps the request ends the drawing.
    """

    path: tuple[Turn, ...]
    layout: Layout
    text: str
    seed: int
    temperature: float = 0.25
    is_checked: bool = True
    counts_are_forced: bool = False
    template: str = ""
    candidates: int = 1


@dataclass(frozen=True, slots=True)
class PlanResult:
    """A layout with everything needed to repeat it; token counts and seconds tell what it cost.

    ``raw`` is the answer that was taken, ``answers`` are all that were given, ``repairs`` what was put right silently,
    ``asked_again`` what the planner was told to mend, ``violations`` what is still wrong by the request.
    ``tokens_copied`` of those generated were guessed from the canvas and evaluated together.
    """

    layout: Layout
    raw: str
    model: str
    model_sha256: str
    seed: int
    notes: tuple[str, ...] = ()
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_generated: int = 0
    tokens_copied: int = 0
    seconds: float = 0.0
    answers: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    asked_again: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """Everything that affects a picture, except the weights themselves.

    ``size`` None paints at the model's native size with the canvas's ratio. ``parameters`` are (name, value) pairs of
    the method's announced parameters; missing ones take their default. ``prompt`` None composes the overall prompt from
    the layout. ``sampler`` is a name of ``domain/samplers.py``, None the painter's own.
    """

    layout: Layout
    method: str = "lmd_plus"
    parameters: tuple[tuple[str, ParameterValue], ...] = ()
    num_inference_steps: int = 20
    guidance_scale: float = 5.0
    seed: int = 0
    size: Size | None = None
    prompt: str | None = None
    sampler: str | None = None


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What the render panel shows; saved with the scene. ``seed`` None draws a new one for every picture."""

    method: str = "lmd_plus"
    parameters: tuple[tuple[str, ParameterValue], ...] = ()
    num_inference_steps: int = 20
    guidance_scale: float = 5.0
    seed: int | None = 0
    size: Size | None = None
    prompt: str | None = None
    sampler: str | None = None


@dataclass(frozen=True, slots=True)
class BoxCacheUse:
    """Of the boxes that were wanted alone: how many were found from earlier pictures, and how full that store is."""

    found: int
    painted: int
    entries: int
    used_mb: float
    limit_mb: float


@dataclass(frozen=True, slots=True)
class BoxAttention:
    """Where the painter looked for the thing of some boxes: ``rows`` of one byte a cell, 255 for the strongest cell.

    The mean over heads, layers of the finest guided grid, and the steps that were watched.
    """

    box_ids: tuple[str, ...]
    cells: Size
    rows: bytes


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A finished picture as RGB rows, and how it came to be. ``seconds`` are (stage, seconds) pairs.

    ``box_cache`` None means that the method painted no box alone. ``explanation`` is a sheet, if it was asked for:
    attention and masks over the steps, its size and its RGB rows; ``attention`` is the same box by box.
    """

    request: RenderRequest
    size: Size
    rgb: bytes
    prompt: str
    negative_prompt: str
    model: str
    model_sha256: str
    device: str
    seconds: tuple[tuple[str, float], ...] = ()
    peak_mb: float = 0.0
    notes: tuple[str, ...] = ()
    scheduler: str = ""
    box_cache: BoxCacheUse | None = None
    explanation: tuple[Size, bytes] | None = None
    attention: tuple[BoxAttention, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderRecord:
    """A picture that belongs to a scene: its file is ``renders/<sha256>.png``, ``turn`` is where it came from.

    ``marks`` is what a judge said of its boxes; empty if none was asked.
    """

    sha256: str
    turn: str | None
    request: RenderRequest
    size: Size
    prompt: str
    negative_prompt: str
    model: str
    model_sha256: str
    device: str
    seconds: tuple[tuple[str, float], ...] = ()
    peak_mb: float = 0.0
    is_starred: bool = False
    note: str = ""
    scheduler: str = ""
    marks: tuple[BoxMark, ...] = ()


def request_for(layout: Layout, settings: RenderSettings, seed: int) -> RenderRequest:
    """One value with everything that affects the picture; ``seed`` is the one drawn if the settings have none."""
    return RenderRequest(
        layout=layout,
        method=settings.method,
        parameters=settings.parameters,
        num_inference_steps=settings.num_inference_steps,
        guidance_scale=settings.guidance_scale,
        seed=seed,
        size=settings.size,
        prompt=settings.prompt,
        sampler=settings.sampler,
    )


def record_of(result: RenderResult, turn: str | None) -> RenderRecord:
    """What a scene remembers of a picture; the hash is that of the written file and comes with it."""
    return RenderRecord(
        sha256="",
        turn=turn,
        request=result.request,
        size=result.size,
        prompt=result.prompt,
        negative_prompt=result.negative_prompt,
        model=result.model,
        model_sha256=result.model_sha256,
        device=result.device,
        seconds=result.seconds,
        peak_mb=result.peak_mb,
        scheduler=result.scheduler,
    )
