"""``lmd-desktop recover``: the unsaved work of windows that crashed; lists it, compares it, saves it as a copy."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.cli.scenes import OpenScene, free_path
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.storage.comparison import Difference, difference
from lmd_desktop.storage.paths import data_folder
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.recovery import LeftoverScene, find_leftovers
from lmd_desktop.storage.scene_file import SUFFIX, LoadedScene, load_scene


def recover_command() -> Command:
    return Command("recover", "List, compare and save unsaved work of windows that crashed.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", nargs="?", metavar="ID", help="which one, as the list names it; without it all are listed"
    )
    actions = parser.add_mutually_exclusive_group()
    actions.add_argument("-o", "--output", type=Path, metavar="FILE", help="save the copy here")
    actions.add_argument("--compare", action="store_true", help="only say how it differs from the saved file")
    actions.add_argument("--discard", action="store_true", help="delete it for good")


def _run(args: argparse.Namespace) -> Outcome:
    data = data_folder()
    leftovers = find_leftovers(data / "recovery", data / "autosave")
    pictures = PictureStore(data / "pictures")
    if args.id is None:
        if args.output or args.compare or args.discard:
            raise UserError("It is not said which unsaved work is meant.", "Name its ID.", exit_code=ExitCode.USAGE)
        return _listed(leftovers, pictures)
    leftover = _chosen(leftovers, args.id)
    if args.discard:
        leftover.discard()
        return Outcome({"id": leftover.id, "discarded": True}, f"The unsaved work {leftover.id} is deleted.")
    loaded = leftover.load(pictures)
    if args.compare:
        return _compared(leftover, loaded)
    return _saved(leftover, loaded, args.output)


def _chosen(leftovers: tuple[LeftoverScene, ...], name: str) -> LeftoverScene:
    found = [leftover for leftover in leftovers if leftover.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    cause = f"{len(found)} of them begin with “{name}”." if found else f"There is no unsaved work “{name}”."
    raise UserError(cause, "“lmd-desktop recover” lists them.", exit_code=ExitCode.USAGE)


def _listed(leftovers: tuple[LeftoverScene, ...], pictures: PictureStore) -> Outcome:
    rows = [_row(leftover, pictures) for leftover in leftovers]
    if not rows:
        return Outcome({"unsaved": []}, "There is no unsaved work to recover.")
    lines = [
        f"{row['id']}  {row['modified']}  {row['scene'] or '(never saved)'}  "
        + (
            f"cannot be read: {row['problem']}"
            if row["problem"]
            else f"{row['turns']} turns, {row['pictures']} pictures"
        )
        + (", waiting for more than 30 days: save it or delete it" if row["is_old"] else "")
        for row in rows
    ]
    return Outcome({"unsaved": rows}, "\n".join([*lines, "“lmd-desktop recover ID” saves one as a copy."]))


def _row(leftover: LeftoverScene, pictures: PictureStore) -> dict[str, object]:
    row: dict[str, object] = {
        "id": leftover.id,
        "scene": str(leftover.path_of_scene) if leftover.path_of_scene is not None else None,
        "modified": leftover.modified.isoformat(timespec="seconds"),
        "is_old": leftover.is_old,
        "turns": 0,
        "pictures": 0,
        "notes": [],
        "problem": "",
    }
    try:
        loaded = leftover.load(pictures)
    except UserError as error:
        return row | {"problem": error.cause}
    content = loaded.content
    counts = {"turns": len(content.scene.dialog.turns), "pictures": len(content.renders)}
    return row | counts | {"notes": list(loaded.notes)}


def _compared(leftover: LeftoverScene, loaded: LoadedScene) -> Outcome:
    path = leftover.path_of_scene
    if path is None or not path.exists():
        raise UserError("There is no saved file to compare with.", f"“lmd-desktop recover {leftover.id}” saves a copy.")
    found = difference(load_scene(path).content, loaded.content)
    data: dict[str, object] = {
        "id": leftover.id,
        "scene": str(path),
        "is_the_same": found.is_none,
        "turns_only_saved": found.turns_only_saved,
        "turns_only_unsaved": found.turns_only_unsaved,
        "pictures_only_saved": found.pictures_only_saved,
        "pictures_only_unsaved": found.pictures_only_unsaved,
        "layout": found.layout,
        "has_other_settings": found.has_other_settings,
    }
    return Outcome(data, _difference_text(path, found))


def _difference_text(path: Path, found: Difference) -> str:
    if found.is_none:
        return f"“{path.name}” holds all of it already."
    lines = [
        f"Only unsaved: {found.turns_only_unsaved} turns, {found.pictures_only_unsaved} pictures.",
        f"Only in “{path.name}”: {found.turns_only_saved} turns, {found.pictures_only_saved} pictures.",
    ]
    lines += [f"On the canvas: {found.layout}."] if found.layout else []
    lines += ["The render settings differ."] if found.has_other_settings else []
    return "\n".join(lines)


def _saved(leftover: LeftoverScene, loaded: LoadedScene, output: Path | None) -> Outcome:
    """A copy beside the person's file; the unsaved work goes once the copy was read back and compared."""
    path = output or _place_for(leftover)
    if path.exists():
        raise UserError(f"“{path}” exists already.", "Name another file with “-o”.", exit_code=ExitCode.USAGE)
    OpenScene(path, loaded.content, loaded.picture).save()
    leftover.discard()
    data: dict[str, object] = {"id": leftover.id, "saved": str(path), "notes": list(loaded.notes)}
    return Outcome(data, "\n".join([f"The unsaved work is saved as “{path}”.", *loaded.notes]))


def _place_for(leftover: LeftoverScene) -> Path:
    scene = leftover.path_of_scene
    folder = scene.parent if scene is not None and scene.parent.is_dir() else Path.cwd()
    return free_path(folder, f"{scene.stem if scene is not None else 'scene'}-recovered", SUFFIX)
