"""Walks at random through the real window, then takes everything back and does it again.

    python -m tests.benchmarks.walks [--walks 20] [--actions 500] [--seed 0]

Every action is mouse or keyboard on the canvas, the list of boxes and their fields: drawing, moving, resizing by any
handle, copying, naming, arranging, locking, pasting, prompts, canvas sizes, and undo and redo in between. A walk holds
if undo of all ends in the identical first scene and redo of all in the identical last one, and if no box ever left the
canvas. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from lmd_desktop.domain.edits import add_box
from lmd_desktop.domain.layout import Layout, Rect, clamp_rect
from lmd_desktop.domain.scene import Scene
from lmd_desktop.ui.box_list import Column
from lmd_desktop.ui.canvas.geometry import handle_points
from lmd_desktop.ui.main_window import MainWindow

WALKS, ACTIONS = 20, 500
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
LEFT = Qt.MouseButton.LeftButton
WORDS = ("a red car", "a blue cup", "一只猫", "the old lamp", "a cup | of tea", "  ", "كرة", "three gulls", "a red car")
# Each with the keys that the sheet of shortcuts gives it.
KEYS: tuple[tuple[Qt.Key, Qt.KeyboardModifier], ...] = (
    (Qt.Key.Key_Left, NONE), (Qt.Key.Key_Right, NONE), (Qt.Key.Key_Up, SHIFT), (Qt.Key.Key_Down, SHIFT),
    (Qt.Key.Key_D, CTRL), (Qt.Key.Key_C, CTRL), (Qt.Key.Key_V, CTRL), (Qt.Key.Key_V, CTRL), (Qt.Key.Key_X, CTRL),
    (Qt.Key.Key_A, CTRL), (Qt.Key.Key_Delete, NONE), (Qt.Key.Key_L, CTRL | SHIFT), (Qt.Key.Key_L, CTRL | SHIFT),
    (Qt.Key.Key_H, CTRL), (Qt.Key.Key_D, CTRL | SHIFT), (Qt.Key.Key_BracketRight, CTRL),
    (Qt.Key.Key_BracketLeft, CTRL), (Qt.Key.Key_Left, CTRL | SHIFT), (Qt.Key.Key_Right, CTRL | SHIFT),
    (Qt.Key.Key_Up, CTRL | SHIFT), (Qt.Key.Key_Down, CTRL | SHIFT), (Qt.Key.Key_Escape, NONE), (Qt.Key.Key_S, ALT),
    (Qt.Key.Key_T, ALT), (Qt.Key.Key_L, NONE), (Qt.Key.Key_1, SHIFT), (Qt.Key.Key_2, SHIFT), (Qt.Key.Key_Equal, CTRL),
    (Qt.Key.Key_G, CTRL), (Qt.Key.Key_G, CTRL), (Qt.Key.Key_G, CTRL | SHIFT),
)  # fmt: skip
MENU_ACTIONS = ("equal_width", "equal_height", "equal_size", "distribute_across", "distribute_down", "align_centre")


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of one walk; ``steps`` is how deep its undo history was at its deepest."""

    seed: int
    steps: int
    is_first_again: bool
    is_last_again: bool
    strays: int
    done: dict[str, int]


