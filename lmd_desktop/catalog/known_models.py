"""The models that the app knows by name, from ``models/catalog.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any, Literal

from lmd_desktop.catalog.bundled import models_folder


@dataclass(frozen=True, slots=True)
class KnownModel:
    """``where`` is a path below ``models/`` for a bundled model, else a repository on Hugging Face."""

    id: str
    kind: Literal["planner", "painter"]
    title: str
    summary: str
    family: str
    licence: str
    where: str
    is_bundled: bool
    files: tuple[str, ...]
    size_mb: float

    @property
    def is_here(self) -> bool:
        """Whether the bundled files are really there."""
        return self.is_bundled and all((models_folder() / self.where / name).is_file() for name in self.files)


def known_models() -> tuple[KnownModel, ...]:
    text = (models_folder() / "catalog.toml").read_text(encoding="utf-8")
    return tuple(_model(entry) for entry in tomllib.loads(text)["model"])


def _model(entry: dict[str, Any]) -> KnownModel:
    values: dict[str, Any] = entry | {"files": tuple(entry["files"])}
    return KnownModel(**values)
