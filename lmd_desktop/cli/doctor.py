"""``lmd-desktop doctor``: versions, devices, memory, models, and a self-test of both workers."""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from lmd_desktop import __version__
from lmd_desktop.catalog import (
    file_sha256,
    folder_sha256,
    inspect_gguf,
    inspect_painter,
    known_models,
    starter_painter,
    starter_planner,
)
from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.cli.jobs import Worker
from lmd_desktop.cli.models import chosen_device, painter_model, planner_model
from lmd_desktop.cli.plan import answer
from lmd_desktop.cli.progress import ProgressLine
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.domain.requests import RenderSettings, request_for
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.storage.paths import cache_folder, config_folder, data_folder, logs_folder
from lmd_desktop.storage.settings_file import load_settings, settings_path
from lmd_desktop.workers.messages import Loaded, Loading

PACKAGES = ("torch", "diffusers", "transformers", "llama-cpp-python", "PySide6_Essentials", "numpy", "pillow")
PROMPT = "a red ball"
TEST_LAYOUT = Layout(boxes=(Box("1", PROMPT, Rect(128, 128, 256, 256), "#0072B2"),), background_prompt="a grass field")
TEST_STEPS = 2
MB = 1_000_000


def doctor_command() -> Command:
    return Command("doctor", "Check the installation and try both workers.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def _run(args: argparse.Namespace) -> Outcome:
    del args
    progress = ProgressLine()
    loaded: list[Loaded] = []
    devices, renderer = _tried(lambda: _try_renderer(progress, loaded))
    planning: list[Loading] = []
    _, planner = _tried(lambda: _try_planner(progress, planning))
    memory = psutil.virtual_memory()
    data: dict[str, object] = {
        "versions": _versions(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": psutil.cpu_count() or 1,
        "devices": list(devices),
        "painting": _painting_data(loaded),
        "planning": _planning_data(planning),
        "memory_mb": {"total": memory.total // MB, "available": memory.available // MB},
        "folders": {
            "data": str(data_folder()),
            "config": str(config_folder()),
            "cache": str(cache_folder()),
            "logs": str(logs_folder()),
        },
        "models": [_model_data(kind, path) for kind, path in _models()],
        "known_models": [
            {
                "id": model.id,
                "kind": model.kind,
                "where": model.where,
                "licence": model.licence,
                "is_here": model.is_here,
            }
            for model in known_models()
        ],
        "self_test": {"planner": planner, "renderer": renderer},
    }
    is_well = planner["ok"] and renderer["ok"]
    return Outcome(data, _text(data, planner, renderer), ExitCode.OK if is_well else ExitCode.FAILED)


def _tried(test: Callable[[], tuple[str, ...]]) -> tuple[tuple[str, ...], dict[str, object]]:
    started = time.monotonic()
    try:
        devices = test()
    except UserError as error:
        return (), {"ok": False, "error": str(error)}
    return devices, {"ok": True, "seconds": round(time.monotonic() - started, 2)}


def _try_planner(progress: ProgressLine, loading: list[Loading]) -> tuple[str, ...]:
    """How the planner is run goes into ``loading``."""
    model = planner_model(None)
    with Worker("planner", progress) as planner:
        _, result = answer(planner, add_request(Scene(), PROMPT), model=model, seed=1)
        loading += [planner.loading] if planner.loading is not None else []
        if not result.layout.boxes:
            raise UserError("The planner answered without a box.", "Choose another planner.")
        return planner.ready().devices


def _try_renderer(progress: ProgressLine, loaded: list[Loaded]) -> tuple[str, ...]:
    """What the renderer says about itself goes into ``loaded``."""
    model = painter_model(None)
    with Worker("renderer", progress) as renderer:
        settings = replace(RenderSettings(), method="plain", num_inference_steps=TEST_STEPS)
        renderer.render(model, request_for(TEST_LAYOUT, settings, 1), device=chosen_device(None))
        loaded += [renderer.loaded] if renderer.loaded is not None else []
        return renderer.ready().devices


def _planning_data(loading: list[Loading]) -> dict[str, object]:
    """What the planner takes on this machine, as it was estimated before it was loaded."""
    return {
        name: value
        for told in loading
        for name, value in {
            "estimate": told.summary,
            "memory_mb": told.ram // MB,
            "device_mb": told.device // MB,
            "fits": told.fits,
        }.items()
    }


def _painting_data(loaded: list[Loaded]) -> dict[str, object]:
    """Where the painter computes, in which precision, and why."""
    return {name: getattr(painter, name) for painter in loaded for name in ("device", "precision", "reason")}


def _versions() -> dict[str, str]:
    versions = {"lmd-desktop": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "missing"
    return versions


def _models() -> list[tuple[str, Path]]:
    settings, _ = load_settings(settings_path())
    own = [("planner", settings.planner_model), ("painter", settings.painter_model)]
    return [("planner", starter_planner()), ("painter", starter_painter())] + [
        (kind, path) for kind, path in own if path is not None
    ]


def _model_data(kind: str, path: Path) -> dict[str, object]:
    try:
        if kind == "planner":
            planner = inspect_gguf(path)
            about = f"{planner.architecture} {planner.quantisation}, context {planner.context_length}"
            sha256, size = file_sha256(path, cache_folder()), planner.size_bytes
        else:
            painter = inspect_painter(path)
            native = f"{painter.native_size.width}×{painter.native_size.height}"
            about = f"{painter.pipeline}, {native}{', GLIGEN' if painter.is_gated else ''}"
            hash_of = folder_sha256 if path.is_dir() else file_sha256
            sha256, size = hash_of(path, cache_folder()), painter.size_bytes
    except UserError as error:
        return {"kind": kind, "path": str(path), "ok": False, "error": str(error)}
    return {
        "kind": kind,
        "path": str(path),
        "ok": True,
        "about": about,
        "size_mb": round(size / MB, 1),
        "sha256": sha256,
    }


def _text(data: dict[str, object], planner: dict[str, object], renderer: dict[str, object]) -> str:
    lines: list[str] = []
    for name, value in data.items():
        if name in ("self_test", "known_models"):
            continue
        lines.append(f"{name.replace('_', ' ')}:")
        match value:
            case dict():
                lines += [f"    {key}: {item}" for key, item in value.items()]
            case list():
                lines += [f"    {_model_line(item) if isinstance(item, dict) else item}" for item in value]
            case _:
                lines[-1] += f" {value}"
    lines.append("self-test:")
    for name, result in (("planner", planner), ("renderer", renderer)):
        told = f"works ({result['seconds']} s)" if result["ok"] else f"fails: {result['error']}"
        lines.append(f"    {name} {told}")
    return "\n".join(lines)


def _model_line(model: dict[str, object]) -> str:
    told = f"{model['about']}, {model['size_mb']} MB" if model["ok"] else model["error"]
    return f"{model['kind']}: {model['path']}: {told}"
