"""``lmd-desktop plan``: a sentence becomes a layout, alone or as the next turn of a scene's dialog."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmd_desktop.cli.command import Command, Outcome, seed
from lmd_desktop.cli.describe import plan_data
from lmd_desktop.cli.jobs import Worker
from lmd_desktop.cli.models import drawn_seed, planner_model
from lmd_desktop.cli.progress import ProgressLine
from lmd_desktop.cli.scenes import open_or_make_scene
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import MAX_CANDIDATES, USUAL_CANDIDATES, PlanRequest, PlanResult
from lmd_desktop.domain.scene import Request, Scene, add_request
from lmd_desktop.domain.undo_request import answer_undo

MAX_TEMPLATE_BYTES = 100_000


def plan_command() -> Command:
    return Command("plan", "Turn a sentence into a layout of boxes.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT", help="what the picture should show, or what should change")
    parser.add_argument(
        "--scene", type=Path, metavar="FILE", help="make this the next turn of a scene file (made if it is not there)"
    )
    parser.add_argument("--seed", type=seed, metavar="N", help="repeat an earlier answer (default: a new seed)")
    parser.add_argument("--model", type=Path, metavar="PATH.gguf", help="another planner than that of the settings")
    parser.add_argument(
        "--template", type=Path, metavar="FILE", help="your edited copy of resources/planner/instructions.txt"
    )
    parser.add_argument(
        "--candidates",
        type=_count,
        default=USUAL_CANDIDATES,
        metavar="N",
        help="draw up to N answers while they do not keep the request, and take the best (2; a tiny model 16)",
    )
    parser.add_argument(
        "--force-counts", action="store_true", help="things that the sentence counts get exactly that many boxes"
    )


def _run(args: argparse.Namespace) -> Outcome:
    progress = ProgressLine()
    opened = open_or_make_scene(args.scene) if args.scene else None
    before = opened.content.scene if opened else Scene()
    undone = answer_undo(before, args.prompt)
    if undone is not None:
        error = opened.with_scene(undone).try_to_save() if opened is not None else None
        return Outcome(plan_data(PlanResult(undone.layout, "", "", "", 0)), error=error)
    # Said before a model is loaded: what is wrong with the request or with the file.
    asked = add_request(before, args.prompt)
    model = planner_model(args.model)
    template = _read_template(args.template) if args.template else ""
    with Worker("planner", progress) as planner:
        planned, result = answer(
            planner,
            asked,
            model=model,
            seed=args.seed,
            template=template,
            counts_are_forced=args.force_counts,
            candidates=args.candidates,
        )
    for note in result.notes:
        progress.say(note)
    error = opened.with_scene(planned).try_to_save() if opened is not None else None
    return Outcome(plan_data(result), error=error)


def answer(
    planner: Worker,
    asked: Scene,
    *,
    model: str,
    seed: int | None,
    template: str = "",
    counts_are_forced: bool = False,
    candidates: int = USUAL_CANDIDATES,
) -> tuple[Scene, PlanResult]:
    """The scene with the planner's answer to the request at its head."""
    path = asked.dialog.path()
    request = path[-1]
    if not isinstance(request, Request):
        raise ValueError(f"turn {request.id} asks for nothing")
    asking = PlanRequest(
        path,
        request.layout,
        request.text,
        drawn_seed(seed),
        counts_are_forced=counts_are_forced,
        template=template,
        candidates=candidates,
    )
    result = planner.plan(model, asking)
    return add_answer(asked, result, is_decided=True), result


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MAX_CANDIDATES:
        raise argparse.ArgumentTypeError(f"{number} is not between 1 and {MAX_CANDIDATES}")
    return number


def _read_template(path: Path) -> str:
    try:
        return read_limited(path, MAX_TEMPLATE_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The template “{path}” could not be read: {error}.", "Choose a text file.", exit_code=ExitCode.USAGE
        ) from error
