"""Errors in one readable place, and reports that hold no texts unless they are wanted."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from lmd_desktop.app.problem_report import LEFT_OUT
from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Rect
from lmd_desktop.domain.scene import add_request
from lmd_desktop.ui.diagnostics_dialog import DiagnosticsDialog
from lmd_desktop.ui.error_dialog import ErrorDialog
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.problems_dialog import ProblemsDialog
from lmd_desktop.ui.text_dialog import TextDialog

SECRET, PHRASE = "my secret castle", "a silver dragon"


def write_secrets(window: MainWindow) -> None:
    session = window.workspace.session
    session.commit("Ask", add_request(session.scene, SECRET))
    session.edit("Draw box", add_box(session.layout, PHRASE, Rect(10, 20, 100, 100)))


def test_a_report_holds_texts_of_the_scene_only_if_that_is_ticked(window: MainWindow) -> None:
    write_secrets(window)
    window.errors.show_error(ValueError(f"cannot paint {PHRASE.upper()} in {Path.home()}"), f"request: {SECRET}")
    report = window.findChild(ErrorDialog).report
    shown = report.text.toPlainText()
    assert LEFT_OUT in shown
    assert SECRET not in shown
    assert PHRASE not in shown.lower()
    assert str(Path.home()) not in shown
    report.has_texts.click()
    assert SECRET in report.text.toPlainText()


def test_all_problems_of_the_run_are_in_one_place(window: MainWindow) -> None:
    for number in range(3):
        window.errors.show_error(UserError(f"Disk {number} is full.", "Make room."))
    window.around.show_problems()
    dialog = window.findChild(ProblemsDialog)
    assert ["Disk 2" in dialog.list.item(0).text(), dialog.list.count()] == [True, 3]
    dialog.list.setCurrentRow(2)
    assert "Disk 0 is full. Make room." in dialog.report.text.toPlainText()
    window.errors.show_error(UserError("Another one."))
    assert dialog.list.count() == 4


def test_diagnostics_tell_versions_models_and_folders_but_no_texts(window: MainWindow, qtbot: QtBot) -> None:
    write_secrets(window)
    logs = window.workspace.folders.logs
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "window.log").write_text(f"INFO something about {PHRASE}\n", encoding="utf-8")
    window.around.show_diagnostics()
    dialog = window.findChild(DiagnosticsDialog)
    qtbot.waitUntil(lambda: "processors" in dialog.text.toPlainText(), timeout=20_000)
    shown = dialog.text.toPlainText()
    assert "PySide6" in shown
    assert "planner-starter" in shown
    assert "something about" in shown
    assert PHRASE not in shown


def test_the_licences_of_program_and_models_can_be_read(window: MainWindow) -> None:
    window.around.show_licences()
    shown = window.findChild(TextDialog).text.toPlainText()
    assert "Apache License" in shown
    assert "Starter painter" in shown
    assert "Apache-2.0; commercial use: yes" in shown
