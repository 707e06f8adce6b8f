"""The person's settings as one JSON file; a broken file is set aside, never a reason not to start."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from lmd_desktop.storage.atomic import explain_write_error, write_atomically
from lmd_desktop.storage.paths import config_folder
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, check_depth, dump_json, parse_json

VERSION = 1
FILE_NAME = "settings.json"
MAX_RECENT_FILES = 12
THEMES = ("system", "light", "dark")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """``planner_model`` and ``painter_model`` None mean the starter models; ``unknown`` keys belong to other versions.

    ``window_geometry`` and ``window_state`` are what Qt saves, as base64 text.
    """

    planner_model: Path | None = None
    painter_model: Path | None = None
    device: str = "auto"
    theme: str = "system"
    recent_files: tuple[Path, ...] = ()
    window_geometry: str = ""
    window_state: str = ""
    unknown: JsonObject = field(default_factory=dict[str, object])


def settings_path() -> Path:
    return config_folder() / FILE_NAME


def load_settings(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """The settings and notes for the person; defaults if there is no file or it cannot be used."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (f"The settings in “{path}” cannot be read ({error.strerror}); the defaults are used.",)
    try:
        return _decode(Fields(parse_json(data, path.name), path.name, [])), ()
    except FormatError as error:
        aside = path.with_name(f"{path.name}.broken")
        try:
            path.replace(aside)
        except OSError as problem:
            log.warning("cannot set %s aside: %s", path, problem)
            aside = path
        return Settings(), (
            f"The settings could not be used ({error}); the defaults are. The file is kept as “{aside}”.",
        )


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings all at once; raises UserError."""
    data = dump_json(_encode(settings))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise explain_write_error(error, path, len(data)) from error


def with_recent_file(recent: tuple[Path, ...], path: Path) -> tuple[Path, ...]:
    """The list of recent files with ``path`` first, without doubles, at most twelve."""
    path = path.absolute()
    return (path, *(other for other in recent if other != path))[:MAX_RECENT_FILES]


def _encode(settings: Settings) -> JsonObject:
    return settings.unknown | {
        "version": VERSION,
        "planner_model": _text(settings.planner_model),
        "painter_model": _text(settings.painter_model),
        "device": settings.device,
        "theme": settings.theme,
        "recent_files": [str(path) for path in settings.recent_files],
        "window_geometry": settings.window_geometry,
        "window_state": settings.window_state,
    }


def _decode(fields: Fields) -> Settings:
    fields.whole("version", minimum=1)
    known = _encode(Settings())
    unknown = {name: fields.value(name) for name in fields.names() if name not in known}
    check_depth(unknown, fields.where)
    theme = fields.text("theme", "system")
    return Settings(
        _path(fields.optional_text("planner_model")),
        _path(fields.optional_text("painter_model")),
        fields.text("device", "auto"),
        theme if theme in THEMES else "system",
        tuple(Path(text) for text in fields.texts("recent_files")) if fields.has("recent_files") else (),
        fields.text("window_geometry", ""),
        fields.text("window_state", ""),
        unknown,
    )


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
