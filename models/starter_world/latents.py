"""Draws scenes and stores them with their latents in shards: python -m models.starter_world.latents."""

from __future__ import annotations

import logging
import pickle
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from models.starter_world.drawing import DrawnScene, draw_scene
from models.starter_world.scenes import sample_scene
from models.starter_world.train_autoencoder import trained_autoencoder
from models.starter_world.training import TRAINING_FOLDER, prepare, recipe_arguments, to_tensor

SHARD_FOLDER = TRAINING_FOLDER / "latents"
SCENES_PER_SHARD = 2000
BATCH = 25

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """Scenes with their latents, (scenes, 4, height/8, width/8) in half precision, scaled to deviation 1."""

    scenes: tuple[DrawnScene, ...]
    latents: Tensor


def main() -> None:
    """Write shards until the wanted number exists."""
    parser = recipe_arguments(__doc__ or "", minutes=60)
    parser.add_argument("--shards", type=int, default=25)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    device = prepare(arguments)
    autoencoder = trained_autoencoder(device)
    SHARD_FOLDER.mkdir(parents=True, exist_ok=True)
    for number in range(arguments.first, arguments.first + arguments.shards):
        path = SHARD_FOLDER / f"{number:04d}.pickle"
        if not path.exists():
            write_shard(path, autoencoder, random.Random(arguments.seed * 10_000 + number))
            log.info("wrote %s", path.name)


@torch.no_grad()
def write_shard(path: Path, autoencoder: AutoencoderKL, rng: random.Random) -> None:
    """One shard, complete or not there at all."""
    scenes = tuple(sample_scene(rng) for _ in range(SCENES_PER_SHARD))
    device = next(autoencoder.parameters()).device
    latents: list[Tensor] = []
    for first in range(0, len(scenes), BATCH):
        pictures = torch.stack([to_tensor(draw_scene(scene)) for scene in scenes[first : first + BATCH]])
        posterior = autoencoder.encode(pictures.to(device)).latent_dist
        latents.append((posterior.mode() * autoencoder.config["scaling_factor"]).half().cpu())
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        pickle.dump((scenes, torch.cat(latents).numpy()), file)
    temporary.replace(path)


def read_shard(path: Path) -> Shard:
    """A shard that this recipe wrote."""
    with path.open("rb") as file:
        scenes, latents = pickle.load(file)
    return Shard(scenes, torch.from_numpy(latents))


if __name__ == "__main__":
    main()
