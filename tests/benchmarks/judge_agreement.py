"""How often the starter judge says what a person said of painted boxes: python -m tests.benchmarks.judge_agreement.

The boxes, the pictures and the person's words are ``data/labelled_boxes.json`` and ``data/labelled_pictures.png``. The
judge's word for a box is its surest sighting that overlaps it (IoU) by at least 0.5, or nothing. Prints one JSON
object: the share of boxes with the same word, the same among boxes in which the person could name something, and each
disagreement.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from PIL import Image

from lmd_desktop.domain.layout import Rect
from lmd_desktop.judging.detection import overlap
from lmd_desktop.judging.starter_judge import Sighting, StarterJudge
from models.starter_world.training import STARTER_FOLDER
from tests.benchmarks.judge import SAME_PLACE
from tests.benchmarks.painter import share

DATA = Path(__file__).parent / "data"


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=STARTER_FOLDER / "judge")
    print(json.dumps(agreement(StarterJudge(parser.parse_args().folder)), indent=1))


def agreement(judge: StarterJudge) -> dict[str, Any]:
    """Of all labelled boxes, and of those with something in them."""
    labels = json.loads((DATA / "labelled_boxes.json").read_text(encoding="utf-8"))
    with Image.open(DATA / "labelled_pictures.png") as sheet:
        pictures = cut(sheet.convert("RGB"), labels["side"], labels["across"])
    sightings = [judge.look(picture) for picture in pictures]
    same: list[bool] = []
    named: list[bool] = []
    apart: list[dict[str, Any]] = []
    for label in labels["boxes"]:
        said = word_for(sightings[label["picture"]], Rect(*label["box"]))
        person: str | None = label["seen"]
        # A person who cannot tell the colour agrees with every colour.
        agrees = said == person or (person is not None and said is not None and said.split()[-1] == person)
        same.append(agrees)
        if person is not None:
            named.append(agrees)
        if not agrees:
            apart.append({"picture": label["picture"], "box": label["box"], "person": person, "judge": said})
    return {"all": share(same), "named_by_the_person": share(named), "apart": apart}


def cut(sheet: Image.Image, side: int, across: int) -> list[Image.Image]:
    """The square pictures of a sheet, row by row."""
    places = [(column * side, row * side) for row in range(sheet.height // side) for column in range(across)]
    return [sheet.crop((x, y, x + side, y + side)) for x, y in places]


def word_for(sightings: list[Sighting], box: Rect) -> str | None:
    """Colour and thing of the surest sighting in the box."""
    there = [sighting for sighting in sightings if overlap(sighting.box, box) >= SAME_PLACE]
    best = max(there, key=lambda sighting: sighting.score, default=None)
    return f"{best.colour} {best.thing}" if best is not None else None


if __name__ == "__main__":
    main()
