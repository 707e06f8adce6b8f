"""``lmd-desktop run``: plan, paint and save in one go."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lmd_desktop.cli.command import Command, Outcome, seed
from lmd_desktop.cli.describe import layout_data
from lmd_desktop.cli.jobs import Worker
from lmd_desktop.cli.models import chosen_device, painter_model, planner_model
from lmd_desktop.cli.plan import answer
from lmd_desktop.cli.progress import ProgressLine
from lmd_desktop.cli.render import PNG, PaintOptions, check_paintable, paint
from lmd_desktop.cli.scenes import file_name_for, free_path, make_folder, new_scene
from lmd_desktop.domain.changes import describe_changes
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderSettings
from lmd_desktop.domain.scene import add_request, edit_layout
from lmd_desktop.storage.scene_file import SUFFIX


def run_command() -> Command:
    return Command("run", "Plan a sentence, paint it, and save picture and scene.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT", help="what the picture should show")
    parser.add_argument("--seed", type=seed, metavar="N", help="repeat an earlier run (default: new seeds)")
    parser.add_argument("-o", "--out", type=Path, default=Path(), metavar="DIR", help="where to (default: here)")


def _run(args: argparse.Namespace) -> Outcome:
    data, _ = plan_paint_save(args.prompt, args.out, name=file_name_for(args.prompt), seed=args.seed, by_hand=None)
    return Outcome(data)


def plan_paint_save(
    prompt: str, folder: Path, *, name: str, seed: int | None, by_hand: Callable[[Layout], Layout] | None
) -> tuple[dict[str, object], Layout]:
    """The whole job in a folder; ``by_hand`` edits the plan as a person would before it is painted."""
    progress = ProgressLine()
    make_folder(folder)
    opened = new_scene(free_path(folder, name, SUFFIX))
    asked = add_request(opened.content.scene, prompt)
    planner_path, painter_path = planner_model(None), painter_model(None)
    # The renderer imports its libraries while the planner works.
    with Worker("renderer", progress) as renderer:
        with Worker("planner", progress) as planner:
            scene, _ = answer(planner, asked, model=planner_path, seed=seed)
        if by_hand is not None:
            edited = by_hand(scene.layout)
            progress.say(f"By hand: {describe_changes(scene.layout, edited) or 'nothing to change'}.")
            scene = edit_layout(scene, edited)
        opened = opened.with_scene(scene)
        settings = replace(RenderSettings(), seed=seed)
        out = opened.path.with_suffix(PNG)
        try:
            check_paintable(opened)
            options = PaintOptions(painter_path, chosen_device(None), out)
            opened, data = paint(renderer, opened, settings, options=options)
        finally:
            # The plan is not lost if painting fails.
            opened.save()
    return data | {"layout": layout_data(scene.layout)}, scene.layout
