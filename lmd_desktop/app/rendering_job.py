"""Stage 2 as jobs: the layout and the settings become a request, its finished picture is kept before it is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from lmd_desktop.app.jobs import Job, JobKind, JobList, new_job_id
from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.planning_job import draw_seed
from lmd_desktop.app.session import Session
from lmd_desktop.app.worker_bridge import WorkerBridge
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import MethodSpec, RenderRecord, RenderResult, RenderSettings, record_of, request_for
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, Preview

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The scene and turn that a picture belongs to, whatever is on the canvas once it is finished."""

    scene: Scene
    turn: str | None


class RenderingJobs(QObject):
    """Sends layouts to the renderer in order, and adds the finished pictures to the session.

    ``preview_changed`` carries a QImage of the unfinished picture, or None once it is over.
    """

    preview_changed = Signal(object)
    methods_changed = Signal()
    model_loaded = Signal(object)
    picture_finished = Signal(object)
    problem_occurred = Signal(object)

    def __init__(
        self,
        session: Session,
        jobs: JobList,
        *,
        bridge: WorkerBridge,
        pictures: Pictures,
        model: Callable[[], Path],
        device: Callable[[], str],
        seed: Callable[[], int] = draw_seed,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._bridge = bridge
        self._pictures = pictures
        self._model = model
        self._device = device
        self._seed = seed
        self._asked: dict[str, _Asked] = {}
        self._methods: tuple[MethodSpec, ...] = ()
        self._devices: tuple[str, ...] = ()
        bridge.event_arrived.connect(self._on_event)

    @property
    def methods(self) -> tuple[MethodSpec, ...]:
        """What the renderer announced; empty until its process is up."""
        return self._methods

    @property
    def devices(self) -> tuple[str, ...]:
        return self._devices

    @property
    def is_rendering(self) -> bool:
        return bool(self._jobs.active(JobKind.RENDER))

    def start(self) -> None:
        """Bring the process up, so that its methods are known before the first picture is asked for."""
        self._bridge.start()

    def load(self) -> None:
        """Load the model ahead of the next picture, for example after another one was chosen."""
        from lmd_desktop.workers.messages import Load

        job = Job(new_job_id(), JobKind.LOAD)
        self._jobs.add(job)
        self._bridge.submit(Load(job.id, str(self._model()), self._device()))

    def render(self) -> str:
        """Ask for a picture of what the canvas shows; returns the id of the job."""
        from lmd_desktop.workers.messages import RenderJob

        scene = self._session.scene
        layout = scene.layout
        settings = self._session.render_settings
        if not (layout.enabled_boxes or layout.background_prompt or settings.prompt):
            raise UserError(
                "There is nothing to paint yet.",
                "Ask for a picture in the dialog, draw a box, or write a background prompt.",
                exit_code=ExitCode.USAGE,
            )
        seed = settings.seed if settings.seed is not None else self._seed()
        job = Job(new_job_id(), JobKind.RENDER)
        self._asked[job.id] = _Asked(scene, scene.dialog.head)
        # The picture belongs to the canvas as it is now: the next hand edit is another turn.
        self._session.finish_edit_turn()
        self._jobs.add(job)
        self._bridge.submit(RenderJob(job.id, str(self._model()), request_for(layout, settings, seed), self._device()))
        return job.id

    def stop(self) -> None:
        """Stop the running picture and take back those that wait."""
        for job in reversed(self._jobs.active(JobKind.RENDER)):
            self._jobs.mark_stopping(job.id)
            self._bridge.cancel(job.id)

    def forget(self) -> None:
        """Another scene was opened: what was asked for the old one must not turn up in the new one."""
        self.stop()
        self._asked.clear()
        self.preview_changed.emit(None)

    def _on_event(self, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, JobEvent, Loaded, Ready

        if isinstance(event, Ready):
            self._methods, self._devices = event.methods, event.devices
            self.methods_changed.emit()
            return
        job = self._jobs.apply(event) if isinstance(event, JobEvent) else None
        if job is None:
            return
        if isinstance(event, Loaded):
            self.model_loaded.emit(event)
        if job.kind is JobKind.LOAD and isinstance(event, Failed):
            self.problem_occurred.emit(event)
        asked = self._asked.get(job.id)
        if asked is not None:
            self._take(event, job.id, asked=asked)

    def _take(self, event: Event, job_id: str, *, asked: _Asked) -> None:
        """What an event means for the picture that was asked for."""
        from lmd_desktop.workers.messages import Failed, JobCancelled, Preview, Rendered

        match event:
            case Preview():
                self.preview_changed.emit(image_of(event))
            case Rendered():
                del self._asked[job_id]
                self._finish(event.result, asked)
            case JobCancelled():
                del self._asked[job_id]
                self.preview_changed.emit(None)
            case Failed():
                del self._asked[job_id]
                log.warning("rendering failed: %s", event.cause)
                self.preview_changed.emit(None)
                self.problem_occurred.emit(event)
            case _:
                pass

    def _finish(self, result: RenderResult, asked: _Asked) -> None:
        record = self._pictures.keep(result, record_of(result, asked.turn), scene=asked.scene)
        if all(known.sha256 != record.sha256 for known in self._session.renders):
            self._session.add_render(record)
        self.preview_changed.emit(None)
        self.picture_finished.emit(record)


def image_of(preview: Preview) -> QImage:
    width, height = preview.size.width, preview.size.height
    # The bytes belong to the message: copy them before it goes.
    return QImage(preview.rgb, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def settings_of(record: RenderRecord, current: RenderSettings) -> RenderSettings:
    """The render panel as it was for this picture, so that the same picture can be made again."""
    request = record.request
    return replace(
        current,
        method=request.method,
        parameters=request.parameters,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        seed=request.seed,
        size=request.size,
        prompt=request.prompt,
        sampler=request.sampler,
    )
