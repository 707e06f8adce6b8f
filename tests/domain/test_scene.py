"""The dialog is a tree: requests, plans and hand edits; nothing that was there is ever overwritten."""

from __future__ import annotations

import dataclasses

import pytest

from lmd_desktop.domain.edits import lock_boxes, move_box, rename_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box, Layout, Rect, colour_for
from lmd_desktop.domain.scene import (
    CanvasEdit,
    Plan,
    Request,
    Scene,
    add_plan,
    add_request,
    edit_layout,
    go_to,
    set_note,
)

PLANNED = Layout(boxes=(Box("1", "a red car", Rect(0, 0, 100, 100), colour_for("1")),))


@pytest.fixture
def planned() -> Scene:
    scene = add_request(Scene(), "  a red\ncar ")
    return add_plan(scene, PLANNED, raw="raw", model="starter", model_sha256="ab", seed=3)


def test_a_request_is_one_clean_line_that_remembers_the_canvas(planned: Scene) -> None:
    request = planned.dialog.turns[0]
    assert request == Request("t1", None, "a red car", Layout())


@pytest.mark.parametrize(("text", "words"), [("", "empty"), (" \n\t\x00", "empty"), ("x" * 5001, "5001 characters")])
def test_a_request_that_cannot_be_sent_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        add_request(Scene(), text)


def test_a_request_of_5000_characters_in_any_script_is_taken() -> None:
    assert len(add_request(Scene(), "画" * 5000).dialog.turns) == 1


def test_the_canvas_shows_the_layout_at_the_head(planned: Scene) -> None:
    assert planned.layout == PLANNED
    assert isinstance(planned.dialog.turn("t2"), Plan)
    assert go_to(planned, "t1").layout == Layout()
    assert go_to(planned, None).layout == planned.start


def test_edits_in_a_row_become_one_turn(planned: Scene) -> None:
    scene = edit_layout(planned, move_box(planned.layout, "1", 50, 0))
    scene = edit_layout(scene, rename_box(scene.layout, "1", "a blue car"))
    assert len(scene.dialog.turns) == 3
    turn = scene.dialog.turn("t3")
    assert isinstance(turn, CanvasEdit)
    assert turn.summary == "renamed “a red car” to “a blue car”; moved “a blue car” right 10 %"


def test_an_edit_taken_back_by_hand_leaves_no_turn(planned: Scene) -> None:
    scene = edit_layout(planned, move_box(planned.layout, "1", 50, 0))
    assert edit_layout(scene, move_box(scene.layout, "1", 0, 0)) == planned


def test_an_edit_that_changes_nothing_is_no_turn(planned: Scene) -> None:
    assert edit_layout(planned, planned.layout) is planned


def test_a_pause_starts_a_new_turn(planned: Scene) -> None:
    scene = edit_layout(planned, move_box(planned.layout, "1", 50, 0))
    scene = edit_layout(scene, move_box(scene.layout, "1", 60, 0), coalesce=False)
    assert [turn.id for turn in scene.dialog.path()] == ["t1", "t2", "t3", "t4"]


def test_the_next_request_builds_on_the_edit(planned: Scene) -> None:
    moved = lock_boxes(move_box(planned.layout, "1", 50, 0), ["1"])
    scene = add_request(edit_layout(planned, moved), "add a cup")
    assert scene.dialog.turns[-1] == Request("t4", "t3", "add a cup", moved)


def test_changing_an_old_turn_starts_a_branch(planned: Scene) -> None:
    main = add_request(planned, "add a cup")
    branch = edit_layout(go_to(main, "t2"), move_box(PLANNED, "1", 99, 0))
    assert [turn.id for turn in branch.dialog.children("t2")] == ["t3", "t4"]
    assert [turn.id for turn in branch.dialog.path()] == ["t1", "t2", "t4"]
    assert branch.dialog.turn("t3") == main.dialog.turn("t3")
    assert [turn.id for turn in branch.dialog.path("t3")] == ["t1", "t2", "t3"]


def test_an_edit_that_others_build_on_is_not_changed_any_more(planned: Scene) -> None:
    scene = edit_layout(planned, move_box(planned.layout, "1", 50, 0))
    scene = go_to(add_request(scene, "add a cup"), "t3")
    again = edit_layout(scene, move_box(scene.layout, "1", 60, 0))
    assert again.dialog.turn("t3") == scene.dialog.turn("t3")
    assert again.dialog.head == "t5"


def test_a_note_stays_with_its_edit(planned: Scene) -> None:
    scene = set_note(edit_layout(planned, move_box(planned.layout, "1", 50, 0)), "t3", "nearer\nplease")
    scene = edit_layout(scene, move_box(scene.layout, "1", 60, 0))
    turn = scene.dialog.turn("t3")
    assert isinstance(turn, CanvasEdit)
    assert turn.note == "nearer please"
    with pytest.raises(UserError, match="takes a note"):
        set_note(scene, "t1", "x")


def test_a_turn_that_is_not_there_is_refused(planned: Scene) -> None:
    with pytest.raises(UserError, match="no turn “t9”"):
        go_to(planned, "t9")


def test_every_step_leaves_the_value_before_it_untouched(planned: Scene) -> None:
    before = dataclasses.replace(planned)
    edit_layout(planned, move_box(planned.layout, "1", 50, 0))
    go_to(planned, "t1")
    assert planned == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.start = Layout()  # type: ignore[misc]
