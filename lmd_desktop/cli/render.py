"""``lmd-desktop render``: the layout of a scene file becomes a picture that is added to the file."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lmd_desktop.cli.command import Command, Outcome, count, seed, steps
from lmd_desktop.cli.describe import picture_data
from lmd_desktop.cli.jobs import Worker
from lmd_desktop.cli.models import chosen_device, drawn_seed, painter_model
from lmd_desktop.cli.parts import add_parts, chosen_parts
from lmd_desktop.cli.progress import ProgressLine
from lmd_desktop.cli.scenes import OpenScene, add_explanation, add_picture, free_path, open_scene
from lmd_desktop.cli.verify import Verifier, add_verify_arguments, verifier_of
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.painter import PainterParts
from lmd_desktop.domain.presets import PRESETS, Preset, with_preset
from lmd_desktop.domain.requests import MAX_SEED, MethodSpec, RenderSettings, request_for
from lmd_desktop.domain.samplers import SAMPLERS
from lmd_desktop.workers.attempts import MEMORY_STEPS

PNG = ".png"
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True, slots=True)
class PaintOptions:
    """What a command asks for beside the settings of the scene; ``steps`` wins over those of the preset.

    ``count`` None is one picture, and not even a list of one in the JSON.
    """

    model: str
    device: str
    out: Path
    preset: Preset | None = None
    steps: int | None = None
    parts: PainterParts = PainterParts()
    count: int | None = None
    saves_memory: bool = False
    explains: bool = False
    verifier: Verifier | None = None


def render_command() -> Command:
    return Command("render", "Paint the layout of a scene file.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the scene file; the picture is added to it")
    parser.add_argument("--method", metavar="NAME", help="see “lmd-desktop methods” (default: that of the scene)")
    parser.add_argument("--preset", choices=tuple(PRESETS), help="steps and guidance (default: those of the scene)")
    samplers = tuple(SAMPLERS)
    parser.add_argument("--sampler", choices=samplers, help="how the steps are taken (default: that of the scene)")
    parser.add_argument("--seed", type=seed, metavar="N", help="repeat an earlier picture (default: that of the scene)")
    parser.add_argument("--steps", type=steps, metavar="N", help="denoising steps (default: those of the scene)")
    parser.add_argument("--count", type=count, metavar="N", help="so many pictures, with seeds counted on")
    parser.add_argument("--low-memory", action="store_true", help="slower, with as little memory as can be")
    parser.add_argument("--explain", action="store_true", help="also a sheet of attention and masks over the steps")
    parser.add_argument("--device", choices=DEVICES, help="where to paint (default: that of the settings)")
    parser.add_argument("--model", type=Path, metavar="DIR_OR_FILE", help="another painter than that of the settings")
    add_parts(parser)
    add_verify_arguments(parser)
    parser.add_argument("-o", "--out", type=Path, metavar="OUT.png", help="the picture (default: beside the scene)")


def _run(args: argparse.Namespace) -> Outcome:
    progress = ProgressLine()
    opened = open_scene(args.file)
    for note in opened.notes:
        progress.say(note)
    check_paintable(opened)
    parts = chosen_parts(args)
    options = PaintOptions(
        model=painter_model(args.model, parts),
        device=chosen_device(args.device),
        out=args.out or free_path(args.file.parent, args.file.stem, PNG),
        preset=PRESETS.get(args.preset),
        steps=args.steps,
        parts=parts,
        count=args.count,
        saves_memory=args.low_memory,
        explains=args.explain,
        verifier=verifier_of(args),
    )
    settings = _with_options(opened.content.settings, args)
    with Worker("renderer", progress) as renderer:
        opened, data = paint(renderer, opened, settings, options=options)
    return Outcome(data, error=opened.try_to_save())


def paint(
    renderer: Worker, opened: OpenScene, settings: RenderSettings, *, options: PaintOptions
) -> tuple[OpenScene, dict[str, object]]:
    """Paint what the canvas shows; the scene with the pictures (not saved yet) and the JSON about the first."""
    spec = _method(settings.method, renderer.ready().methods)
    if options.preset is not None:
        settings = with_preset(settings, options.preset, spec)
    if options.steps is not None:
        settings = replace(settings, num_inference_steps=options.steps)
    scene = opened.content.scene
    request = request_for(scene.layout, settings, drawn_seed(settings.seed))
    rendered = partial(
        renderer.render,
        options.model,
        device=options.device,
        parts=options.parts,
        memory_level=len(MEMORY_STEPS) - 1 if options.saves_memory else 0,
    )
    if options.verifier is not None:
        return options.verifier.add_best(
            renderer, opened, request, lambda asked: rendered(asked)[0], spec=spec, out=options.out
        )
    results = rendered(
        request,
        more_seeds=tuple((request.seed + index) % (MAX_SEED + 1) for index in range(1, options.count or 1)),
        explains=options.explains,
    )
    for note in results[0].notes:
        renderer.say(note)
    pictures: list[dict[str, object]] = []
    for index, result in enumerate(results):
        out = options.out if index == 0 else free_path(options.out.parent, options.out.stem, PNG)
        opened = add_picture(opened, result, out)
        data = picture_data(result, out.absolute(), opened.path.absolute(), spec)
        if result.explanation is not None:
            sheet = free_path(out.parent, f"{out.stem}-explained", PNG)
            opened = add_explanation(opened, result.explanation, sheet)
            data["explanation"] = str(sheet.absolute())
        pictures.append(data)
    return opened, pictures[0] if options.count is None else pictures[0] | {"pictures": pictures}


def check_paintable(opened: OpenScene) -> None:
    """Raises UserError if there is nothing that a picture could show."""
    layout = opened.content.scene.layout
    if not (layout.enabled_boxes or layout.background_prompt or opened.content.settings.prompt):
        raise UserError(
            f"There is nothing to paint in “{opened.path}”.",
            "Add boxes with “lmd-desktop plan” or “lmd-desktop edit” first.",
            exit_code=ExitCode.USAGE,
        )


def _with_options(settings: RenderSettings, args: argparse.Namespace) -> RenderSettings:
    if args.method is not None and args.method != settings.method:
        # The parameters belong to the other method.
        settings = replace(settings, method=args.method, parameters=())
    if args.seed is not None:
        settings = replace(settings, seed=args.seed)
    if args.sampler is not None:
        settings = replace(settings, sampler=args.sampler)
    return settings


def _method(name: str, specs: tuple[MethodSpec, ...]) -> MethodSpec:
    for spec in specs:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in specs)
    raise UserError(f"There is no method “{name}”.", f"The methods are: {known}.", exit_code=ExitCode.USAGE)
