"""What the planner process does: load a GGUF, keep it between jobs, and plan."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from lmd_desktop.planning.planner import Planner
from lmd_desktop.workers.child import Job
from lmd_desktop.workers.loaded_model import ModelKey, key_of
from lmd_desktop.workers.messages import BoxPlanned, Event, Load, Loaded, PlanJob, Planned, Ready, WorkJob


class PlannerWork:
    def __init__(self) -> None:
        self._planner: Planner | None = None
        self._key: ModelKey | None = None

    def ready(self) -> Ready:
        # Loads llama.cpp now, so that the first job does not wait for it.
        engine = import_module("lmd_desktop.planning.llama")
        devices = ("gpu", "cpu") if engine.llama.llama_supports_gpu_offload() else ("cpu",)
        return Ready(versions=(("llama-cpp-python", version("llama-cpp-python")),), devices=devices)

    def run(self, command: WorkJob, job: Job) -> Event:
        planner = self._load(command, job)
        match command:
            case PlanJob():
                result = planner.plan(
                    command.request,
                    check=job.check,
                    on_box=lambda box: job.send(BoxPlanned(job.id, box)),
                    on_progress=job.progress,
                )
                return Planned(job.id, result)
            case Load():
                return _loaded(job, planner)
            case _:
                raise TypeError(f"the planner cannot do {type(command).__name__}")

    def _load(self, command: WorkJob, job: Job) -> Planner:
        key = key_of(command.model, command.device)
        if self._planner is not None and self._key == key:
            return self._planner
        if self._planner is not None:
            # Two models at once may not fit.
            self._planner.close()
            self._planner = None
        job.progress("load", 0, 1, 0)
        self._planner = Planner(Path(command.model), device=command.device)
        self._key = key
        if not isinstance(command, Load):
            job.send(_loaded(job, self._planner))
        return self._planner


def _loaded(job: Job, planner: Planner) -> Loaded:
    return Loaded(job.id, planner.name, planner.sha256, planner.summary)
