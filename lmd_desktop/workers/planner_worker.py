"""What the planner process does: load a GGUF the way that fits this machine, keep it between jobs, and plan."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from lmd_desktop.planning.fit import Fit, Machine, fit
from lmd_desktop.planning.planner import Planner
from lmd_desktop.planning.processor import may_have_amx, physical_cores
from lmd_desktop.planning.state_file import StateFolder
from lmd_desktop.workers.child import Job
from lmd_desktop.workers.loaded_model import ModelKey, key_of
from lmd_desktop.workers.memory import free_ram
from lmd_desktop.workers.messages import BoxPlanned, Event, Load, Loaded, Loading, PlanJob, Planned, Ready, WorkJob

STATES = "planner-states"


class PlannerWork:
    def __init__(self) -> None:
        self._planner: Planner | None = None
        self._key: tuple[ModelKey, int] | None = None

    def ready(self) -> Ready:
        # Loads llama.cpp now, so that the first job does not wait for it.
        engine = import_module("lmd_desktop.planning.llama")
        devices = ("gpu", "cpu") if engine.free_device_memory() is not None else ("cpu",)
        return Ready(versions=(("llama-cpp-python", version("llama-cpp-python")),), devices=devices)

    def run(self, command: WorkJob, job: Job) -> Event:
        match command:
            case PlanJob():
                result = self._load(command, job).plan(
                    command.request,
                    check=job.check,
                    on_box=lambda box: job.send(BoxPlanned(job.id, box)),
                    on_progress=job.progress,
                )
                return Planned(job.id, result)
            case Load():
                return _loaded(job, self._load(command, job))
            case _:
                raise TypeError(f"the planner cannot do {type(command).__name__}")

    def _load(self, command: PlanJob | Load, job: Job) -> Planner:
        level = command.safety_level if isinstance(command, PlanJob) else 0
        key = key_of(command.model, command.device), level
        if self._planner is not None and self._key == key:
            return self._planner
        if self._planner is not None:
            # Two models at once may not fit.
            self._planner.close()
            self._planner = None
        job.progress("load", 0, 100, 0)
        path = Path(command.model)
        chosen = planner_fit(path, device=command.device, level=level)
        job.send(Loading(job.id, chosen.sentence, chosen.ram, chosen.device, chosen.fits))
        cache = Path(command.cache_folder) if command.cache_folder else None
        self._planner = Planner(
            path,
            chosen.settings,
            sha256=_sha256(path, cache),
            states=StateFolder(cache / STATES) if cache is not None else None,
            check=job.check,
            on_load=lambda share: job.progress("load", round(100 * share), 100, 0),
        )
        self._key = key
        if not isinstance(command, Load):
            job.send(_loaded(job, self._planner))
        return self._planner


def planner_fit(path: Path, *, device: str = "auto", level: int = 0) -> Fit:
    """How a GGUF file is run on this machine as it is now; raises UserError if it cannot be a planner."""
    from lmd_desktop.catalog import inspect_gguf

    engine = import_module("lmd_desktop.planning.llama")
    free_on_device = engine.free_device_memory() if device != "cpu" else None
    machine = Machine(free_ram(), free_on_device, physical_cores(), may_have_amx())
    return fit(inspect_gguf(path).shape, machine, level=level)


def _sha256(path: Path, cache: Path | None) -> str:
    from lmd_desktop.catalog import file_sha256

    return file_sha256(path, cache)


def _loaded(job: Job, planner: Planner) -> Loaded:
    return Loaded(job.id, planner.name, planner.sha256, planner.summary)
