"""Trains the starter planner within a stated time; run it as a module, `--help` tells how."""

from __future__ import annotations

import argparse
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional
from tokenizers import Tokenizer
from torch import Tensor

from models.starter_world.planner.dialogs import Mix, draw_dialog
from models.starter_world.planner.export import GGUF_PATH, load_gguf
from models.starter_world.planner.model import Planner, PlannerConfig, grown
from models.starter_world.planner.muon import Muon
from models.starter_world.planner.tokens import PAD, Example, build_tokenizer, encode_turns, load_tokenizer, token_id

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parents[3] / ".training" / "planner"
CHECKPOINT_EVERY_S = 120.0
REPORT_EVERY_S = 30.0
TOKENS_PER_STEP = {"cpu": 4096, "cuda": 32768}
POOL = 1500  # dialogs drawn and sorted by length at a time
WARM_UP = 0.02
COOL_DOWN = 0.4  # share of the time after which the rate falls to nothing
WARM_RATE = 0.3  # of the full rates, where trained weights go on; there it falls all the time
MATRIX_RATE = 0.02
TABLE_RATE = 3e-3
EMBEDDING_RATE = 1.5e-2


@dataclass(slots=True)
class Run:
    """What a checkpoint holds beside the weights."""

    seconds: float = 0.0
    steps: int = 0
    tokens: int = 0
    seed: int = 100
    is_warm: bool = False  # it began with trained weights: copying needs no practice of its own
    began: float = 0.0  # seconds at which this stretch began: one that ended is followed by another with its own rates
    until: float = 0.0  # seconds at which it is over

    def aim_at(self, budget: float) -> None:
        """Go on with the stretch that was broken off; behind one that ended begin another."""
        if 0 < self.seconds >= self.until:
            self.began, self.is_warm = self.seconds, True
        self.until = budget

    @property
    def progress(self) -> float:
        """Share of the present stretch that is over."""
        return (self.seconds - self.began) / (self.until - self.began)


def main() -> None:
    """Train, checkpoint, and stop when the time is over."""
    parser = argparse.ArgumentParser(description="Train the starter planner.")
    parser.add_argument("--minutes", type=float, default=75.0, help="training time in all, earlier runs included")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where checkpoints are kept")
    parser.add_argument("--from-scratch", action="store_true", help="not from the committed weights")
    parser.add_argument(
        "--rate", type=float, default=WARM_RATE, help="share of the full learning rate at which trained weights go on"
    )
    parser.add_argument("--layers", type=int, help="insert layers up to this number; they begin as if not there")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    device = torch.device(_device(arguments.device))
    train(
        device,
        arguments.folder,
        minutes=arguments.minutes,
        layers=arguments.layers,
        from_scratch=arguments.from_scratch,
        warm_rate=arguments.rate,
    )


def train(
    device: torch.device,
    folder: Path,
    *,
    minutes: float,
    layers: int | None = None,
    from_scratch: bool = False,
    warm_rate: float = WARM_RATE,
) -> None:
    """The training loop; with ``layers`` the network is first grown to so many."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)  # probabilities and moments near zero make CPU arithmetic crawl
    planner, tokenizer, run, saved = _begin(folder, from_scratch=from_scratch)
    if layers is not None and layers > planner.config.layers:
        planner, saved = grown(planner, layers), []
    planner.to(device)
    optimizers = _optimizers(planner)
    if saved:
        for optimizer, state in zip(optimizers, saved, strict=True):
            optimizer.load_state_dict(state)
    budget = minutes * 60
    run.aim_at(budget)
    log.info(
        "budget: %.0f minutes on %s, %.0f of them used; %d weights, %d tokens a step",
        minutes,
        device,
        run.seconds / 60,
        sum(weight.numel() for weight in planner.parameters()),
        TOKENS_PER_STEP[device.type],
    )
    batches = _batches(tokenizer, run, tokens=TOKENS_PER_STEP[device.type])
    before = time.monotonic()
    saved_at = reported_at = run.seconds
    seen, sums = 0, torch.zeros(4, dtype=torch.float64)
    while run.seconds < budget:
        ids, weights = (part.to(device) for part in next(batches))
        rate = _rate(run.progress, warm=warm_rate if run.is_warm else None)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["full"] * rate
        sums += _step(planner, ids, weights, optimizers=optimizers)
        run.steps += 1
        run.tokens += ids.numel()
        seen += ids.numel()
        now = time.monotonic()
        run.seconds, before = run.seconds + now - before, now
        if run.seconds - reported_at > REPORT_EVERY_S:
            speed = seen / (run.seconds - reported_at)
            usual, changes = sums[0] / sums[1].clamp(min=1), sums[2] / sums[3].clamp(min=1)
            log.info(
                "%5.1f min, step %d, %.2f M tokens, %.0f tokens/s, loss %.4f, of changes %.4f, rate %.2f",
                run.seconds / 60,
                run.steps,
                run.tokens / 1e6,
                speed,
                usual,
                changes,
                rate,
            )
            reported_at, seen, sums = run.seconds, 0, torch.zeros(4, dtype=torch.float64)
        if run.seconds - saved_at > CHECKPOINT_EVERY_S or run.seconds >= budget:
            save(folder, planner, optimizers=optimizers, run=run)
            saved_at = run.seconds


def _optimizers(planner: Planner) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices inside the layers, AdamW for tables and gains; each group keeps its full rate."""
    matrices = [weight for weight in planner.blk.parameters() if weight.dim() == 2]
    apart = {id(weight) for weight in (*matrices, planner.token_embd.weight)}
    others = [weight for weight in planner.parameters() if id(weight) not in apart]
    return (
        Muon([{"params": matrices, "full": MATRIX_RATE}], decay=0.1),
        torch.optim.AdamW(
            [
                {"params": [planner.token_embd.weight], "full": EMBEDDING_RATE},
                {"params": others, "full": TABLE_RATE},
            ],
            betas=(0.9, 0.98),
            weight_decay=0.0,
        ),
    )


