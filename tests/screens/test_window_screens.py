"""What every panel, dialog and window looks like: nothing blank, nothing on top of each other, light and dark.

Two runs: English at 100 %, Chinese at 200 %; ``shoot.py`` makes the others. The pictures are compared with coarse ones
(16 × 10 blocks each, one row of ``golden/LANGUAGE-THEME.png``), so that fonts of other machines do not matter.
``LMD_UPDATE_SCREENS=1`` writes those anew; look at the pictures before they are committed.
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
BLOCKS = (16, 10)  # of a coarse picture
MEAN_TOLERANCE = 12.0  # of 255
LIMIT_S = 600
CASES = (("en", 1.0), ("zh_CN", 2.0))
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Shots:
    folder: Path
    language: str
    scale: float
    places: dict[str, tuple[int, int, int, int]]

    def pictures(self, theme: str) -> dict[str, Image.Image]:
        """By their names, in the order of the names."""
        return {path.stem: Image.open(path).convert("RGB") for path in sorted((self.folder / theme).glob("*.png"))}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]:g}")
def shots(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shots:
    language, scale = request.param
    folder, home = tmp_path_factory.mktemp("screens"), tmp_path_factory.mktemp("home")
    environment = os.environ | {"LMD_HOME": str(home), "QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, str(HERE / "shoot.py"), str(folder), language]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads((folder / "places.json").read_text(encoding="utf-8"))
    assert told["ratio"] == scale
    return Shots(folder, language, scale, {name: tuple(place) for name, place in told["places"].items()})


def test_the_window_has_the_asked_size(shots: Shots) -> None:
    pictures = shots.pictures("light")
    assert pictures["desk"].size == (1280 * shots.scale, 800 * shots.scale)
    assert pictures["small"].size == (1024 * shots.scale, 700 * shots.scale)


def test_no_panel_and_no_window_is_blank(shots: Shots) -> None:
    desk = shots.pictures("light")["desk"]
    parts = {name: desk.crop((x, y, x + width, y + height)) for name, (x, y, width, height) in shots.places.items()}
    whole = {f"{theme} {name}": picture for theme in THEMES for name, picture in shots.pictures(theme).items()}
    blank = [name for name, one in (parts | whole).items() if len(one.getcolors(maxcolors=1 << 24) or []) < 8]
    assert blank == []


def test_no_panel_lies_on_another_and_all_lie_in_the_window(shots: Shots) -> None:
    places = list(shots.places.items())
    overlapping = [
        (one, other)
        for index, (one, a) in enumerate(places)
        for other, b in places[index + 1 :]
        if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
    ]
    assert overlapping == []
    width, height = shots.pictures("light")["desk"].size
    outside = [name for name, (x, y, w, h) in places if x < 0 or y < 0 or x + w > width or y + h > height]
    assert outside == []


def test_light_is_light_and_dark_is_dark_everywhere(shots: Shots) -> None:
    # A picture in a window of its own looks the same in both.
    for theme in THEMES:
        found = {name: _brightness(picture) for name, picture in shots.pictures(theme).items() if name != "picture"}
        wrong = {name: value for name, value in found.items() if (value > 140) is not (theme == "light")}
        assert wrong == {}


@pytest.mark.parametrize("theme", THEMES)
def test_everything_looks_as_it_did(shots: Shots, theme: str) -> None:
    pictures = shots.pictures(theme)
    width, height = BLOCKS
    sheet = Image.new("RGB", (width, height * len(pictures)))
    for row, picture in enumerate(pictures.values()):
        sheet.paste(picture.resize(BLOCKS, Image.Resampling.BOX), (0, row * height))
    golden = GOLDEN / f"{shots.language}-{theme}.png"
    if os.environ.get("LMD_UPDATE_SCREENS"):
        sheet.save(golden)
    known = Image.open(golden).convert("RGB")
    assert known.size == sheet.size
    changed: dict[str, float] = {}
    for row, name in enumerate(pictures):
        part = (0, row * height, width, (row + 1) * height)
        pairs = zip(sheet.crop(part).tobytes(), known.crop(part).tobytes(), strict=True)
        difference = sum(abs(a - b) for a, b in pairs) / (3 * width * height)
        if difference >= MEAN_TOLERANCE:
            changed[name] = round(difference, 1)
    assert changed == {}


def _brightness(picture: Image.Image) -> float:
    (value,) = ImageStat.Stat(picture.convert("L")).mean
    return value
