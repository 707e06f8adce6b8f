"""Verify and retry: what is marked how, who gets new seeds, which picture is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.marks import summary
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.judging.starter_judge import StarterJudge
from lmd_desktop.judging.verify import Attempt, bare_noun, mark_boxes, names, paint_verified
from models.starter_world.drawing import DrawnScene, Item, draw_scene

SCALE = 4  # scene pixels to a pixel of the picture
CAR = Box("1", "a red car", Rect(8 * SCALE, 70 * SCALE, 64 * SCALE, 34 * SCALE), "#0072B2")
CUP = Box("2", "a blue cup", Rect(80 * SCALE, 40 * SCALE, 40 * SCALE, 36 * SCALE), "#E69F00", seed=77)
LAYOUT = Layout(boxes=(CAR, CUP), background_prompt="a grass field")


@pytest.fixture(scope="module")
def judge() -> StarterJudge:
    return StarterJudge(Path(__file__).parents[2] / "models" / "starter" / "judge")


def item(box: Box, *, thing: str = "", colour: str = "", right: int = 0) -> Item:
    _, own_colour, own_thing = box.phrase.split()
    x, y, width, height = (side // SCALE for side in (box.rect.x, box.rect.y, box.rect.width, box.rect.height))
    return Item(thing or own_thing, colour or own_colour, x + right, y, width, height)


def painted(request: RenderRequest, *items: Item) -> RenderResult:
    picture = draw_scene(DrawnScene("a grass field", "photo", items, seed=4))
    size = Size(picture.width, picture.height)
    return RenderResult(request, size, picture.tobytes(), "", "", "m", "0" * 64, "cpu")


@pytest.mark.parametrize(
    ("items", "marks"),
    [
        ((item(CAR), item(CUP)), ["found", "found"]),
        ((item(CAR),), ["found", "missing"]),
        ((item(CAR, colour="green"), item(CUP)), ["wrong", "found"]),
        ((item(replace(CAR, phrase="a blue cup")), item(replace(CUP, phrase="a red car"))), ["wrong", "wrong"]),
        ((), ["missing", "missing"]),
    ],
)
def test_every_box_is_marked_by_what_is_in_it(judge: StarterJudge, items: tuple[Item, ...], marks: list[str]) -> None:
    picture = draw_scene(DrawnScene("a grass field", "photo", items, seed=4))
    assert [mark.mark for mark in mark_boxes(picture, LAYOUT, judge)] == marks


def test_one_thing_answers_for_one_of_two_equal_boxes(judge: StarterJudge) -> None:
    twin = replace(CAR, id="3", rect=replace(CAR.rect, y=CAR.rect.y - 20))
    picture = draw_scene(DrawnScene("a grass field", "photo", (item(CAR),), seed=4))
    marks = mark_boxes(picture, replace(LAYOUT, boxes=(CAR, twin)), judge)
    assert [mark.mark for mark in marks].count("found") == 1


def run(
    judge: StarterJudge, paint: Callable[[RenderRequest], RenderResult], retries: int
) -> tuple[Attempt, list[RenderRequest]]:
    asked: list[RenderRequest] = []

    def remember(request: RenderRequest) -> RenderResult:
        asked.append(request)
        return paint(request)

    request = RenderRequest(LAYOUT, seed=5)
    return paint_verified(remember, request, judge, retries=retries, on_attempt=lambda number, attempt: None), asked


def test_only_failed_boxes_get_new_seeds_until_all_are_found(judge: StarterJudge) -> None:
    def paint(request: RenderRequest) -> RenderResult:
        is_retry = request.layout.boxes[0].seed is not None
        return painted(request, item(CAR, colour="" if is_retry else "green"), item(CUP))

    best, asked = run(judge, paint, retries=5)
    assert best.is_good
    assert len(asked) == 2
    assert asked[1].layout.boxes[1] == CUP
    assert asked[1].layout.boxes[0].seed not in (None, 5)
    assert asked[1].seed == 5


def test_the_best_picture_is_kept_if_a_retry_is_worse(judge: StarterJudge) -> None:
    pictures = iter([(item(CAR),), (), (item(CUP, colour="red"),)])
    best, asked = run(judge, lambda request: painted(request, *next(pictures)), retries=2)
    assert [mark.mark for mark in best.marks] == ["found", "missing"]
    assert summary(best.marks) == "1 found, 1 missing (a blue cup)"
    assert best.result.request == asked[0]


def test_a_method_without_seeds_of_boxes_gets_another_seed_as_a_whole(judge: StarterJudge) -> None:
    best, asked = run(judge, lambda request: painted(request, *([item(CAR)] if request.seed == 5 else [])), retries=3)
    assert [request.seed == 5 for request in asked] == [True, True, False, False]
    assert len({request.seed for request in asked}) == 3
    assert best.result.request.seed == 5


def test_a_red_car_is_a_car_but_not_the_other_way_round() -> None:
    assert names("a red car", "the car")
    assert not names("a car", "a red car")
    assert bare_noun("a large red car!") == "a car"
