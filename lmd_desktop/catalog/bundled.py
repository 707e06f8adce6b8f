"""Where the files that come with the app lie: in a checkout beside the package, in an installed wheel inside it."""

from __future__ import annotations

from pathlib import Path

import lmd_desktop

BUNDLED = "_bundled"


def resources_folder() -> Path:
    """Icons, planner prompts, examples, CLIP's vocabulary, configurations of painters."""
    return _root() / "resources"


def models_folder() -> Path:
    """``catalog.toml`` and ``starter/``."""
    return _root() / "models"


def starter_planner() -> Path:
    return models_folder() / "starter" / "planner" / "planner-starter-q8_0.gguf"


def starter_painter() -> Path:
    return models_folder() / "starter" / "painter"


def _root() -> Path:
    package = Path(lmd_desktop.__file__).resolve().parent
    installed = package / BUNDLED
    return installed if installed.is_dir() else package.parent
