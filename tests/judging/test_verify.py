"""Verify and retry: what is marked how, who gets new seeds, which picture is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.marks import summary
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.judging.detection import Detection
from lmd_desktop.judging.starter_judge import StarterJudge
from lmd_desktop.judging.verify import Attempt, mark_boxes, paint_verified, unread_boxes
from models.starter_world.drawing import DrawnScene, Item, draw_scene

SCALE = 4  # scene pixels to a pixel of the picture
CAR = Box("1", "a red car", Rect(8 * SCALE, 70 * SCALE, 64 * SCALE, 34 * SCALE), "#0072B2")
CUP = Box("2", "a blue cup", Rect(80 * SCALE, 40 * SCALE, 40 * SCALE, 36 * SCALE), "#E69F00", seed=77)
OTHER_CAR = Box("3", "a red car", Rect(60 * SCALE, 20 * SCALE, 60 * SCALE, 32 * SCALE), "#009E73")
DRAGON = Box("4", "a dragon", Rect(300, 20, 100, 100), "#CC79A7")
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


@pytest.mark.parametrize(
    ("one", "other"),
    [("a big car", "a small car"), ("a red car", "a red toy car"), ("a red car", "a big car"), ("cars", "the car")],
)
def test_boxes_that_the_judge_cannot_tell_apart_are_both_found(judge: StarterJudge, one: str, other: str) -> None:
    layout = Layout(boxes=(replace(CAR, phrase=one), replace(OTHER_CAR, phrase=other)))
    picture = draw_scene(DrawnScene("a grass field", "photo", (item(CAR), item(OTHER_CAR)), seed=4))
    assert [mark.mark for mark in mark_boxes(picture, layout, judge)] == ["found", "found"]
    alone = draw_scene(DrawnScene("a grass field", "photo", (item(CAR),), seed=4))
    assert [mark.mark for mark in mark_boxes(alone, layout, judge)] == ["found", "missing"]


def test_what_the_judge_reads_counts_and_not_every_word(judge: StarterJudge) -> None:
    """Of "a red cup on a car" it looks for the car: to see one answers for no cup."""
    layout = Layout(boxes=(replace(CAR, phrase="a red cup on a car"), replace(OTHER_CAR, phrase="a red cup")))
    picture = draw_scene(DrawnScene("a grass field", "photo", (item(OTHER_CAR),), seed=4))
    assert "found" not in [mark.mark for mark in mark_boxes(picture, layout, judge)]


class BigAndSmall:
    """Reads any words; sees one car, and takes it for a big one and, a little shifted, for a small one."""

    def __init__(self) -> None:
        self.looks = 0

    def detect(self, image: Image.Image, phrases: list[str]) -> list[Detection]:
        self.looks += 1
        boxes = {"a big car": CAR.rect, "a small car": replace(CAR.rect, x=CAR.rect.x + 8)}
        return [Detection(phrase, 0.5, boxes[phrase]) for phrase in phrases if phrase in boxes]


def test_sizes_tell_nothing_apart_and_one_thing_under_two_names_answers_for_one_box() -> None:
    layout = Layout(boxes=(replace(CAR, phrase="a small car"),))
    judge = BigAndSmall()
    twins = (*layout.boxes, replace(CAR, id="5", phrase="a big car", rect=replace(CAR.rect, y=CAR.rect.y - 60)))
    marks = mark_boxes(Image.new("RGB", (512, 512)), replace(layout, boxes=twins), judge)
    assert [mark.mark for mark in marks].count("found") == 1
    judge.looks = 0
    assert [mark.mark for mark in mark_boxes(Image.new("RGB", (512, 512)), layout, judge)] == ["found"]
    assert judge.looks == 1


def test_a_box_that_the_judge_cannot_read_gets_no_mark_and_no_retry(judge: StarterJudge) -> None:
    layout = replace(LAYOUT, boxes=(CAR, DRAGON, CUP))
    request = RenderRequest(layout, seed=5)
    told: list[Attempt] = []
    best = paint_verified(
        lambda asked: painted(asked, item(CAR), item(CUP)),
        request, judge, retries=3, on_attempt=lambda number, attempt: told.append(attempt),
    )  # fmt: skip
    assert unread_boxes(layout, judge) == (DRAGON,)
    assert [mark.box_id for mark in best.marks] == [CAR.id, CUP.id]
    assert (best.is_good, len(told)) == (True, 1)


def test_a_box_that_the_judge_cannot_read_keeps_its_seed(judge: StarterJudge) -> None:
    asked: list[RenderRequest] = []

    def paint(request: RenderRequest) -> RenderResult:
        asked.append(request)
        return painted(request, item(CUP))

    request = RenderRequest(replace(LAYOUT, boxes=(CAR, DRAGON, CUP)), seed=5)
    paint_verified(paint, request, judge, retries=1, on_attempt=lambda number, attempt: None)
    assert [box.seed is None for box in asked[1].layout.boxes] == [False, True, False]
    assert asked[1].layout.boxes[1:] == (DRAGON, CUP)


def test_a_judge_of_any_words_reads_every_box() -> None:
    assert unread_boxes(replace(LAYOUT, boxes=(DRAGON,)), BigAndSmall()) == ()


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