def _step(
    planner: Planner,
    ids: Tensor,
    weights: Tensor,
    *,
    optimizers: tuple[torch.optim.Optimizer, ...],
) -> Tensor:
    """One step; returns summed loss and count of the usual tokens, then of those where the canvas changes."""
    wanted = weights[:, 1:].flatten()
    learnt = wanted.nonzero().squeeze(1)
    wanted = wanted[learnt]
    with torch.autocast(ids.device.type, torch.bfloat16):
        hidden = planner(ids)[:, :-1].flatten(0, 1)  # (batch * tokens, width)
        logits = planner.logits(hidden[learnt])
    losses = functional.cross_entropy(logits.float(), ids[:, 1:].flatten()[learnt], reduction="none")
    loss = (losses * wanted).sum() / wanted.sum()
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(planner.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    changes = wanted > 1.0
    plain = losses.detach()
    sums = (plain[~changes].sum(), (~changes).sum(), plain[changes].sum(), changes.sum())
    return torch.stack([part.double() for part in sums]).cpu()


def curriculum(progress: float, *, is_warm: bool) -> tuple[Mix, float]:
    """What is practised and how much the numbers weigh: copying first, then relations and edits, then dialogs."""
    if progress < 0.18 and not is_warm:
        return Mix(copies=0.5, followup_first=0.35, another_turn=0.03, chinese=0.04), 0.99
    if progress < 0.45 and is_warm:
        return Mix(followup_first=0.8, another_turn=0.35), 1.0
    if progress < 0.58 and not is_warm:
        # One change on a small canvas: which box is meant, and what becomes of its numbers.
        return Mix(followup_first=0.8, another_turn=0.03, most_boxes=4, mistakes=0.03), 1.0
    return Mix(followup_first=0.8, another_turn=0.45, chinese=0.1, max_turns=5), 0.8


def _batches(tokenizer: Tokenizer, run: Run, *, tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches of dialogs of about equal length, padded on the right."""
    pad = token_id(tokenizer, PAD)
    rng = random.Random(run.seed * 1_000_003 + run.steps)
    while True:
        mix, weight = curriculum(run.progress, is_warm=run.is_warm)
        pool = [encode_turns(tokenizer, draw_dialog(rng, mix), coordinate_weight=weight) for _ in range(POOL)]
        pool.sort(key=lambda example: len(example.ids))
        cuts: list[list[Example]] = [[]]
        for example in pool:
            if (len(cuts[-1]) + 1) * len(example.ids) > tokens and cuts[-1]:
                cuts.append([])
            cuts[-1].append(example)
        rng.shuffle(cuts)
        for examples in cuts:
            longest = -(-max(len(example.ids) for example in examples) // 8) * 8
            ids = [example.ids + [pad] * (longest - len(example.ids)) for example in examples]
            weights = [example.weights + [0.0] * (longest - len(example.ids)) for example in examples]
            yield torch.tensor(ids), torch.tensor(weights)


def _rate(progress: float, *, warm: float | None) -> float:
    """Share of the full learning rate: up, level, down to nothing; from ``warm`` on it falls all the time."""
    most, level = (1.0, COOL_DOWN) if warm is None else (warm, WARM_UP)
    if progress < WARM_UP:
        return most * max(progress / WARM_UP, 0.02)
    return most * min(max((1 - progress) / (1 - level), 0.01), 1.0)


def _begin(folder: Path, *, from_scratch: bool) -> tuple[Planner, Tokenizer, Run, list[dict[str, object]]]:
    """From the checkpoint, else from the committed weights, else from nothing."""
    checkpoint, merges = folder / "checkpoint.pt", folder / "tokenizer.json"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        planner, tokenizer = load_checkpoint(folder)
        log.info("resuming from %s", checkpoint)
        return planner, tokenizer, Run(**state["run"]), state["optimizers"]
    if GGUF_PATH.exists() and not from_scratch:
        planner, tokenizer = load_gguf(GGUF_PATH)
        tokenizer.save(str(merges))
        log.info("starting from the committed weights in %s with a new optimiser", GGUF_PATH)
        return planner, tokenizer, Run(seed=int(time.time()), is_warm=True), []
    tokenizer = build_tokenizer()
    tokenizer.save(str(merges))
    torch.manual_seed(0)
    return Planner(PlannerConfig(vocabulary=tokenizer.get_vocab_size())), tokenizer, Run(), []


def load_checkpoint(folder: Path) -> tuple[Planner, Tokenizer]:
    """Network and tokenizer of the newest checkpoint."""
    state = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    planner = Planner(PlannerConfig(**state["config"]))
    planner.load_state_dict(state["weights"])
    return planner, load_tokenizer(folder / "tokenizer.json")


def save(folder: Path, planner: Planner, *, optimizers: tuple[torch.optim.Optimizer, ...], run: Run) -> None:
    """Write the checkpoint beside the old one, then replace it."""
    state = {
        "config": asdict(planner.config),
        "weights": planner.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "run": asdict(run),
    }
    target = folder / "checkpoint.pt"
    torch.save(state, target.with_suffix(".new"))
    target.with_suffix(".new").replace(target)
    log.info("checkpoint at %.1f minutes", run.seconds / 60)


def _device(name: str) -> str:
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


if __name__ == "__main__":
    main()
