"""Which turns the dialog shows: one branch, through the head and on to its end."""

from __future__ import annotations

from lmd_desktop.app.branches import branches
from lmd_desktop.app.dialog_search import DialogSearch
from lmd_desktop.app.dialog_view import newest_end, undecided_boxes, visible_turns
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import Scene, add_plan, add_request, edit_layout, go_to
from lmd_desktop.domain.violations import Fix, Violation


def asked_and_planned(scene: Scene, text: str) -> Scene:
    asked = add_request(scene, text)
    layout = add_box(asked.layout, text, Rect(0, 0, 64, 64))
    return add_plan(asked, layout, raw="", model="m", model_sha256="", seed=1)


def ids(scene: Scene, shown_before: tuple[str, ...] = ()) -> list[str]:
    return [view.turn.id for view in visible_turns(scene, shown_before)]


def test_turns_after_the_head_stay_in_sight() -> None:
    scene = go_to(asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog"), "t2")
    views = visible_turns(scene)
    assert [view.turn.id for view in views] == ["t1", "t2", "t3", "t4"]
    assert [view.is_ahead for view in views] == [False, False, True, True]
    assert [view.turn.id for view in views if view.is_head] == ["t2"]


def test_a_change_at_an_old_turn_shows_the_new_branch_and_marks_the_fork() -> None:
    scene = go_to(asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog"), "t2")
    branched = edit_layout(scene, add_box(scene.layout, "a cup", Rect(9, 9, 64, 64)))
    views = visible_turns(branched)
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
    assert visible_turns(Scene()) == ()


def test_undecided_boxes_are_those_of_the_last_plan_until_something_is_built_on_it() -> None:
    asked = add_request(Scene(), "a cat")
    layout = add_box(asked.layout, "a cat", Rect(0, 0, 64, 64))
    scene = add_answer(asked, PlanResult(layout, "", "m", "", 1))
    assert [box.id for box in undecided_boxes(scene)] == ["1"]
    assert visible_turns(scene)[-1].open_keys == ("1",)
    assert undecided_boxes(scene, painted=("t2",)) == ()
    assert undecided_boxes(add_request(scene, "a dog")) == ()


def test_a_violation_is_mendable_until_someone_changed_what_it_is_about() -> None:
    asked = add_request(Scene(), "a cat without dogs")
    layout = add_box(asked.layout, "a dog", Rect(0, 0, 64, 64))
    wrong = Violation("negation", "There is a dog.", "", ("1",), Fix("Delete the dog", deleted=("1",)))
    scene = add_answer(asked, PlanResult(layout, "", "m", "", 1, violations=(wrong,)))
    assert visible_turns(scene)[-1].mendable == (0,)
    assert visible_turns(edit_layout(scene, Layout()))[1].mendable == ()


def test_the_tree_of_branches_has_a_row_per_branch_and_the_longest_is_the_main_line() -> None:
    scene = asked_and_planned(asked_and_planned(Scene(), "a cat"), "a dog")
    scene = asked_and_planned(go_to(scene, "t1"), "a bird")  # t5, t6 leave t1
    rows = branches(scene.dialog)
    assert [(row.first.id, row.tip.id, row.depth, row.turns) for row in rows] == [
        ("t1", "t4", 0, 4),
        ("t5", "t6", 1, 2),
    ]
    assert [row.has_head for row in rows] == [False, True]
    assert rows[1].parent == "t1"


def test_many_regenerated_answers_do_not_make_the_tree_deep() -> None:
    scene = Scene()
    for number in range(40):
        scene = asked_and_planned(scene, f"thing {number}")
        request = scene.dialog.path()[-2].id
        scene = add_plan(go_to(scene, request), scene.layout, raw="", model="m", model_sha256="", seed=2)
    assert max(row.depth for row in branches(scene.dialog)) <= 2


def test_a_search_finds_words_of_any_case_width_and_accent_in_every_branch() -> None:
    scene = asked_and_planned(asked_and_planned(Scene(), "a Café"), "红色的猫")
    scene = asked_and_planned(go_to(scene, "t1"), "قطة حمراء")
    search = DialogSearch()
    assert search.find(scene.dialog, "cafe") == ("t1", "t2", "t4")
    assert search.find(scene.dialog, "红色") == ("t3", "t4")
    assert search.find(scene.dialog, "قطة") == ("t5", "t6")
    assert search.find(scene.dialog, "  ") == ()
