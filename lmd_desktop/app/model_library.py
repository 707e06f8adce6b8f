"""The models that the person has: the starters, their own, those of other programs; used, verified, removed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFile, QObject, Signal

from lmd_desktop.app.background import Background
from lmd_desktop.app.models import Models
from lmd_desktop.app.settings import AppSettings
from lmd_desktop.domain.downloads import DownloadEvent, DownloadProgress, HostContacted
from lmd_desktop.domain.errors import UserError

if TYPE_CHECKING:
    from lmd_desktop.catalog.bundle import BundledModel as BundledModel
    from lmd_desktop.catalog.bundle_reading import Bundle as Bundle
    from lmd_desktop.catalog.digests import Verified as Verified
    from lmd_desktop.catalog.installed import InstalledModel as InstalledModel
    from lmd_desktop.catalog.known_models import KnownModel as KnownModel
    from lmd_desktop.workers.hardware import Hardware as Hardware


class ModelLibrary(QObject):
    """``searched`` carries how many new models were found, ``verified`` (path, Verified), ``read`` (path, bytes).

    ``host_contacted`` tells a host before anything is sent to it, ``fetched_so_far`` bytes of a download and of all.
    ``bundle_found`` carries a Bundle that the person should agree to, ``bundled_so_far`` bytes and all of them, and
    ``bundle_done`` ends reading or writing one.
    """

    changed = Signal()
    added = Signal(object)
    searched = Signal(int)
    verified = Signal(object, object)
    read = Signal(object, object)
    host_contacted = Signal(str)
    fetched_so_far = Signal(object, object)
    bundle_found = Signal(object)
    bundled_so_far = Signal(object, object)
    bundle_done = Signal()
    hardware_known = Signal(object)
    problem_occurred = Signal(object)

    def __init__(self, settings: AppSettings, models: Models, folder: Path, parent: QObject | None = None) -> None:
        """``folder`` is where the app keeps its files: of its disk the free space is told."""
        super().__init__(parent)
        self._settings = settings
        self._models = models
        self._folder = folder
        self._known: dict[tuple[Path, float], InstalledModel] = {}
        self._hardware: Hardware | None = None
        self._running: dict[str, Background] = {}
        settings.changed.connect(self.changed)

    @property
    def hardware(self) -> Hardware | None:
        """None until it was asked for and the driver has answered."""
        return self._hardware

    @property
    def busy(self) -> frozenset[str]:
        """What is going on: "search", "verify", "download", "hardware", "bundle"."""
        return frozenset(self._running)

    def all(self) -> tuple[InstalledModel, ...]:
        """The starters, then the person's own in the order in which they came."""
        from lmd_desktop.catalog.installed import starter_models

        used = [path for path in (self._models.own_planner, self._models.own_painter) if path is not None]
        own = dict.fromkeys((*self._settings.value.models, *used))
        return (*starter_models(), *(self._look(path) for path in own))

    def is_used(self, model: InstalledModel) -> bool:
        own = self._models.own_planner if model.kind == "planner" else self._models.own_painter
        return own is None if model.is_starter else own == model.path

    def add(self, path: Path) -> None:
        """Take a model into the list; a folder that is none itself is searched. UserError says what is wrong.

        Of a bundle it is only told what is in it: it takes room, and has licences to agree to.
        """
        from lmd_desktop.catalog.bundle import SUFFIX
        from lmd_desktop.catalog.installed import inspect_model

        path = path.absolute()
        if path.suffix.lower() == SUFFIX:
            from lmd_desktop.catalog.bundle_reading import read_bundle

            self.bundle_found.emit(read_bundle(path))
            return
        if path.is_dir() and not (path / "model_index.json").is_file():
            self._search([path])
            return
        model = inspect_model(path)
        self._settings.remember_model(path)
        self.added.emit(model)

    def use(self, model: InstalledModel) -> None:
        """Plan or paint with it from now on; raises UserError if it cannot be used."""
        if model.is_starter:
            self._models.use_starter(model.kind)
        elif model.kind == "planner":
            self._models.choose_planner(model.path)
        else:
            self._models.choose_painter(model.path)

    def remove(self, model: InstalledModel) -> None:
        """Take it out of the list; its files stay. In its place the starter model is used."""
        if self.is_used(model):
            self._models.use_starter(model.kind)
        self._settings.forget_model(model.path)

    def move_to_bin(self, model: InstalledModel) -> None:
        """Also its files: they can be taken back from the bin. Raises UserError if there is none, or no permission."""
        if model.is_starter:
            raise UserError("The starter models belong to the program.", "Remove the program to remove them.")
        if model.path.exists() and not QFile.moveToTrash(str(model.path)):
            raise UserError(f"“{model.path}” could not be moved to the bin.", "Delete it in the file manager.")
        self.remove(model)

    def search(self) -> None:
        """Look for models of other programs; those that are found join the list."""
        from lmd_desktop.catalog.model_search import model_folders

        self._search([folder for _, folder in model_folders(Path.home(), os.environ)])

    def verify(self, model: InstalledModel) -> None:
        """Read it from end to end and compare its hash."""
        from lmd_desktop.catalog.digests import verify
        from lmd_desktop.storage.paths import cache_folder

        def read_all(job: Background) -> object:
            def on_bytes(count: int) -> None:
                job.check()
                job.tell(count)

            return verify(model.path, cache_folder(), progress=on_bytes)

        job = self._start("verify", read_all)
        if job is not None:
            job.progressed.connect(lambda count: self.read.emit(model.path, count))
            job.finished.connect(lambda result: self.verified.emit(model.path, result))
            job.start()

    @property
    def is_offline(self) -> bool:
        """Whether a download has to be allowed by itself before it goes online."""
        return self._settings.value.is_offline

    def host_of(self, model: KnownModel) -> str:
        """Where a download of it would go."""
        from lmd_desktop.catalog.fetched import request_for
        from lmd_desktop.catalog.hub import host_of

        return host_of(request_for(model, self._folder.parent).endpoint)

    def download(self, model: KnownModel) -> None:
        """Go online for this model, in a process that ends with it; then it joins the list. The person has said yes."""
        from lmd_desktop.catalog.fetched import fetched_path, request_for
        from lmd_desktop.workers.downloader import download

        data = self._folder.parent
        request = request_for(model, data)
        job = self._start("download", lambda job: download(request, on_event=job.tell, check=job.check))
        if job is not None:
            job.progressed.connect(self._take_download_event)
            job.finished.connect(lambda _plan: self._add_fetched(fetched_path(model, data)))
            job.start()

    @property
    def bundles_folder(self) -> Path:
        """Where the models of a bundle are put, as those that are downloaded."""
        from lmd_desktop.catalog.fetched import own_models

        return own_models(self._folder.parent)

    def import_bundle(self, bundle: Bundle) -> None:
        """Unpack its models and take them into the list; ``bundle_done`` follows, or ``problem_occurred``."""
        from lmd_desktop.catalog.bundle_reading import unpack_bundle

        job = self._start("bundle", lambda job: unpack_bundle(bundle, self.bundles_folder, progress=_telling(job)))
        if job is not None:
            job.finished.connect(self._add_bundled)
            self._start_bundle(job)

    def export_bundle(self, models: tuple[InstalledModel, ...], target: Path) -> None:
        """Put models into one file; ``bundle_done`` follows, or ``problem_occurred``."""
        from lmd_desktop.catalog.bundle import write_bundle

        job = self._start("bundle", lambda job: write_bundle(models, target, progress=_telling(job)))
        if job is not None:
            job.finished.connect(lambda _nothing: self.bundle_done.emit())
            self._start_bundle(job)

    def _start_bundle(self, job: Background) -> None:
        job.progressed.connect(lambda counts: self.bundled_so_far.emit(*counts))
        job.start()

    def _add_bundled(self, paths: tuple[Path, ...]) -> None:
        for path in paths:
            try:
                self.add(path)
            except UserError as error:
                self.problem_occurred.emit(error)
        self.bundle_done.emit()

    def ask_hardware(self) -> None:
        """``hardware_known`` follows, at once if it is known."""
        from lmd_desktop.workers.hardware import look_at_hardware

        if self._hardware is not None:
            self.hardware_known.emit(self._hardware)
            return
        job = self._start("hardware", lambda _job: look_at_hardware(self._folder))
        if job is not None:
            job.finished.connect(self._take_hardware)
            job.start()

    def cancel(self, *names: str) -> None:
        """End what is going on under these names; by default searching, verifying and looking."""
        for name in names or self.busy - {"download", "bundle"}:
            job = self._running.pop(name, None)
            if job is not None:
                job.cancel()
        self.changed.emit()

    def _search(self, folders: list[Path]) -> None:
        from lmd_desktop.catalog.model_search import find_models

        def look(job: Background) -> object:
            return [model for folder in folders for model in find_models(folder, check=job.check)]

        job = self._start("search", look)
        if job is not None:
            job.finished.connect(self._take_found)
            job.start()

    def _start(self, name: str, work: Callable[[Background], object]) -> Background | None:
        """None: such work is going on already."""
        if name in self._running:
            return None
        job = Background(work, self)
        self._running[name] = job
        job.finished.connect(lambda _result: self._end(name, job))
        job.failed.connect(lambda error: self._end(name, job, error))
        self.changed.emit()
        return job

    def _end(self, name: str, job: Background, error: BaseException | None = None) -> None:
        if self._running.get(name) is job:
            del self._running[name]
        if error is not None:
            told = UserError(f"That did not work: {error}", "Check the file and its permissions.")
            self.problem_occurred.emit(error if isinstance(error, UserError) else told)
        self.changed.emit()

    def _take_found(self, found: list[InstalledModel]) -> None:
        before = self._settings.value.models
        for model in found:
            self._settings.remember_model(model.path.absolute())
        self.searched.emit(len(self._settings.value.models) - len(before))

    def _take_download_event(self, event: DownloadEvent) -> None:
        match event:
            case HostContacted(host):
                self.host_contacted.emit(host)
            case DownloadProgress(_, done, total):
                self.fetched_so_far.emit(done, total)
            case _:
                pass

    def _add_fetched(self, path: Path | None) -> None:
        if path is None:
            self.problem_occurred.emit(UserError("The download is not whole.", "Download it again."))
            return
        try:
            self.add(path)
        except UserError as error:
            self.problem_occurred.emit(error)

    def _take_hardware(self, hardware: Hardware) -> None:
        self._hardware = hardware
        self.hardware_known.emit(hardware)

    def _look(self, path: Path) -> InstalledModel:
        from lmd_desktop.catalog.installed import look_at

        key = (path, path.stat().st_mtime if path.exists() else 0.0)
        if key not in self._known:
            self._known[key] = look_at(path)
        return self._known[key]


def _telling(job: Background) -> Callable[[int, int], None]:
    """Progress of work on bytes: checked and told at each block."""

    def tell(done: int, total: int) -> None:
        job.check()
        job.tell((done, total))

    return tell
