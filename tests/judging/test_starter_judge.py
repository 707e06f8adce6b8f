"""The starter judge on drawings: what it sees, how phrases are matched, what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from lmd_desktop.domain.layout import Rect
from lmd_desktop.judging.detection import Reading, overlap
from lmd_desktop.judging.network import STRIDE, JudgeNetwork
from lmd_desktop.judging.starter_judge import StarterJudge, find_peaks
from models.starter_world.drawing import DrawnScene, Item, draw_scene

FOLDER = Path(__file__).parents[2] / "models" / "starter" / "judge"
CAR = Item("car", "red", 8, 70, 64, 34)
CUP = Item("cup", "blue", 80, 40, 40, 36)


@pytest.fixture(scope="module")
def judge() -> StarterJudge:
    return StarterJudge(FOLDER)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return draw_scene(DrawnScene("a grass field", "photo", (CAR, CUP), seed=4))


def test_a_drawn_thing_is_found_where_it_is(judge: StarterJudge, picture: Image.Image) -> None:
    found = judge.detect(picture, ["a red car"])
    assert [detection.phrase for detection in found] == ["a red car"]
    assert overlap(found[0].box, Rect(CAR.x, CAR.y, CAR.width, CAR.height)) > 0.5


def test_boxes_are_in_pixels_of_the_given_picture(judge: StarterJudge, picture: Image.Image) -> None:
    large = picture.resize((512, 512), Image.Resampling.BICUBIC)
    found = judge.detect(large, ["a blue cup"])
    wanted = Rect(CUP.x * 4, CUP.y * 4, CUP.width * 4, CUP.height * 4)
    assert overlap(found[0].box, wanted) > 0.5


def test_the_wrong_colour_or_thing_is_not_found(judge: StarterJudge, picture: Image.Image) -> None:
    assert judge.detect(picture, ["a green car", "a red cup", "a zebra", ""]) == []


def test_a_phrase_without_a_colour_fits_any_colour(judge: StarterJudge, picture: Image.Image) -> None:
    phrases = {detection.phrase for detection in judge.detect(picture, ["cars", "a cup", "a blue cup"])}
    assert phrases == {"cars", "a blue cup"}


@pytest.mark.parametrize(
    ("phrase", "reading"),
    [
        ("a red car", Reading("car", "red")),
        ("Two dogs on the CHAIR", Reading("chair", None)),
        ("a red dragon", None),
        ("一条龙", None),
        ("", None),
    ],
)
def test_a_phrase_is_read_by_its_thing(judge: StarterJudge, phrase: str, reading: Reading | None) -> None:
    assert judge.read(phrase) == reading


def test_an_empty_background_shows_nothing(judge: StarterJudge) -> None:
    assert judge.look(draw_scene(DrawnScene("a room", "photo", (), seed=8))) == []


def test_a_wide_picture_is_judged_too(judge: StarterJudge, picture: Image.Image) -> None:
    wide = Image.new("RGB", (192, 128), (200, 200, 200))
    wide.paste(picture, (0, 0))
    assert judge.detect(wide, ["a red car"])


def test_a_peak_is_read_as_a_box_in_pixels() -> None:
    things, colours, shape = torch.full((1, 2, 8, 8), -9.0), torch.zeros(1, 3, 8, 8), torch.zeros(1, 4, 8, 8)
    things[0, 1, 3, 5], colours[0, 2, 3, 5] = 4.0, 5.0
    shape[0, :, 3, 5] = torch.tensor([0.25, -0.25, 1.0, 0.0])
    (peak,) = find_peaks(things, colours, shape)
    assert (peak.thing, peak.colour) == (1, 2)
    assert (peak.x, peak.y) == (5.75 * STRIDE, 3.25 * STRIDE)
    assert (peak.width, peak.height) == pytest.approx((2.71828 * STRIDE, STRIDE), rel=1e-4)


def test_the_network_keeps_a_quarter_of_the_sides() -> None:
    maps = JudgeNetwork(24, 11).eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(part.shape[1:]) for part in maps] == [(24, 16, 24), (11, 16, 24), (4, 16, 24)]


def test_overlap_of_equal_and_distant_boxes() -> None:
    assert overlap(Rect(0, 0, 10, 10), Rect(0, 0, 10, 10)) == 1.0
    assert overlap(Rect(0, 0, 10, 10), Rect(10, 0, 10, 10)) == 0.0
    assert overlap(Rect(0, 0, 10, 10), Rect(5, 0, 10, 10)) == pytest.approx(1 / 3)
