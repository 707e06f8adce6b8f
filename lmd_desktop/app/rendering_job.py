"""Stage 2 as jobs: the layout and the settings become a request, its finished picture is kept before it is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage

from lmd_desktop.app.attention import AttentionMemory
from lmd_desktop.app.jobs import Job, JobKind, new_job_id
from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.worker_jobs import WorkerJobs
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.requests import (
    MAX_SEED,
    MethodSpec,
    RenderRecord,
    RenderRequest,
    RenderResult,
    RenderSettings,
    record_of,
    request_for,
)
from lmd_desktop.domain.scene import Scene

if TYPE_CHECKING:
    from lmd_desktop.domain.painter import PainterParts
    from lmd_desktop.workers.messages import Event, ForeseeJob, Loaded, Preview, Ready, RenderJob

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted beyond one picture by the render settings, as one job.

    ``count`` pictures with seeds counted on; each with every one of the ``methods`` (none: that of the settings), which
    take their default parameters. ``seed`` wins over that of the settings. ``explains`` adds sheets of attention.
    ``before`` is the sha256 of the picture that this one shall be better than, empty if there is none.
    """

    count: int = 1
    methods: tuple[str, ...] = ()
    seed: int | None = None
    explains: bool = False
    before: str = ""


ONE_PICTURE = Order()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The scene and turn that pictures belong to, whatever is on the canvas once they are finished.

    ``finished`` are requests whose pictures came: a job that is tried again paints them once more.
    """

    scene: Scene
    turn: str | None
    command: RenderJob
    before: str
    finished: set[RenderRequest] = field(default_factory=set[RenderRequest])


class RenderingJobs(WorkerJobs):
    """Sends layouts to the renderer in order, and adds the finished pictures to the session.

    ``picture_finished`` carries the record, and the ``before`` of its order. ``preview_changed`` carries a QImage of
    the unfinished picture, or None once it is over. While ``explains`` is set, pictures are painted with a record of
    where the painter looks; ``attention`` remembers it. ``noted`` carries what the person should know about finished
    pictures.
    """

    preview_changed = Signal(object)
    methods_changed = Signal()
    picture_finished = Signal(object, str)
    noted = Signal(str)
    problem_occurred = Signal(object)

    worker = "renderer"

    def __init__(
        self, *args: Any, pictures: Pictures, parts: Callable[[], PainterParts] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._parts = parts or _no_parts
        self._can: tuple[str, ...] | None = None
        self._pictures = pictures
        self.explains = False
        self.attention = AttentionMemory()
        self._asked: dict[str, _Asked] = {}  # also of failed ones, which can be tried again
        self._methods: tuple[MethodSpec, ...] = ()
        self._devices: tuple[str, ...] = ()
        self.load_failed.connect(self.problem_occurred)
        self.model_loaded.connect(self._remember_abilities)
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
    def can(self) -> tuple[str, ...] | None:
        """What the painter offers that was loaded last, in the words of ``MethodSpec.needs``; None before that."""
        return self._can

    @property
    def is_rendering(self) -> bool:
        return bool(self._jobs.active(JobKind.RENDER))

    def start(self) -> None:
        """Bring the process up, so that its methods are known before the first picture is asked for."""
        self._queue.start(self.worker)

    def load(self) -> None:
        from lmd_desktop.workers.messages import Load

        model = self._model()
        title = self.tr("Load {0}").format(model.stem)
        job = Job(new_job_id(), JobKind.LOAD, self.worker, title, cost=f"load {model}")
        self._queue.submit(job, Load(job.id, str(model), self._device(), parts=self._parts()))

    def render(self, order: Order = ONE_PICTURE) -> str:
        """Ask for pictures of what the canvas shows; returns the id of the job."""
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
        first, *others = self._requests(order)
        # The picture belongs to the canvas as it is now: the next hand edit is another turn.
        command = RenderJob(
            new_job_id(),
            str(self._model()),
            first,
            self._device(),
            parts=self._parts(),
            more_seeds=tuple((first.seed + index) % (MAX_SEED + 1) for index in range(1, order.count)),
            explains=order.explains or self.explains,
            more_requests=tuple(others),
        )
        self._submit(_Asked(scene, scene.dialog.head, command, order.before))
        self._session.finish_edit_turn()
        return command.job_id

    def question(self, seed: int) -> ForeseeJob:
        """Which boxes of the canvas as it is are painted already, for a picture with this seed (``JobQueue.ask``)."""
        from lmd_desktop.workers.messages import ForeseeJob

        request = request_for(self._session.layout, self._session.render_settings, seed)
        return ForeseeJob(new_job_id(), str(self._model()), request, self._device(), self._parts())

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
        count = (1 + len(command.more_seeds)) * (1 + len(command.more_requests))
        title = self.tr("Picture: {0}, {1} steps, seed {2}").format(method, request.num_inference_steps, request.seed)
        if count > 1:
            title = self.tr("{0} × {1}").format(count, title)
        shape = (request.method, request.num_inference_steps, request.size or request.layout.canvas, count)
        cost = f"render {command.model} {shape} {len(request.layout.enabled_boxes)} boxes"
        self._asked[command.job_id] = asked
        log.info("asked for %d of %s, %d steps", count, *shape[:2], extra={"run": command.job_id})
        self._queue.submit(Job(command.job_id, JobKind.RENDER, self.worker, title, cost), command)

    def _requests(self, order: Order) -> tuple[RenderRequest, ...]:
        settings = self._session.render_settings
        known = order.seed if order.seed is not None else settings.seed
        seed = known if known is not None else self._seed()
        each = (
            settings if method == settings.method else replace(settings, method=method, parameters=())
            for method in order.methods or (settings.method,)
        )
        return tuple(request_for(self._session.layout, one, seed) for one in each)

    def _remember_abilities(self, loaded: Loaded) -> None:
        self._can = loaded.can

    def _on_ready(self, worker: str, ready: Ready) -> None:
        if worker == self.worker:
            self._methods, self._devices = ready.methods, ready.devices
            self.methods_changed.emit()

    def _take(self, job: Job, event: Event) -> None:
        from lmd_desktop.workers.messages import Failed, JobCancelled, PartRendered, Preview, Rendered, Retried

        asked = self._asked.get(job.id)
        if asked is None:
            return
        match event:
            case Preview():
                self.preview_changed.emit(image_of(event))
            case Retried():
                self.preview_changed.emit(None)
            case PartRendered():
                self._finish(event.results, asked)
            case Rendered():
                del self._asked[job.id]
                self._finish((event.result, *event.more), asked)
            case JobCancelled():
                del self._asked[job.id]
                self.preview_changed.emit(None)
            case Failed():
                log.warning("rendering failed, exit code %d", event.exit_code, extra={"run": job.id})
                log.debug("%s", event.cause)
                self.preview_changed.emit(None)
                self.problem_occurred.emit(event)
            case _:
                pass

    def _finish(self, results: tuple[RenderResult, ...], asked: _Asked) -> None:
        fresh = [result for result in results if result.request not in asked.finished]
        self.preview_changed.emit(None)
        for result in fresh:
            asked.finished.add(result.request)
            record = self._pictures.keep(result, record_of(result, asked.turn), scene=asked.scene)
            self.attention.keep(record.sha256, result.attention)
            spent = sum(seconds for _, seconds in record.seconds)
            log.info("painted %s in %.1f s", record.sha256[:12], spent, extra={"run": asked.command.job_id})
            if all(known.sha256 != record.sha256 for known in self._session.renders):
                self._session.add_render(record)
            self.picture_finished.emit(record, asked.before)
        notes = dict.fromkeys(note for result in results for note in result.notes)
        if notes:
            self.noted.emit(" ".join(notes))


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


def _no_parts() -> PainterParts:
    from lmd_desktop.domain.painter import PainterParts

    return PainterParts()
