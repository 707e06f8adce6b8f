"""What a model on this disk is: its kind, title, family, licence and size, or why it cannot be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmd_desktop.catalog.bundled import starter_painter, starter_planner
from lmd_desktop.catalog.checkpoint_file import FAMILY_TITLES
from lmd_desktop.catalog.gguf_file import inspect_gguf
from lmd_desktop.catalog.known_models import known_models
from lmd_desktop.catalog.painter_folder import inspect_painter
from lmd_desktop.catalog.safetensors_header import read_weights_header
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.plain_files import read_start

Kind = Literal["planner", "painter"]
MAX_README = 20_000


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """``problem`` says why it cannot be used; an empty ``licence`` was noted down nowhere."""

    path: Path
    kind: Kind
    title: str
    family: str = ""
    licence: str = ""
    size_bytes: int = 0
    is_starter: bool = False
    problem: str = ""


def starter_models() -> tuple[InstalledModel, ...]:
    """The planner and the painter that came with the app."""
    by_kind = {model.kind: model for model in known_models() if model.is_bundled}
    paths: tuple[tuple[Kind, Path], ...] = (("planner", starter_planner()), ("painter", starter_painter()))
    return tuple(
        InstalledModel(
            path,
            kind,
            by_kind[kind].title,
            family=by_kind[kind].family,
            licence=by_kind[kind].licence,
            size_bytes=size_on_disk(path),
            is_starter=True,
            problem="" if path.exists() else "It did not come with this installation.",
        )
        for kind, path in paths
    )


def look_at(path: Path) -> InstalledModel:
    """A model of the person's own; one that cannot be used comes back with its ``problem``."""
    kind: Kind = "planner" if path.suffix.lower() == ".gguf" else "painter"
    try:
        return inspect_model(path)
    except UserError as error:
        size = size_on_disk(path) if path.exists() else 0
        return InstalledModel(path, kind, path.stem, size_bytes=size, problem=str(error))


def inspect_model(path: Path) -> InstalledModel:
    """A planner (.gguf) or a painter (anything else); raises UserError that says what is wrong with it."""
    if path.suffix.lower() == ".gguf":
        planner = inspect_gguf(path)
        family = f"{planner.architecture} {planner.quantisation}".removesuffix(" unknown")
        return InstalledModel(path, "planner", planner.name, family, planner.licence, planner.size_bytes)
    painter = inspect_painter(path)
    gated = " + GLIGEN" if painter.is_gated else ""
    return InstalledModel(
        path,
        "painter",
        painter.name,
        family=f"{FAMILY_TITLES[painter.family]}{gated}",
        licence=_licence_of_painter(path),
        size_bytes=painter.size_bytes,
    )


def size_on_disk(path: Path) -> int:
    """Bytes of a file or of all files of a folder; 0 if there is nothing."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _licence_of_painter(path: Path) -> str:
    """From the head of its model card, or from what was noted down in the checkpoint."""
    if path.is_dir():
        card = path / "README.md"
        text = read_start(card, MAX_README).decode("utf-8", "replace") if card.is_file() else ""
        noted = re.search(r"^license(?:_name)?:\s*[\"']?([\w .+-]+)", text, re.MULTILINE)
        return noted[1].strip() if noted else ""
    if path.suffix.lower() != ".safetensors":
        return ""
    return read_weights_header(path).metadata.get("modelspec.license", "")
