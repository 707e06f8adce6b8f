"""Every setting that a person may change, as one table: the settings page is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from lmd_desktop.app.planner_templates import FOLDER

SCALES = (100, 125, 150, 175, 200, 250, 300)  # percent


def _tr(text: str) -> str:
    return QCoreApplication.translate("SettingsTable", text)


@dataclass(frozen=True, slots=True)
class Setting:
    """``name`` is the field of ``Settings``; ``choices`` are (value, text), none for a switch."""

    name: str
    group: str
    text: str
    tip: str
    choices: tuple[tuple[object, str], ...] = ()
    needs_restart: bool = False


def settings_table(
    languages: Mapping[str, str], devices: Iterable[str], templates: Iterable[Path] = ()
) -> tuple[Setting, ...]:
    """The rows from the top; rows of one group stand together. ``languages`` are names by code, ``templates`` the
    person's own ones of the planner.
    """
    look, work, out, ways = _tr("Appearance"), _tr("Work"), _tr("Exported pictures"), _tr("Comfort")
    themes = (("system", _tr("As the system")), ("light", _tr("Light")), ("dark", _tr("Dark")))
    spoken = (("system", _tr("As the system")), *languages.items())
    sizes = ((None, _tr("As the system")), *((scale, _tr("{0} %").format(scale)) for scale in SCALES))
    places = tuple((device, _tr("Automatic") if device == "auto" else device) for device in devices)
    less_motion = _tr("Panels and menus appear at once, and the text cursor does not blink.")
    told = _tr("When a job of more than ten seconds ends while you are in another program.")
    restart = _tr("It is used from the next start on.")
    welcome = _tr("Show the card of first steps")
    instructions = ((None, _tr("The program's own")), *((path, path.stem) for path in templates))
    folder = _tr("What the planner is told. Your own ones are text files in the folder “{0}” beside the settings.")
    counts = _tr("A caption that says unmistakably how many things there are gets exactly these.")
    bare = _tr("Prompt, boxes and dialog are taken out of the file, also of pictures that are dragged out.")
    beside = _tr(
        "Chat programs take it out of the picture; while both files lie together, dropping it restores the scene."
    )
    online = _tr(
        "A download that you start asks before it goes online. Without this it begins at once, from the host on its "
        "button. Nothing else ever goes online."
    )
    return (
        Setting("theme", look, _tr("Theme"), _tr("Light or dark, or as the desktop is just now."), themes),
        Setting("language", look, _tr("Language"), restart, spoken, needs_restart=True),
        Setting("scale", look, _tr("Size of everything"), restart, sizes, needs_restart=True),
        Setting("device", work, _tr("Device"), _tr("Where the planner and the painter compute."), places),
        Setting("planner_template", work, _tr("Planner's instructions"), folder.format(FOLDER), instructions),
        Setting("counts_are_forced", work, _tr("Hold the planner to the numbers of a caption"), counts),
        Setting("has_notifications", work, _tr("Tell when a long job ends"), told),
        Setting("exports_bare_pictures", out, _tr("Leave out how they were made"), bare),
        Setting("exports_sidecars", out, _tr("Write how they were made into a file beside them (.png.json)"), beside),
        Setting("is_offline", _tr("Network"), _tr("Offline"), online),
        Setting("has_less_motion", ways, _tr("Less motion"), less_motion),
        Setting("has_welcome", ways, welcome, _tr("What better models would bring, and how to add them.")),
    )
