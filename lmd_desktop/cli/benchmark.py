"""``lmd-desktop benchmark``: the LMD benchmark and harder suites, with any planner, painter, method and judge."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lmd_desktop import __version__
from lmd_desktop.benchmark.crew import Crew
from lmd_desktop.benchmark.dialog_report import DialogFindings, dialog_page, write_dialog_report
from lmd_desktop.benchmark.dialog_run import lead_dialogs
from lmd_desktop.benchmark.dialogs import benchmark_dialogs
from lmd_desktop.benchmark.given_layouts import given_layouts
from lmd_desktop.benchmark.journal import Journal
from lmd_desktop.benchmark.judges import JUDGES, open_judges
from lmd_desktop.benchmark.painting_run import PICTURES, Verdict, paint_all, plan_shots
from lmd_desktop.benchmark.planning_run import PlannedPrompt, parsed_plans, plan_all
from lmd_desktop.benchmark.progress import Done
from lmd_desktop.benchmark.prompts import BenchmarkPrompt, even_sample
from lmd_desktop.benchmark.report import (
    BEGIN,
    END,
    IMAGES,
    REPORT,
    Findings,
    around_marks,
    report_page,
    write_excerpt,
    write_report,
)
from lmd_desktop.benchmark.suites import MULTI_ROUND, PAPER, suite_names, suite_prompts
from lmd_desktop.benchmark.variants import ALL, MOST, Variant, read_variants
from lmd_desktop.catalog import file_sha256, models_folder
from lmd_desktop.catalog.painter_folder import parts_sha256
from lmd_desktop.cli.command import Command, Outcome, steps
from lmd_desktop.cli.models import chosen_device, painter_model, planner_model
from lmd_desktop.cli.progress import CLEAR_LINE
from lmd_desktop.cli.scenes import make_folder
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderSettings
from lmd_desktop.domain.samplers import SAMPLERS
from lmd_desktop.judging.detection import Judge
from lmd_desktop.storage.paths import cache_folder, logs_folder
from lmd_desktop.workers.environment import usable_cores
from lmd_desktop.workers.hardware import look_at_hardware

STAGES = ("1", "2", "both")
DEVICES = ("auto", "cpu", "cuda", "mps")
HASH_DIGITS = 12
OUT = Path("benchmark")
SAY_EVERY = 25  # finished pieces between two lines where there is no terminal


def benchmark_command() -> Command:
    return Command("benchmark", "Measure planner and methods on the LMD benchmark.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", choices=STAGES, default="both", help="plan, paint, or both (default)")
    parser.add_argument("--suite", choices=suite_names(), default=PAPER, help="which captions (default: the paper's)")
    parser.add_argument(
        "--methods",
        default=ALL,
        metavar="A,B",
        help="methods, also NAME:PARAMETER=VALUE, NAME:seeds=N or NAME:retries=N, “ablations” of lmd_plus "
        "(default: all)",
    )
    parser.add_argument("--seeds", type=_seeds, default=1, metavar="N", help="pictures per caption and method")
    parser.add_argument("--limit", type=_count, metavar="N", help="so many captions, evenly over the tasks")
    parser.add_argument(
        "--steps", type=steps, default=RenderSettings().num_inference_steps, metavar="N", help="denoising steps"
    )
    parser.add_argument(
        "--sampler", choices=tuple(SAMPLERS), help="how the steps are taken (default: the painter's own)"
    )
    parser.add_argument("--planner", type=Path, metavar="PATH.gguf", help="another planner than that of the settings")
    parser.add_argument("--painter", type=Path, metavar="DIR_OR_FILE", help="another painter than that of the settings")
    parser.add_argument(
        "--layouts", metavar="FILE", help="stage 2 on these plans of an earlier run, or on “caption” (the parser's)"
    )
    parser.add_argument("--judge", choices=JUDGES, default="starter", help="who looks at the pictures")
    parser.add_argument("--judge-path", type=Path, metavar="DIR", help="the folder of an OWL-ViT or OWLv2")
    parser.add_argument("--verifier", choices=JUDGES, help="who looks for NAME:retries=N; another one than the judge")
    parser.add_argument(
        "--verifier-path", type=Path, metavar="DIR", help="the folder of the verifier, also of another starter judge"
    )
    parser.add_argument("--device", choices=DEVICES, help="where to paint (default: that of the settings)")
    parser.add_argument("--processes", type=_count, metavar="N", help="painters at once (default: 2 on a CPU)")
    parser.add_argument("-o", "--out", type=Path, default=OUT, metavar="DIR", help="where to")
    parser.add_argument("--report", type=Path, metavar="FILE.md", help="the page with tables and images goes there")
    parser.add_argument(
        "--readme",
        type=Path,
        metavar="FILE.md",
        help=f"put our rows and the sheet there too, between {BEGIN} and {END}",
    )


def _run(args: argparse.Namespace) -> Outcome:
    _check(args)
    make_folder(args.out)
    page = args.report or args.out / REPORT
    make_folder(page.absolute().parent)
    counter = _Counter()
    try:
        if args.suite == MULTI_ROUND:
            led = _led(args, counter)
            data, text = write_dialog_report(led, args.out, page), dialog_page(led)
        else:
            findings = _measured(args, even_sample(suite_prompts(args.suite), args.limit), counter)
            data, text = write_report(findings, args.out, page), report_page(findings, args.out, page.parent)
            if args.readme is not None:
                write_excerpt(findings, args.readme, page.parent / IMAGES)
    except KeyboardInterrupt:
        counter.say(f"What is finished is kept in “{args.out}”; the same command goes on with the rest.")
        raise
    finally:
        counter.clear()
    return Outcome(data | {"report": str(page), "out": str(args.out)}, text)


def _led(args: argparse.Namespace, counter: _Counter) -> DialogFindings:
    """Dialogs instead of single captions."""
    model = planner_model(args.planner)
    sha256 = file_sha256(Path(model), cache_folder())
    journal = Journal(args.out, "dialogs", {"suite": args.suite, "planner": sha256, "version": __version__})
    counter.say(f"Dialogs are kept in {journal.path}.")
    with Crew("planner", 1, logs_folder()) as crew:
        dialogs = benchmark_dialogs()[: args.limit]
        turns = lead_dialogs(dialogs, crew, journal, model=model, on_done=counter.show)
    name = Path(model).stem
    settings = {"dialogs": len(dialogs), "version": __version__, "planner": f"{name} {sha256[:HASH_DIGITS]}"}
    return DialogFindings(args.suite, _command_line(args), settings, name, turns)


def _measured(args: argparse.Namespace, prompts: tuple[BenchmarkPrompt, ...], counter: _Counter) -> Findings:
    plans: tuple[PlannedPrompt, ...] = ()
    layouts: Mapping[int, Layout] = {}
    verdicts: tuple[Verdict, ...] = ()
    came_from = planner = ""
    settings: dict[str, object] = {"captions": len(prompts), "version": __version__}
    with ExitStack() as stack:
        is_given = args.stage == "2" and args.layouts
        if is_given:
            layouts, came_from = given_layouts(args.layouts, prompts)
        studio = stack.enter_context(_studio(args)) if args.stage != "1" else None
        if not is_given:
            planner, sha256, plans = _planned(args, prompts, counter)
            layouts = {plan.prompt.index: plan.layout for plan in plans}
            came_from = f"planner {sha256[:HASH_DIGITS]}"
            settings["planner"] = f"{planner} {sha256[:HASH_DIGITS]}"
        if studio is not None:
            verdicts = _painted(args, studio, prompts, layouts, came_from, counter)
            settings |= {**studio.settings, "layouts": came_from, **studio.verified_by, "seeds": args.seeds}
    shows_plans = args.stage != "2"
    return Findings(
        suite=args.suite,
        command=_command_line(args),
        settings=settings,
        plans=plans if shows_plans else (),
        parsed=parsed_plans(prompts) if shows_plans else (),
        verdicts=verdicts,
        layouts=layouts,
        planner=planner,
        layouts_from=planner or came_from,
        judge=args.judge,
    )


def _planned(
    args: argparse.Namespace, prompts: tuple[BenchmarkPrompt, ...], counter: _Counter
) -> tuple[str, str, tuple[PlannedPrompt, ...]]:
    model = planner_model(args.planner)
    sha256 = file_sha256(Path(model), cache_folder())
    journal = Journal(args.out, "plans", {"suite": args.suite, "planner": sha256, "version": __version__})
    counter.say(f"Plans are kept in {journal.path}.")
    with Crew("planner", 1, logs_folder()) as crew:
        return Path(model).stem, sha256, plan_all(prompts, crew, journal, model=model, on_done=counter.show)


@dataclass(frozen=True, slots=True)
class _Studio:
    """Everything that painting needs, looked up and started; ``settings`` are those that a picture depends on."""

    crew: Crew
    variants: tuple[Variant, ...]
    model: str
    device: str
    render: RenderSettings
    judges: Mapping[str, Judge]
    verifier: Judge | None
    settings: Mapping[str, object]
    verified_by: Mapping[str, object]


@contextmanager
def _studio(args: argparse.Namespace) -> Generator[_Studio]:
    """Before the first plan, which may take hours: whatever is wrong with methods, painter or judges is told here."""
    model, device = painter_model(args.painter), chosen_device(args.device)
    judge_folder = _judge_folder(args.judge_path)
    render = RenderSettings(num_inference_steps=args.steps, sampler=args.sampler)
    settings: dict[str, object] = {
        "steps": render.num_inference_steps,
        "guidance_scale": render.guidance_scale,
        "sampler": render.sampler or "the painter's own",
        "painter": f"{Path(model).name} {_sha256(Path(model))}",
        "judge": f"{args.judge} {_sha256(judge_folder)}",
    }
    verifier, verified_by = None, dict[str, object]()
    if args.verifier:
        verifier_folder = _judge_folder(args.verifier_path)
        verified_by = {"verifier": f"{args.verifier} {_sha256(verifier_folder)}"}
        verifier = open_judges(args.verifier, verifier_folder)[""]
    judges = open_judges(args.judge, judge_folder)
    with Crew("renderer", args.processes or _processes(device), logs_folder()) as crew:
        variants = read_variants(args.methods, crew.ready().methods)
        if any(variant.retries for variant in variants) and verifier is None:
            raise UserError(
                "Nobody is there to see what must be painted again.",
                "Name another judge than the benchmark's with “--verifier”.",
                exit_code=ExitCode.USAGE,
            )
        yield _Studio(crew, variants, model, device, render, judges, verifier, settings, verified_by)


def _painted(
    args: argparse.Namespace,
    studio: _Studio,
    prompts: tuple[BenchmarkPrompt, ...],
    layouts: Mapping[int, Layout],
    came_from: str,
    counter: _Counter,
) -> tuple[Verdict, ...]:
    journal_settings = {**studio.settings, "layouts": came_from, "suite": args.suite, "version": __version__}
    journal = Journal(args.out, PICTURES, journal_settings)
    counter.say(f"Verdicts are kept in {journal.path}.")
    shots = plan_shots(prompts, layouts, studio.variants, seeds=args.seeds, settings=studio.render)
    verdicts: tuple[Verdict, ...] = ()
    for is_verified in (False, True):
        part = [shot for shot in shots if (shot.variant.retries > 0) == is_verified]
        if not part:
            continue
        # Verified ones have a journal of their own: all other rows stay valid when somebody else verifies.
        kept_in = Journal(args.out, PICTURES, {**journal_settings, **studio.verified_by}) if is_verified else journal
        verdicts += paint_all(
            part, studio.crew, kept_in, studio.judges, model=studio.model, device=studio.device, folder=args.out,
            on_done=counter.show, verifier=studio.verifier,
        )  # fmt: skip
    return verdicts


class _Counter:
    """One changing line in a terminal, a line now and then elsewhere; on standard error."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._has_line = False

    def show(self, done: Done) -> None:
        left = f", about {_time(done.seconds_left)} left" if done.seconds_left is not None else ""
        text = f"{done.what}: {done.done} of {done.total}{left}, {100 * done.so_far.value:.0f} % right so far"
        if self._is_terminal:
            sys.stderr.write(f"{CLEAR_LINE}{text}")
            sys.stderr.flush()
            self._has_line = True
        elif done.done % SAY_EVERY == 0 or done.done == done.total:
            print(text, file=sys.stderr, flush=True)

    def say(self, sentence: str) -> None:
        self.clear()
        print(sentence, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._has_line:
            sys.stderr.write(CLEAR_LINE)
            self._has_line = False


def _check(args: argparse.Namespace) -> None:
    """What argparse cannot see."""
    if args.readme is not None:
        around_marks(args.readme)
        if args.stage == "1":
            raise UserError("--readme is for pictures.", "Leave “--stage 1” out.", exit_code=ExitCode.USAGE)
    if args.suite == MULTI_ROUND and args.stage != "1":
        raise UserError("Dialogs are planned, not painted.", "Add “--stage 1”.", exit_code=ExitCode.USAGE)
    if args.verifier == args.judge and _is_same_judge(args):
        raise UserError(
            "A verifier may not judge its own pictures.",
            "Give another one with “--judge” or with “--verifier”.",
            exit_code=ExitCode.USAGE,
        )
    if args.verifier not in (None, "starter") and args.verifier_path is None:
        raise UserError(
            f"The judge {args.verifier} is not part of the app.",
            "Say where its folder lies with “--verifier-path”.",
            exit_code=ExitCode.USAGE,
        )
    if args.layouts and args.stage != "2":
        raise UserError("--layouts is for stage 2 alone.", "Add “--stage 2”.", exit_code=ExitCode.USAGE)
    if args.judge != "starter" and args.judge_path is None and args.stage != "1":
        raise UserError(
            f"The judge {args.judge} is not part of the app.",
            "Say where its folder lies with “--judge-path”.",
            exit_code=ExitCode.USAGE,
        )


def _command_line(args: argparse.Namespace) -> str:
    """The command with everything that it takes to make the same page again, files as seen from here.

    Of a file elsewhere the name alone: where it lies differs from machine to machine.
    """
    options: list[tuple[str, object]] = [("--suite", args.suite), ("--stage", args.stage)]
    if args.stage != "1":
        options += [
            *(("--methods", args.methods), ("--seeds", args.seeds), ("--steps", args.steps)),
            *(("--sampler", args.sampler), ("--painter", args.painter), ("--layouts", args.layouts)),
            *(("--judge", args.judge), ("--judge-path", args.judge_path)),
            *(("--verifier", args.verifier), ("--verifier-path", args.verifier_path)),
        ]
    options += [("--planner", args.planner), ("--limit", args.limit), ("-o", args.out if args.out != OUT else None)]
    options += [("--report", args.report), ("--readme", args.readme)]
    told = (f"{name} {shlex.quote(_from_here(value))}" for name, value in options if value is not None)
    return f"lmd-desktop benchmark {' '.join(told)}"


def _from_here(value: object) -> str:
    if not isinstance(value, Path):
        return str(value)
    whole, here = value.resolve(), Path.cwd().resolve()
    return (whole.relative_to(here) if whole.is_relative_to(here) else Path(whole.name)).as_posix()


def _processes(device: str) -> int:
    """Two painters use two cores better than one with two threads; a graphics card is not shared."""
    is_cpu = device == "cpu" or (device == "auto" and not look_at_hardware(cache_folder()).cards)
    return 2 if is_cpu and usable_cores() > 1 else 1


def _is_same_judge(args: argparse.Namespace) -> bool:
    return _sha256(_judge_folder(args.judge_path)) == _sha256(_judge_folder(args.verifier_path))


def _judge_folder(given: Path | None) -> Path:
    folder = given or models_folder() / "starter" / "judge"
    if not folder.is_dir():
        raise UserError(
            f"There is no judge in “{folder}”.", "Name the folder of one.", exit_code=ExitCode.MODEL_MISSING
        )
    return folder


def _sha256(path: Path) -> str:
    whole = parts_sha256(path, cache_folder()) if path.is_dir() else file_sha256(path, cache_folder())
    return whole[:HASH_DIGITS]


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _seeds(text: str) -> int:
    """For argparse: how many pictures of each caption."""
    count = _count(text)
    if count > MOST:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seeds: it must be from 1 to {MOST}")
    return count


def _count(text: str) -> int:
    """For argparse: a whole number from 1 on."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 on")
    return int(text)
