"""What the window looks like: nothing blank, nothing on top of each other, light is light and dark is dark.

The pictures are compared with coarse ones (each about 32 × 20 blocks), so that fonts of other machines do not matter.
``LMD_UPDATE_SCREENS=1`` writes those anew; look at them before they are committed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageStat

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
BLOCK = 40  # logical pixels per block of a coarse picture
MEAN_TOLERANCE = 9.0  # of 255
LIMIT_S = 180
CASES = (
    ("light", 1280, 800, 1.0),
    ("dark", 1280, 800, 1.0),
    ("light", 1024, 700, 1.0),
    ("dark", 1280, 800, 2.0),
)


@dataclass(frozen=True, slots=True)
class Shot:
    picture: Image.Image
    places: dict[str, tuple[int, int, int, int]]
    size: tuple[int, int]
    ratio: float
    name: str
    theme: str


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}x{case[2]}-{case[3]:g}")
def shot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shot:
    theme, width, height, scale = request.param
    folder = tmp_path_factory.mktemp("screens")
    out = folder / "window.png"
    environment = os.environ | {"LMD_HOME": str(folder), "QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE.parents[1]), environment.get("PYTHONPATH", "")])
    command = [sys.executable, str(HERE / "shoot.py"), theme, str(width), str(height), str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    places = {name: tuple(place) for name, place in told["places"].items()}
    picture = Image.open(out).convert("RGB")
    return Shot(picture, places, tuple(told["size"]), told["ratio"], f"{theme}-{width}x{height}", theme)


def test_the_window_has_the_asked_size(shot: Shot) -> None:
    wanted = tuple(int(part) for part in shot.name.split("-")[1].split("x"))
    assert shot.size == wanted
    assert shot.picture.size == tuple(round(side * shot.ratio) for side in wanted)


def test_no_panel_is_blank(shot: Shot) -> None:
    blank = [
        name
        for name, (x, y, width, height) in shot.places.items()
        if len(shot.picture.crop((x, y, x + width, y + height)).getcolors(maxcolors=1 << 24) or []) < 8
    ]
    assert blank == []


def test_no_panel_lies_on_another(shot: Shot) -> None:
    places = list(shot.places.items())
    overlapping = [
        (one, other)
        for index, (one, a) in enumerate(places)
        for other, b in places[index + 1 :]
        if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
    ]
    assert overlapping == []


def test_every_panel_lies_inside_the_window(shot: Shot) -> None:
    width, height = shot.picture.size
    outside = [name for name, (x, y, w, h) in shot.places.items() if x < 0 or y < 0 or x + w > width or y + h > height]
    assert outside == []


def test_light_is_light_and_dark_is_dark(shot: Shot) -> None:
    (brightness,) = ImageStat.Stat(shot.picture.convert("L")).mean
    assert brightness > 170 if shot.theme == "light" else brightness < 80


def test_it_looks_as_it_did(shot: Shot) -> None:
    blocks = (shot.size[0] // BLOCK, shot.size[1] // BLOCK)
    coarse = shot.picture.resize(blocks, Image.Resampling.BOX)
    golden = GOLDEN / f"{shot.name}.png"
    if os.environ.get("LMD_UPDATE_SCREENS"):
        coarse.save(golden)
    difference = [
        abs(a - b)
        for ours, theirs in zip(coarse.getdata(), Image.open(golden).convert("RGB").getdata(), strict=True)
        for a, b in zip(ours, theirs, strict=True)
    ]
    assert sum(difference) / len(difference) < MEAN_TOLERANCE
