"""A sentence becomes turns and boxes, through a real child process; so do its failures."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.jobs import JobKind, JobState
from lmd_desktop.app.planner_templates import COPY, FOLDER, own_templates, read_template
from lmd_desktop.app.workspace import Workspace
from lmd_desktop.domain.edits import add_box, lock_boxes, move_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request, set_note

WAIT_MS = 60_000


def ask(workspace: Workspace, qtbot: QtBot, text: str) -> None:
    workspace.planning.send(text)
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)


def kinds(workspace: Workspace) -> list[type]:
    return [type(turn) for turn in workspace.session.scene.dialog.path()]


def test_a_request_becomes_a_turn_at_once_and_its_answer_another(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.planning.send("a cat, a dog")
    assert kinds(workspace) == [Request]
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert kinds(workspace) == [Request, Plan]
    assert [box.phrase for box in workspace.session.layout.boxes] == ["a cat", "a dog"]


def test_the_persons_own_instructions_and_ways_go_with_a_request(workspace: Workspace, qtbot: QtBot) -> None:
    mine = own_templates(workspace.folders.settings.parent / FOLDER)
    assert [path.name for path in mine] == [COPY]
    assert "{%" in read_template(mine[0])
    mine[0].write_text("Answer in lines.", encoding="utf-8")
    workspace.settings.set(planner_template=mine[0], counts_are_forced=True)
    ask(workspace, qtbot, "a cat")
    plan = workspace.session.scene.dialog.path()[-1]
    assert isinstance(plan, Plan)
    assert plan.raw == "Answer in lines.; counts forced"
    mine[0].unlink()
    before = workspace.session.scene
    with pytest.raises(UserError, match="could not be read"):
        workspace.planning.send("a dog")
    assert workspace.session.scene == before


def test_boxes_arrive_one_by_one_before_the_answer(workspace: Workspace, qtbot: QtBot) -> None:
    counts: list[int] = []
    workspace.planning.state_changed.connect(lambda: counts.append(len(workspace.planning.state.boxes)))
    ask(workspace, qtbot, "a cat, a dog, a bird")
    assert [count for count in counts if count] == sorted({1, 2, 3} & set(counts))
    assert max(counts) == 3


def test_ask_and_plan_are_undo_steps_of_their_own(workspace: Workspace, qtbot: QtBot) -> None:
    ask(workspace, qtbot, "a cat")
    stack = workspace.session.undo_stack
    assert [stack.text(index) for index in range(stack.count())] == ["Ask: a cat", "Plan"]
    stack.undo()
    stack.undo()
    assert workspace.session.scene.dialog.turns == ()


def test_the_next_request_is_built_on_the_hand_edit(workspace: Workspace, qtbot: QtBot) -> None:
    ask(workspace, qtbot, "a cat")
    workspace.session.edit("Move box", move_box(workspace.session.layout, "1", 300, 310))
    edit = workspace.session.scene.dialog.head or ""
    workspace.session.commit("Note", set_note(workspace.session.scene, edit, "keep it there"))
    workspace.session.edit("Lock", lock_boxes(workspace.session.layout, ("1",)))
    ask(workspace, qtbot, "a dog")
    assert kinds(workspace) == [Request, Plan, CanvasEdit, Request, Plan]
    head = workspace.session.scene.dialog.path()[-1]
    assert isinstance(head, Plan)
    assert head.raw == "a cat 300 310; keep it there"
    assert workspace.session.layout.box("1").rect.x == 300


def test_stopping_keeps_the_request_and_the_layout(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.planning.send("wait")
    qtbot.waitUntil(lambda: bool(workspace.planning.state.boxes), timeout=WAIT_MS)
    workspace.planning.stop()
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert workspace.planning.state.was_stopped
    assert kinds(workspace) == [Request]
    assert workspace.session.layout.is_empty


def test_a_failure_is_kept_with_its_reason_and_the_request_can_be_sent_again(
    workspace: Workspace, qtbot: QtBot
) -> None:
    ask(workspace, qtbot, "fail")
    problem = workspace.planning.state.problem
    assert problem is not None
    assert problem.cause == "The model wrote nothing usable."
    request_id = workspace.planning.state.request_id or ""
    workspace.planning.plan_again(request_id)
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert kinds(workspace) == [Request]


def test_the_death_of_the_planner_fails_the_job_and_the_next_one_restarts_it(
    workspace: Workspace, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(workspace.worker_died, timeout=WAIT_MS):
        workspace.planning.send("die")
    qtbot.waitUntil(lambda: workspace.planning.state.problem is not None, timeout=WAIT_MS)
    assert workspace.jobs.active() == ()
    ask(workspace, qtbot, "a cat")
    assert [box.phrase for box in workspace.session.layout.boxes] == ["a cat"]


def test_another_answer_to_the_same_request_is_a_branch(workspace: Workspace, qtbot: QtBot) -> None:
    ask(workspace, qtbot, "a cat")
    request = workspace.session.scene.dialog.turns[0]
    workspace.planning.plan_again(request.id)
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert len(workspace.session.scene.dialog.children(request.id)) == 2


def test_an_edit_made_while_planning_is_kept_beside_the_plan(workspace: Workspace, qtbot: QtBot) -> None:
    ask(workspace, qtbot, "a cat")
    workspace.planning.send("a dog")
    workspace.session.edit("Move box", move_box(workspace.session.layout, "1", 1, 2))
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    dialog = workspace.session.scene.dialog
    assert isinstance(dialog.turn(dialog.head or ""), Plan)
    assert [type(turn) for turn in dialog.children("t3")] == [CanvasEdit, Plan]


def test_the_answer_to_a_request_that_was_undone_is_dropped(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.planning.send("a cat")
    workspace.session.undo_stack.undo()
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    assert workspace.session.scene.dialog.turns == ()


def test_an_answer_for_the_scene_before_never_reaches_the_new_one(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.planning.send("wait")
    qtbot.waitUntil(lambda: bool(workspace.planning.state.boxes), timeout=WAIT_MS)
    workspace.document.new()
    assert not workspace.planning.state.is_planning
    qtbot.waitUntil(lambda: not workspace.jobs.active(), timeout=WAIT_MS)
    assert workspace.session.scene.dialog.turns == ()


@pytest.mark.parametrize("text", ["", "   \n\t", "\x00\x07", "x" * 5001])
def test_a_sentence_that_cannot_be_sent_changes_nothing(quiet_workspace: Workspace, text: str) -> None:
    with pytest.raises(UserError):
        quiet_workspace.planning.send(text)
    assert quiet_workspace.session.scene.dialog.turns == ()
    assert quiet_workspace.jobs.active() == ()


def test_a_second_request_waits_for_the_first_answer(quiet_workspace: Workspace) -> None:
    quiet_workspace.planning.send("a cat 你好 🐈 <|im_end|>")
    with pytest.raises(UserError, match="still answering"):
        quiet_workspace.planning.send("a dog")
    assert len(quiet_workspace.session.scene.dialog.turns) == 1


def test_jobs_tell_how_far_they_are(workspace: Workspace, qtbot: QtBot) -> None:
    seen: list[tuple[JobKind, JobState, str]] = []
    workspace.jobs.job_changed.connect(lambda job: seen.append((job.kind, job.state, job.stage)))
    ask(workspace, qtbot, "a cat")
    assert seen[0] == (JobKind.PLAN, JobState.QUEUED, "")
    assert (JobKind.PLAN, JobState.RUNNING, "prompt") in seen
    assert seen[-1][1] is JobState.DONE


def test_a_request_in_other_words_starts_a_branch_beside_the_first(workspace: Workspace, qtbot: QtBot) -> None:
    ask(workspace, qtbot, "a cat")
    ask(workspace, qtbot, "a dog")
    workspace.planning.send("a bird", beside="t3")
    qtbot.waitUntil(lambda: not workspace.planning.state.is_planning, timeout=WAIT_MS)
    dialog = workspace.session.scene.dialog
    assert [turn.id for turn in dialog.children("t2")] == ["t3", "t5"]
    assert [box.phrase for box in workspace.session.layout.boxes] == ["a cat", "a bird"]


def test_the_changes_of_an_answer_wait_for_a_decision(workspace: Workspace, qtbot: QtBot) -> None:
    ask(workspace, qtbot, "a cat, a dog")
    head = workspace.session.scene.dialog.path()[-1]
    assert isinstance(head, Plan)
    assert head.undecided == ("1", "2", ":background")


def test_undo_in_words_needs_no_planner(quiet_workspace: Workspace) -> None:
    session = quiet_workspace.session
    session.edit("Add box", add_box(session.layout, "a cat", Rect(0, 0, 64, 64)))
    quiet_workspace.planning.send("undo that")
    assert not quiet_workspace.planning.state.is_planning
    assert session.layout.is_empty
    assert kinds(quiet_workspace) == [CanvasEdit, Request, Plan]
