"""Precision and recall of the starter judge on drawings it never saw: python -m tests.benchmarks.judge."""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from collections import Counter
from pathlib import Path

import torch
from PIL import Image

from lmd_desktop.domain.layout import Rect
from lmd_desktop.judging.detection import overlap
from lmd_desktop.judging.starter_judge import StarterJudge
from models.starter_world.drawing import DrawnScene, draw_scene
from models.starter_world.scenes import sample_scene
from models.starter_world.train_autoencoder import trained_autoencoder
from models.starter_world.train_judge import FOLDER, through
from models.starter_world.training import to_picture, to_tensor

SAME_PLACE = 0.5  # intersection over union

log = logging.getLogger(__name__)


def main() -> None:
    """Held-out drawings, clean and through the painter's autoencoder; one JSON object on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    scenes = [sample_scene(rng, held_out=True) for _ in range(arguments.scenes)]
    judge = StarterJudge(arguments.folder)
    autoencoder = trained_autoencoder(torch.device("cpu"))
    pictures = [draw_scene(scene) for scene in scenes]
    passed = [to_picture(through(autoencoder, to_tensor(picture)[None])[0]) for picture in pictures]
    result = {
        "scenes": arguments.scenes,
        "seed": arguments.seed,
        "same_place_iou": SAME_PLACE,
        "drawings": score(judge, scenes, pictures),
        "through_autoencoder": score(judge, scenes, passed),
    }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


def score(judge: StarterJudge, scenes: list[DrawnScene], pictures: list[Image.Image]) -> dict[str, float]:
    """Precision and recall of thing with colour and place; recall of the thing alone."""
    counts: Counter[str] = Counter()
    for scene, picture in zip(scenes, pictures, strict=True):
        open_items = {(item.thing, item.colour, Rect(item.x, item.y, item.width, item.height)) for item in scene.items}
        counts["items"] += len(open_items)
        for sighting in judge.look(picture):
            counts["sightings"] += 1
            near = [item for item in open_items if overlap(item[2], sighting.box) >= SAME_PLACE]
            same_thing = [item for item in near if item[0] == sighting.thing]
            if same_thing:
                counts["thing"] += 1
                counts["right"] += same_thing[0][1] == sighting.colour
                open_items.remove(same_thing[0])
    return {
        "things": counts["items"],
        "precision": round(counts["right"] / max(counts["sightings"], 1), 4),
        "recall": round(counts["right"] / max(counts["items"], 1), 4),
        "recall_of_thing_alone": round(counts["thing"] / max(counts["items"], 1), 4),
    }


if __name__ == "__main__":
    main()
