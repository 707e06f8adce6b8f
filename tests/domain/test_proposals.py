"""What a plan changed is accepted or rejected thing by thing, and what is built on it decides the rest."""

from __future__ import annotations

import pytest

from lmd_desktop.domain import edits
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.proposals import (
    BACKGROUND,
    Decision,
    accept,
    add_answer,
    changes_between,
    decisions,
    proposal,
    reject,
)
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import CanvasEdit, Plan, Scene, add_request, edit_layout


def three_boxes() -> Layout:
    layout = Layout(Size(512, 512), background_prompt="a street")
    for number, phrase in enumerate(("a car", "a cup", "a dog")):
        layout = edits.add_box(layout, phrase, Rect(100 * number, 100, 80, 80))
    return layout


def answered() -> Layout:
    """The car moved, the cup gone, a lamp new, another background."""
    layout = edits.delete_boxes(edits.move_box(three_boxes(), "1", 20, 30), ["2"])
    return edits.set_background(edits.add_box(layout, "a lamp", Rect(300, 300, 80, 80)), "a park")


@pytest.fixture
def scene() -> Scene:
    asked = add_request(Scene(start=three_boxes()), "without the cup, and a lamp")
    return add_answer(asked, PlanResult(answered(), "raw", "m", "", 1))


def head_plan(scene: Scene) -> Plan:
    plan = proposal(scene)
    assert plan is not None
    return plan


def states(scene: Scene, **more: tuple[str, ...]) -> dict[str, Decision]:
    return decisions(scene, head_plan(scene), **more)


def test_every_change_of_an_answer_waits_for_a_decision(scene: Scene) -> None:
    assert states(scene) == dict.fromkeys(("1", "4", "2", BACKGROUND), Decision.OPEN)


def test_accepting_one_leaves_the_others_open(scene: Scene) -> None:
    after = accept(scene, head_plan(scene).id, ["4"])
    assert states(after)["4"] is Decision.ACCEPTED
    assert states(after)["1"] is Decision.OPEN
    assert after.layout == scene.layout


def test_rejecting_everything_gives_the_layout_before_back(scene: Scene) -> None:
    keys = [change.key for change in changes_between(three_boxes(), answered())]
    assert reject(scene.layout, three_boxes(), keys) == three_boxes()


def test_a_rejected_change_is_a_turn_of_its_own_and_the_rest_stays_open(scene: Scene) -> None:
    after = edit_layout(scene, reject(scene.layout, three_boxes(), ["2"]))
    head = after.dialog.path()[-1]
    assert isinstance(head, CanvasEdit)
    assert head.summary == "added “a cup”"
    assert [box.phrase for box in after.layout.boxes] == ["a car", "a cup", "a dog", "a lamp"]
    assert states(after)["2"] is Decision.REJECTED
    assert states(after)["1"] is Decision.OPEN


def test_moving_a_proposed_box_by_hand_decides_on_it(scene: Scene) -> None:
    after = edit_layout(scene, edits.move_box(scene.layout, "4", 5, 5))
    assert states(after)["4"] is Decision.CHANGED


def test_the_next_request_takes_the_rest_as_accepted(scene: Scene) -> None:
    assert proposal(add_request(scene, "bigger")) is None


def test_a_picture_takes_the_rest_as_accepted(scene: Scene) -> None:
    painted = (head_plan(scene).id,)
    assert set(states(scene, painted=painted).values()) == {Decision.ACCEPTED}


def test_an_answer_that_is_decided_has_nothing_open() -> None:
    asked = add_request(Scene(start=three_boxes()), "a lamp")
    scene = add_answer(asked, PlanResult(answered(), "raw", "m", "", 1), is_decided=True)
    assert set(states(scene).values()) == {Decision.ACCEPTED}
