"""The models that the app knows by name, from ``models/catalog.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from typing import Any, Literal, NoReturn

from lmd_desktop.catalog.bundled import models_folder
from lmd_desktop.catalog.file_kinds import is_plain_path
from lmd_desktop.domain.errors import UserError

MAX_BYTES = 1_000_000
MAX_TEXT = 500
MAX_FILES = 200
MAX_SIZE_MB = 1_000_000
_ID = re.compile(r"[a-z0-9][a-z0-9.\-]{0,63}")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}/[A-Za-z0-9][\w.\-]{0,95}", re.ASCII)


Tier = Literal["starter", "small", "medium", "large", "paper"]
TIERS: tuple[Tier, ...] = ("starter", "small", "medium", "large", "paper")


@dataclass(frozen=True, slots=True)
class PlannerFacts:
    """What matters of a planner beside its file: MB of memory with 4,096 and 8,192 tokens of context (0: it was
    trained for fewer), how it is talked to, and whether it finds an earlier prompt again. ``paper`` are LMD's own."""

    tier: Tier
    is_default: bool
    memory_4k_mb: float
    memory_8k_mb: float
    template: str
    reuses_prompt: bool


@dataclass(frozen=True, slots=True)
class KnownModel:
    """``where`` is a path below ``models/`` for a bundled model, else a repository on Hugging Face.

    ``files`` are what a model consists of; those of a model that is not bundled may have ``*`` in their names.
    ``planner`` stands with planners only.
    """

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
    planner: PlannerFacts | None = None

    @property
    def is_here(self) -> bool:
        """Whether the bundled files are really there."""
        return self.is_bundled and all((models_folder() / self.where / name).is_file() for name in self.files)


def known_models() -> tuple[KnownModel, ...]:
    return read_catalog((models_folder() / "catalog.toml").read_bytes())


def read_catalog(data: bytes) -> tuple[KnownModel, ...]:
    """The models of a catalogue; raises UserError that names the first mistake."""
    if len(data) > MAX_BYTES:
        _refuse(f"it has {len(data)} bytes")
    try:
        entries = tomllib.loads(data.decode("utf-8")).get("model")
    except RecursionError:
        _refuse("it is nested too deeply")
    except ValueError as error:
        _refuse(str(error)[:100])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        _refuse("it holds no [[model]]")
    models = tuple(_model(entry) for entry in entries)
    if len({model.id for model in models}) != len(models):
        _refuse("two models have the same id")
    return models


def _model(entry: dict[str, Any]) -> KnownModel:
    model_id = entry.get("id")
    if not isinstance(model_id, str) or not _ID.fullmatch(model_id):
        _refuse(f"“{str(model_id)[:40]}” is no id of a model")
    names = {field.name for field in fields(KnownModel)} - ({"planner"} if entry.get("kind") != "planner" else set())
    if entry.keys() != names:
        _refuse(f"{model_id}: missing or unknown: {', '.join(sorted(entry.keys() ^ names))[:80]}")
    for name in ("kind", "title", "summary", "family", "licence", "where"):
        if not _is_line(entry[name]):
            _refuse(f"{model_id}: “{name}” is no line of text")
    files, size, is_bundled = entry["files"], entry["size_mb"], entry["is_bundled"]
    if entry["kind"] not in ("planner", "painter"):
        _refuse(f"{model_id}: “{entry['kind'][:40]}” is no kind of model")
    if not isinstance(is_bundled, bool):
        _refuse(f"{model_id}: “is_bundled” must be true or false")
    if not (is_plain_path(entry["where"]) if is_bundled else _REPOSITORY.fullmatch(entry["where"])):
        _refuse(f"{model_id}: “{entry['where'][:80]}” is no place of a model")
    if not isinstance(files, list) or not 0 < len(files) <= MAX_FILES or not all(map(_is_file_name, files)):
        _refuse(f"{model_id}: “files” must be names below the model's own folder")
    if not _is_size(size) or size == 0:
        _refuse(f"{model_id}: “size_mb” is no size")
    values: dict[str, Any] = entry | {"files": tuple(files)}
    if "planner" in entry:
        values["planner"] = _planner_facts(model_id, entry["planner"])
    return KnownModel(**values)


def _planner_facts(model_id: str, entry: object) -> PlannerFacts:
    names = {field.name for field in fields(PlannerFacts)}
    if not isinstance(entry, dict) or entry.keys() != names:
        _refuse(f"{model_id}: “planner” must have {', '.join(sorted(names))}")
    values: dict[str, Any] = dict(entry)
    if values["tier"] not in TIERS or not _is_line(values["template"]):
        _refuse(f"{model_id}: “tier” or “template” is not usable")
    if not all(isinstance(values[name], bool) for name in ("is_default", "reuses_prompt")):
        _refuse(f"{model_id}: “is_default” and “reuses_prompt” must be true or false")
    if not all(_is_size(values[name]) for name in ("memory_4k_mb", "memory_8k_mb")):
        _refuse(f"{model_id}: the memory is no size")
    return PlannerFacts(**values)


def _is_line(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable() and len(value) <= MAX_TEXT


def _is_size(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value <= MAX_SIZE_MB


def _is_file_name(value: object) -> bool:
    return isinstance(value, str) and is_plain_path(value)


def _refuse(reason: str) -> NoReturn:
    raise UserError(f"The list of known models (catalog.toml) cannot be used: {reason}.", "Install LMD Desktop again.")
