"""What the renderer process does: load a painter, keep it between jobs, and render with live previews."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import RenderResult
from lmd_desktop.rendering.devices import available_devices
from lmd_desktop.rendering.methods import method_specs
from lmd_desktop.rendering.refiner import Refiner
from lmd_desktop.rendering.renderer import Renderer
from lmd_desktop.workers.child import Job, WorkJob
from lmd_desktop.workers.device_memory import device_memory
from lmd_desktop.workers.loaded_model import ModelKey, key_of
from lmd_desktop.workers.messages import Event, Load, Loaded, Ready, Rendered, RenderJob


class RendererWork:
    def __init__(self) -> None:
        self._renderer: Renderer | None = None
        self._key: tuple[ModelKey, int] | None = None
        self._refiner: Refiner | None = None
        self._refiner_key: ModelKey | None = None

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
        renderer = self._load(command, job)
        match command:
            case RenderJob():
                painted = renderer.render_seeds(
                    command.request,
                    (command.request.seed, *command.more_seeds),
                    check=job.check,
                    on_progress=job.progress_of_all,
                    on_preview=job.preview if command.wants_preview else None,
                    explains=command.explains,
                )
                first, *more = self._refined(painted, command, job)
                return Rendered(job.id, first, tuple(more))
            case Load():
                return _loaded(job, renderer)
            case _:
                raise TypeError(f"the renderer cannot do {type(command).__name__}")

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
