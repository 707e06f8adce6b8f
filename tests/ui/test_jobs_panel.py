"""The list of jobs shows what runs, waits and failed, and does with it what the person says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes import SharedWorkers
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.jobs_panel import JobsPanel
from lmd_desktop.ui.main_window import MainWindow

WAIT_MS = 60_000


def render(window: MainWindow, prompt: str) -> None:
    session = window.workspace.session
    if not session.layout.boxes:
        session.edit("Draw box", add_box(session.layout, "a red car", Rect(10, 20, 100, 100)))
    session.set_render_settings(replace(session.render_settings, prompt=prompt, seed=1))
    window.workspace.rendering.render()


def rows(panel: JobsPanel) -> list[str]:
    return [panel.list.item(row).text().split("\n")[1] for row in range(panel.list.count())]


def wait_until_idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.workspace.jobs.active(), timeout=WAIT_MS)
    for dialog in window.findChildren(ErrorDialog):
        dialog.close()


@pytest.fixture
def busy(make_window: Callable[..., MainWindow], small_workers: SharedWorkers, qtbot: QtBot) -> MainWindow:
    """One picture that goes on until it is stopped, and two that wait."""
    window = make_window(small_workers.clients)
    for prompt in ("wait", "second", "third"):
        render(window, prompt)
    with qtbot.waitSignal(window.workspace.rendering.preview_changed, timeout=WAIT_MS):
        pass
    window.show_jobs()
    return window


def test_the_queue_is_listed_in_order_with_numbers(busy: MainWindow) -> None:
    painting, *waiting = rows(busy.jobs_panel)
    assert painting.startswith("Painting")
    assert waiting == ["Waiting, number 1", "Waiting, number 2"]
    assert "1 running, 2 waiting" in busy.jobs_panel.summary.text()


def test_delete_takes_a_waiting_job_out_and_the_others_move_up(busy: MainWindow, qtbot: QtBot) -> None:
    panel = busy.jobs_panel
    panel.list.setCurrentRow(1)
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert rows(panel)[1:] == ["Waiting, number 1"]


def test_skip_goes_on_with_the_next_job(busy: MainWindow, qtbot: QtBot) -> None:
    busy.jobs_panel.skip_button.click()
    wait_until_idle(busy, qtbot)
    assert [record.request.prompt for record in busy.workspace.session.renders] == ["second", "third"]


def test_stop_after_this_keeps_the_running_job_only(busy: MainWindow, qtbot: QtBot) -> None:
    busy.jobs_panel.stop_after_button.click()
    assert [job.is_waiting for job in busy.workspace.queue.order] == [False]
    assert not busy.jobs_panel.stop_after_button.isEnabled()


def test_stop_now_ends_all_of_it(busy: MainWindow, qtbot: QtBot) -> None:
    busy.jobs_panel.stop_button.click()
    wait_until_idle(busy, qtbot)
    assert busy.workspace.session.renders == ()
    assert busy.jobs_panel.summary.text() == "Nothing is running."


def test_a_failed_job_stays_with_its_reason_the_queue_goes_on_and_it_can_be_tried_again(
    working_window: MainWindow, qtbot: QtBot
) -> None:
    panel = working_window.jobs_panel
    render(working_window, "fail")
    render(working_window, "second")
    wait_until_idle(working_window, qtbot)
    assert [record.request.prompt for record in working_window.workspace.session.renders] == ["second"]
    assert rows(panel) == ["Failed: The model wrote nothing usable. Say it in other words."]
    panel.list.setCurrentRow(0)
    panel.again_button.click()
    assert working_window.workspace.rendering.is_rendering
    wait_until_idle(working_window, qtbot)
    assert len(rows(panel)) == 1


def test_every_part_of_the_panel_has_a_name_for_screen_readers(busy: MainWindow) -> None:
    panel = busy.jobs_panel
    buttons = (panel.stop_button, panel.stop_after_button, panel.skip_button, panel.again_button, panel.remove_button)
    assert all(widget.accessibleName() and widget.toolTip() for widget in buttons)
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in buttons)
    assert panel.list.accessibleName()
    told = panel.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Painting" in told
    assert "\n" not in told
