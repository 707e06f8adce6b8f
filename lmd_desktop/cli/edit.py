"""``lmd-desktop edit``: one hand edit of a scene file, the same as on the canvas."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TypeVar

from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.cli.describe import layout_data, layout_text
from lmd_desktop.cli.scenes import is_head_rendered, open_scene
from lmd_desktop.domain.arrange import AXES, EDGES, align_boxes, distribute_boxes, equalise_boxes
from lmd_desktop.domain.changes import describe_changes
from lmd_desktop.domain.edits import (
    add_box,
    delete_boxes,
    lock_boxes,
    move_box,
    rename_box,
    resize_box,
    set_background,
    set_canvas,
    set_negative,
    unlock_boxes,
)
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.groups import group_boxes, ungroup_boxes
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.pasting import pasted_layout
from lmd_desktop.domain.readings import chosen
from lmd_desktop.domain.scene import edit_layout
from lmd_desktop.planning.importing.reading import read_layout_text
from lmd_desktop.storage.layout_text import write_ideogram, write_json, write_lmd_text

Word = TypeVar("Word", bound=str)
WRITERS = {"lmd": write_lmd_text, "json": write_json, "ideogram": write_ideogram}


def edit_command() -> Command:
    return Command("edit", "Change the boxes or prompts of a scene file by hand.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the scene file")
    edits = parser.add_mutually_exclusive_group(required=True)
    edits.add_argument("--move", nargs=3, metavar=("ID", "X", "Y"), help="put its top left corner there")
    edits.add_argument("--resize", nargs=3, metavar=("ID", "W", "H"), help="give it another size")
    edits.add_argument("--rename", nargs=2, metavar=("ID", "PHRASE"), help="say what it shows")
    edits.add_argument("--add", nargs=5, metavar=("PHRASE", "X", "Y", "W", "H"), help="a new box on top")
    edits.add_argument("--delete", metavar="ID", help="take it away")
    edits.add_argument("--lock", metavar="ID", help="the planner must give it back unchanged")
    edits.add_argument("--unlock", metavar="ID", help="the planner may change it again")
    edits.add_argument("--group", nargs="+", metavar="ID", help="they are selected and moved together")
    edits.add_argument("--ungroup", metavar="ID", help="its group is no more")
    edits.add_argument(
        "--align",
        nargs="+",
        metavar=("EDGE", "ID"),
        help=f"{', '.join(EDGES)}: one box to the canvas, several to each other",
    )
    edits.add_argument(
        "--distribute", nargs="+", metavar=("AXIS", "ID"), help="across or down: equal gaps between them"
    )
    edits.add_argument("--equal", nargs="+", metavar=("WHAT", "ID"), help="width, height or size, as of the first")
    edits.add_argument("--canvas", nargs=2, metavar=("W", "H"), help="another canvas size, the boxes carried along")
    edits.add_argument("--background", metavar="TEXT", help="what is behind the boxes")
    edits.add_argument("--negative", metavar="TEXT", help="what the picture must not show")
    edits.add_argument("--paste-layout", metavar="TEXT", help="the layout that a chatbot wrote: a file, or - for stdin")
    edits.add_argument("--copy-layout", choices=WRITERS, help="change nothing, print the layout as text for others")
    parser.add_argument(
        "--choice", action="append", default=[], metavar="KEY", help="what a pasted text leaves open, for example xywh"
    )


def _run(args: argparse.Namespace) -> Outcome:
    opened = open_scene(args.file)
    scene = opened.content.scene
    if args.copy_layout:
        text = WRITERS[args.copy_layout](scene.layout)
        return Outcome({"scene": str(args.file), "text": text}, text.rstrip("\n"))
    before, after = scene.layout, edited(scene.layout, args)
    if after != before:
        changed = edit_layout(scene, after, coalesce=not is_head_rendered(opened))
        opened.with_scene(changed).save()
    sentence = describe_changes(before, after) or "nothing changed"
    data = {"scene": str(args.file), "changed": sentence} | layout_data(after)
    return Outcome(data, f"{sentence[0].upper()}{sentence[1:]}.\n{layout_text(after)}")


def edited(layout: Layout, args: argparse.Namespace) -> Layout:
    """The layout after the one edit that the arguments ask for."""
    match args:
        case argparse.Namespace(move=[box_id, x, y]):
            return move_box(layout, box_id, _pixels(x), _pixels(y))
        case argparse.Namespace(resize=[box_id, width, height]):
            return resize_box(layout, box_id, _pixels(width), _pixels(height))
        case argparse.Namespace(rename=[box_id, phrase]):
            return rename_box(layout, box_id, phrase)
        case argparse.Namespace(add=[phrase, x, y, width, height]):
            return add_box(layout, phrase, Rect(_pixels(x), _pixels(y), _pixels(width), _pixels(height)))
        case argparse.Namespace(delete=str(box_id)):
            return delete_boxes(layout, [box_id])
        case argparse.Namespace(lock=str(box_id)):
            return lock_boxes(layout, [box_id])
        case argparse.Namespace(unlock=str(box_id)):
            return unlock_boxes(layout, [box_id])
        case argparse.Namespace(group=[*box_ids]):
            return group_boxes(layout, box_ids)
        case argparse.Namespace(ungroup=str(box_id)):
            return ungroup_boxes(layout, [box_id])
        case argparse.Namespace(align=[edge, *box_ids]):
            return align_boxes(layout, box_ids, _one_of(EDGES, edge))
        case argparse.Namespace(distribute=[axis, *box_ids]):
            return distribute_boxes(layout, box_ids, _one_of(AXES, axis))
        case argparse.Namespace(equal=[what, *box_ids]):
            chosen_sides = _one_of(("width", "height", "size"), what)
            width, height = chosen_sides != "height", chosen_sides != "width"
            return equalise_boxes(layout, box_ids, width=width, height=height)
        case argparse.Namespace(canvas=[width, height]):
            return set_canvas(layout, Size(_pixels(width), _pixels(height)))
        case argparse.Namespace(background=str(text)):
            return set_background(layout, text)
        case argparse.Namespace(negative=str(text)):
            return set_negative(layout, text)
        case argparse.Namespace(paste_layout=str(source), choice=list(keys)):
            return _pasted(layout, source, keys)
        case _:
            raise ValueError(f"no edit in {args}")


def _pasted(layout: Layout, source: str, keys: list[str]) -> Layout:
    """The layout of a text in place of this one; what the text does not speak of stays."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UserError(
            f"“{source}” could not be read: {error.strerror}.", "Choose a text file.", exit_code=ExitCode.USAGE
        ) from error
    return pasted_layout(layout, chosen(read_layout_text(text, layout.canvas), keys))


def _one_of(words: tuple[Word, ...], text: str) -> Word:
    for word in words:
        if word == text:
            return word
    raise UserError(f"“{text}” is not one of them.", f"Use {', '.join(words)}.", exit_code=ExitCode.USAGE)


def _pixels(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UserError(
            f"“{text}” is not a number of pixels.", "Use a whole number.", exit_code=ExitCode.USAGE
        ) from error
