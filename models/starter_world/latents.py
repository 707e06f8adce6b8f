"""Stores the latents of drawn scenes in shards: python -m models.starter_world.latents."""

from __future__ import annotations

import logging
import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from models.starter_world.drawing import DrawnScene
from models.starter_world.pictures import Drawn, draw_shards, read_pictures, shard_path
from models.starter_world.train_autoencoder import trained_autoencoder
from models.starter_world.training import TRAINING_FOLDER, prepare, recipe_arguments

SHARD_FOLDER = TRAINING_FOLDER / "latents"
BATCH = 25

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """Scenes with their latents, (scenes, 4, height/8, width/8) in half precision, scaled to deviation 1."""

    scenes: tuple[DrawnScene, ...]
    latents: Tensor


def main() -> None:
    """Latents for every shard of pictures; draws the pictures that are missing."""
    parser = recipe_arguments(__doc__ or "", minutes=60)
    parser.add_argument("--shards", type=int, default=40)
    arguments = parser.parse_args()
    device = prepare(arguments)
    autoencoder = trained_autoencoder(device)
    SHARD_FOLDER.mkdir(parents=True, exist_ok=True)
    draw_shards(arguments.shards, arguments.seed)
    for number in range(arguments.shards):
        path = SHARD_FOLDER / shard_path(number).name
        if not path.exists():
            write_shard(path, autoencoder, read_pictures(shard_path(number)))
            log.info("wrote %s", path.name)


@torch.no_grad()
def write_shard(path: Path, autoencoder: AutoencoderKL, drawn: Drawn) -> None:
    """One shard, complete or not there at all."""
    device = next(autoencoder.parameters()).device
    latents: list[Tensor] = []
    for pixels in drawn.pixels.split(BATCH):
        pictures = pixels.to(device).float() / 127.5 - 1.0
        with torch.autocast(device.type, torch.bfloat16):
            posterior = autoencoder.encode(pictures).latent_dist
        latents.append((posterior.mode().float() * autoencoder.config["scaling_factor"]).half().cpu())
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        pickle.dump((drawn.scenes, torch.cat(latents).numpy()), file)
    temporary.replace(path)


def read_shard(path: Path) -> Shard:
    """A shard that this recipe wrote."""
    with path.open("rb") as file:
        scenes, latents = pickle.load(file)
    return Shard(scenes, torch.from_numpy(latents))


if __name__ == "__main__":
    main()
