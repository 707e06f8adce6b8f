"""Measures what a picture costs: seconds, UNet calls and stages of every method, three boxes and 20 steps.

    python -m tests.benchmarks.render_cost [--model FOLDER] [--device cpu] [--repeat 3]

Prints one JSON object with the median of the repeats; the bar is 20 s for lmd_plus with the starter painter on two
CPU cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.workers.environment import CHILD_ENVIRONMENT

if TYPE_CHECKING:
    from lmd_desktop.rendering.renderer import Renderer

BAR_S = 20.0
STEPS = 20
THINGS = (
    ("a red car", Rect(32, 320, 200, 112)),
    ("a blue cup", Rect(320, 288, 128, 128)),
    ("a yellow balloon", Rect(208, 32, 96, 176)),
)


def main() -> None:
    """Prints the figures; exits with 1 if lmd_plus misses its bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None, help="a diffusers folder; default: the starter painter")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.update(dict(CHILD_ENVIRONMENT))  # as in the worker, and before torch reads it
    from lmd_desktop.rendering.methods import method_specs
    from lmd_desktop.rendering.renderer import Renderer

    started = time.perf_counter()
    renderer = Renderer(arguments.model or starter_painter(), device=arguments.device)
    load_s = time.perf_counter() - started
    methods = {spec.name: measure(renderer, spec.name, arguments.repeat) for spec in reversed(method_specs())}
    seconds = methods["lmd_plus"]["seconds"]
    figures = {
        "model": renderer.name,
        "device": renderer.device,
        "cores": os.cpu_count(),
        "load_seconds": round(load_s, 2),
        "steps": STEPS,
        "boxes": len(THINGS),
        "methods": methods,
        "bar_seconds": BAR_S,
        "is_met": seconds <= BAR_S,
    }
    print(json.dumps(figures, indent=2))
    raise SystemExit(0 if seconds <= BAR_S else 1)


def measure(renderer: Renderer, method: str, repeat: int) -> dict[str, Any]:
    """One picture several times over; the first one warms up and does not count."""
    boxes = tuple(
        Box(id=str(index), phrase=phrase, rect=rect, colour=colour_for(str(index)))
        for index, (phrase, rect) in enumerate(THINGS, start=1)
    )
    layout = Layout(Size(512, 512), boxes, "a grass field", "")
    calls: list[int] = []
    seconds: list[float] = []
    cpu_seconds: list[float] = []
    stages: list[dict[str, float]] = []
    peak_mb = 0.0
    for seed in range(repeat + 1):
        started, cpu_started = time.perf_counter(), time.process_time()
        result = renderer.render(
            RenderRequest(layout=layout, method=method, num_inference_steps=STEPS, seed=seed),
            check=lambda: None,
            on_progress=lambda *report: calls.append(report[3]),
            on_preview=None,
        )
        if seed:
            seconds.append(time.perf_counter() - started)
            cpu_seconds.append(time.process_time() - cpu_started)
            stages.append(dict(result.seconds))
        peak_mb = result.peak_mb
    return {
        "seconds": round(statistics.median(seconds), 3),
        "cpu_seconds": round(statistics.median(cpu_seconds), 3),  # of all threads; tells a busy machine from a slow one
        "unet_calls": calls[-1],
        "stages": {name: round(statistics.median(stage[name] for stage in stages), 3) for name in stages[0]},
        "peak_mb": round(peak_mb),
    }


if __name__ == "__main__":
    main()
