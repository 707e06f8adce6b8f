"""``lmd-desktop methods``: every render method with its parameters, the presets and the samplers."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from lmd_desktop.cli.command import Command, Outcome
from lmd_desktop.cli.jobs import Worker
from lmd_desktop.cli.progress import ProgressLine
from lmd_desktop.domain.presets import PRESETS, Preset
from lmd_desktop.domain.requests import MethodSpec, Parameter
from lmd_desktop.domain.samplers import SAMPLERS, Sampler


def methods_command() -> Command:
    return Command("methods", "List the render methods and their parameters.", _add_arguments, _run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def _run(args: argparse.Namespace) -> Outcome:
    del args
    with Worker("renderer", ProgressLine()) as renderer:
        specs = renderer.ready().methods
    data: dict[str, object] = {
        "methods": [asdict(spec) for spec in specs],
        "presets": [asdict(preset) for preset in PRESETS.values()],
        "samplers": [asdict(sampler) for sampler in SAMPLERS.values()],
    }
    presets = "\n    ".join(["Presets", *(_preset_text(preset) for preset in PRESETS.values())])
    samplers = "\n    ".join(["Samplers", *(_sampler_text(sampler) for sampler in SAMPLERS.values())])
    return Outcome(data, "\n\n".join([*(_method_text(spec) for spec in specs), presets, samplers]))


def _method_text(spec: MethodSpec) -> str:
    needs = f" (needs {', '.join(spec.needs)})" if spec.needs else ""
    head = f"{spec.name}: {spec.title}{needs}\n    {spec.summary}"
    return "\n".join([head, *(f"    {_parameter_text(parameter)}" for parameter in spec.parameters)])


def _preset_text(preset: Preset) -> str:
    guidance = f"{preset.guided_share:.0%} of the guided steps, {preset.iterations_share:.0%} of the iterations"
    return f"{preset.name} = {preset.num_inference_steps} steps, {guidance}  {preset.summary}"


def _sampler_text(sampler: Sampler) -> str:
    needs = f" (needs {', '.join(sampler.needs)})" if sampler.needs else ""
    return f"{sampler.name} = {sampler.title}{needs}  {sampler.summary}"


def _parameter_text(parameter: Parameter) -> str:
    match parameter.kind:
        case "choice":
            values = " | ".join(parameter.choices)
        case "bool":
            values = "true | false"
        case _:
            values = f"{parameter.minimum:g} to {parameter.maximum:g}"
    return f"{parameter.name} = {parameter.default}  ({values})  {parameter.summary}"
