"""Every key of the sheet of shortcuts, pressed in the real window, does what the sheet says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import shiboken6
from fakes import dispose, no_clients
from hands import Hands
from key_checks import (
    CTRL,
    CUP,
    EMPTY,
    PANE,
    PASTED,
    aligns,
    box_tool,
    click_result,
    copy,
    cut,
    delete,
    duplicate,
    fit,
    group,
    hand_tool,
    ids,
    layout,
    moves,
    opens,
    orders,
    paste,
    redo,
    rename,
    select_all,
    select_tool,
    show,
    show_pictures,
    show_plan,
    shows,
    switches,
    undo,
    ungroup,
    zooms,
)
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmd_desktop.app.workspace import Folders, Workspace
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.scene_file import SceneContent
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.ui.compare_window import CompareWindow
from lmd_desktop.ui.main_window import MainWindow


@pytest.fixture
def hands(hands: Hands) -> Iterator[Hands]:
    """Three boxes on the canvas, nothing running, nothing open; two steps a picture."""
    show(hands)
    yield hands
    hands.press("Shift+Esc")
    hands.wait(lambda: not hands.window.workspace.jobs.active())


def new(hands: Hands, key: str) -> None:
    hands.press(key)
    assert ids(hands) == []


def save(hands: Hands, key: str, folder: Path) -> None:
    file = folder / "kept.lmdscene"
    hands.name_a_file(file, lambda: hands.press(key))
    assert file.is_file()
    file.unlink()


def open_file(hands: Hands, key: str, folder: Path) -> None:
    save_scene(folder / "other.lmdscene", SceneContent(Scene()), lambda _: None, thumbnail=None)
    hands.name_a_file(folder / "other.lmdscene", lambda: hands.press(key))
    assert hands.window.workspace.document.name == "other"


def export(hands: Hands, key: str, folder: Path) -> None:
    show_pictures(hands, folder)
    hands.name_a_file(folder / "out.png", lambda: hands.press(key))
    assert (folder / "out.png").read_bytes().startswith(b"\x89PNG")


def closes(_hands: Hands, key: str, folder: Path, qtbot: QtBot) -> None:
    """Another window, since this one is needed."""
    folders = Folders(folder / "settings.json", folder / "pictures", folder / "autosave", logs=folder / "logs")
    other = MainWindow(Workspace(folders, no_clients))
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    Hands(other, qtbot).press(key)
    assert not other.isVisible()
    workspace = other.workspace
    shiboken6.delete(other)
    dispose(workspace)


def new_window(hands: Hands, key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is started once more; here a script in its place writes down how."""
    script, told = folder / "program", folder / "told"
    script.write_text(f'#!/bin/sh\necho "$@" > {told}.part && mv {told}.part {told}\n', encoding="utf-8")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    hands.press(key)
    hands.wait(told.is_file)
    assert told.read_text(encoding="utf-8") == "-m lmd_desktop\n"


def full_screen(hands: Hands, key: str) -> None:
    hands.press(key)
    assert hands.window.isFullScreen()
    hands.press(key)
    assert not hands.window.isFullScreen()


def next_pane(hands: Hands, key: str) -> None:
    seen = {QApplication.focusWidget()}
    for _ in range(4):
        hands.press(key)
        seen.add(QApplication.focusWidget())
    assert len(seen) >= 4


def focus_prompt(hands: Hands, key: str) -> None:
    hands.press(key)
    assert hands.window.dialog_panel.composer.hasFocus()


def plan_again(hands: Hands, key: str) -> None:
    show_plan(hands)
    hands.press(key)
    assert hands.window.workspace.planning.state.is_planning


def reword(hands: Hands, key: str) -> None:
    show_plan(hands)
    hands.press(key)
    assert hands.window.dialog_panel.composer.toPlainText() == "a dog, and the cup on the right"
    hands.press("Esc")


def accept(hands: Hands, key: str) -> None:
    show_plan(hands)
    assert hands.window.canvas.pending_boxes
    hands.press(key)
    assert not hands.window.canvas.pending_boxes
    assert len(ids(hands)) == 4


def reject(hands: Hands, key: str) -> None:
    show_plan(hands)
    hands.press(key)
    assert hands.window.workspace.session.layout == layout()


def paste_layout(hands: Hands, key: str) -> None:
    QGuiApplication.clipboard().setText(PASTED)
    hands.press(key)
    paster = hands.window.dialog_panel.paster
    hands.wait(lambda: paster.question is not None or len(ids(hands)) != 3)
    paster.give_up()


def branches(hands: Hands, key: str) -> None:
    show_plan(hands)
    hands.press(key)
    assert hands.window.dialog_panel.header.tree.isVisible()
    hands.press(key)


def compare_turns(hands: Hands, key: str) -> None:
    show_plan(hands)
    opens("TurnComparison")(hands, key)


