"""What is photographed: the desk with a dialog, boxes, findings and results on it, and every window it can open."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageEnhance
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMenu, QToolButton, QWidget

from lmd_desktop.app.sample import sample_scene
from lmd_desktop.app.session import Session
from lmd_desktop.catalog.bundle import write_bundle
from lmd_desktop.catalog.installed import InstalledModel
from lmd_desktop.domain.edits import add_box, lock_boxes, move_box, set_negative
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.groups import group_boxes
from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.domain.proposals import add_answer
from lmd_desktop.domain.requests import PlanResult, RenderRecord
from lmd_desktop.domain.scene import Scene, add_request, edit_layout, go_to, set_note
from lmd_desktop.storage.png_metadata import write_png
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.picture_window import PictureWindow

EXAMPLE = Path(__file__).parents[2] / "resources" / "examples" / "first-light.lmdscene"
LIMIT_S = 120
METHODS = ("lmd_plus", "lmd", "gligen")
PASTED = '[{"name": "a red car", "bbox": [100, 200, 300, 400]}, {"name": "a cup", "bbox": [10, 20, 110, 220]}]'
CRASH = """
import os, sys
from pathlib import Path
from lmd_desktop.app.sample import sample_scene
from lmd_desktop.storage.journal import JournalWriter
from lmd_desktop.storage.png_metadata import write_png
from lmd_desktop.storage.scene_file import SceneContent
JournalWriter(Path(sys.argv[1]), SceneContent(sample_scene()), None)
os._exit(9)
"""


class Desk:
    """Every method brings one subject onto the screen and returns the widget that shows it."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self._window = window
        self._folder = folder
        self._file = folder / "harbour.lmdscene"
        self._crashed = False
        content, pictures = _content()
        save_scene(self._file, content, pictures.__getitem__, thumbnail=None)

    @property
    def _session(self) -> Session:
        return self._window.workspace.session

    def at_work(self) -> QWidget:
        """An answer to decide on, a picture below the boxes, results with a star and marks."""
        window = self._window
        window.resize(1280, 800)
        window.reset_panels()
        window.workspace.settings.set(has_welcome=False)
        window.workspace.document.open(self._file)
        window.workspace.rendering.start()
        _wait(lambda: bool(window.workspace.rendering.methods))
        self._session.select(("2",))
        window.backdrop.show_record(self._session.renders[-1])
        return window

    def small(self) -> QWidget:
        self.at_work()
        self._window.resize(1024, 700)
        return self._window

    def small_open(self) -> QWidget:
        """A panel that was folded away, brought back."""
        self.small()
        self._window.findChild(QToolButton, "rail_dock_render_panel").click()
        return self._window

    def grouped(self) -> QWidget:
        """Two boxes that are one group, chosen by a click on one of them."""
        self.at_work()
        self._session.edit("Group boxes", group_boxes(self._session.layout, ("1", "3")))
        self._session.select(("1", "3"))
        return self._window

    def first_run(self) -> QWidget:
        """The sample scene and the card of first steps."""
        self.at_work()
        self._window.workspace.document.new(sample_scene())
        self._window.workspace.settings.set(has_welcome=True)
        self._window.around.show_welcome()
        return self._window

    def empty(self) -> QWidget:
        self.at_work()
        self._window.workspace.document.new(Scene())
        return self._window

    def streaming(self) -> QWidget:
        """The planner has written its first box."""
        self.at_work()
        planning = self._window.workspace.planning
        planning.send("a sailing boat in the morning, wait")
        _wait(lambda: bool(planning.state.boxes))
        return self._window

    def stop_all_jobs(self) -> None:
        self._window.stop_all()
        _wait(lambda: not self._window.workspace.jobs.active())

    def branches(self) -> QWidget:
        self.stop_all_jobs()
        self.at_work()
        scene = self._session.scene
        fork = add_request(go_to(scene, scene.dialog.path()[1].id), "the same at night, with a lighthouse")
        self._session.commit("Branch", go_to(fork, scene.dialog.head))
        header = self._window.dialog_panel.header
        header.branch_button.setChecked(True)
        header.start_search()
        QTest.keyClicks(header.search.line, "car")
        return self._window.dialog_panel

    def pasted(self) -> QWidget:
        header = self._window.dialog_panel.header
        header.end_search()
        header.branch_button.setChecked(False)
        self.at_work()
        panel = self._window.dialog_panel
        panel.paster.paste(PASTED)
        _wait(lambda: panel.paster.question is not None)
        return panel

    def failed_plan(self) -> QWidget:
        self._window.dialog_panel.paster.give_up()
        self.at_work()
        planning = self._window.workspace.planning
        planning.send("a sailing boat, fail")
        _wait(lambda: planning.state.problem is not None)
        return self._window.dialog_panel

    def findings(self) -> QWidget:
        """Boxes that will suffer, one of each flag, several selected."""
        self.at_work()
        layout = self._session.layout
        layout = add_box(layout, "a red car", Rect(60, 300, 150, 90))
        layout = add_box(layout, "a very small gull", Rect(420, 30, 14, 12))
        layout = add_box(layout, "word " * 38, Rect(300, 20, 90, 60))
        layout = lock_boxes(layout, (layout.boxes[0].id,))
        boxes = [replace(box, is_hidden=box.id == "2", is_enabled=box.id != "3") for box in layout.boxes]
        self._session.edit("Draw boxes", replace(layout, boxes=tuple(boxes)))
        self._session.select((layout.boxes[-3].id, layout.boxes[-2].id))
        return self._window

    def results(self) -> QWidget:
        self.at_work()
        panel = self._window.results_panel
        dock = next(dock for dock in self._window.docks if dock.widget() is panel)
        panel.bar.grid.setChecked(True)
        self._window.resizeDocks([dock], [330], Qt.Orientation.Vertical)
        panel.show_current(self._session.renders[2].sha256)
        return panel

    def jobs(self) -> QWidget:
        """One that runs, two that wait, one that failed."""
        self._window.results_panel.bar.grid.setChecked(False)
        self.at_work()
        for prompt in ("fail", "wait", "a harbour at dusk", "the same in the morning"):
            self._session.set_render_settings(replace(self._session.render_settings, prompt=prompt))
            self._window.workspace.rendering.render()
        _wait(lambda: bool(self._window.workspace.jobs.failed()))
        for dialog in self._dialogs():
            dialog.close()
        self._window.show_jobs()
        return self._window.jobs_panel

    def dialog(self, name: str) -> QWidget:
        self.stop_all_jobs()
        for dialog in self._dialogs():
            dialog.close()
        self.at_work()
        if name == "problems":
            self._window.errors.show_error(UserError("There is no picture to save yet.", "Render one first."))
            for dialog in self._dialogs():
                dialog.close()
        getattr(self._window.around, f"show_{name}")()
        return self._dialogs()[-1]

    def error(self) -> QWidget:
        self._window.errors.show_error(RuntimeError("the disk is full"))
        return self._dialogs()[-1]

    def recover(self) -> QWidget:
        recovery = self._window.workspace.folders.recovery
        if not self._crashed:
            command = [sys.executable, "-c", CRASH, str(recovery)]
            subprocess.run(command, check=False)
            self._crashed = True
        self._window.offer_leftovers()
        return self._dialogs()[-1]

    def dropped_picture(self) -> QWidget:
        path = self._folder / "a picture.png"
        size, record = Size(16, 16), self._session.renders[0]
        path.write_bytes(write_png(size, bytes((200, 90, 60)) * 256, record=record, scene=self._session.scene))
        self._window.results.take_picture(path)
        return self._dialogs()[-1]

    def bundle(self) -> QWidget:
        """What a bundle of models says of itself before it is unpacked."""
        models = [
            InstalledModel(EXAMPLE, "planner", "Qwen3 4B Instruct", licence="apache-2.0"),
            InstalledModel(EXAMPLE, "painter", "Stable Diffusion 1.4 with GLIGEN", licence="CreativeML OpenRAIL-M"),
            InstalledModel(EXAMPLE, "painter", "A painter for research", licence="cc-by-nc-4.0"),
        ]
        write_bundle(models, self._folder / "carried.lmdmodels", progress=lambda _done, _total: None)
        self._window.around.take_models((self._folder / "carried.lmdmodels",))
        return self._dialogs()[-1]

    def grid_dialog(self) -> QWidget:
        self._window.results.ask_for_grid()
        return self._dialogs()[-1]

    def grid(self) -> QWidget:
        self._window.results.show_grid(self._session.renders[0])
        return self._top_window("grid_window")

    def compare(self) -> QWidget:
        self._window.results.compare(*self._session.renders[:2])
        return self._top_window("compare_window")

    def picture(self) -> QWidget:
        self._window.results.open_large(self._session.renders[0])
        return self._window.findChildren(PictureWindow)[-1]

    def menu(self, place: int) -> QWidget:
        menu = self._window.menuBar().actions()[place].menu()
        assert isinstance(menu, QMenu)
        menu.popup(self._window.mapToGlobal(QPoint(40, 40)))
        return menu

    def _dialogs(self) -> list[QDialog]:
        return [dialog for dialog in self._window.findChildren(QDialog) if dialog.isVisible()]

    def _top_window(self, name: str) -> QWidget:
        return [each for each in self._window.findChildren(QWidget, name) if each.isVisible()][-1]


