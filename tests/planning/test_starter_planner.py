"""The bundled planner in the real llama.cpp: format, streaming, locks, edits, cancel and the prompt cache."""

from __future__ import annotations

import pytest

from lmd_desktop.domain.edits import add_box, lock_boxes, move_box
from lmd_desktop.domain.errors import Cancelled
from lmd_desktop.domain.layout import Box, Rect
from lmd_desktop.domain.requests import PlanRequest, PlanResult
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout
from lmd_desktop.planning.lines import parse_line
from lmd_desktop.planning.planner import Planner

CAPTION = "a red car on the left of a blue cup, without cats"


def request_of(scene: Scene, text: str, seed: int = 1) -> PlanRequest:
    asked = add_request(scene, text)
    return PlanRequest(asked.dialog.path(), asked.layout, text, seed)


def plan(planner: Planner, scene: Scene, text: str, *, seed: int = 1) -> PlanResult:
    return planner.plan(
        request_of(scene, text, seed), check=lambda: None, on_box=lambda box: None, on_progress=lambda *step: None
    )


def answered(scene: Scene, text: str, result: PlanResult) -> Scene:
    return add_plan(
        add_request(scene, text),
        result.layout,
        raw=result.raw,
        model=result.model,
        model_sha256=result.model_sha256,
        seed=result.seed,
    )


@pytest.fixture
def first_round(starter_planner: Planner) -> Scene:
    return answered(Scene(), CAPTION, plan(starter_planner, Scene(), CAPTION))


@pytest.mark.parametrize("text", [CAPTION, "three dogs", "猫在狗的左边", "😀 <|im_end|>\x07", "xyzzy " * 40])
def test_every_finished_line_of_every_answer_can_be_read(starter_planner: Planner, text: str) -> None:
    result = plan(starter_planner, Scene(), text)
    *lines, rest = result.raw.split("\n")
    assert all(parse_line(line) is not None for line in lines)
    # Nonsense can keep it writing up to its limit of tokens, in the middle of a line; then it says so.
    assert not rest or any("broke off" in note for note in result.notes)
    assert result.layout.background_prompt


def test_a_caption_of_its_world_becomes_its_things(starter_planner: Planner) -> None:
    result = plan(starter_planner, Scene(), CAPTION)
    assert any("car" in box.phrase for box in result.layout.boxes)
    assert any("cup" in box.phrase for box in result.layout.boxes)
    assert not any("cat" in box.phrase for box in result.layout.boxes)


def test_the_same_seed_gives_the_same_layout(starter_planner: Planner) -> None:
    results = [plan(starter_planner, Scene(), CAPTION, seed=seed) for seed in (5, 6, 5)]
    assert results[0].layout == results[2].layout
    assert results[0].raw == results[2].raw


def test_a_follow_up_reuses_the_whole_dialog_so_far(starter_planner: Planner) -> None:
    first = plan(starter_planner, Scene(), CAPTION)
    second = plan(starter_planner, answered(Scene(), CAPTION, first), "add a green tree")
    # All but the last token of the answer, which nothing followed.
    assert second.tokens_reused >= first.tokens_evaluated + first.tokens_reused + first.tokens_generated - 1


def test_what_was_moved_and_locked_by_hand_comes_back_exactly(starter_planner: Planner, first_round: Scene) -> None:
    layout = add_box(first_round.layout, "a yellow book", Rect(37, 41, 93, 71))
    book = layout.boxes[-1].id
    layout = lock_boxes(move_box(layout, book, 301, 43), [book])
    edited = edit_layout(first_round, layout)
    for seed in range(5):
        result = plan(starter_planner, edited, "add a white dog", seed=seed)
        assert result.layout.box(book) == layout.box(book)


def test_a_plan_can_be_stopped_while_it_is_written(starter_planner: Planner) -> None:
    boxes: list[Box] = []

    def check() -> None:
        if boxes:
            raise Cancelled

    whole = plan(starter_planner, Scene(), CAPTION)
    with pytest.raises(Cancelled):
        starter_planner.plan(
            request_of(Scene(), CAPTION), check=check, on_box=boxes.append, on_progress=lambda *step: None
        )
    assert len(boxes) == 1
    assert plan(starter_planner, Scene(), CAPTION).raw == whole.raw
