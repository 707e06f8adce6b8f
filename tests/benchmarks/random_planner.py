"""A planner of teaching size, from loading to unloading: ``python -m tests.benchmarks.random_planner``.

A Qwen3 of 0.6 billion random parameters with a vocabulary of real size plans under the grammar, is cancelled while it
reads and while it writes, plans again, and gives its memory back. Prints one JSON object; ends with 1 if one
of these fails.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from lmd_desktop.domain.errors import Cancelled
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.planning.lines import BoxLine, parse_line
from lmd_desktop.planning.planner import Planner
from lmd_desktop.planning.templates import bundled_template
from lmd_desktop.workers.environment import child_environment
from lmd_desktop.workers.memory import free_ram
from lmd_desktop.workers.planner_worker import planner_fit
from tests.benchmarks.random_model import FLAT, TEACHING, write_random_model

MB = 1_000_000
STARTER = Path(__file__).parents[2] / "models/starter/planner/planner-starter-q8_0.gguf"
SHORT = "Answer with boxes."  # the model understands no instructions; long ones would only cost time
TEXT = "a red car and two blue cups"
MOST_LEFT = 0.05  # of the memory before
DECODE_TOKENS = 8  # written before the cancel


def main() -> None:
    """Write the model, and measure in a process that has seen nothing else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="40 MB instead of 630, to try this program out")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure is not None:
        print(json.dumps(measure(arguments.measure), indent=2))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = write_random_model(Path(folder) / "random.gguf", FLAT if arguments.small else TEACHING)
        command = [sys.executable, "-m", "tests.benchmarks.random_planner", "--measure", str(path)]
        with child_environment():
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout.strip())
    sys.exit(0 if json.loads(done.stdout)["ok"] else 1)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A cancelled plan: how far it was, and how long it took to stop after that."""

    stage: str
    seconds: float


def measure(path: Path) -> dict[str, object]:
    """The memory before is that of a process that has done all of this with the starter model and closed it."""
    warm_up = Planner(STARTER)
    plan(warm_up)
    stop(warm_up, "boxes")
    stop(warm_up, "prompt", template=bundled_template())
    warm_up.close()
    del warm_up
    chosen = planner_fit(path)
    gc.collect()
    before, free_before = _resident(), free_ram()
    started = time.perf_counter()
    planner = Planner(path, chosen.settings, sha256="0" * 64)
    loaded = time.perf_counter() - started
    first = plan(planner)
    in_use = _resident()
    in_decode = stop(planner, "boxes")
    again = plan(planner)
    in_prefill = stop(planner, "prompt", template=bundled_template())
    planner.close()
    del planner
    gc.collect()
    after, free_after = _resident(), free_ram()
    checks = {
        "every answer is a layout inside the canvas": all(is_inside(result) for result in (first, again)),
        "cancelled while reading": in_prefill.stage == "prompt",
        "cancelled while writing": in_decode.stage == "boxes",
        "memory is back": after <= (1 + MOST_LEFT) * before,
        "the estimate holds": in_use - before <= 1.1 * chosen.ram,
    }
    return {
        "ok": all(checks.values()),
        "checks": checks,
        "file_mb": path.stat().st_size // MB,
        "estimate": chosen.sentence,
        "resident_mb": {"before": before // MB, "in_use": in_use // MB, "after": after // MB},
        "left_over": round(after / before - 1, 4),
        "available_mb": {"before": free_before // MB, "after": free_after // MB},
        "load_s": round(loaded, 2),
        "plan_s": round(first.seconds, 2),
        "tokens": {"evaluated": first.tokens_evaluated, "generated": first.tokens_generated},
        "stops_within_s": {"prefill": round(in_prefill.seconds, 3), "decode": round(in_decode.seconds, 3)},
    }


def request_of(template: str = SHORT) -> PlanRequest:
    asked = add_request(Scene(), TEXT)
    return PlanRequest(
        asked.dialog.path(), asked.layout, TEXT, 1, is_checked=False, counts_are_forced=True, template=template
    )


def is_inside(result: PlanResult) -> bool:
    """Three boxes as the grammar wrote them, before any repair, and a background."""
    lines = [parse_line(line) for line in result.raw.splitlines()]
    rects = [line.rect for line in lines if isinstance(line, BoxLine)]
    return (
        len(rects) == 3
        and all(rect.x >= 0 <= rect.y and rect.right <= 512 >= rect.bottom for rect in rects)
        and bool(result.layout.background_prompt)
    )


def plan(planner: Planner) -> PlanResult:
    return planner.plan(request_of(), check=lambda: None, on_box=lambda box: None, on_progress=lambda *step: None)


def stop(planner: Planner, wanted: str, *, template: str = SHORT) -> Stopped:
    """Cancel in the middle of a stage."""
    seen = [""]
    asked_at = [0.0]

    def on_progress(stage: str, step: int, total: int, tokens: int) -> None:
        seen[0] = stage
        is_deep = tokens >= DECODE_TOKENS if wanted == "boxes" else 0 < step < total
        if stage == wanted and is_deep and not asked_at[0]:
            asked_at[0] = time.perf_counter()

    def check() -> None:
        if asked_at[0]:
            raise Cancelled

    try:
        planner.plan(request_of(template), check=check, on_box=lambda box: None, on_progress=on_progress)
    except Cancelled:
        return Stopped(seen[0], time.perf_counter() - asked_at[0])
    return Stopped("never", 0.0)


def _resident() -> int:
    return psutil.Process().memory_info().rss


if __name__ == "__main__":
    main()
