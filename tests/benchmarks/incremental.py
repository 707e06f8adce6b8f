"""Measures what a picture costs after one of three boxes was moved, over the first picture: LMD, nothing met early.

    python -m tests.benchmarks.incremental [--model FOLDER] [--method lmd] [--device cpu] [--steps 20] [--repeat 3]

Prints one JSON object; ``ratio`` is the median of the repeats, each with a seed and so with an empty cache of its own.
On a CPU seconds are those of all threads of the process, so that other programs do not lengthen them.

Prediction from the operation counts of Stable Diffusion 1.5 (see ``lmd.py``), in UNet forwards of one picture with
T steps: overall 2 T and 0.6 T guidance iterations of 1.05, each box alone T and as many iterations. First picture
2.6 T + 3 * 1.6 T, after the move 2.6 T: 0.35. LMD+ has 3.5 T overall and 1.1 T for each box: 0.50. Where boxes in one
batch cost less than one after the other, the first picture gets cheaper and the ratio rises. The bound, for LMD: 0.45.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmd_desktop.catalog import starter_painter
from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.workers.environment import CHILD_ENVIRONMENT

if TYPE_CHECKING:
    from lmd_desktop.rendering.renderer import Renderer

BOUND = 0.45
PREDICTED = {"lmd": 0.35, "lmd_plus": 0.50}
THINGS = (
    ("a red car", Rect(32, 320, 200, 112)),
    ("a blue cup", Rect(320, 288, 128, 128)),
    ("a yellow balloon", Rect(208, 32, 96, 176)),
)
MOVED_TO = Rect(280, 24, 200, 112)


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    unet_calls: int


def main() -> None:
    """Prints the figures; exits with 1 if the bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None, help="a diffusers folder; default: the starter painter")
    parser.add_argument("--method", default="lmd", choices=tuple(PREDICTED))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.update(dict(CHILD_ENVIRONMENT))  # as in the worker, and before torch reads it
    from lmd_desktop.rendering.renderer import Renderer

    renderer = Renderer(arguments.model or starter_painter(), device=arguments.device)
    boxes = tuple(
        Box(id=str(index), phrase=phrase, rect=rect, colour=colour_for(str(index)))
        for index, (phrase, rect) in enumerate(THINGS, start=1)
    )
    before = Layout(Size(512, 512), boxes, "a grass field", "")
    after = replace(before, boxes=(replace(boxes[0], rect=MOVED_TO), *boxes[1:]))
    request = RenderRequest(
        layout=before,
        method=arguments.method,
        parameters=(("threshold", 0.0),),
        num_inference_steps=arguments.steps,
    )
    paint(renderer, replace(request, num_inference_steps=2, seed=1000))  # warms up
    firsts: list[Cost] = []
    seconds: list[Cost] = []
    for seed in range(arguments.repeat):
        firsts.append(paint(renderer, replace(request, seed=seed)))
        seconds.append(paint(renderer, replace(request, seed=seed, layout=after)))
    ratio = statistics.median(second.seconds / first.seconds for first, second in zip(firsts, seconds, strict=True))
    figures = {
        "ratio": round(ratio, 3),
        "bound": BOUND,
        "is_met": ratio <= BOUND,
        "predicted": PREDICTED[arguments.method],
        "first_seconds": round(statistics.median(cost.seconds for cost in firsts), 3),
        "moved_seconds": round(statistics.median(cost.seconds for cost in seconds), 3),
        "first_unet_calls": firsts[0].unet_calls,
        "moved_unet_calls": seconds[0].unet_calls,
        "method": arguments.method,
        "model": renderer.name,
        "device": renderer.device,
        "steps": arguments.steps,
        "boxes": len(boxes),
    }
    print(json.dumps(figures, indent=2))
    raise SystemExit(0 if ratio <= BOUND else 1)


def paint(renderer: Renderer, request: RenderRequest) -> Cost:
    """One picture; seconds of the processor on a CPU, of the clock elsewhere."""
    clock = time.process_time if renderer.device == "cpu" else time.perf_counter
    calls: list[int] = []
    started = clock()
    renderer.render(
        request,
        check=lambda: None,
        on_progress=lambda *report: calls.append(report[3]),
        on_preview=None,
    )
    return Cost(clock() - started, calls[-1])


if __name__ == "__main__":
    main()
