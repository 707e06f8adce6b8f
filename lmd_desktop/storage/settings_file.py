"""The person's settings as one JSON file; a broken file is set aside, never a reason not to start."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.storage.atomic import explain_write_error, write_atomically
from lmd_desktop.storage.paths import config_folder
from lmd_desktop.storage.reading import (
    Fields,
    FormatError,
    JsonObject,
    check_depth,
    dump_json,
    optional_path_text,
    parse_json,
    path_text,
)

VERSION = 1
FILE_NAME = "settings.json"
MAX_RECENT_FILES = 12
THEMES = ("system", "light", "dark")
SYSTEM = "system"
SMALLEST_SCALE, LARGEST_SCALE = 100, 300  # percent
MAX_PLACES = 8
MAX_BYTES = 2**20  # a hundred times what a person's settings take

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """``planner_model`` and ``painter_model`` None mean the starter models; ``unknown`` keys belong to other versions.

    ``shortcuts`` holds the keys of the actions whose keys were changed, by the action's name. ``scale`` is percent,
    None as the system says. ``models`` are the person's own ones, used or not. ``window_places`` holds what Qt saves
    of geometry and panels (base64 text), by screen; the last used one comes last. ``canvas_switches`` are what the
    canvas shows and snaps to, by the names of its actions.
    With ``is_offline`` each download has to be allowed by itself. ``planner_template`` None means the program's own
    instructions.
    ``exports_bare_pictures`` takes out how a picture was made, ``exports_sidecars`` puts it into a file beside it.
    """

    planner_model: Path | None = None
    painter_model: Path | None = None
    device: str = "auto"
    theme: str = "system"
    language: str = SYSTEM
    scale: int | None = None
    has_less_motion: bool = False
    has_notifications: bool = True
    has_welcome: bool = True
    is_offline: bool = True
    planner_template: Path | None = None
    counts_are_forced: bool = False
    exports_bare_pictures: bool = False
    exports_sidecars: bool = False
    recent_files: tuple[Path, ...] = ()
    models: tuple[Path, ...] = ()
    shortcuts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    window_places: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    canvas_switches: dict[str, bool] = field(default_factory=dict[str, bool])
    unknown: JsonObject = field(default_factory=dict[str, object])


def settings_path() -> Path:
    return config_folder() / FILE_NAME


def load_settings(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """The settings and notes for the person; defaults if there is no file or it cannot be used."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FormatError(f"{path.name} is larger than settings are")
        data = read_limited(path, MAX_BYTES)
        return _decode(Fields(parse_json(data, path.name), path.name, [])), ()
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (f"The settings in “{path}” cannot be read ({error.strerror}); the defaults are used.",)
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
        write_atomically(path, data, is_private=True)
    except OSError as error:
        raise explain_write_error(error, path, len(data)) from error


def with_recent_file(recent: tuple[Path, ...], path: Path) -> tuple[Path, ...]:
    """The list of recent files with ``path`` first, without doubles, at most twelve."""
    path = path.absolute()
    return (path, *(other for other in recent if other != path))[:MAX_RECENT_FILES]


def with_model(models: tuple[Path, ...], path: Path) -> tuple[Path, ...]:
    """The person's own models with ``path`` among them."""
    return models if path.absolute() in models else (*models, path.absolute())


def with_place(places: dict[str, tuple[str, str]], screen: str, place: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """The places of windows with that on ``screen`` last; the oldest beyond eight are forgotten."""
    others = {name: kept for name, kept in places.items() if name != screen}
    return dict([*others.items(), (screen, place)][-MAX_PLACES:])


def _encode(settings: Settings) -> JsonObject:
    return settings.unknown | {
        "version": VERSION,
        "planner_model": optional_path_text(settings.planner_model),
        "painter_model": optional_path_text(settings.painter_model),
        "device": settings.device,
        "theme": settings.theme,
        "language": settings.language,
        "scale": settings.scale,
        "has_less_motion": settings.has_less_motion,
        "has_notifications": settings.has_notifications,
        "has_welcome": settings.has_welcome,
        "is_offline": settings.is_offline,
        "planner_template": optional_path_text(settings.planner_template),
        "counts_are_forced": settings.counts_are_forced,
        "exports_bare_pictures": settings.exports_bare_pictures,
        "exports_sidecars": settings.exports_sidecars,
        "recent_files": [path_text(path) for path in settings.recent_files],
        "models": [path_text(path) for path in settings.models],
        "shortcuts": {name: list(keys) for name, keys in settings.shortcuts.items()},
        "window_places": {screen: list(place) for screen, place in settings.window_places.items()},
        "canvas_switches": dict(settings.canvas_switches),
    }


def _decode(fields: Fields) -> Settings:
    fields.whole("version", minimum=1)
    known = _encode(Settings())
    unknown = {name: fields.value(name) for name in fields.names() if name not in known}
    check_depth(unknown, fields.where)
    theme = fields.text("theme", SYSTEM)
    return Settings(
        planner_model=fields.optional_path("planner_model"),
        painter_model=fields.optional_path("painter_model"),
        device=fields.text("device", "auto"),
        theme=theme if theme in THEMES else SYSTEM,
        language=fields.text("language", SYSTEM),
        scale=fields.optional_whole("scale", minimum=SMALLEST_SCALE, maximum=LARGEST_SCALE),
        has_less_motion=fields.flag("has_less_motion", default=False),
        has_notifications=fields.flag("has_notifications", default=True),
        has_welcome=fields.flag("has_welcome", default=True),
        is_offline=fields.flag("is_offline", default=True),
        planner_template=fields.optional_path("planner_template"),
        counts_are_forced=fields.flag("counts_are_forced", default=False),
        exports_bare_pictures=fields.flag("exports_bare_pictures", default=False),
        exports_sidecars=fields.flag("exports_sidecars", default=False),
        recent_files=_paths(fields, "recent_files"),
        models=_paths(fields, "models"),
        shortcuts=_lists(fields, "shortcuts"),
        window_places={
            screen: (place[0], place[1]) for screen, place in _lists(fields, "window_places").items() if len(place) == 2
        },
        canvas_switches=_flags(fields, "canvas_switches"),
        unknown=unknown,
    )


def _paths(fields: Fields, name: str) -> tuple[Path, ...]:
    return fields.paths(name) if fields.has(name) else ()


def _lists(fields: Fields, name: str) -> dict[str, tuple[str, ...]]:
    """An object whose values are lists of texts."""
    if not fields.has(name):
        return {}
    child = fields.child(name)
    return {key: child.texts(key) for key in child.names()}


def _flags(fields: Fields, name: str) -> dict[str, bool]:
    """An object whose values are true or false."""
    if not fields.has(name):
        return {}
    child = fields.child(name)
    return {key: child.flag(key, default=False) for key in child.names()}
