"""``lmd-desktop models export`` and ``import``: models in one file, for a computer that is not online."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmd_desktop.catalog.bundle import SUFFIX, write_bundle
from lmd_desktop.catalog.bundle_reading import read_bundle, unpack_bundle
from lmd_desktop.catalog.fetched import own_models
from lmd_desktop.catalog.installed import inspect_model
from lmd_desktop.cli.command import Outcome
from lmd_desktop.cli.progress import ProgressLine, in_tenths
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.licences import commercial_use
from lmd_desktop.storage.paths import data_folder
from lmd_desktop.storage.settings_file import load_settings, save_settings, settings_path, with_model


def export_models(name: str | None, paths: list[Path]) -> Outcome:
    """Write these models, by default the person's own, into one file."""
    target = _file(name)
    chosen = paths or list(load_settings(settings_path())[0].models)
    models = [inspect_model(path) for path in chosen]
    write_bundle(models, target, progress=in_tenths(ProgressLine()))
    data: dict[str, object] = {"bundle": str(target), "models": [str(model.path) for model in models]}
    return Outcome(data, f"{target} holds {', '.join(model.title for model in models)}.")


def import_models(name: str | None) -> Outcome:
    """Unpack the models of a file, and take them into the person's list."""
    progress = ProgressLine()
    bundle = read_bundle(_file(name))
    for model in bundle.models:
        licence = model.licence or "unknown"
        use = commercial_use(model.licence)
        progress.say(f"{model.title}: {model.size_bytes / 1e6:,.1f} MB, licence {licence}, commercial use: {use}")
    paths = unpack_bundle(bundle, own_models(data_folder()), progress=in_tenths(progress))
    settings, _ = load_settings(settings_path())
    for path in paths:
        # What a bundle calls a model must be one: the same look as at any file of a stranger.
        inspect_model(path)
        settings = replace(settings, models=with_model(settings.models, path))
    save_settings(settings_path(), settings)
    lines = [f"{path} is in the list. Use it with --model." for path in paths]
    return Outcome({"models": [str(path) for path in paths]}, "\n".join(lines))


def _file(name: str | None) -> Path:
    if name is None or Path(name).suffix.lower() != SUFFIX:
        told = f"“{name}” is no name of a bundle." if name else "Which file?"
        raise UserError(told, f"Give a file that ends with {SUFFIX}.", exit_code=ExitCode.USAGE)
    return Path(name).absolute()
