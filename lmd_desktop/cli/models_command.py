"""``lmd-desktop models``: those known by name, fetching one, the switch that allows it, and bundles of one's own."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import asdict, replace
from pathlib import Path

from lmd_desktop.catalog import inspect_gguf, inspect_painter
from lmd_desktop.catalog.fetched import HUB, fetched_path, request_for
from lmd_desktop.catalog.hub import host_of
from lmd_desktop.catalog.known_models import KnownModel, known_models
from lmd_desktop.cli.bundles import export_models, import_models
from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.cli.progress import ProgressLine, in_tenths
from lmd_desktop.domain.downloads import DownloadEvent, DownloadPlan, DownloadProgress, HostContacted
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.storage.paths import data_folder
from lmd_desktop.storage.settings_file import load_settings, save_settings, settings_path
from lmd_desktop.workers.downloader import download

MB = 1_000_000


def models_command() -> Command:
    return Command(
        "models",
        "List known models, fetch one, carry your own in one file, or switch offline off and on.",
        _add_arguments,
        _run,
    )


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = ("list", "download", "offline", "export", "import")
    parser.add_argument("action", choices=actions, help="what to do")
    told = (
        "the model to download; “on” or “off” for offline; the .lmdmodels file to write (export) or to unpack (import)"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help=told)
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="what to export; default: your own models",
    )
    parser.add_argument("--online", action="store_true", help="go online for this download, though offline is on")


def _run(args: argparse.Namespace) -> Outcome:
    match args.action:
        case "download":
            return _download(_named(args.name), may_go_online=args.online)
        case "offline":
            return _switch(args.name)
        case "export":
            return export_models(args.name, args.model)
        case "import":
            return import_models(args.name)
        case _:
            return _list()


def _list() -> Outcome:
    models = [
        {
            "id": model.id,
            "kind": model.kind,
            "title": model.title,
            "licence": model.licence,
            "size_mb": model.size_mb,
            "where": model.where,
            "planner": asdict(model.planner) if model.planner is not None else None,
            "path": str(path) if (path := fetched_path(model, data_folder())) is not None else None,
        }
        for model in known_models()
        if not model.is_bundled
    ]
    lines: list[str] = []
    for model in models:
        place = model["path"] or f"not here; from {HUB}/{model['where']}"
        lines.append(f"{model['id']:<24} {model['size_mb']:>6} MB  {place}")
    is_offline = load_settings(settings_path())[0].is_offline
    return Outcome({"offline": is_offline, "models": models}, "\n".join([*lines, f"offline: {_word(is_offline)}"]))


def _switch(word: str | None) -> Outcome:
    settings, _ = load_settings(settings_path())
    if word is not None:
        if word not in ("on", "off"):
            raise UserError(f"“{word}” is neither on nor off.", "Say on or off.", exit_code=ExitCode.USAGE)
        settings = replace(settings, is_offline=word == "on")
        save_settings(settings_path(), settings)
    return Outcome({"offline": settings.is_offline}, f"offline: {_word(settings.is_offline)}")


def _download(model: KnownModel, *, may_go_online: bool) -> Outcome:
    request = request_for(model, data_folder())
    host = host_of(request.endpoint)
    if load_settings(settings_path())[0].is_offline and not may_go_online:
        raise UserError(
            f"Offline is on: nothing was fetched. {model.title} would come from {host}.",
            "Allow this one download with --online, or all with “lmd-desktop models offline off”.",
            exit_code=ExitCode.USAGE,
        )
    progress = ProgressLine()
    progress.say(f"Going online for {model.title} (about {model.size_mb:g} MB, licence {model.licence}).")
    tell = in_tenths(progress)

    def show(event: DownloadEvent) -> None:
        match event:
            case HostContacted(host):
                progress.say(f"  from {host}")
            case DownloadPlan():
                progress.say(f"  {len(event.files)} files, {event.size / MB:,.1f} MB, revision {event.commit[:12]}")
            case DownloadProgress(file, done, total):
                tell(done, total, file)
            case _:
                pass

    plan = download(request, on_event=show, check=lambda: None)
    path = fetched_path(model, data_folder())
    if path is None:
        raise UserError(f"{model.title} is not whole.", "Download it again.")
    # What the publisher calls a model must be one: the same look as at any file of a stranger.
    _ = inspect_gguf(path) if model.kind == "planner" else inspect_painter(path)
    data: dict[str, object] = {"id": model.id, "path": str(path), "revision": plan.commit, "bytes": plan.size}
    return Outcome(data, f"{model.title} is here. Use it with --model {shlex.quote(str(path))}")


def _named(name: str | None) -> KnownModel:
    models = {model.id: model for model in known_models() if not model.is_bundled}
    if name not in models:
        told = f"“{name}” is no known model." if name else "Which model?"
        raise UserError(told, f"Choose from: {', '.join(models)}.", exit_code=ExitCode.USAGE)
    return models[name]


def _word(is_on: bool) -> str:
    return "on" if is_on else "off"
