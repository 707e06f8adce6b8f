"""What the renderer process does: load a painter, keep it between jobs, and render with live previews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.rendering.devices import available_devices
from lmd_desktop.rendering.methods import method_specs
from lmd_desktop.rendering.refiner import Refiner
from lmd_desktop.rendering.renderer import Renderer
from lmd_desktop.workers.child import Job
from lmd_desktop.workers.device_memory import device_memory
from lmd_desktop.workers.judge_work import JudgeWork
from lmd_desktop.workers.loaded_model import ModelKey, key_of
from lmd_desktop.workers.messages import (
    Event,
    ForeseeJob,
    Foreseen,
    JudgeJob,
    Load,
    Loaded,
    PartRendered,
    Ready,
    Rendered,
    RenderJob,
    WorkJob,
)


class RendererWork:
    def __init__(self) -> None:
        self._renderer: Renderer | None = None
        self._key: tuple[ModelKey, int] | None = None
        self._refiner: Refiner | None = None
        self._refiner_key: ModelKey | None = None
        self._judge = JudgeWork()

    def ready(self) -> Ready:
        versions = tuple((name, version(name)) for name in ("torch", "diffusers", "transformers"))
        return Ready(versions=versions, devices=available_devices(), methods=method_specs())

    def run(self, command: WorkJob, job: Job) -> Event:
        try:
            return self._run(command, job)
        finally:
            memory = device_memory()
            if memory is not None:
                job.send(memory)

    def _run(self, command: WorkJob, job: Job) -> Event:
        match command:
            case RenderJob():
                return self._paint(self._load(command, job), command, job)
            case Load():
                return _loaded(job, self._load(command, job))
            case ForeseeJob():
                return self._foresee(command, job)
            case JudgeJob():
                return self._judge.run(command, job)
            case _:
                raise TypeError(f"the renderer cannot do {type(command).__name__}")

    def _paint(self, renderer: Renderer, command: RenderJob, job: Job) -> Rendered:
        """All requests one after the other; what is finished is sent at once, so that a later failure costs nothing.

        A request that cannot be painted is told in the notes of the last picture; one that is alone fails.
        """
        painted: tuple[RenderResult, ...] = ()
        problems: list[UserError] = []
        requests = (command.request, *command.more_requests)
        for request in requests:
            try:
                painted = self._paint_one(renderer, request, command, job)
            except UserError as error:
                if error.exit_code is ExitCode.OUT_OF_MEMORY:
                    raise
                problems.append(error)
            else:
                if request is not requests[-1]:
                    job.send(PartRendered(job.id, painted))
        if not painted:
            raise problems[0]
        notes = tuple(f"{problem.cause} {problem.next_step}".strip() for problem in problems)
        first, *more = (replace(result, notes=(*result.notes, *notes)) for result in painted)
        return Rendered(job.id, first, tuple(more))

    def _paint_one(
        self, renderer: Renderer, request: RenderRequest, command: RenderJob, job: Job
    ) -> tuple[RenderResult, ...]:
        painted = renderer.render_seeds(
            request,
            (request.seed, *command.more_seeds),
            check=job.check,
            on_progress=job.progress_of_all,
            on_preview=job.preview if command.wants_preview else None,
            explains=command.explains,
        )
        return tuple(self._refined(painted, command, job))

    def _foresee(self, command: ForeseeJob, job: Job) -> Foreseen:
        renderer, key = self._renderer, key_of(command.model, command.device, command.parts)
        if renderer is None or self._key is None or self._key[0] != key:
            return Foreseen(job.id, is_loaded=False)
        boxes = renderer.foresee(command.request, check=job.check)
        found = tuple(box_id for box_id, is_found in boxes if is_found)
        return Foreseen(job.id, found, tuple(box_id for box_id, is_found in boxes if not is_found))

    def _refined(self, results: Sequence[RenderResult], command: RenderJob, job: Job) -> Sequence[RenderResult]:
        """The pictures as the SDXL refiner leaves them, if it was asked for; it goes when it no longer is."""
        wanted = command.parts.refinement
        key = key_of(str(wanted.path), command.device) if wanted is not None else None
        if key != self._refiner_key:
            self._refiner, self._refiner_key = None, None
        if wanted is None:
            return results
        if self._refiner is None:
            job.progress("load", 0, 1, 0)
            allows_pickles = command.parts.allows_pickles
            self._refiner = Refiner(wanted.path, device=command.device, allows_pickles=allows_pickles)
            self._refiner_key = key
        refine, progress = self._refiner.refine, job.progress_of_all
        return [refine(result, wanted.strength, check=job.check, on_progress=progress) for result in results]

    def _load(self, command: WorkJob, job: Job) -> Renderer:
        parts = command.parts if isinstance(command, RenderJob | Load) else PainterParts()
        level = command.memory_level if isinstance(command, RenderJob) else 0
        key = key_of(command.model, command.device, parts), level
        if self._renderer is not None and self._key == key:
            return self._renderer
        if self._renderer is not None:
            # Two models at once may not fit.
            self._renderer.close()
            self._renderer = None
        job.progress("load", 0, 1, 0)
        self._renderer = Renderer(Path(command.model), device=command.device, parts=parts, memory_level=level)
        self._key = key
        if not isinstance(command, Load):
            job.send(_loaded(job, self._renderer))
        return self._renderer


def _loaded(job: Job, renderer: Renderer) -> Loaded:
    return Loaded(
        job.id,
        renderer.name,
        renderer.sha256,
        renderer.summary,
        renderer.native_size,
        renderer.can,
        device=renderer.device,
        precision=renderer.precision,
        reason=renderer.reason,
    )
