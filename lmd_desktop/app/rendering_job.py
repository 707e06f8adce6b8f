"""Stage 2 as jobs: the layout and the settings become a request, its finished picture is kept before it is shown."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage

from lmd_desktop.app.attention import AttentionMemory
from lmd_desktop.app.jobs import Job, JobKind, new_job_id
from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.worker_jobs import WorkerJobs
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import MethodSpec, RenderRecord, RenderResult, RenderSettings, record_of, request_for
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, Preview, Ready, RenderJob

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The scene and turn that a picture belongs to, whatever is on the canvas once it is finished."""

    scene: Scene
    turn: str | None
    command: RenderJob


class RenderingJobs(WorkerJobs):
    """Sends layouts to the renderer in order, and adds the finished pictures to the session.

    ``preview_changed`` carries a QImage of the unfinished picture, or None once it is over. While ``explains`` is set,
    pictures are painted with a record of where the painter looks; ``attention`` remembers it.
    """

    preview_changed = Signal(object)
    methods_changed = Signal()
    picture_finished = Signal(object)
    problem_occurred = Signal(object)

    worker = "renderer"

    def __init__(self, *args: Any, pictures: Pictures, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pictures = pictures
        self.explains = False
        self.attention = AttentionMemory()
        self._asked: dict[str, _Asked] = {}  # also of failed ones, which can be tried again
        self._methods: tuple[MethodSpec, ...] = ()
        self._devices: tuple[str, ...] = ()
        self.load_failed.connect(self.problem_occurred)
        self._queue.process_ready.connect(self._on_ready)
        self._jobs.job_removed.connect(lambda job_id: self._asked.pop(job_id, None))

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
        self._queue.start(self.worker)

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
        request = request_for(layout, settings, seed)
        # The picture belongs to the canvas as it is now: the next hand edit is another turn.
        command = RenderJob(new_job_id(), str(self._model()), request, self._device(), explains=self.explains)
        self._submit(_Asked(scene, scene.dialog.head, command))
        self._session.finish_edit_turn()
        return command.job_id

    def try_again(self, job_id: str) -> None:
        """Ask for a picture that failed once more, as it was asked for."""
        asked = self._asked[job_id]
        self._jobs.remove(job_id)
        self._submit(replace(asked, command=replace(asked.command, job_id=new_job_id())))

    def stop(self) -> None:
        """Stop the running picture and take back those that wait."""
        for job in reversed(self._jobs.active(JobKind.RENDER)):
            self._queue.stop(job.id)

    def forget(self) -> None:
        """Another scene was opened: what was asked for the old one must not turn up in the new one."""
        self.stop()
        for job in self._jobs.failed():
            if job.id in self._asked:
                self._jobs.remove(job.id)
        self._asked.clear()
        self.preview_changed.emit(None)

    def _submit(self, asked: _Asked) -> None:
        command, request = asked.command, asked.command.request
        method = next((spec.title for spec in self._methods if spec.name == request.method), request.method)
        title = self.tr("Picture: {0}, {1} steps, seed {2}").format(method, request.num_inference_steps, request.seed)
        shape = (request.method, request.num_inference_steps, request.size or request.layout.canvas)
        cost = f"render {command.model} {shape} {len(request.layout.enabled_boxes)} boxes"
        self._asked[command.job_id] = asked
        self._queue.submit(Job(command.job_id, JobKind.RENDER, self.worker, title, cost), command)

    def _on_ready(self, worker: str, ready: Ready) -> None:
        if worker == self.worker:
            self._methods, self._devices = ready.methods, ready.devices
            self.methods_changed.emit()

    def _take(self, job: Job, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, JobCancelled, Preview, Rendered, Retried

        asked = self._asked.get(job.id)
        if asked is None:
            return
        match event:
            case Preview():
                self.preview_changed.emit(image_of(event))
            case Retried():
                self.preview_changed.emit(None)
            case Rendered():
                del self._asked[job.id]
                self._finish(event.result, asked)
            case JobCancelled():
                del self._asked[job.id]
                self.preview_changed.emit(None)
            case Failed():
                log.warning("rendering failed: %s", event.cause)
                self.preview_changed.emit(None)
                self.problem_occurred.emit(event)
            case _:
                pass

    def _finish(self, result: RenderResult, asked: _Asked) -> None:
        record = self._pictures.keep(result, record_of(result, asked.turn), scene=asked.scene)
        self.attention.keep(record.sha256, result.attention)
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
