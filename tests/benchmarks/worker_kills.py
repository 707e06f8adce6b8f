"""Kills each worker in the middle of jobs: how many jobs fail in words, how soon the next one runs, what is left over.

python -m tests.benchmarks.worker_kills [--kills 20] [--painter DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import statistics
import time
from pathlib import Path
from typing import Literal

import psutil

from lmd_desktop.catalog import starter_painter, starter_planner
from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.domain.requests import PlanRequest, RenderRequest
from lmd_desktop.domain.scene import Scene, add_request
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.messages import Died, Event, Failed, PlanJob, Planned, Progress, Ready, Rendered, RenderJob

WAIT_S = 300.0
LAYOUT = Layout(boxes=(Box("1", "a red car", Rect(64, 128, 256, 192), "#0072B2"),), background_prompt="a grass field")
PROMPT = "a red car, a blue cup, a green tree, a yellow ball and a white house on a grass field"
MANY_STEPS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="for each worker")
    parser.add_argument("--painter", type=Path, default=starter_painter())
    args = parser.parse_args()
    report = {
        "planner": kill_worker("planner", str(starter_planner()), kills=args.kills),
        "renderer": kill_worker("renderer", str(args.painter), kills=args.kills),
    }
    orphans = [child.pid for child in psutil.Process().children(recursive=True) if _is_worker(child)]
    print(json.dumps(report | {"orphans": len(orphans)}, indent=2))


def kill_worker(kind: Literal["planner", "renderer"], model: str, *, kills: int) -> dict[str, object]:
    """One job, killed once it reports progress, then a short one that must succeed; again and again."""
    events: queue.Queue[Event] = queue.Queue()
    client = WorkerClient(kind, events.put)
    noticed: list[float] = []
    recovered: list[float] = []
    causes: set[str] = set()
    for number in range(kills):
        client.submit(_job(kind, model, f"killed {number}", is_short=False))
        _wait(events, Progress)
        pid = client.pid
        if pid is None:
            raise RuntimeError("the worker was gone before it was killed")
        psutil.Process(pid).kill()
        killed = time.perf_counter()
        failed = _wait(events, Failed, Planned, Rendered)
        if not isinstance(failed, Failed):
            # It was finished before the kill reached it.
            _wait(events, Died)
        else:
            noticed.append(time.perf_counter() - killed)
            causes.add(failed.cause)
        client.submit(_job(kind, model, f"after {number}", is_short=True))
        _wait(events, Ready)
        _wait(events, Planned, Rendered)
        recovered.append(time.perf_counter() - killed)
    client.close()
    return {
        "kills": kills,
        "failed_in_words": len(noticed),
        "causes": sorted(causes),
        "noticed_ms_median": round(1000 * statistics.median(noticed), 1) if noticed else None,
        "next_job_done_s_median": round(statistics.median(recovered), 2),
        "next_job_done_s_max": round(max(recovered), 2),
    }


def _job(kind: str, model: str, job_id: str, *, is_short: bool) -> PlanJob | RenderJob:
    if kind == "planner":
        scene = add_request(Scene(), "a red ball" if is_short else PROMPT)
        return PlanJob(job_id, model, PlanRequest(scene.dialog.path(), scene.layout, scene.dialog.turns[-1].text, 1))
    steps = 2 if is_short else MANY_STEPS
    return RenderJob(job_id, model, RenderRequest(LAYOUT, "plain", num_inference_steps=steps), "cpu")


def _wait(events: queue.Queue[Event], *kinds: type) -> Event:
    while True:
        event = events.get(timeout=WAIT_S)
        if isinstance(event, kinds):
            return event
        if isinstance(event, Failed):
            raise RuntimeError(f"{event.cause} {event.next_step}")


def _is_worker(process: psutil.Process) -> bool:
    # The resource tracker of multiprocessing stays as long as this process.
    return process.is_running() and "resource_tracker" not in " ".join(process.cmdline())


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    main()
