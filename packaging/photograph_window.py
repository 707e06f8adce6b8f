"""Makes the README's pictures: the real window at work off screen, with both real workers and the starter models.

``python packaging/photograph_window.py [NAME …]``, in the environment that start.py made, writes
``docs/images/NAME.png``: window, streaming, drag, diff, grid, dark, chinese. A few minutes; the grid paints most.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from lmd_desktop.ui.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
EXAMPLE = ROOT / "resources" / "examples" / "first-light.lmdscene"
SIZE = (1280, 800)
GRID_METHODS, GRID_SEEDS = ("plain", "gligen", "lmd", "lmd_plus"), 3
FIRST_REQUEST, REQUEST = "a red car, two yellow lamps and a green tree", "add a yellow lamp"
CHINESE_REQUEST = "加一盏黄色的灯"
LIMIT_MS = 3_600_000
MAX_BYTES = 250_000
COLOURS = 256


def main() -> None:
    """One process for each picture, because the language is chosen when the program starts; the grid comes first."""
    names = sys.argv[1:] or list(PICTURES)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "LMD_PHOTOGRAPHS": folder}
        for name in dict.fromkeys(("grid", *names)):
            home = Path(folder, name)
            home.mkdir()
            command = [sys.executable, __file__, "--one", name]
            subprocess.run(command, env=environment | {"LMD_HOME": str(home)}, check=True)


def photograph(name: str) -> None:
    """In a process of its own; the scene with the pictures of the grid is handed on as a file."""
    from PySide6.QtTest import QTest

    from lmd_desktop.app.settings import AppSettings
    from lmd_desktop.app.workspace import default_folders
    from lmd_desktop.ui.application import make_application, make_window
    from lmd_desktop.ui.theme import apply_theme

    AppSettings(default_folders().settings).set(language="zh_CN" if name == "chinese" else "en", has_welcome=False)
    application = make_application()
    window = make_window(None)
    apply_theme(application, "dark" if name == "dark" else "light")
    window.resize(*SIZE)
    window.show()
    QTest.qWaitForWindowExposed(window)
    window.workspace.start_workers()
    _wait(lambda: bool(window.workspace.rendering.methods))
    painted = Path(os.environ["LMD_PHOTOGRAPHS"]) / "painted.lmdscene"
    window.workspace.document.open(EXAMPLE if name == "grid" else painted)
    shown = PICTURES[name](window)
    if name != "streaming":  # which is over in a moment
        thumbnails, renders = window.workspace.thumbnails, window.workspace.session.renders
        _wait(lambda: all(thumbnails.get(record.sha256) is not None for record in renders))
        QTest.qWait(300)
    if name == "grid":
        window.workspace.document.save(painted)
    _keep(shown, IMAGES / f"{name}.png")
    window.workspace.close()
    os._exit(0)


def at_work(window: MainWindow) -> QWidget:
    """The newest picture of LMD+ below its boxes."""
    session = window.workspace.session
    record = next(record for record in reversed(session.renders) if record.request.method == "lmd_plus")
    window.results_panel.chosen.emit(record)
    session.select((session.layout.boxes[0].id,))
    return window


def streaming(window: MainWindow) -> QWidget:
    """While the planner writes its first answer: the boxes so far are dashed."""
    window.workspace.document.new()
    _ask(window, FIRST_REQUEST)
    planning = window.workspace.planning
    _wait(lambda: len(planning.state.boxes) == 3)
    return window


def diff(window: MainWindow) -> QWidget:
    """The answer, each change of it to accept or to reject."""
    at_work(window)
    _ask(window, REQUEST)
    _wait(lambda: not window.workspace.planning.state.is_planning)
    return window


def drag(window: MainWindow) -> QWidget:
    """A box on its way, held by the guides: over the middle of another one, and on the middle of the canvas."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    at_work(window)
    layout = window.workspace.session.layout
    one, other = layout.boxes[:2]
    viewport, view = window.canvas.viewport(), window.canvas.transform
    start, end = other.rect.centre, (one.rect.centre[0] + 3, layout.canvas.height / 2 - 3)
    between = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    points = [QPoint(*map(round, view.to_view(place))) for place in (start, between, end)]
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
    for point in points[1:]:
        QTest.mouseMove(viewport, point)
    return window


def grid(window: MainWindow) -> QWidget:
    """One layout, four methods, three seeds, painted as one job."""
    from lmd_desktop.app.rendering_job import Order
    from lmd_desktop.ui.grid_window import GridWindow

    session, rendering = window.workspace.session, window.workspace.rendering
    session.set_render_settings(replace(session.render_settings, seed=1))
    rendering.render(Order(count=GRID_SEEDS, methods=GRID_METHODS))
    _wait(lambda: not window.workspace.jobs.active())
    window.results.show_grid(session.renders[-1])
    return window.findChild(GridWindow)


def chinese(window: MainWindow) -> QWidget:
    """The same in another language, the request too."""
    at_work(window)
    _ask(window, CHINESE_REQUEST)
    _wait(lambda: not window.workspace.planning.state.is_planning)
    return window


PICTURES: dict[str, Callable[[MainWindow], QWidget]] = {
    "grid": grid,
    "window": at_work,
    "streaming": streaming,
    "drag": drag,
    "diff": diff,
    "dark": diff,
    "chinese": chinese,
}


def _ask(window: MainWindow, text: str) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    composer = window.dialog_panel.composer
    composer.setPlainText(text)
    QTest.keyClick(composer, Qt.Key.Key_Return)


def _wait(is_done: Callable[[], bool]) -> None:
    from PySide6.QtTest import QTest

    for _ in range(LIMIT_MS):
        if is_done():
            return
        QTest.qWait(1)
    raise TimeoutError("nothing came")


def _keep(shown: QWidget, path: Path) -> None:
    """As small as a README needs: fewer colours if it is larger than that."""
    from PIL import Image

    shown.grab().save(str(path))
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        photograph(sys.argv[2])
    else:
        main()
