"""Trains the starter judge on drawings, clean and spoiled: python -m models.starter_world.train_judge."""

from __future__ import annotations

import argparse
import json
import logging
import math
from pathlib import Path

import torch
import torch.nn.functional as functional
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file
from torch import Tensor

from lmd_desktop.judging.network import STRIDE, JudgeNetwork
from models.starter_world.drawing import DrawnScene, Item
from models.starter_world.pictures import read_all
from models.starter_world.planner.muon import Muon
from models.starter_world.train_autoencoder import trained_autoencoder
from models.starter_world.training import (
    STARTER_FOLDER,
    TRAINING_FOLDER,
    Run,
    compiled,
    gains_and_matrices,
    load_checkpoint,
    prepare,
    recipe_arguments,
)
from models.starter_world.vocabulary import COLOURS, THINGS

FOLDER = STARTER_FOLDER / "judge"
BATCH = 32
PASSED = 8_000  # drawings that are also seen as the autoencoder gives them back
MOST_LATENT_NOISE = 0.35  # of the deviation of the latents, as a painter's are never quite right
LUMA = (0.299, 0.587, 0.114)
PEAK_RATE = 2e-3
MATRIX_RATE = 0.01
SPOILED_SHARE = 0.6
COLOUR_WEIGHT = 0.5
SHAPE_WEIGHT = 0.5

log = logging.getLogger(__name__)


def main() -> None:
    """Train, then write weights and config."""
    parser = recipe_arguments(__doc__ or "", minutes=33)
    parser.add_argument("--from-scratch", action="store_true", help="not from the weights in the folder")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the judge; its name is the checkpoint's too")
    arguments = parser.parse_args()
    device = prepare(arguments)
    folder: Path = arguments.folder
    network = train(arguments, device)
    write(network, folder)
    log.info("wrote %s; run python -m tests.benchmarks.judge --folder %s for precision and recall", folder, folder)


def train(arguments: argparse.Namespace, device: torch.device) -> JudgeNetwork:
    """Run until the budget is used up."""
    network = JudgeNetwork(len(THINGS), len(COLOURS)).to(device)
    checkpoint = TRAINING_FOLDER / f"{arguments.folder.name}.pt"
    state = load_checkpoint(checkpoint, device)
    if state is not None:
        network.load_state_dict(state["network"])
    elif not arguments.from_scratch and (arguments.folder / "model.safetensors").is_file():
        log.info("starting from the committed weights in %s", arguments.folder)
        network.load_state_dict(load_file(arguments.folder / "model.safetensors"))
    drawn = read_all()
    log.info("passing %d drawings through the autoencoder", PASSED)
    passed = pass_through(trained_autoencoder(device), drawn.pixels[-PASSED:])
    look = compiled(network, device)
    rates = dict(zip(optimisers_of(network), (PEAK_RATE, MATRIX_RATE), strict=True))
    run = Run(network, rates, checkpoint, arguments, state, most_gradient=5.0)
    count = len(drawn.scenes)
    while not run.is_over:
        places = [run.rng.randrange(count) for _ in range(BATCH)]
        is_passed = [place >= count - PASSED and run.rng.random() < 0.8 for place in places]
        rows = [
            passed[place - count + PASSED] if again else drawn.pixels[place]
            for place, again in zip(places, is_passed, strict=True)
        ]
        pictures = spoil(torch.stack(rows).to(device).float() / 127.5 - 1.0)
        with torch.autocast(device.type, torch.bfloat16):
            things, colours, shape = look(pictures)
        loss = detection_loss((things.float(), colours.float(), shape.float()), [drawn.scenes[at] for at in places])
        run.descend(loss)
        if run.step % 100 == 0:
            run.report(f"loss {loss.item():.4f}")
    return network


def optimisers_of(network: JudgeNetwork) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """AdamW for gains, biases, the first and the last layers; Muon for the convolutions between."""
    outer = ("fine.0.0.", "things.", "colours.", "shape.")
    gains, matrices = gains_and_matrices(network, lambda name: name.startswith(outer))
    return torch.optim.AdamW(gains, weight_decay=0.01), Muon([{"params": matrices}])


def spoil(pictures: Tensor) -> Tensor:
    """Most pictures blurred, noisy or with changed light and colour, as a painter's mistakes are."""
    count, device = len(pictures), pictures.device

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, device=device)

    spoiled = blurred(pictures, draw(0.05, 1.6).flatten())
    luma = torch.tensor(LUMA, device=device)[:, None, None]
    gray = (spoiled * luma).sum(dim=1, keepdim=True)
    spoiled = gray + (spoiled - gray) * draw(0.75, 1.2)
    middle = spoiled.mean(dim=(1, 2, 3), keepdim=True)
    spoiled = middle + (spoiled - middle) * draw(0.85, 1.15)
    spoiled = (spoiled + 1) * draw(0.88, 1.12) - 1
    spoiled = spoiled + draw(0.0, 9 / 127.5) * torch.randn_like(spoiled)
    chosen = torch.rand(count, 1, 1, 1, device=device) < SPOILED_SHARE
    return torch.where(chosen, spoiled, pictures).clamp(-1, 1)


