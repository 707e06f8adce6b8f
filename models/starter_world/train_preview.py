"""Trains the tiny decoder of previews on stored latents: python -m models.starter_world.train_preview."""

from __future__ import annotations

import argparse
import logging
import math
import random

import torch
import torch.nn.functional as functional
from diffusers import AutoencoderTiny
from torch import Tensor

from models.starter_world.examples import PAINTER
from models.starter_world.latents import SHARD_FOLDER, read_shard
from models.starter_world.pictures import PICTURE_FOLDER, read_pictures
from models.starter_world.training import (
    TRAINING_FOLDER,
    Run,
    decibel,
    load_checkpoint,
    prepare,
    recipe_arguments,
    without_keys,
)

CHECKPOINT = TRAINING_FOLDER / "preview.pt"
FOLDER = PAINTER / "vae_tiny"
CHANNELS = 24
BLOCKS = (2, 2, 1, 0)  # none at full size, where each would cost as much as all others together
CELL = 8  # pixels
WINDOW = 8  # cells
BATCH = 32
PEAK_RATE = 2e-3
COARSE_WEIGHT = 3.0

log = logging.getLogger(__name__)


def main() -> None:
    """Train, then write weights and config beside the painter's other parts."""
    arguments = recipe_arguments(__doc__ or "", minutes=10).parse_args()
    network = train(arguments, prepare(arguments))
    network.half().save_pretrained(FOLDER)
    without_keys(FOLDER / "config.json", "block_out_channels", "_name_or_path")
    for weights in FOLDER.glob("*.safetensors"):
        weights.chmod(0o644)
    log.info("wrote %s; python -m tests.benchmarks.preview compares it with the linear preview", FOLDER)


def train(arguments: argparse.Namespace, device: torch.device) -> AutoencoderTiny:
    """Run until the budget is used up."""
    latents, pixels = latents_and_drawings()
    network = build(latents.shape[1]).to(device)
    optimiser = torch.optim.AdamW(network.decoder.parameters(), betas=(0.9, 0.99), weight_decay=0.0)
    state = load_checkpoint(CHECKPOINT, device)
    if state is not None:
        network.load_state_dict(state["network"])
    run = Run(network, {optimiser: PEAK_RATE}, CHECKPOINT, arguments, state, most_gradient=math.inf)
    errors: list[float] = []
    while not run.is_over:
        cut, wanted = windows(latents, pixels, run.rng)
        wanted = wanted.to(device)
        shown = network.decode(cut.to(device)).sample
        error = functional.mse_loss(shown, wanted)
        coarse = functional.avg_pool2d(shown - wanted, 4).square().mean()
        run.descend(error + functional.l1_loss(shown, wanted) + COARSE_WEIGHT * coarse)
        errors.append(error.item())
        if run.step % 100 == 0:
            run.report(f"{decibel(sum(errors) / len(errors)):.2f} dB")
            errors.clear()
    return network


def build(latent_channels: int) -> AutoencoderTiny:
    """Only its decoder is used; the encoder is as small as can be."""
    return AutoencoderTiny(
        encoder_block_out_channels=(4, 4, 4, 4),
        num_encoder_blocks=(1, 1, 1, 1),
        decoder_block_out_channels=(CHANNELS,) * 4,
        num_decoder_blocks=BLOCKS,
        latent_channels=latent_channels,
    )


def windows(latents: Tensor, pixels: Tensor, rng: random.Random) -> tuple[Tensor, Tensor]:
    """(batch, channels, 8, 8) cells of random scenes and their (batch, 3, 64, 64) pixels in -1..1."""
    cut: list[Tensor] = []
    wanted: list[Tensor] = []
    for _ in range(BATCH):
        place = rng.randrange(len(latents))
        x, y = (rng.randint(0, latents.shape[side] - WINDOW) for side in (3, 2))
        cut.append(latents[place, :, y : y + WINDOW, x : x + WINDOW])
        rows, columns = (slice(CELL * start, CELL * (start + WINDOW)) for start in (y, x))
        wanted.append(pixels[place, :, rows, columns])
    return torch.stack(cut).float(), torch.stack(wanted).float() / 127.5 - 1.0


def latents_and_drawings() -> tuple[Tensor, Tensor]:
    """Of every shard that has both: (scenes, channels, rows, columns) and (scenes, 3, 8 rows, 8 columns) bytes."""
    both = [path for path in sorted(SHARD_FOLDER.glob("*.pickle")) if (PICTURE_FOLDER / path.name).is_file()]
    if not both:
        raise FileNotFoundError(f"no latents in {SHARD_FOLDER}: run python -m models.starter_world.latents")
    latents = [read_shard(path).latents for path in both]
    pixels = [read_pictures(PICTURE_FOLDER / path.name).pixels for path in both]
    return torch.cat(latents), torch.cat(pixels)


if __name__ == "__main__":
    main()