def search(hands: Hands, key: str) -> None:
    show_plan(hands)
    hands.press(key)
    hands.type("bird")
    assert "other branches" in hands.window.dialog_panel.header.search.count.text()
    hands.press("Esc")


def show_jobs(hands: Hands, key: str) -> None:
    hands.press(key)
    hands.wait(hands.window.jobs_panel.list.hasFocus)
    hands.window.reset_panels()


def render(hands: Hands, key: str) -> None:
    hands.press(key)
    hands.wait(lambda: len(hands.window.workspace.session.renders) == 1)


def render_changed(hands: Hands, key: str) -> None:
    render(hands, "Ctrl+Return")
    hands.wait(lambda: not hands.window.workspace.jobs.active())
    hands.click_canvas(CUP)
    hands.press("Shift+Right")
    hands.press(key)
    hands.wait(lambda: len(hands.window.workspace.session.renders) == 2)
    first, second = hands.window.workspace.session.renders
    assert second.request.seed == first.request.seed


def start_three(hands: Hands) -> None:
    show(hands, steps=200)
    for _ in range(3):
        hands.press("Ctrl+Return")
    hands.wait(lambda: [job.is_waiting for job in hands.window.workspace.queue.order] == [False, True, True])


def stop_now(hands: Hands, key: str) -> None:
    start_three(hands)
    hands.press(key)
    hands.wait(lambda: not hands.window.workspace.jobs.active())
    assert hands.window.workspace.session.renders == ()


def stop_after(hands: Hands, key: str) -> None:
    start_three(hands)
    hands.press(key)
    assert [job.is_waiting for job in hands.window.workspace.queue.order] == [False]


def skip(hands: Hands, key: str) -> None:
    start_three(hands)
    first = hands.window.workspace.queue.order[0].id
    hands.press(key)
    hands.wait(lambda: hands.window.workspace.queue.order[0].id != first)
    assert len(hands.window.workspace.queue.order) == 2


def steps_to(seed: int) -> Callable[[Hands, str, Path], None]:
    """To the other picture; ``seed`` is that of where it starts."""

    def check(hands: Hands, key: str, folder: Path) -> None:
        show_pictures(hands, folder)
        click_result(hands, 2 - seed)
        assert hands.window.backdrop.record.request.seed == seed
        hands.press(key)
        assert hands.window.backdrop.record.request.seed == 3 - seed

    return check


def compare(hands: Hands, key: str, folder: Path) -> None:
    show_pictures(hands, folder)
    click_result(hands, 1, CTRL)
    hands.press(key)
    (window,) = [each for each in hands.window.findChildren(CompareWindow) if each.isVisible()]
    hands.qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.window.findChildren(CompareWindow))
    hands.window.activateWindow()


def star(hands: Hands, key: str, folder: Path) -> None:
    show_pictures(hands, folder)
    hands.press(key)
    assert [record.is_starred for record in hands.window.workspace.session.renders] == [False, True]


def note(hands: Hands, key: str, folder: Path) -> None:
    show_pictures(hands, folder)
    hands.press(key)
    hands.type("the good one")
    hands.press("Return")
    assert hands.window.workspace.session.renders[1].note == "the good one"


def swap_pictures(hands: Hands, key: str, folder: Path) -> None:
    show_pictures(hands, folder)
    hands.window.canvas.setFocus()
    viewport = hands.window.canvas.viewport()
    newer = viewport.grab().toImage()
    hands.hold(key)
    older = viewport.grab().toImage()
    hands.let_go(key)
    assert older != newer
    assert viewport.grab().toImage() == newer


def send_typed(hands: Hands, key: str) -> None:
    hands.press("Ctrl+L")
    hands.type("a cat")
    hands.press(key)
    assert hands.window.workspace.planning.state.is_planning
    hands.press("Shift+Esc")
    hands.wait(lambda: not hands.window.workspace.planning.state.is_planning)


def new_line(hands: Hands, key: str) -> None:
    hands.press("Ctrl+L")
    hands.type("one")
    hands.press(key)
    hands.type("two")
    assert hands.window.dialog_panel.composer.toPlainText() == "one\ntwo"
    hands.window.dialog_panel.composer.clear()


def earlier(hands: Hands, key: str) -> None:
    show_plan(hands)
    hands.press("Ctrl+L")
    hands.press(key)
    assert hands.window.dialog_panel.composer.toPlainText() == "a bird"


def later(hands: Hands, key: str) -> None:
    earlier(hands, "Alt+Up")
    hands.press(key)
    assert hands.window.dialog_panel.composer.toPlainText() == ""


