"""Where the models and the resources that come with the app lie."""

from __future__ import annotations

from pathlib import Path

from lmd_desktop.domain.bundled import bundled_root


def resources_folder() -> Path:
    """Icons, planner prompts, examples, CLIP's vocabulary, configurations of painters."""
    return bundled_root() / "resources"


def models_folder() -> Path:
    """``catalog.toml`` and ``starter/``."""
    return bundled_root() / "models"


def starter_planner() -> Path:
    return models_folder() / "starter" / "planner" / "planner-starter-q8_0.gguf"


def starter_painter() -> Path:
    return models_folder() / "starter" / "painter"
