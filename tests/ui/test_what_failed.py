"""One click on what failed: new seeds for it, a look at the new picture, and the better of the two stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from lmd_desktop.app.jobs import Job, JobKind
from lmd_desktop.domain.edits import add_box, move_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.requests import RenderRecord, RenderSettings
from lmd_desktop.ui.main_window import MainWindow

WAIT_MS = 60_000
PLACES = (Rect(10, 20, 100, 100), Rect(200, 20, 100, 100), Rect(350, 20, 100, 100))


@pytest.fixture
def started(working_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window whose renderer has announced its methods."""
    with qtbot.waitSignal(working_window.workspace.rendering.methods_changed, timeout=WAIT_MS):
        working_window.workspace.rendering.start()
    return working_window


def wait(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.workspace.jobs.active(), timeout=WAIT_MS)


def checked(window: MainWindow, qtbot: QtBot, *phrases: str, method: str = "lmd_plus") -> RenderRecord:
    """A picture of these boxes, looked at once, while later ones are not to be looked at unasked."""
    session = window.workspace.session
    layout = session.layout
    for phrase, place in zip(phrases, PLACES, strict=False):
        layout = add_box(layout, phrase, place)
    session.edit("Draw boxes", layout)
    session.set_render_settings(RenderSettings(num_inference_steps=1, seed=7, method=method))
    window.render_panel.render_button.click()
    wait(window, qtbot)
    window.results_panel.details.check.click()
    wait(window, qtbot)
    return session.renders[-1]


def retry(window: MainWindow, qtbot: QtBot) -> RenderRecord:
    window.results_panel.details.retry.click()
    wait(window, qtbot)
    return window.workspace.session.renders[-1]


def told(window: MainWindow) -> str:
    return window.status.currentMessage()


def test_the_new_picture_is_looked_at_unasked_and_stays_because_it_is_better(started: MainWindow, qtbot: QtBot) -> None:
    before = checked(started, qtbot, "a red car", "a lost key")
    record = retry(started, qtbot)
    assert record.sha256 != before.sha256
    assert [mark.mark for mark in record.marks] == ["found", "found"]
    assert started.backdrop.record == record
    assert told(started) == "The new picture is better: 2 of 2 boxes are found now."


def test_a_picture_that_the_judge_is_only_surer_of_stays_and_is_not_called_more(
    started: MainWindow, qtbot: QtBot
) -> None:
    checked(started, qtbot, "a proud lion", "a stubborn key")
    record = retry(started, qtbot)
    assert started.backdrop.record == record
    assert told(started) == "The new picture is slightly better: 1 of 2 boxes are found, as before."


@pytest.mark.parametrize("others", [("a red car",), ("a red car", "a shy cat")], ids=["equal", "worse"])
def test_the_picture_before_comes_back_if_the_new_one_is_no_better(
    started: MainWindow, qtbot: QtBot, others: tuple[str, ...]
) -> None:
    before = checked(started, qtbot, "a stubborn key", *others)
    record = retry(started, qtbot)
    session = started.workspace.session
    assert [one.sha256 for one in session.renders] == [before.sha256, record.sha256]
    assert started.backdrop.record == before
    assert (session.scene.dialog.head, session.layout) == (before.turn, before.request.layout)
    assert started.results_panel.details.record == before
    assert told(started).startswith("The new picture is no better: the one before is kept.")


def test_what_was_given_up_comes_back_by_undo_and_is_a_branch_of_the_dialog(started: MainWindow, qtbot: QtBot) -> None:
    before = checked(started, qtbot, "a stubborn key", "a red car")
    record = retry(started, qtbot)
    session = started.workspace.session
    assert [turn.id for turn in session.scene.dialog.children(before.turn)] == [record.turn]
    session.undo_stack.undo()
    assert session.layout == record.request.layout
    assert started.backdrop.record == record
    session.undo_stack.undo()
    assert session.layout == before.request.layout
    assert started.backdrop.record == before


def test_another_click_draws_other_seeds_and_starts_from_the_better_picture(started: MainWindow, qtbot: QtBot) -> None:
    before = checked(started, qtbot, "a stubborn key", "a red car")
    first, second = retry(started, qtbot), retry(started, qtbot)
    seeds = [one.request.layout.boxes[0].seed for one in (before, first, second)]
    assert len(set(seeds)) == 3
    assert second.request.layout.boxes[1].seed is None
    dialog = started.workspace.session.scene.dialog
    assert {turn.id for turn in dialog.children(before.turn)} == {first.turn, second.turn}


def test_a_canvas_that_was_changed_meanwhile_is_left_alone(started: MainWindow, qtbot: QtBot) -> None:
    checked(started, qtbot, "a stubborn key", "a red car")
    session = started.workspace.session

    def move() -> None:
        session.edit("Move box", move_box(session.layout, "2", 200, 300))

    started.workspace.rendering.picture_finished.connect(move)
    record = retry(started, qtbot)
    assert session.layout.box("2").rect.y == 300
    assert started.backdrop.record == record
    assert told(started).startswith("The new picture is no better than the one before.")


def test_settings_that_were_changed_meanwhile_stay(started: MainWindow, qtbot: QtBot) -> None:
    checked(started, qtbot, "a stubborn key")
    session = started.workspace.session

    def change() -> None:
        session.set_render_settings(replace(session.render_settings, num_inference_steps=33))

    started.workspace.rendering.picture_finished.connect(change)
    retry(started, qtbot)
    assert session.render_settings.num_inference_steps == 33


def test_it_is_looked_at_once_also_if_every_picture_is_to_be_checked(started: MainWindow, qtbot: QtBot) -> None:
    checked(started, qtbot, "a lost key")
    started.render_panel.options.check.setChecked(True)
    looks: set[str] = set()

    def count(job: Job) -> None:
        if job.kind is JobKind.JUDGE:
            looks.add(job.id)

    started.workspace.jobs.job_changed.connect(count)
    retry(started, qtbot)
    assert len(looks) == 1


def test_a_method_that_gives_boxes_no_place_paints_the_whole_picture_anew(started: MainWindow, qtbot: QtBot) -> None:
    checked(started, qtbot, "a lost key", method="plain")
    assert retry(started, qtbot).request.seed != 7


def test_what_the_judge_cannot_read_is_an_error_only_if_somebody_asked(started: MainWindow, qtbot: QtBot) -> None:
    workspace = started.workspace
    started.render_panel.options.check.setChecked(True)
    workspace.session.edit("Draw", add_box(workspace.session.layout, "a strange thing", Rect(20, 60, 120, 120)))
    with qtbot.waitSignal(workspace.judging.noted, timeout=WAIT_MS):
        workspace.rendering.render()
    assert told(started) == "The judge knows nothing here."
    assert not started.errors.problems
    with qtbot.waitSignal(workspace.judging.problem_occurred, timeout=WAIT_MS):
        workspace.judging.check(workspace.session.renders[-1])
    assert started.errors.problems[0].cause == "The judge knows nothing here."