CHECKS: dict[str, Callable[..., None]] = {
    "compare_two": compare, "star_picture": star, "note_picture": note,
    "new": new, "open": open_file, "save": save, "save_as": save, "export_picture": export,
    "close": closes, "quit": closes, "undo": undo, "redo": redo, "settings": opens("SettingsDialog"),
    "focus_prompt": focus_prompt, "plan_again": plan_again, "reword_request": reword, "accept_changes": accept,
    "reject_changes": reject, "paste_layout": paste_layout, "show_branches": branches, "search_dialog": search,
    "render_now": render, "render_changed_only": render_changed, "render_grid_of": opens("GridDialog"),
    "compare_two_results": compare, "stop_all": stop_now, "stop_after_this": stop_after, "skip_job": skip,
    "show_jobs": show_jobs, "newer_result": steps_to(1), "older_result": steps_to(2), "next_pane": next_pane,
    "new_window": new_window, "full_screen": full_screen, "palette": opens("CommandPalette"),
    "compare_turns": compare_turns, "shortcuts": opens("ShortcutsDialog"),
    "send_typed": send_typed, "new_line": new_line,
    "earlier_request": earlier, "later_request": later, "canvas.swap_pictures": swap_pictures,
    "canvas.select_tool": select_tool, "canvas.box_tool": box_tool, "canvas.hand_tool": hand_tool,
    "canvas.rename": rename, "canvas.delete": delete, "canvas.cut": cut, "canvas.copy": copy, "canvas.paste": paste,
    "canvas.select_all": select_all, "canvas.duplicate": duplicate, "canvas.lock": switches("is_locked"),
    "canvas.hide": switches("is_hidden"), "canvas.disable": switches("is_enabled"),
    "canvas.group": group, "canvas.ungroup": ungroup,
    "canvas.raise": orders("2", "1", "3"), "canvas.to_front": orders("2", "3", "1"),
    "canvas.lower": orders("1", "3", "2", box=PANE), "canvas.to_back": orders("3", "1", "2", box=PANE),
    "canvas.align_left": aligns(lambda r: r.x, 0), "canvas.align_right": aligns(lambda r: r.right, 512),
    "canvas.align_top": aligns(lambda r: r.y, 0), "canvas.align_bottom": aligns(lambda r: r.bottom, 512),
    "canvas.nudge_left": moves(-1, 0), "canvas.nudge_left_far": moves(-10, 0), "canvas.nudge_right": moves(1, 0),
    "canvas.nudge_right_far": moves(10, 0), "canvas.nudge_up": moves(0, -1), "canvas.nudge_up_far": moves(0, -10),
    "canvas.nudge_down": moves(0, 1), "canvas.nudge_down_far": moves(0, 10),
    "canvas.zoom_in": zooms(lambda before, now: now > before),
    "canvas.zoom_out": zooms(lambda before, now: now < before), "canvas.zoom_actual": zooms(lambda _, now: now == 1),
    "canvas.fit": fit, "canvas.zoom_selection": zooms(lambda before, now: now > 2 * before),
    "canvas.guides": shows("snapping", "boxes"), "canvas.snap_centres": shows("snapping", "centres"),
    "canvas.snap_thirds": shows("snapping", "thirds"), "canvas.grid": shows("snapping", "grid"),
    "canvas.boxes": shows("shown", "boxes"), "canvas.labels": shows("shown", "labels"),
    "canvas.rulers": shows("shown", "rulers"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_each_key_of_a_command_does_what_it_says(
    hands: Hands, name: str, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, known = CHECKS[name], {"folder": tmp_path, "qtbot": qtbot, "monkeypatch": monkeypatch}
    wanted = set(getattr(check, "__annotations__", ()))
    command = next(command for command in hands.window.around.keymap().commands() if command.name == name)
    assert command.keys
    for key in command.keys:
        show(hands)
        partial(check, **{what: value for what, value in known.items() if what in wanted})(hands, key)


def test_no_key_of_the_sheet_is_left_out(hands: Hands) -> None:
    assert {command.name for command in hands.window.around.keymap().commands() if command.keys} == set(CHECKS)


def test_the_mouse_and_escape_do_what_the_sheet_says(hands: Hands) -> None:
    """The rows that cannot be changed."""
    canvas, session = hands.window.canvas, hands.window.workspace.session
    hands.drag(CUP, (200, 280), Qt.KeyboardModifier.AltModifier)
    assert len(ids(hands)) == 4
    hands.drag((60, 380), (330, 395), CTRL)
    hands.type("a rug")
    hands.press("Return")
    assert [box.phrase for box in session.layout.boxes][-1] == "a rug"
    assert session.selection != ()
    hands.press("Esc")
    assert session.selection == ()
    for key, button in (("Space", Qt.MouseButton.LeftButton), ("", Qt.MouseButton.MiddleButton)):
        before = canvas.transform
        if key:
            hands.hold(key)
        hands.drag(EMPTY, (320, 120), button=button)
        if key:
            hands.let_go(key)
        assert (canvas.transform.x, canvas.transform.y) != (before.x, before.y)
    assert len(ids(hands)) == 5
