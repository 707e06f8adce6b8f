"""What is on the desk when a key is pressed, and the checks of the keys of the canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from hands import Hands
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from lmd_desktop.domain.edits import add_box, move_box
from lmd_desktop.domain.layout import Layout, Rect, Size
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import PlanResult, RenderRecord, RenderRequest
from lmd_desktop.domain.scene import Scene, add_request, go_to
from lmd_desktop.storage.png_metadata import write_plain_png
from lmd_desktop.storage.scene_file import SceneContent
from lmd_desktop.storage.scene_saving import save_scene

TABLE, CUP, PANE, EMPTY = (300.0, 350.0), (130.0, 280.0), (440.0, 100.0), (300.0, 100.0)
CTRL = Qt.KeyboardModifier.ControlModifier
PASTED = '[{"phrase": "a cat", "box": [0.1, 0.1, 0.3, 0.3], "format": "xyxy"}]'
Check = Callable[[Hands, str], None]


def layout() -> Layout:
    boxes = (
        ("a table", Rect(40, 200, 300, 200)),
        ("a cup", Rect(101, 251, 60, 60)),
        ("a pane", Rect(400, 40, 80, 120)),
    )
    found = Layout(background_prompt="a room")
    for phrase, rect in boxes:
        found = add_box(found, phrase, rect)
    return found


def show(hands: Hands, scene: Scene | None = None, *, steps: int = 2) -> None:
    workspace = hands.window.workspace
    workspace.document.new(scene or Scene(start=layout()))
    workspace.session.set_render_settings(replace(workspace.session.render_settings, num_inference_steps=steps))
    hands.window.dialog_panel.composer.clear()
    hands.window.canvas.fit()
    hands.window.canvas.setFocus()


def show_plan(hands: Hands) -> None:
    """The planner has moved the cup and added a dog, and nothing is decided; there is another branch."""
    after = add_box(move_box(layout(), "2", 300, 300), "a dog", Rect(10, 10, 60, 60))
    asked = add_request(Scene(start=layout()), "a dog, and the cup on the right")
    scene = add_answer(asked, PlanResult(after, "", "starter", "", 1))
    fork = add_request(go_to(scene, None), "a bird")
    show(hands, go_to(fork, scene.dialog.head))


def show_pictures(hands: Hands, folder: Path) -> None:
    """A scene file with two pictures, seeds 1 and 2; the list of results has the focus, the newer one is chosen."""
    scene, size = Scene(start=layout()), Size(64, 64)
    pngs = [write_plain_png(size, bytes((shade, 90, 120)) * 64 * 64) for shade in (40, 200)]
    records = tuple(
        RenderRecord(sha256(png).hexdigest(), None, RenderRequest(layout(), seed=seed), size, "", "", "m", "", "cpu")
        for seed, png in enumerate(pngs, start=1)
    )
    known = {record.sha256: png for record, png in zip(records, pngs, strict=True)}
    save_scene(folder / "two.lmdscene", SceneContent(scene, records), known.__getitem__, thumbnail=None)
    show(hands)
    hands.window.workspace.document.open(folder / "two.lmdscene")
    click_result(hands, 0)


def click_result(hands: Hands, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    panel = hands.window.results_panel
    hands.click(panel.view.viewport(), keys, at=panel.view.visualRect(panel.model.index(row)).center())


# What is looked at


def rect(hands: Hands, box_id: str = "2") -> Rect:
    return hands.window.workspace.session.layout.box(box_id).rect


def ids(hands: Hands) -> list[str]:
    return [box.id for box in hands.window.workspace.session.layout.boxes]


# What each command is checked by


def moves(dx: int, dy: int) -> Check:
    def check(hands: Hands, key: str) -> None:
        before = rect(hands)
        hands.click_canvas(CUP)
        hands.press(key)
        assert (rect(hands).x - before.x, rect(hands).y - before.y) == (dx, dy)

    return check


def orders(*expected: str, box: tuple[float, float] = TABLE) -> Check:
    def check(hands: Hands, key: str) -> None:
        hands.click_canvas(box)
        hands.press(key)
        assert ids(hands) == list(expected)

    return check


def aligns(side: Callable[[Rect], float], expected: float) -> Check:
    def check(hands: Hands, key: str) -> None:
        hands.click_canvas(CUP)
        hands.press(key)
        assert side(rect(hands)) == expected

    return check


def switches(flag: str) -> Check:
    def check(hands: Hands, key: str) -> None:
        hands.click_canvas(CUP)
        box = hands.window.workspace.session.layout.box("2")
        hands.press(key)
        assert getattr(hands.window.workspace.session.layout.box("2"), flag) is not getattr(box, flag)

    return check


def shows(what: str, field: str) -> Check:
    def check(hands: Hands, key: str) -> None:
        before = getattr(getattr(hands.window.canvas, what), field)
        hands.press(key)
        assert getattr(getattr(hands.window.canvas, what), field) is not before
        hands.press(key)
        assert getattr(getattr(hands.window.canvas, what), field) is before

    return check


def opens(kind: str) -> Check:
    """A dialog, which Esc closes again."""

    def check(hands: Hands, key: str) -> None:
        hands.press(key)
        (dialog,) = [d for d in hands.window.findChildren(QDialog) if d.isVisible()]
        assert type(dialog).__name__ == kind
        hands.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        hands.wait(lambda: not dialog.isVisible())

    return check


def zooms(fits: Callable[[float, float], bool]) -> Check:
    def check(hands: Hands, key: str) -> None:
        before = hands.window.canvas.transform.scale
        hands.click_canvas(CUP)
        hands.press(key)
        assert fits(before, hands.window.canvas.transform.scale)

    return check


def select_tool(hands: Hands, key: str) -> None:
    hands.press("R")
    hands.press(key)
    hands.drag(CUP, (130, 300))
    assert len(ids(hands)) == 3
    assert rect(hands).y > 251


def box_tool(hands: Hands, key: str) -> None:
    hands.press(key)
    hands.drag((390, 300), (490, 400))
    hands.type("a lamp")
    hands.press("Return")
    assert ids(hands) == ["1", "2", "3", "4"]
    hands.press("V")


def hand_tool(hands: Hands, key: str) -> None:
    before = hands.window.canvas.transform
    hands.press(key)
    start, end = hands.point(CUP), hands.point((150, 300))
    hands.drag(CUP, (150, 300))
    hands.press("V")
    now = hands.window.canvas.transform
    assert (now.x - before.x, now.y - before.y) != (0, 0), (start, end)
    assert rect(hands) == Rect(101, 251, 60, 60)


def group(hands: Hands, key: str) -> None:
    """The cup and the pane: a drag of one takes the other along."""
    hands.click_canvas(CUP)
    hands.click_canvas(PANE, Qt.KeyboardModifier.ShiftModifier)
    hands.press(key)
    hands.press("Esc")
    before = rect(hands, "3")
    hands.drag(CUP, (150, 280))
    assert rect(hands, "3").x > before.x


def ungroup(hands: Hands, key: str) -> None:
    group(hands, "Ctrl+G")
    hands.press(key)
    hands.press("Esc")
    before = rect(hands, "3")
    hands.drag((150, 280), (170, 280))
    assert rect(hands, "3") == before


def rename(hands: Hands, key: str) -> None:
    hands.click_canvas(CUP)
    hands.press(key)
    hands.press("Ctrl+A")
    hands.type("a mug")
    hands.press("Return")
    assert hands.window.workspace.session.layout.box("2").phrase == "a mug"


def delete(hands: Hands, key: str) -> None:
    hands.click_canvas(CUP)
    hands.press(key)
    assert ids(hands) == ["1", "3"]


def copy(hands: Hands, key: str) -> None:
    hands.click_canvas(CUP)
    hands.press(key)
    assert '"a cup"' in QGuiApplication.clipboard().text()


def cut(hands: Hands, key: str) -> None:
    copy(hands, key)
    assert ids(hands) == ["1", "3"]


def paste(hands: Hands, key: str) -> None:
    copy(hands, "Ctrl+C")
    hands.press(key)
    assert len(ids(hands)) == 4


def select_all(hands: Hands, key: str) -> None:
    hands.press(key)
    assert hands.window.workspace.session.selection == ("1", "2", "3")


def duplicate(hands: Hands, key: str) -> None:
    hands.click_canvas(CUP)
    hands.press(key)
    assert len(ids(hands)) == 4


def undo(hands: Hands, key: str) -> None:
    delete(hands, "Del")
    hands.press(key)
    assert ids(hands) == ["1", "2", "3"]


def redo(hands: Hands, key: str) -> None:
    undo(hands, "Ctrl+Z")
    hands.press(key)
    assert ids(hands) == ["1", "3"]


def fit(hands: Hands, key: str) -> None:
    before = hands.window.canvas.transform
    hands.press("Ctrl++")
    hands.press(key)
    assert hands.window.canvas.transform == before
