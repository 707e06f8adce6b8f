"""Kills the window (four of five times) or a worker of it at random moments, and looks for what is lost.

python -m tests.benchmarks.kills [--runs 100] [--seed N] [--sync-takes SECONDS]

An outside observer notes when the window told of an edit, a request, a finished picture. After the kill it opens the
scene file and what a new start would recover: everything older than one second must be there, the file must be whole,
and no process may be left. Prints one JSON object; the exit code is 1 if anything was lost. Jobs that a worker's death
ends are measured by ``worker_kills``. With ``--sync-takes`` the window has a disk that takes so long for every sync.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.recovery import find_leftovers
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from tests.benchmarks.kill_window import newest_edit

ROOT = Path(__file__).parents[2]
WORKER_EVERY = 5  # of so many kills one is that of a worker
SAFE_AFTER_S = 1.0
SHORTEST_S, LONGEST_S = 0.05, 10.0
AFTER_WORKER_S, GOES_ON_S = 1.5, 30.0
START_S, ORPHAN_S, LOOK_S = 300.0, 30.0, 0.01
RUNS_PER_SCENE = 10


@dataclass(slots=True)
class Observed:
    """What the window told, each with the moment it was heard."""

    lines: list[tuple[float, dict[str, object]]] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)

    def listen(self, stream: Iterator[str]) -> None:
        for line in stream:
            try:
                told = json.loads(line)
            except ValueError:
                continue  # killed within a line
            self.lines.append((time.monotonic(), told))
            if "started" in told:
                self.started.set()

    def before(self, moment: float, key: str) -> list[object]:
        return [told[key] for heard, told in list(self.lines) if key in told and heard <= moment]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--sync-takes", type=float, default=0.0)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    sums: dict[str, int] = dict.fromkeys(
        ("unreadable", "lost_edits", "lost_turns", "lost_renders", "orphans", "windows_lost_with_a_worker"), 0
    )
    counts: dict[str, int] = dict.fromkeys(("window_kills", "worker_kills", "edits", "saves", "renders", "turns"), 0)
    ends: list[float] = []
    done = 0
    while done < args.runs:
        with tempfile.TemporaryDirectory(prefix="lmd-kills-") as folder:
            for _ in range(min(RUNS_PER_SCENE, args.runs - done)):
                is_worker_kill = done % WORKER_EVERY == WORKER_EVERY - 1
                found, counted, ended = run_once(Path(folder), dice, args.sync_takes, is_worker_kill=is_worker_kill)
                for name, value in found.items():
                    sums[name] += value
                for name, value in counted.items():
                    counts[name] += value
                ends.append(ended)
                done += 1
                print(f"{done}/{args.runs} {found} {counted} {ended:.2f} s", file=sys.stderr, flush=True)
    gone = {"median": statistics.median(ends), "p95": sorted(ends)[int(0.95 * len(ends))], "max": max(ends)}
    rounded = {name: round(seconds, 2) for name, seconds in gone.items()}
    report = sums | {"runs": done, "seed": args.seed, "children_gone_after_s": rounded} | counts
    print(json.dumps(report, indent=2))
    return 1 if any(sums.values()) else 0


def run_once(
    folder: Path, dice: random.Random, sync_takes_s: float, *, is_worker_kill: bool, waits_for: int = 0
) -> tuple[dict[str, int], dict[str, int], float]:
    """One start, one kill, one look at what is left. ``waits_for``: the window tells so much before its time runs."""
    scene = folder / "scene.lmdscene"
    delay = dice.uniform(SHORTEST_S, LONGEST_S)
    options = (str(dice.randrange(2**31)), str(sync_takes_s))
    with _window(folder / "home", scene, options) as (process, observed):
        if not observed.started.wait(START_S):
            raise RuntimeError("the window did not start")
        while len(observed.lines) < waits_for and process.poll() is None:
            time.sleep(LOOK_S)
        time.sleep(delay)
        window = psutil.Process(process.pid)
        lost_windows = 0
        if is_worker_kill:
            lost_windows = _kill_a_worker(window, observed, dice)
        children = window.children(recursive=True)
        killed = time.monotonic()
        process.kill()
        process.wait()
        ended, orphans = _wait_for_end(children, killed)
    found = _look(folder, scene, observed, killed - SAFE_AFTER_S)
    counted = {
        "window_kills": not is_worker_kill,
        "worker_kills": is_worker_kill,
        "edits": len(observed.before(killed, "edit")),
        "saves": len(observed.before(killed, "saved")),
        "renders": len(observed.before(killed, "render")),
        "turns": len(observed.before(killed, "turn")),
    }
    found |= {"orphans": orphans, "windows_lost_with_a_worker": lost_windows}
    return found, {name: int(value) for name, value in counted.items()}, ended


@contextmanager
def _window(home: Path, scene: Path, options: tuple[str, ...]) -> Iterator[tuple[subprocess.Popen[str], Observed]]:
    command = [sys.executable, "-m", "tests.benchmarks.kill_window", str(scene), *options]
    environment = os.environ | {"LMD_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    observed = Observed()
    listener = threading.Thread(target=observed.listen, args=(process.stdout,), daemon=True)
    listener.start()
    try:
        yield process, observed
    finally:
        process.kill()
        process.wait()
        listener.join(10)
        process.stdout.close()


def _kill_a_worker(window: psutil.Process, observed: Observed, dice: random.Random) -> int:
    """1 if the window did not go on."""
    workers = [child for child in window.children() if "spawn_main" in " ".join(child.cmdline())]
    if workers:
        dice.choice(workers).kill()
    before = len(observed.lines)
    time.sleep(AFTER_WORKER_S)
    end = time.monotonic() + GOES_ON_S
    while len(observed.lines) == before and window.is_running() and time.monotonic() < end:
        time.sleep(LOOK_S)
    return int(not window.is_running() or len(observed.lines) == before)


def _wait_for_end(children: list[psutil.Process], killed: float) -> tuple[float, int]:
    """How long the last child lived on, and how many never ended (those are killed now)."""
    alive, is_late = children, False
    while alive and time.monotonic() - killed < ORPHAN_S:
        time.sleep(LOOK_S)
        alive = [child for child in alive if _lives(child)]
        if alive and not is_late and time.monotonic() - killed > SAFE_AFTER_S:
            is_late = True
            print(f"alive after {SAFE_AFTER_S} s: {[_described(child) for child in alive]}", file=sys.stderr)
    ended = time.monotonic() - killed
    for child in alive:
        child.kill()
    return ended, len(alive)


def _lives(child: psutil.Process) -> bool:
    """A zombie has ended; how soon its entry goes is up to the system's first process."""
    try:
        return child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _described(child: psutil.Process) -> str:
    """What it runs, and how much processor it was given in its life."""
    try:
        spent = child.cpu_times()
        return f"{' '.join(child.cmdline())[-60:]} ({spent.user + spent.system:.2f} s of processor)"
    except psutil.NoSuchProcess:
        return "gone"


def _look(folder: Path, scene: Path, observed: Observed, moment: float) -> dict[str, int]:
    found = {"unreadable": 0, "lost_edits": 0, "lost_turns": 0, "lost_renders": 0}
    content = SceneContent()
    try:
        if scene.exists():
            loaded = load_scene(scene)
            content = loaded.content
            found["unreadable"] += bool(loaded.notes)
        data = folder / "home" / "data"
        leftovers = find_leftovers(data / "recovery", data / "autosave")
        if leftovers:
            content = leftovers[0].load(PictureStore(data / "pictures")).content
    except UserError as error:
        print(f"unreadable: {error}", file=sys.stderr)
        found["unreadable"] += 1
        return found
    edits = [number for number in observed.before(moment, "edit") if isinstance(number, int)]
    found["lost_edits"] = max(0, max(edits, default=0) - newest_edit(content.scene))
    turns = {turn.id for turn in content.scene.dialog.turns}
    found["lost_turns"] = len(set(observed.before(moment, "turn")) - turns)
    renders = {record.sha256 for record in content.renders}
    found["lost_renders"] = len(set(observed.before(moment, "render")) - renders)
    return found


if __name__ == "__main__":
    sys.exit(main())
