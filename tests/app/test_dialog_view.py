"""Which turns the dialog shows: one branch, through the head and on to its end."""

from __future__ import annotations

from lmd_desktop.app.dialog_view import newest_end, visible_turns
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout, go_to


def asked_and_planned(scene: Scene, text: str) -> Scene:
    asked = add_request(scene, text)
    layout = add_box(asked.layout, text, Rect(0, 0, 64, 64))
    return add_plan(asked, layout, raw="", model="m", model_sha256="", seed=1)


def ids(scene: Scene, shown_before: tuple[str, ...] = ()) -> list[str]:
    return [view.turn.id for view in visible_turns(scene.dialog, shown_before)]


def test_turns_after_the_head_stay_in_sight() -> None:
    scene = go_to(asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog"), "t2")
    views = visible_turns(scene.dialog)
    assert [view.turn.id for view in views] == ["t1", "t2", "t3", "t4"]
    assert [view.is_ahead for view in views] == [False, False, True, True]
    assert [view.turn.id for view in views if view.is_head] == ["t2"]


def test_a_change_at_an_old_turn_shows_the_new_branch_and_marks_the_fork() -> None:
    scene = go_to(asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog"), "t2")
    branched = edit_layout(scene, add_box(scene.layout, "a cup", Rect(9, 9, 64, 64)))
    views = visible_turns(branched.dialog)
    assert [view.turn.id for view in views] == ["t1", "t2", "t5"]
    assert views[-1].siblings == ("t3", "t5")
    assert views[-1].place == 1


def test_the_branch_that_was_shown_stays_when_going_back() -> None:
    scene = go_to(asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog"), "t2")
    branched = edit_layout(scene, add_box(scene.layout, "a cup", Rect(9, 9, 64, 64)))
    back = go_to(branched, "t2")
    assert ids(back, ("t1", "t2", "t3", "t4")) == ["t1", "t2", "t3", "t4"]
    assert ids(back) == ["t1", "t2", "t5"]


def test_a_branch_is_entered_at_its_newest_end() -> None:
    scene = asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog")
    assert newest_end(scene.dialog, "t1") == "t4"
    assert newest_end(scene.dialog, "t4") == "t4"


def test_an_empty_dialog_shows_nothing() -> None:
    assert visible_turns(Scene().dialog) == ()
