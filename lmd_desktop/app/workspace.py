"""Puts the parts of one window together: session, document, settings, models, workers and their jobs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from lmd_desktop.app.document import Document
from lmd_desktop.app.foresight import Foresight
from lmd_desktop.app.job_queue import JobQueue
from lmd_desktop.app.jobs import Job, JobKind, JobList
from lmd_desktop.app.journal import JournalKeeper
from lmd_desktop.app.judging_job import JudgingJobs
from lmd_desktop.app.memory_watch import MemoryWatch
from lmd_desktop.app.models import Models
from lmd_desktop.app.painting_parts import PartsSettings
from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.planner_templates import read_template
from lmd_desktop.app.planning_job import PlanningJobs
from lmd_desktop.app.rendering_job import RenderingJobs, settings_of
from lmd_desktop.app.session import Session
from lmd_desktop.app.settings import AppSettings
from lmd_desktop.app.thumbnails import Thumbnails
from lmd_desktop.app.worker_bridge import ClientMaker, WorkerBridge
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.domain.scene import edit_layout, go_to
from lmd_desktop.storage.paths import data_folder, logs_folder
from lmd_desktop.storage.settings_file import settings_path

if TYPE_CHECKING:
    from lmd_desktop.app.recovery import UnsavedWork
    from lmd_desktop.storage.picture_store import PictureStore
    from lmd_desktop.storage.recovery import LeftoverScene
    from lmd_desktop.workers.client import WorkerClient
    from lmd_desktop.workers.messages import Event, WorkerKind

log = logging.getLogger(__name__)
EDIT_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Folders:
    """Where this window keeps its own files; ``autosave`` is where older versions kept what was not saved."""

    settings: Path
    pictures: Path
    autosave: Path
    logs: Path

    @property
    def recovery(self) -> Path:
        """Journals of the open windows, and of those that crashed."""
        return self.autosave.parent / "recovery"

    @property
    def locks(self) -> Path:
        """Which scene files are open."""
        return self.autosave.parent / "locks"


def default_folders() -> Folders:
    """As ``storage.paths`` says; LMD_HOME moves them all."""
    data = data_folder()
    return Folders(settings_path(), data / "pictures", data / "autosave", logs_folder())


@dataclass(frozen=True, slots=True)
class Clients:
    """How the two workers are made; tests put small children here."""

    planner: ClientMaker
    renderer: ClientMaker


def real_clients(logs: Path) -> Clients:
    """The two worker processes."""

    def make(kind: WorkerKind, on_event: Callable[[Event], None]) -> WorkerClient:
        from lmd_desktop.workers.client import WorkerClient

        return WorkerClient(kind, on_event, log_folder=logs)

    return Clients(
        planner=lambda on_event: make("planner", on_event), renderer=lambda on_event: make("renderer", on_event)
    )


class Workspace(QObject):
    """Everything behind one window. ``problem_occurred`` carries a UserError, ``worker_died`` a readable sentence."""

    problem_occurred = Signal(object)
    worker_died = Signal(str)

    def __init__(
        self,
        folders: Folders,
        make_clients: Callable[[Path], Clients] = real_clients,
        *,
        free_ram: Callable[[], int] | None = None,
    ) -> None:
        """``free_ram`` measures how many bytes the workers may still take (tests); None asks the system."""
        super().__init__()
        self.folders = folders
        self.settings = AppSettings(folders.settings, self)
        self.session = Session(parent=self)
        self.pictures = Pictures(
            self._open_store,
            on_problem=self.problem_occurred.emit,
            exports_bare=lambda: self.settings.value.exports_bare_pictures,
        )
        self.document = Document(self.session, self.pictures, settings=self.settings, locks=folders.locks, parent=self)
        self.models = Models(self.settings, self)
        self.jobs = JobList(self)
        clients = make_clients(folders.logs)
        self._planner = WorkerBridge(clients.planner, self)
        self._renderer = WorkerBridge(clients.renderer, self)
        self.memory = MemoryWatch(self._planner, self._renderer, self)
        self.queue = JobQueue(self.jobs, planner=self._planner, renderer=self._renderer, free_ram=free_ram, parent=self)
        self.planning = PlanningJobs(
            self.session,
            self.jobs,
            queue=self.queue,
            model=self.models.planner,
            device=self.models.device,
            template=lambda: read_template(self.settings.value.planner_template),
            forces_counts=lambda: self.settings.value.counts_are_forced,
            parent=self,
        )
        self.parts = PartsSettings(folders.settings.parent, self)
        self.rendering = RenderingJobs(
            self.session,
            self.jobs,
            queue=self.queue,
            pictures=self.pictures,
            parts=self.parts.painter,
            model=self.models.painter,
            device=self.models.device,
            parent=self,
        )
        self.judging = JudgingJobs(
            self.session,
            self.jobs,
            queue=self.queue,
            pictures=self.pictures,
            judge=self.parts.judge,
            device=self.models.device,
            parent=self,
        )
        self.foresight = Foresight(self.session, self.rendering, self.queue, self)
        self.thumbnails = Thumbnails(self.pictures, self)
        self.journal = JournalKeeper(self.session, self.document, folder=folders.recovery, parent=self)
        self._connect()

    def start_workers(self) -> None:
        """Bring both processes up; the planner loads its model at once, so that the first answer comes fast."""
        self.queue.start("planner")
        self.rendering.start()
        try:
            self.planning.load()
        except UserError as error:
            self.problem_occurred.emit(error)

    def close(self) -> None:
        """End both processes; nobody is told anything any more. What is unsaved was asked about before."""
        # An undo stack empties itself while it is destroyed, and would tell listeners that are gone already.
        self.session.undo_stack.blockSignals(True)
        self._planner.close()
        self._renderer.close()
        self.thumbnails.close()
        self.journal.close()
        self.document.close()

    def try_again(self, job: Job) -> None:
        """Ask once more for what failed."""
        match job.kind:
            case JobKind.PLAN:
                self.planning.try_again(job.id)
            case JobKind.RENDER:
                self.rendering.try_again(job.id)
            case JobKind.JUDGE:
                self.judging.try_again(job.id)
            case JobKind.LOAD:
                self.jobs.remove(job.id)
                (self.planning if job.worker == "planner" else self.rendering).load()

    def show_picture(self, record: RenderRecord) -> None:
        """Back to the turn, layout, seed and method of a picture."""
        self.show_layout_of(record)
        self.session.set_render_settings(settings_of(record, self.session.render_settings))

    def show_layout_of(self, record: RenderRecord) -> None:
        """Back to the turn of a picture; its layout comes as an edit if that turn is gone."""
        scene = self.session.scene
        if record.turn is None or any(turn.id == record.turn for turn in scene.dialog.turns):
            scene = go_to(scene, record.turn)
        if scene.layout != record.request.layout:
            scene = edit_layout(scene, record.request.layout, coalesce=False)
        self.session.commit(self.tr("Go back to a picture"), scene, merge="go to")

    def leftovers(self) -> tuple[LeftoverScene, ...]:
        """What crashed windows left unsaved, newest first."""
        if not (self.folders.recovery.is_dir() or self.folders.autosave.is_dir()):
            return ()
        from lmd_desktop.storage.recovery import find_leftovers

        return find_leftovers(self.folders.recovery, self.folders.autosave)

    def unsaved_work(self, leftover: LeftoverScene) -> UnsavedWork:
        """What can be seen of it, and how it differs from the saved file."""
        from lmd_desktop.app.recovery import look_at

        return look_at(leftover, self.pictures.store())

    def recover(self, leftover: LeftoverScene) -> None:
        """Continue unsaved work as a copy; its old journal goes only once the new one is on disk."""
        self.document.recover(leftover)
        if self.journal.flush():
            leftover.discard()

    def _connect(self) -> None:
        self.document.opened.connect(self._forget_jobs)
        self.document.opened.connect(self.thumbnails.forget)
        self.models.planner_changed.connect(self.planning.load)
        self.models.painter_changed.connect(self.rendering.load)
        self.journal.failed.connect(self.problem_occurred)
        self.queue.told.connect(self.worker_died)
        # After a rest the next hand edit is a turn of its own.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(round(EDIT_PAUSE_S * 1000))
        self._pause.timeout.connect(self.session.finish_edit_turn)
        self.session.scene_changed.connect(self._pause.start)

    def _forget_jobs(self) -> None:
        self.planning.forget()
        self.rendering.forget()

    def _open_store(self) -> PictureStore:
        from lmd_desktop.storage.picture_store import PictureStore

        return PictureStore(self.folders.pictures)