def _content() -> tuple[SceneContent, dict[str, bytes]]:
    """The example's picture in six shades, of three methods and two seeds."""
    loaded = load_scene(EXAMPLE)
    (record,) = loaded.content.renders
    picture = Image.open(io.BytesIO(loaded.picture(record.sha256))).convert("RGB")
    scene = loaded.content.scene
    layout = move_box(scene.layout, "1", 40, 300)
    scene = edit_layout(scene, layout)
    noted = scene.dialog.head
    scene = set_note(scene, noted or "", "keep the car near the water")
    after = add_box(move_box(layout, "2", 340, 250), "a yellow lamp", Rect(200, 60, 90, 170))
    after = set_negative(after, "cats, people")
    scene = add_request(scene, "add a yellow lamp above the car, and put the cup a little to the right")
    scene = add_answer(scene, PlanResult(after, "box 1 a red car | 40 300 240 136\n", "starter", "", 7))
    records: list[RenderRecord] = []
    pictures: dict[str, bytes] = {}
    for number, (method, seed) in enumerate((m, s) for m in METHODS for s in (1, 2)):
        buffer = io.BytesIO()
        ImageEnhance.Color(picture).enhance(0.4 + 0.3 * number).save(buffer, "PNG")
        name = sha256(buffer.getvalue()).hexdigest()
        pictures[name] = buffer.getvalue()
        marks = (
            BoxMark("1", "a red car", "found", 0.9, Rect(40, 300, 200, 120)),
            BoxMark("2", "a blue cup", "missing"),
        )
        records.append(
            replace(
                record,
                sha256=name,
                turn=noted,
                request=replace(record.request, method=method, seed=seed, layout=layout),
                is_starred=number == 2,
                note="the calm one" if number == 2 else "",
                marks=marks if number % 3 == 2 else (),
            )
        )
    return SceneContent(scene, tuple(records)), pictures


def _wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not is_done():
        if time.monotonic() > deadline:
            raise TimeoutError("what should be photographed did not come")
        QTest.qWait(20)
