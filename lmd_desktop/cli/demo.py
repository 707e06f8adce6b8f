"""``lmd-desktop demo``: the whole job without a window, as the start script shows it on a machine without a display."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.cli.describe import layout_text
from lmd_desktop.cli.run import plan_paint_save
from lmd_desktop.domain.edits import nudge_boxes
from lmd_desktop.domain.layout import Layout

PROMPT = "a red car on the left of a blue cup, without cats"
SEED = 1
MOVE_SHARE = 0.125  # of the canvas's height


def demo_command() -> Command:
    return Command("demo", "Show the whole job: plan a sentence, move a box, paint, save.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--out", type=Path, default=Path("out"), metavar="DIR", help="where to (default: out)")


def _run(args: argparse.Namespace) -> Outcome:
    data, layout = plan_paint_save(PROMPT, args.out, name="first-light", seed=SEED, by_hand=with_first_box_moved)
    text = f"“{PROMPT}”\n{layout_text(layout)}\n\nPicture: {data['picture']}\nScene:   {data['scene']}"
    return Outcome(data, text)


def with_first_box_moved(layout: Layout) -> Layout:
    """The first box an eighth of the canvas lower, or higher if it stands at the bottom."""
    if not layout.boxes:
        return layout
    first = layout.boxes[0]
    down = round(layout.canvas.height * MOVE_SHARE)
    has_room = first.rect.bottom + down <= layout.canvas.height
    return nudge_boxes(layout, [first.id], 0, down if has_room else -down)
