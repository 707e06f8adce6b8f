"""Measures what a picture costs with every method, as multiples of what it costs with plain Stable Diffusion.

    python -m tests.benchmarks.render_cost [--painter starter|sd15|FOLDER] [--device cpu] [--boxes 2] [--steps 20]

Prints one JSON object: ``over_plain`` and ``peak_mb`` by method, ``guidance_iteration_ratio`` (a guidance iteration
over the full forward and backward), ``plain_over_diffusers`` (over diffusers' own pipeline). On a CPU seconds are those
of all threads of the process, so that other programs do not lengthen them. Guidance never stops early.

``starter`` paints whole pictures. ``sd15`` is the full-size UNet of Stable Diffusion 1.5 with random weights: on CUDA
it paints at 512 pixels; on a CPU only the guidance iteration is measured at 512, every kind of UNet call at 256 pixels
and multiplied by how often it is made, as counted on a thin UNet of the same layers; the VAE is left out.

Bounds: the iteration ratio at most 0.70 on sd15 (operation counts say 0.67), plain at most 1.1 times diffusers,
lmd_plus at most 20 s with the starter painter and three boxes on two CPU cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.workers.environment import CHILD_ENVIRONMENT

if TYPE_CHECKING:
    from lmd_desktop.rendering.method import Method
    from lmd_desktop.rendering.pipeline import Pipeline
    from tests.benchmarks.unet_calls import Kind, Trace

THINGS = (
    ("a red car", Rect(32, 320, 200, 112)),
    ("a blue cup", Rect(320, 288, 128, 128)),
    ("a yellow balloon", Rect(208, 32, 96, 176)),
)
PREDICTED_ITERATION_RATIO = 0.67  # 841 of 1248 GFLOP
MOST_CALLS = 8  # of one picture, to meet every kind of call of its first stage
NOTE = (
    "CPU: every kind of UNet call measured on the full-size UNet with random weights at 256 px (unit_seconds; the "
    "guidance iteration's ratio at 512 px), times the calls of a picture (unet_calls); peak_mb is that of the process, "
    "weights included, in those calls."
)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--painter", default="starter", help="starter, sd15, or a diffusers folder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--boxes", type=int, default=2, choices=range(1, len(THINGS) + 1))
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3, help="pictures per method (sd15 on a CPU: pairs of ratios)")
    arguments = parser.parse_args()
    os.environ.update(dict(CHILD_ENVIRONMENT))  # as in the worker, and before torch reads it
    figures = {"painter": arguments.painter, "device": arguments.device, "cores": os.cpu_count()}
    figures |= {"boxes": arguments.boxes, "steps": arguments.steps}
    figures |= full_size(arguments) if arguments.painter == "sd15" else whole_pictures(arguments)
    print(json.dumps(figures, indent=2))


def whole_pictures(arguments: argparse.Namespace) -> dict[str, Any]:
    """Pictures from the request to the pixels, with a painter that is on disk; seeds go round all methods."""
    from lmd_desktop.rendering.methods import all_methods
    from lmd_desktop.rendering.pipeline import load_pipeline
    from lmd_desktop.rendering.renderer import Renderer
    from tests.benchmarks.guidance_cost import guidance_iteration_ratio, plain_over_diffusers
    from tests.benchmarks.unet_calls import never_satisfied, peak_of, seconds_of

    folder = starter_painter() if arguments.painter == "starter" else Path(arguments.painter)
    renderer = Renderer(folder, device=arguments.device)
    pipeline = load_pipeline(folder, device=arguments.device)
    methods = [method for method in all_methods() if set(method.spec.needs) <= set(renderer.can)]
    seconds: dict[str, list[float]] = {method.spec.name: [] for method in methods}
    wall: dict[str, list[float]] = {name: [] for name in seconds}
    peaks: dict[str, float] = {}
    calls: dict[str, int] = {}
    for seed in range(arguments.repeat + 1):
        for method in methods:
            name = method.spec.name
            request = request_of(arguments, name, seed=seed, parameters=never_satisfied(method))
            reports: list[int] = []

            def paint(request: RenderRequest = request, reports: list[int] = reports) -> None:
                renderer.render(
                    request,
                    check=lambda: None,
                    on_progress=lambda *report: reports.append(report[3]),
                    on_preview=None,
                )

            started = time.perf_counter()
            spent, peak = peak_of(pipeline.device, lambda: seconds_of(pipeline.device, paint))
            if seed:  # the first picture of a method warms up
                seconds[name].append(spent)
                wall[name].append(time.perf_counter() - started)
            peaks[name], calls[name] = peak, reports[-1]
    cost = {name: statistics.median(values) for name, values in seconds.items()}
    request = request_of(arguments, "plain")
    return {
        "guidance_iteration_ratio": round(guidance_iteration_ratio(pipeline, request, repeat=5), 3),
        "plain_over_diffusers": round(plain_over_diffusers(pipeline, request, repeat=arguments.repeat), 3),
        "over_plain": {name: round(value / cost["plain"], 2) for name, value in cost.items()},
        "peak_mb": {name: round(value) for name, value in peaks.items()},
        "seconds": {name: round(value, 2) for name, value in cost.items()},
        "wall_seconds": {name: round(statistics.median(values), 2) for name, values in wall.items()},
        "unet_calls": calls,
    }


def full_size(arguments: argparse.Namespace) -> dict[str, Any]:
    """Stable Diffusion 1.5 with random weights: whole pictures on CUDA, counted calls on a CPU."""
    from lmd_desktop.rendering.methods import all_methods
    from tests.benchmarks.guidance_cost import guidance_iteration_ratio, plain_over_diffusers
    from tests.benchmarks.sd15 import CHANNELS, THIN_CHANNELS, make_pipeline
    from tests.benchmarks.unet_calls import never_satisfied, trace

    is_counted = arguments.device == "cpu"
    methods = all_methods()
    counts: dict[str, Counter[Kind]] = {}
    if is_counted:
        thin = make_pipeline(THIN_CHANNELS, pixels=128, device=arguments.device)
        for method in methods:
            request = request_of(arguments, method.spec.name, parameters=never_satisfied(method))
            counts[method.spec.name] = trace(thin, request, method).counts
    two_steps = request_of(arguments, "plain", steps=2)
    # One iteration is short enough for a CPU at 512 pixels, where the skipped blocks weigh more than at 256.
    whole = make_pipeline(CHANNELS, pixels=512, device=arguments.device)
    iteration = guidance_iteration_ratio(whole, two_steps, repeat=arguments.repeat)
    pipeline = make_pipeline(CHANNELS, pixels=256, device=arguments.device) if is_counted else whole
    ratios = {
        "predicted_guidance_iteration_ratio": PREDICTED_ITERATION_RATIO,
        "guidance_iteration_ratio": round(iteration, 3),
        "plain_over_diffusers": round(plain_over_diffusers(pipeline, two_steps, repeat=arguments.repeat), 3),
    }
    del whole
    traces = {
        method.spec.name: measured(pipeline, arguments, method, counts.get(method.spec.name)) for method in methods
    }
    peaks = {"peak_mb": {name: round(max(one.peak_mb for one in found)) for name, found in traces.items()}}
    if not is_counted:
        cost = {name: sum(sum(values) for values in found[0].seconds.values()) for name, found in traces.items()}
        return ratios | {"over_plain": over_plain(cost)} | peaks
    units: dict[Kind, float] = {}
    for kind in {kind for found in traces.values() for one in found for kind in one.seconds}:
        units[kind] = statistics.median(
            value for found in traces.values() for one in found for value in one.seconds.get(kind, ())
        )
    cost = {name: sum(count * unit(kind, units) for kind, count in kinds.items()) for name, kinds in counts.items()}
    return {
        **ratios,
        "over_plain": over_plain(cost),
        **peaks,
        "unit_seconds": {str(kind): round(value, 3) for kind, value in sorted(units.items())},
        "unet_calls": {name: {str(kind): n for kind, n in sorted(kinds.items())} for name, kinds in counts.items()},
        "note": NOTE,
    }


def measured(
    pipeline: Pipeline, arguments: argparse.Namespace, method: type[Method], counts: Counter[Kind] | None
) -> list[Trace]:
    """Whole pictures, or as many calls as it takes to meet every kind of the method once or twice.

    Boxes that are painted alone come first and last long: a picture without them reaches the calls of the second stage.
    """
    from tests.benchmarks.unet_calls import never_satisfied, trace

    found: list[Trace] = []
    names = {parameter.name for parameter in method.spec.parameters}
    variants: list[dict[str, Any]] = [{}, {"per_box": False}] if counts and "per_box" in names else [{}]
    for parameters in variants:
        request = request_of(arguments, method.spec.name, parameters=never_satisfied(method, **parameters))
        met = {kind for one in found for kind in one.seconds}
        wanted = None if counts is None else Counter({kind: min(n, 2) for kind, n in counts.items() if kind not in met})
        found.append(trace(pipeline, request, method, wanted=wanted, most_calls=None if counts is None else MOST_CALLS))
    return found


def unit(kind: Kind, units: dict[Kind, float]) -> float:
    """What a call costs; one that was not met costs per picture what the most similar one does."""
    if kind in units:
        return units[kind]

    def difference(other: Kind) -> tuple[bool, bool, bool, int]:
        return (
            other.is_guidance != kind.is_guidance,
            other.is_grounded != kind.is_grounded,
            other.processors != kind.processors,
            abs(other.pictures - kind.pictures),
        )

    nearest = min(units, key=difference)
    return units[nearest] * kind.pictures / nearest.pictures


def over_plain(cost: dict[str, float]) -> dict[str, float]:
    return {name: round(value / cost["plain"], 2) for name, value in cost.items()}


def request_of(arguments: argparse.Namespace, method: str, **changes: Any) -> RenderRequest:
    """The layout that all methods paint."""
    boxes = tuple(
        Box(id=str(index), phrase=phrase, rect=rect, colour=colour_for(str(index)))
        for index, (phrase, rect) in enumerate(THINGS[: arguments.boxes], start=1)
    )
    steps = changes.pop("steps", arguments.steps)
    layout = Layout(Size(512, 512), boxes, "a grass field", "")
    return RenderRequest(layout=layout, method=method, num_inference_steps=steps, **changes)


if __name__ == "__main__":
    main()
