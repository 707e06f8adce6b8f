"""How fast scenes of the starter world are drawn, and how large their things are: python -m tests.benchmarks.world.

Invents ``--scenes`` scenes of 128 pixels and draws them in one thread. Prints one JSON object: scenes for each second
of the processor's time (other programs count little), for all and for scenes of one style alone; the shares of things
with a shorter side under 24 pixels and of things that cover less than 4 % or more than 60 % of the canvas.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import replace

from models.starter_world.drawing import DrawnScene, draw_scene
from models.starter_world.scenes import sample_scene
from models.starter_world.vocabulary import STYLES

SHORTER_SIDE = 24  # pixels of 128
SMALLEST_SHARE, LARGEST_SHARE = 0.04, 0.6  # of the canvas


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    before = time.process_time()
    scenes = [sample_scene(rng) for _ in range(arguments.scenes)]
    inventing_s = time.process_time() - before
    by_style = {
        style: round(speed([replace(scene, style=style) for scene in scenes[: arguments.scenes // 10]]))
        for style in STYLES
    }
    figures = {
        "scenes": arguments.scenes,
        "seed": arguments.seed,
        "scenes_per_cpu_second": round(speed(scenes, inventing_s)),
        "drawn_per_cpu_second_by_style": by_style,
        **sizes(scenes),
    }
    print(json.dumps(figures, indent=1))


def speed(scenes: list[DrawnScene], inventing_s: float = 0.0) -> float:
    """Scenes for each second of the processor's time."""
    before = time.process_time()
    for scene in scenes:
        draw_scene(scene)
    return len(scenes) / (time.process_time() - before + inventing_s)


def sizes(scenes: list[DrawnScene]) -> dict[str, float]:
    """Of all things, whether another one covers a part of them or not."""
    items = [(item, scene.size) for scene in scenes for item in scene.items]
    sides = [min(item.width, item.height) for item, _ in items]
    covered = [item.width * item.height / size**2 for item, size in items]
    return {
        "things": len(items),
        "share_under_24_pixels": sum(side < SHORTER_SIDE for side in sides) / len(items),
        "share_out_of_4_to_60_percent": sum(not SMALLEST_SHARE <= share <= LARGEST_SHARE for share in covered)
        / len(items),
        "shortest_side": min(sides),
        "smallest_share": round(min(covered), 4),
        "largest_share": round(max(covered), 4),
    }


if __name__ == "__main__":
    main()
