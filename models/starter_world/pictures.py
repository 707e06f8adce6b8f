"""Draws scenes once and keeps them as shards of pixels: python -m models.starter_world.pictures."""

from __future__ import annotations

import logging
import pickle
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.starter_world.drawing import DrawnScene, draw_scene
from models.starter_world.scenes import sample_scene
from models.starter_world.training import TRAINING_FOLDER, prepare, recipe_arguments

PICTURE_FOLDER = TRAINING_FOLDER / "pictures"
SCENES_PER_SHARD = 2000
WORKERS = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Scenes with their pixels, (scenes, 3, height, width) bytes."""

    scenes: tuple[DrawnScene, ...]
    pixels: Tensor


def main() -> None:
    """Draw shards until the wanted number exists."""
    parser = recipe_arguments(__doc__ or "", minutes=60)
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    prepare(arguments)
    draw_shards(arguments.shards, arguments.seed, first=arguments.first)


def draw_shards(shards: int, seed: int, *, first: int = 0) -> None:
    """Shards that exist already stay as they are; the same seed and number give the same scenes."""
    PICTURE_FOLDER.mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + shards)
    missing = [(shard_path(number), seed * 10_000 + number) for number in numbers if not shard_path(number).exists()]
    with ProcessPoolExecutor(WORKERS) as pool:
        for path in pool.map(_write_shard, missing):
            log.info("drew %s", path.name)


def shard_path(number: int) -> Path:
    return PICTURE_FOLDER / f"{number:04d}.pickle"


def read_pictures(path: Path) -> Drawn:
    """A shard that this recipe wrote."""
    with path.open("rb") as file:
        scenes, pixels = pickle.load(file)
    return Drawn(scenes, torch.from_numpy(pixels))


def _write_shard(job: tuple[Path, int]) -> Path:
    """One shard, complete or not there at all."""
    path, seed = job
    rng = random.Random(seed)
    scenes = tuple(sample_scene(rng) for _ in range(SCENES_PER_SHARD))
    pixels = np.stack([np.asarray(draw_scene(scene).convert("RGB")).transpose(2, 0, 1) for scene in scenes])
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        pickle.dump((scenes, pixels), file, protocol=pickle.HIGHEST_PROTOCOL)
    temporary.replace(path)
    return path


def windows(drawn: Drawn, rng: random.Random, *, count: int, side: int) -> Tensor:
    """(count, 3, side, side) in -1..1: windows of random drawings, mostly with a piece of a thing inside."""
    cut: list[Tensor] = []
    for _ in range(count):
        place = rng.randrange(len(drawn.scenes))
        scene = drawn.scenes[place]
        x, y = rng.randint(0, scene.size - side), rng.randint(0, scene.size - side)
        if scene.items and rng.random() < 0.8:
            item = rng.choice(scene.items)
            x = round(item.x + rng.random() * item.width - side / 2)
            y = round(item.y + rng.random() * item.height - side / 2)
        x, y = min(max(x, 0), scene.size - side), min(max(y, 0), scene.size - side)
        cut.append(drawn.pixels[place, :, y : y + side, x : x + side])
    return torch.stack(cut).float() / 127.5 - 1.0


def read_all() -> Drawn:
    """Every shard that was drawn, in one."""
    shards = [read_pictures(path) for path in sorted(PICTURE_FOLDER.glob("*.pickle"))]
    if not shards:
        raise FileNotFoundError(f"no pictures in {PICTURE_FOLDER}: run python -m models.starter_world.pictures")
    scenes = tuple(scene for shard in shards for scene in shard.scenes)
    return Drawn(scenes, torch.cat([shard.pixels for shard in shards]))


if __name__ == "__main__":
    main()
