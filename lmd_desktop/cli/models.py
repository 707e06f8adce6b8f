"""Which model files a command uses: those of its options, else those of the settings, else the starter models."""

from __future__ import annotations

import random
from pathlib import Path

from lmd_desktop.catalog import inspect_gguf, inspect_painter, starter_painter, starter_planner
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.requests import MAX_SEED
from lmd_desktop.storage.settings_file import load_settings, settings_path


def planner_model(chosen: Path | None) -> str:
    """The path of a GGUF file that was looked into; raises UserError if it cannot plan."""
    path = chosen or load_settings(settings_path())[0].planner_model or starter_planner()
    return str(inspect_gguf(path).path.resolve())


def painter_model(chosen: Path | None, parts: PainterParts | None = None) -> str:
    """The path of a painter that was looked into; raises UserError if it cannot paint with these parts."""
    parts = parts or PainterParts()
    path = chosen or load_settings(settings_path())[0].painter_model or starter_painter()
    info = inspect_painter(path, has_own_vae=parts.vae is not None, allows_pickles=parts.allows_pickles)
    return str(info.path.resolve())


def chosen_device(chosen: str | None) -> str:
    return chosen or load_settings(settings_path())[0].device


def drawn_seed(chosen: int | None) -> int:
    return chosen if chosen is not None else random.SystemRandom().randrange(MAX_SEED)
