"""What every starter-world recipe shares: time budget, checkpoints, weight averages, arguments, drawn batches."""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from diffusers.models.upsampling import Upsample2D
from PIL import Image
from torch import Tensor, nn

from lmd_desktop.judging.network import doubled

REPOSITORY = Path(__file__).resolve().parents[2]
TRAINING_FOLDER = REPOSITORY / ".training"
STARTER_FOLDER = REPOSITORY / "models" / "starter"
CHECKPOINT_INTERVAL_S = 150.0

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Budget:
    """Wall-clock minutes for a run; a resumed run brings the share that is already used."""

    minutes: float
    used_s: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed_s(self) -> float:
        """Seconds of training so far, earlier runs included."""
        return self.used_s + time.monotonic() - self.started

    @property
    def share(self) -> float:
        """From 0 at the start to 1 when the time is used up."""
        return min(self.elapsed_s / (self.minutes * 60), 1.0)


class Average:
    """Exponential moving average of a network's weights."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.weights = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Follow the network; quickly at first, so that the random start is forgotten."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        state = network.state_dict()
        averages = [self.weights[name] for name in state if state[name].is_floating_point()]
        values = [value for value in state.values() if value.is_floating_point()]
        torch._foreach_lerp_(averages, values, 1 - decay)


class Run:
    """A training run within its budget: goes on from a checkpoint, sets the learning rates, saves every few minutes.

    ``state`` is the checkpoint that the network was loaded from, if any; ``optimisers`` come with their peak learning
    rates; gradients longer than ``most_gradient`` are shortened to it.
    """

    def __init__(
        self,
        network: nn.Module,
        optimisers: Mapping[torch.optim.Optimizer, float],
        checkpoint: Path,
        arguments: argparse.Namespace,
        state: Mapping[str, Any] | None,
        *,
        average: Average | None = None,
        most_gradient: float = 1.0,
        warm_up_steps: int = 100,
    ) -> None:
        self._network, self._average, self._optimisers = network, average, optimisers
        self._checkpoint, self._most_gradient, self._warm_up_steps = checkpoint, most_gradient, warm_up_steps
        self.step, used_s = (int(state["step"]), float(state["used_s"])) if state else (0, 0.0)
        if state and "optimisers" in state:
            for optimiser, kept in zip(optimisers, state["optimisers"], strict=True):
                optimiser.load_state_dict(kept)
        self._begun = self.step
        self._budget = Budget(arguments.minutes, used_s)
        self._saved = time.monotonic()
        self.rng = random.Random(arguments.seed * 1000 + self.step)
        self.is_over = self.share >= 1.0
        if self.is_over:
            log.info("earlier runs have used up these %.1f minutes: give more to go on", arguments.minutes)

    @property
    def share(self) -> float:
        """From 0 at the start to 1 when the time is used up."""
        return self._budget.share

    def descend(self, loss: Tensor) -> None:
        """One step of every optimiser down the gradient of the loss; the last step, and some between, are kept."""
        loss.backward()
        groups = [group for optimiser in self._optimisers for group in optimiser.param_groups]
        nn.utils.clip_grad_norm_([value for group in groups for value in group["params"]], self._most_gradient)
        for optimiser, peak in self._optimisers.items():
            rate = learning_rate(self.share, self.step - self._begun, peak=peak, warm_up_steps=self._warm_up_steps)
            set_learning_rate(optimiser, rate)
            optimiser.step()
            optimiser.zero_grad()
        if self._average:
            self._average.update(self._network)
        self.step += 1
        self.is_over = self.share >= 1.0
        if self.is_over or time.monotonic() - self._saved > CHECKPOINT_INTERVAL_S:
            self._save()

    def report(self, figures: str) -> None:
        """Log step, seconds and these figures."""
        log.info("step %d  %.0f s  %s", self.step, self._budget.elapsed_s, figures)

    def _save(self) -> None:
        state = {
            "network": self._network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
            "step": self.step,
            "used_s": self._budget.elapsed_s,
        }
        if self._average:
            state["average"] = self._average.weights
        save_checkpoint(self._checkpoint, state)
        self._saved = time.monotonic()


def learning_rate(share: float, step: int, *, peak: float, warm_up_steps: int = 100) -> float:
    """Linear warm-up, then a straight line to 2 % of the peak at the end of the budget."""
    return peak * min(1.0, (step + 1) / warm_up_steps) * max(0.02, 1.0 - share)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate


def compiled(objective: Callable[..., T], device: torch.device) -> Callable[..., T]:
    """The objective through torch.compile: ten times as fast on a CPU; as it is where no compiler is found."""
    if device.type == "cpu" and shutil.which("g++") is None:
        log.info("no g++ here: training goes on much slower without torch.compile")
        return objective
    return torch.compile(objective)


def upsample_by_repeating(network: nn.Module) -> None:
    """Doubles pictures by repeating cells instead of by interpolation, for the reason given in ``doubled``."""
    for module in network.modules():
        if isinstance(module, Upsample2D):
            module.interpolate = False
            module.register_forward_pre_hook(_repeat_first)


def _repeat_first(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    cells, *rest = inputs
    return (doubled(cells), *rest)


def gains_and_matrices(
    network: nn.Module, is_outer: Callable[[str], bool]
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """What is trained of it: gains, biases and the outer layers, told by name, for AdamW; all else for Muon."""
    gains: list[nn.Parameter] = []
    matrices: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            (matrices if parameter.ndim >= 2 and not is_outer(name) else gains).append(parameter)
    return gains, matrices


def decibel(error: float) -> float:
    """The signal-to-noise ratio (PSNR) of pictures in -1..1 with this mean squared error."""
    return -10 * math.log10(error / 4)


def without_keys(path: Path, *names: str) -> None:
    """Leave names out of a JSON object on the disk: what a library wrote of this machine, or warns of when it reads."""
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = {name: value for name, value in content.items() if name not in names}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write beside the old checkpoint, then replace it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


def load_checkpoint(path: Path, device: torch.device) -> dict[str, Any] | None:
    """The checkpoint, or None when training starts from scratch or from committed weights."""
    if not path.is_file():
        return None
    log.info("resuming from %s", path)
    return torch.load(path, map_location=device, weights_only=True)


def recipe_arguments(summary: str, *, minutes: float) -> argparse.ArgumentParser:
    """The options that every recipe takes."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--minutes", type=float, default=minutes, help="time budget (default %(default)s)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch decides)")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def prepare(arguments: argparse.Namespace) -> torch.device:
    """Logging, threads, seed and the device of a recipe."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    name = arguments.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    log.info("budget: %.1f minutes on %s, %d threads", arguments.minutes, name, torch.get_num_threads())
    return torch.device(name)


def to_tensor(picture: Image.Image) -> Tensor:
    """RGB picture to (3, height, width) in -1..1."""
    pixels = np.asarray(picture.convert("RGB"))
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 127.5 - 1.0


def to_picture(tensor: Tensor) -> Image.Image:
    """(3, height, width) in -1..1 to an RGB picture."""
    pixels = ((tensor.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(pixels, "RGB")