class Walker:
    """One walk through one window, every choice of which follows from the seed."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self._window = window
        self._canvas = window.canvas
        self._session = window.workspace.session
        self._chance = random.Random(seed)
        self._actions: tuple[tuple[int, Callable[[], None]], ...] = (
            (4, self.click), (5, self.move), (5, self.resize), (2, self.draw), (2, self.copy_by_drag),
            (2, self.marquee), (2, self.cancel_a_drag), (3, self.rename), (9, self.key), (2, self.menu),
            (2, self.press_a_switch), (3, self.type_a_number), (2, self.type_words), (1, self.resize_the_canvas),
            (2, self.undo), (2, self.redo),
        )  # fmt: skip

    def step(self) -> str:
        """One action; its name."""
        weights = [weight for weight, _ in self._actions]
        action = self._chance.choices([action for _, action in self._actions], weights)[0]
        action()
        return action.__name__

    def click(self) -> None:
        self._drag(self._place(), None, self._chance.choice((NONE, NONE, SHIFT, ALT)))

    def move(self) -> None:
        self._drag(self._inside_a_box(), self._place(), self._chance.choice((NONE, NONE, SHIFT)))

    def copy_by_drag(self) -> None:
        if len(self._session.layout.boxes) < 40:
            self._drag(self._inside_a_box(), self._place(), ALT)

    def marquee(self) -> None:
        self._drag(self._place(), self._place(), NONE)

    def resize(self) -> None:
        """Any handle of what is selected."""
        layout = self._session.layout
        chosen = [layout.box(box_id) for box_id in self._session.selection]
        if not chosen:
            self.click()
        elif free := [box.rect for box in chosen if not (box.is_locked or box.is_hidden)]:
            left, top = min(r.x for r in free), min(r.y for r in free)
            right, bottom = max(r.right for r in free), max(r.bottom for r in free)
            view = self._canvas.transform
            points = handle_points(*view.edges(Rect(left, top, right - left, bottom - top)))
            start = self._chance.choice(list(points.values()))
            self._drag(view.to_scene(start), self._place(), self._chance.choice((NONE, NONE, SHIFT)))

    def draw(self) -> None:
        if len(self._session.layout.boxes) < 40:
            self._drag(self._place(), self._place(), CTRL)
            self._name()

    def rename(self) -> None:
        QTest.keyClick(self._canvas, Qt.Key.Key_F2)
        self._name()

    def cancel_a_drag(self) -> None:
        start, end = self._point(self._inside_a_box()), self._point(self._place())
        self._mouse(QMouseEvent.Type.MouseButtonPress, start, NONE)
        self._mouse(QMouseEvent.Type.MouseMove, end, NONE)
        QTest.keyClick(self._canvas, Qt.Key.Key_Escape)
        self._mouse(QMouseEvent.Type.MouseButtonRelease, end, NONE)

    def key(self) -> None:
        key, keys = self._chance.choice(KEYS)
        QTest.keyClick(self._canvas, key, keys)

    def menu(self) -> None:
        self._canvas.actions_by_name[self._chance.choice(MENU_ACTIONS)].trigger()

    def press_a_switch(self) -> None:
        boxes = self._window.boxes_panel.list
        if rows := boxes.model().rowCount():
            index = boxes.model().index(self._chance.randrange(rows), self._chance.choice(list(Column)))
            boxes.scrollTo(index)
            QTest.mouseClick(boxes.viewport(), LEFT, NONE, boxes.visualRect(index).center())

    def type_a_number(self) -> None:
        fields = self._window.boxes_panel.fields
        field = self._chance.choice((fields.box_x, fields.box_y, fields.box_width, fields.box_height))
        if field.isEnabled():
            fields.unit.setCurrentIndex(self._chance.randrange(3))
            field.setFocus()
            field.selectAll()
            QTest.keyClicks(field, str(self._chance.randint(0, 600)))
            QTest.keyClick(field, Qt.Key.Key_Return)
        self._canvas.setFocus()

    def type_words(self) -> None:
        panel = self._window.boxes_panel
        field = self._chance.choice(
            (panel.background, panel.negative_prompt, panel.fields.phrase, panel.fields.negative)
        )
        if field.isEnabled():
            field.setFocus()
            field.selectAll()
            QTest.keyClicks(field, self._chance.choice(("a quiet harbour", "x", "gulls, fog", "car")))
        self._canvas.setFocus()

    def resize_the_canvas(self) -> None:
        field = self._window.findChild(QComboBox, "canvas_preset")
        rows = [row for row in range(field.count() - 1) if field.itemData(row) is not None]
        field.setCurrentIndex(self._chance.choice(rows))
        field.activated.emit(field.currentIndex())

    def undo(self) -> None:
        for _ in range(self._chance.randint(1, 4)):
            QTest.keyClick(self._window, Qt.Key.Key_Z, CTRL)

    def redo(self) -> None:
        for _ in range(self._chance.randint(1, 4)):
            QTest.keyClick(self._window, Qt.Key.Key_Y, CTRL)

    def _name(self) -> None:
        editor = self._canvas.viewport().findChild(QLineEdit, "captionEditor")
        if editor is not None and editor.isVisible():
            editor.selectAll()
            editor.insert(self._chance.choice(WORDS))
            QTest.keyClick(editor, self._chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def _place(self) -> tuple[float, float]:
        canvas = self._session.layout.canvas
        return self._chance.uniform(-20, canvas.width + 20), self._chance.uniform(-20, canvas.height + 20)

    def _inside_a_box(self) -> tuple[float, float]:
        boxes = self._session.layout.boxes
        if not boxes:
            return self._place()
        rect = self._chance.choice(boxes).rect
        return self._chance.uniform(rect.x, rect.right), self._chance.uniform(rect.y, rect.bottom)

    def _drag(self, start: tuple[float, float], end: tuple[float, float] | None, keys: Qt.KeyboardModifier) -> None:
        first = self._point(start)
        self._mouse(QMouseEvent.Type.MouseButtonPress, first, keys)
        last = first if end is None else self._point(end)
        if end is not None:
            self._mouse(QMouseEvent.Type.MouseMove, (first + last) / 2, keys)
            self._mouse(QMouseEvent.Type.MouseMove, last, keys)
        self._mouse(QMouseEvent.Type.MouseButtonRelease, last, keys)

    def _point(self, place: tuple[float, float]) -> QPointF:
        return QPointF(*self._canvas.transform.to_view(place))

    def _mouse(self, kind: QMouseEvent.Type, point: QPointF, keys: Qt.KeyboardModifier) -> None:
        button = Qt.MouseButton.NoButton if kind == QMouseEvent.Type.MouseMove else LEFT
        held = Qt.MouseButton.NoButton if kind == QMouseEvent.Type.MouseButtonRelease else LEFT
        viewport = self._canvas.viewport()
        there = QPointF(viewport.mapToGlobal(QPoint(0, 0))) + point
        QApplication.sendEvent(viewport, QMouseEvent(kind, point, there, button, held, keys))


def walk(window: MainWindow, seed: int, actions: int) -> Walked:
    """One walk from a scene of three boxes, all the way back and forth again."""
    session, stack = window.workspace.session, window.workspace.session.undo_stack
    QGuiApplication.clipboard().clear()
    layout = Layout(background_prompt="a harbour")
    for phrase, rect in (("a boat", Rect(40, 300, 180, 120)), ("a lighthouse", Rect(360, 80, 90, 300))):
        layout = add_box(layout, phrase, rect)
    session.reset(Scene(start=layout))
    window.activateWindow()
    window.canvas.setFocus()
    first = session.scene
    walker = Walker(window, seed)
    done: Counter[str] = Counter()
    strays = steps = 0
    for _ in range(actions):
        done[walker.step()] += 1
        now, steps = session.layout, max(steps, stack.index())
        strays += sum(clamp_rect(box.rect, now.canvas) != box.rect for box in now.boxes)
        QApplication.processEvents()
        # Only a running event loop does this by itself; what was deleted must be gone as in the program.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    last, end = session.scene, stack.index()
    while stack.canUndo():
        stack.undo()
    is_first = session.scene == first
    stack.setIndex(end)
    return Walked(seed, steps, is_first, session.scene == last, strays, dict(done))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--walks", type=int, default=WALKS)
    parser.add_argument("--actions", type=int, default=ACTIONS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from fakes import dispose, no_clients

    from lmd_desktop.app.workspace import Folders, Workspace
    from lmd_desktop.ui.application import make_application

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["LMD_HOME"] = folder
        make_application()
        folders = Folders(home / "settings.json", home / "pictures", home / "autosave", logs=home / "logs")
        window = MainWindow(Workspace(folders, no_clients))
        window.show()
        QTest.qWaitForWindowExposed(window)
        walked = [walk(window, options.seed + number, options.actions) for number in range(options.walks)]
        window.hide()
        dispose(window.workspace)
    report = {
        "benchmark": "walks",
        "walks": len(walked),
        "actions": sum(sum(one.done.values()) for one in walked),
        "undo_steps": sum(one.steps for one in walked),
        "first_again": sum(one.is_first_again for one in walked),
        "last_again": sum(one.is_last_again for one in walked),
        "boxes_off_the_canvas": sum(one.strays for one in walked),
        "done": dict(sum((Counter(one.done) for one in walked), Counter())),
        "seconds": round(time.perf_counter() - began, 1),
    }
    holds = all(one.is_first_again and one.is_last_again and not one.strays for one in walked)
    sys.stdout.write(json.dumps(report | {"is_within_bar": holds}) + "\n")
    sys.stdout.flush()
    # Nothing is left to end; taking Qt apart piece by piece would only cost time.
    os._exit(0 if holds else 1)


if __name__ == "__main__":
    main()