def blurred(pictures: Tensor, deviations: Tensor) -> Tensor:
    """Each picture under a Gaussian of its own deviation in pixels, (count)."""
    offsets = torch.arange(-4, 5, device=pictures.device)
    weights = torch.exp(-(offsets**2) / (2 * deviations[:, None] ** 2))
    weights = (weights / weights.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)  # (count * 3, 9)
    rows = pictures.flatten(0, 1)[None]  # (1, count * 3, height, width)
    groups = rows.shape[1]
    rows = functional.conv2d(functional.pad(rows, (4, 4, 0, 0), "replicate"), weights[:, None, None], groups=groups)
    rows = functional.conv2d(functional.pad(rows, (0, 0, 4, 4), "replicate"), weights[:, None, :, None], groups=groups)
    return rows.view_as(pictures)


@torch.no_grad()
def pass_through(autoencoder: AutoencoderKL, pixels: Tensor) -> Tensor:
    """Bytes (count, 3, height, width) as the painter's autoencoder gives them back."""
    device = next(autoencoder.parameters()).device
    passed: list[Tensor] = []
    for piece in pixels.split(25):
        with torch.autocast(device.type, torch.bfloat16):
            noise = MOST_LATENT_NOISE * torch.rand(len(piece), 1, 1, 1, device=device)
            given = through(autoencoder, piece.to(device).float() / 127.5 - 1.0, noise)
        passed.append(((given.float() + 1) * 127.5).round().byte().cpu())
    return torch.cat(passed)


@torch.no_grad()
def through(autoencoder: AutoencoderKL, pictures: Tensor, noise: Tensor | float = 0.1) -> Tensor:
    """The pictures as the painter's autoencoder gives them back, from slightly wrong latents.

    ``noise`` is a share of the latents' deviation, one for all or (pictures, 1, 1, 1).
    """
    latents = autoencoder.encode(pictures).latent_dist.mode()
    latents = latents + noise * latents.std() * torch.randn_like(latents)
    return autoencoder.decode(latents).sample.clamp(-1, 1)


def detection_loss(maps: tuple[Tensor, Tensor, Tensor], scenes: list[DrawnScene]) -> Tensor:
    """Focal loss on centres (Law and Deng 2018, equation 1), colours and shapes around the centres."""
    things, colours, shape = maps
    heat, spots, wanted_colours, wanted_shapes = targets(scenes, things.shape[1], things.shape[2])
    heat = heat.to(things.device)
    chance = torch.sigmoid(things).clamp(1e-4, 1 - 1e-4)
    is_centre = heat == 1
    found = -((1 - chance) ** 2) * chance.log() * is_centre
    false = -(chance**2) * (1 - chance).log() * (1 - heat) ** 4 * ~is_centre
    loss = (found.sum() + false.sum()) / max(int(is_centre.sum()), 1)
    if spots:
        rows, ys, xs = (torch.tensor(places) for places in zip(*spots, strict=True))
        tints = torch.tensor(wanted_colours, device=things.device)
        loss = loss + COLOUR_WEIGHT * functional.cross_entropy(colours[rows, :, ys, xs], tints)
        sizes = torch.tensor(wanted_shapes, device=things.device)
        loss = loss + SHAPE_WEIGHT * functional.l1_loss(shape[rows, :, ys, xs], sizes)
    return loss


def targets(
    scenes: list[DrawnScene], things: int, side: int
) -> tuple[Tensor, list[tuple[int, int, int]], list[int], list[list[float]]]:
    """Heat maps with a bump per thing, and for the cells at each centre the colour and shape to tell."""
    names, tints = list(THINGS), list(COLOURS)
    heat = torch.zeros(len(scenes), things, side, side)
    spots: list[tuple[int, int, int]] = []
    wanted_colours: list[int] = []
    wanted_shapes: list[list[float]] = []
    axis = torch.arange(side)
    for row, scene in enumerate(scenes):
        for item in scene.items:
            x, y = (item.x + item.width / 2) / STRIDE, (item.y + item.height / 2) / STRIDE
            column, line = min(int(x), side - 1), min(int(y), side - 1)
            spread_x, spread_y = _spread(item.width), _spread(item.height)
            bump = torch.exp(
                -((axis[:, None] - line) ** 2) / (2 * spread_y**2) - ((axis[None, :] - column) ** 2) / (2 * spread_x**2)
            )
            place = heat[row, names.index(item.thing)]
            torch.maximum(place, bump, out=place)
            for near_line, near_column in _cells_around(line, column, side):
                spots.append((row, near_line, near_column))
                wanted_colours.append(tints.index(item.colour))
                wanted_shapes.append(_shape(item, x - near_column - 0.5, y - near_line - 0.5))
    return heat, spots, wanted_colours, wanted_shapes


def _spread(length: int) -> float:
    return max(length / STRIDE / 8, 0.6)


def _cells_around(line: int, column: int, side: int) -> list[tuple[int, int]]:
    """The centre cell and its four neighbours: a peak may be found one cell off."""
    cells = [(line, column), (line - 1, column), (line + 1, column), (line, column - 1), (line, column + 1)]
    return [(y, x) for y, x in cells if 0 <= y < side and 0 <= x < side]


def _shape(item: Item, right: float, down: float) -> list[float]:
    return [right, down, math.log(item.width / STRIDE), math.log(item.height / STRIDE)]


def write(network: JudgeNetwork, folder: Path) -> None:
    """Weights in half precision and the words that go with them."""
    folder.mkdir(parents=True, exist_ok=True)
    words = {"things": THINGS, "colours": list(COLOURS), "side": 128}
    (folder / "config.json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    weights = {
        name: value.half().cpu().contiguous() if value.is_floating_point() else value.cpu()
        for name, value in network.state_dict().items()
    }
    save_file(weights, folder / "model.safetensors")


if __name__ == "__main__":
    main()
