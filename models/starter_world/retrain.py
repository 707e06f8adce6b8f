"""Trains one of the bundled models with all its steps: python -m models.starter_world.retrain painter."""

from __future__ import annotations

import argparse
import logging
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from models.starter_world.training import REPOSITORY, TRAINING_FOLDER

SHARDS = ("--shards", "15")  # of 2,000 scenes
ANEW = ("--from-scratch",)
STOPPED = 130  # as shells say after Ctrl+C
VERIFIER = ("--folder", "models/starter/verifier", "--seed", "2")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a recipe, with its minutes on two cores; 0 is as long as it takes."""

    name: str
    module: str  # below models.starter_world
    minutes: float = 0.0
    options: tuple[str, ...] = ()
    has_device: bool = True


PICTURES = Step("pictures", "pictures", options=SHARDS)
LATENTS = Step("latents", "latents", options=SHARDS)
PREVIEW = Step("tiny decoder", "train_preview", 8)
EXPORT = Step("export", "export")
PLANNER_EXPORT = Step("export", "planner.export", has_device=False)

# From the last checkpoint, or from the committed weights: what was learned stays valid for what is trained after it.
ONWARD: dict[str, tuple[Step, ...]] = {
    "painter": (
        PICTURES,
        Step("decoder", "train_autoencoder", 25),
        LATENTS,
        Step("UNet", "train_painter", 90),
        PREVIEW,
        EXPORT,
    ),
    "judge": (PICTURES, Step("judge", "train_judge", 33)),
    "verifier": (PICTURES, Step("verifier", "train_judge", 33, VERIFIER)),
    "planner": (Step("planner", "planner.train", 60), PLANNER_EXPORT),
}
# From noise, with the budgets of the shipped weights. The planner's minutes include those of the steps before.
FROM_SCRATCH: dict[str, tuple[Step, ...]] = {
    "painter": (
        Step("text encoder", "train_text_encoder", 5, ANEW),
        PICTURES,
        Step("autoencoder", "train_autoencoder", 25, ANEW),
        Step("decoder", "train_autoencoder", 40),
        LATENTS,
        Step("UNet", "train_painter", 325, ANEW),
        PREVIEW,
        EXPORT,
    ),
    "judge": (PICTURES, Step("judge", "train_judge", 33, ANEW)),
    "verifier": (PICTURES, Step("verifier", "train_judge", 33, (*VERIFIER, *ANEW))),
    "planner": (
        Step("four layers", "planner.train", 63, ANEW),
        Step("six layers", "planner.train", 150, ("--layers", "6", "--rate", "0.4")),
        Step("last touch", "planner.train", 175, ("--rate", "0.1")),
        PLANNER_EXPORT,
    ),
}
# What must not be there when a model begins from noise.
LEFT_OVERS: dict[str, tuple[str, ...]] = {
    "painter": (
        *("text_encoder.pt", "autoencoder.pt", "autoencoder_wider.pt", "decoder.pt", "vae"),
        *("pictures", "latents", "painter.pt", "preview.pt"),
    ),
    "judge": ("judge.pt",),
    "verifier": ("verifier.pt",),
    "planner": ("planner",),
}


def main(arguments: list[str] | None = None) -> int:
    """Run or show the steps; the exit status is that of the first step that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=tuple(ONWARD))
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--share-of-budget", type=float, default=1.0, help="of each step's minutes (default 1)")
    parser.add_argument("--from-scratch", action="store_true", help="not from committed weights; may take hours")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and do nothing")
    given = parser.parse_args(arguments)
    if given.share_of_budget <= 0:
        parser.error(f"a share of {given.share_of_budget} leaves no time to train: give more than 0")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    done_file = TRAINING_FOLDER / f"{given.model}.steps-done"
    from_scratch: bool = given.from_scratch or done_file.is_file()
    steps = (FROM_SCRATCH if from_scratch else ONWARD)[given.model]
    if given.dry_run:
        for number, step in enumerate(steps, start=1):
            print(f"# step {number} of {len(steps)}, {step.name}: {_budget(step, given.share_of_budget)}")
            print(shlex.join(["python", *command(step, given.device, given.share_of_budget)]))
        return 0
    if given.device == "cuda" and not torch.cuda.is_available():
        parser.error("no CUDA device is found here: choose --device cpu, or install a torch that has CUDA")
    if not from_scratch:
        return run(steps, given.device, given.share_of_budget)
    if not done_file.is_file():
        set_aside(TRAINING_FOLDER, LEFT_OVERS[given.model])
        done_file.parent.mkdir(parents=True, exist_ok=True)
        done_file.touch()
    status = run(steps, given.device, given.share_of_budget, done_file)
    if status == 0:
        done_file.unlink()
    return status


def command(step: Step, device: str, share: float) -> list[str]:
    """What Python is called with."""
    words = ["-m", f"models.starter_world.{step.module}", *step.options]
    words += ["--minutes", f"{step.minutes * share:g}"] if step.minutes else []
    return [*words, "--device", device] if step.has_device else words


def run(steps: Sequence[Step], device: str, share: float, done_file: Path | None = None) -> int:
    """One step after the other until one fails; those that ``done_file`` lists are left out."""
    done = done_file.read_text(encoding="utf-8").splitlines() if done_file else []
    for number, step in enumerate(steps, start=1):
        if step.name in done:
            log.info("step %d of %d, %s: done before", number, len(steps), step.name)
            continue
        log.info("step %d of %d, %s: %s", number, len(steps), step.name, _budget(step, share))
        try:
            status, last_line = call(command(step, device, share))
        except KeyboardInterrupt:
            status, last_line = STOPPED, "stopped by hand"
        if status:
            log.error("Step %d of %d (%s) failed: %s", number, len(steps), step.name, last_line)
            log.error("The same command goes on from here, once the cause is mended.")
            return status
        if done_file:
            done_file.write_text("\n".join([*done, step.name]) + "\n", encoding="utf-8")
            done.append(step.name)
    log.info("done: see models/starter_world/README.md for how to measure it")
    return 0


def call(words: list[str]) -> tuple[int, str]:
    """Exit status and last line of what it says, which is shown as it comes."""
    last_line = "it said nothing"
    with subprocess.Popen(
        [sys.executable, *words], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    ) as process:
        for line in process.stderr or ():
            sys.stderr.write(line)
            last_line = line.strip() or last_line
    return process.returncode, last_line


def _budget(step: Step, share: float) -> str:
    return f"{step.minutes * share:g} minutes, earlier runs included" if step.minutes else "as long as it takes"


def set_aside(folder: Path, names: Sequence[str]) -> None:
    """Move what earlier runs left into a folder of its own, so that nothing is lost."""
    found = [folder / name for name in names if (folder / name).exists()]
    if not found:
        return
    number = 1
    while (aside := folder / f"before-{number}").exists():
        number += 1
    aside.mkdir()
    for path in found:
        path.rename(aside / path.name)
    kept = ", ".join(path.name for path in found)
    log.info("%s of earlier runs: moved to %s, which may be deleted", kept, aside)


if __name__ == "__main__":
    sys.exit(main())
