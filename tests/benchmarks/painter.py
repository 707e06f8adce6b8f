"""How often boxes hold the right thing in the right colour, per method: python -m tests.benchmarks.painter."""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lmd_desktop.domain.layout import Box, Layout, Rect, Size, colour_for
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.judging.detection import overlap
from lmd_desktop.judging.starter_judge import StarterJudge
from lmd_desktop.rendering.renderer import Renderer
from models.starter_world.captions import with_article
from models.starter_world.drawing import DrawnScene
from models.starter_world.scenes import NEUTRAL, sample_scene
from models.starter_world.training import STARTER_FOLDER
from models.starter_world.vocabulary import COLOURS, PLAIN_BACKGROUNDS

SAME_PLACE = 0.5  # intersection over union of the box asked for and the thing seen
COLOURED_SHARE = 0.4
CANVAS = 512
PAINTED = 128

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is the same for all methods."""

    steps: int
    guidance_scale: float
    seed: int


def main() -> None:
    """Fresh held-out layouts and single things; one JSON object on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layouts", type=int, default=200)
    parser.add_argument("--singles", type=int, default=200)
    parser.add_argument("--methods", nargs="*", default=["plain", "gligen", "lmd_plus"])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance-scale", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--painter", type=Path, default=STARTER_FOLDER / "painter")
    parser.add_argument("--judge", type=Path, default=STARTER_FOLDER / "judge")
    parser.add_argument("--sheets", type=Path, help="folder for a contact sheet per method")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    renderer, judge = Renderer(arguments.painter, device="cpu"), StarterJudge(arguments.judge)
    settings = Settings(arguments.steps, arguments.guidance_scale, arguments.seed)
    rng = random.Random(arguments.seed)
    layouts = [layout_of(sample_scene(rng, 1 + index % 4, held_out=True)) for index in range(arguments.layouts)]
    singles = [layout_of(sample_scene(rng, 1, held_out=True)) for _ in range(arguments.singles)]
    result: dict[str, object] = {
        "painter": str(arguments.painter),
        "steps": settings.steps,
        "guidance_scale": settings.guidance_scale,
        "seed": settings.seed,
        "same_place_iou": SAME_PLACE,
    }
    for method in arguments.methods:
        pictures = [paint(renderer, layout, method, settings, index) for index, layout in enumerate(layouts)]
        painted = zip(layouts, pictures, strict=True)
        held = [box_holds(judge, picture, box) for layout, picture in painted for box in layout.boxes]
        painted = zip(layouts, pictures, strict=True)
        coloured = [shows_colour(picture, box) for layout, picture in painted for box in layout.boxes]
        result[method] = {"thing_and_colour": share(held), "colour_alone": share(coloured)}
        save_sheet(arguments.sheets, method, pictures, layouts)
    if singles:
        pictures = [paint(renderer, layout, "plain", settings, index) for index, layout in enumerate(singles)]
        painted = zip(singles, pictures, strict=True)
        seen = [bool(judge.detect(picture, [layout.boxes[0].phrase])) for layout, picture in painted]
        result["plain_single_anywhere"] = share(seen)
        save_sheet(arguments.sheets, "single", pictures, singles)
        if "gligen" in arguments.methods:
            pictures = [paint(renderer, layout, "gligen", settings, index) for index, layout in enumerate(singles)]
            painted = zip(singles, pictures, strict=True)
            result["gligen_one_box"] = share(
                [box_holds(judge, picture, layout.boxes[0]) for layout, picture in painted]
            )
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


def layout_of(scene: DrawnScene) -> Layout:
    """The scene as a person would have laid it out: every thing with its colour."""
    scale = CANVAS // PAINTED
    boxes = tuple(
        Box(
            id=str(index + 1),
            phrase=with_article(f"{item.colour} {item.thing}"),
            rect=Rect(item.x * scale, item.y * scale, item.width * scale, item.height * scale),
            colour=colour_for(str(index + 1)),
        )
        for index, item in enumerate(scene.items)
    )
    background = PLAIN_BACKGROUNDS[0] if scene.background == NEUTRAL else scene.background
    return Layout(canvas=Size(CANVAS, CANVAS), boxes=boxes, background_prompt=background, negative_prompt="")


def paint(renderer: Renderer, layout: Layout, method: str, settings: Settings, index: int) -> Image.Image:
    """One picture; its seed depends on its place in the list alone, so every method gets the same."""
    request = RenderRequest(
        layout=layout,
        method=method,
        num_inference_steps=settings.steps,
        guidance_scale=settings.guidance_scale,
        seed=settings.seed + index,
    )
    result = renderer.render(request, check=lambda: None, on_progress=lambda *_: None, on_preview=None)
    return Image.frombytes("RGB", (result.size.width, result.size.height), result.rgb)


def box_holds(judge: StarterJudge, picture: Image.Image, box: Box) -> bool:
    """Whether the judge sees the box's thing in its colour where the box is."""
    scale = picture.width / CANVAS
    rect = Rect(*(round(side * scale) for side in (box.rect.x, box.rect.y, box.rect.width, box.rect.height)))
    return any(overlap(found.box, rect) >= SAME_PLACE for found in judge.detect(picture, [box.phrase]))


def shows_colour(picture: Image.Image, box: Box) -> bool:
    """Whether much of the middle half of the box is nearer to the asked colour than to the others; no judge in it."""
    names = list(COLOURS)
    palette = np.array([COLOURS[name] for name in names], dtype=np.float32)
    scale = picture.width / CANVAS
    x, y = round(box.rect.x * scale), round(box.rect.y * scale)
    width, height = round(box.rect.width * scale), round(box.rect.height * scale)
    middle = (x + width // 4, y + height // 4, x + width - width // 4, y + height - height // 4)
    pixels = np.asarray(picture.crop(middle), dtype=np.float32).reshape(-1, 1, 3)
    nearest = ((pixels - palette) ** 2).sum(axis=-1).argmin(axis=1)
    asked = names.index(next(word for word in box.phrase.split() if word in COLOURS))
    return bool((nearest == asked).mean() > COLOURED_SHARE)


def share(outcomes: list[bool]) -> dict[str, float]:
    """Share with its 95 % interval (Wilson)."""
    count, right = len(outcomes), sum(outcomes)
    z = 1.96
    centre = (right + z * z / 2) / (count + z * z)
    half = z * math.sqrt(right * (count - right) / count + z * z / 4) / (count + z * z)
    return {
        "right": right,
        "of": count,
        "percent": round(100 * right / count, 1),
        "from": round(100 * (centre - half), 1),
        "to": round(100 * (centre + half), 1),
    }


def save_sheet(folder: Path | None, name: str, pictures: list[Image.Image], layouts: list[Layout]) -> None:
    """The first 40 pictures in rows of ten."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    sheet = Image.new("RGB", (10 * 132, 4 * 132), "white")
    for index, picture in enumerate(pictures[:40]):
        sheet.paste(picture, (index % 10 * 132, index // 10 * 132))
        log.info("%d: %s", index, ", ".join(box.phrase for box in layouts[index].boxes))
    sheet.save(folder / f"{name}.png")


if __name__ == "__main__":
    main()
