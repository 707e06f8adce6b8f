"""Photographs every panel, dialog and window of the real program off screen, in both themes.

``python shoot.py OUT_FOLDER [en|zh_CN]`` (QT_SCALE_FACTOR as set): writes ``THEME/NAME.png``, and ``places.json`` with
the place of every panel of ``desk`` in device pixels and the device pixel ratio.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk_subjects import Desk
    from PySide6.QtWidgets import QApplication, QWidget

    from lmd_desktop.ui.main_window import MainWindow

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE)]
MENUS = ("file", "edit", "box", "dialog", "render", "models", "view", "window", "help")


def main() -> None:
    out, language = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "en"
    from desk_subjects import Desk
    from fakes import SharedWorkers
    from PySide6.QtTest import QTest

    from lmd_desktop.app.settings import AppSettings
    from lmd_desktop.app.workspace import Workspace, default_folders
    from lmd_desktop.ui.application import make_application
    from lmd_desktop.ui.main_window import MainWindow
    from lmd_desktop.ui.theme import apply_theme

    AppSettings(default_folders().settings).set(language=language)
    application = make_application()
    workers = SharedWorkers()
    window = MainWindow(Workspace(default_folders(), workers.clients))
    window.show()
    QTest.qWaitForWindowExposed(window)
    out.mkdir(parents=True, exist_ok=True)
    desk = Desk(window, out)
    for theme in ("light", "dark"):
        (out / theme).mkdir(parents=True, exist_ok=True)
        apply_theme(application, theme)
        for name, prepare in _steps(desk):
            shown = prepare()
            _settle(application)
            shown.grab().save(str(out / theme / f"{name}.png"))
            if name == "desk":
                _write_places(window, out / "places.json")
            if shown.window() is not window:
                shown.close()
    workers.close()
    # Nothing is left that would have to be kept.
    os._exit(0)


def _settle(application: QApplication) -> None:
    from PySide6.QtTest import QTest

    for _ in range(3):
        application.processEvents()
        QTest.qWait(20)


def _steps(desk: Desk) -> Iterator[tuple[str, Callable[[], QWidget]]]:
    """Each brings something onto the screen and returns it."""
    yield "desk", desk.at_work
    for name in (
        "small",
        "small_open",
        "grouped",
        "first_run",
        "empty",
        "streaming",
        "branches",
        "pasted",
        "failed_plan",
        "findings",
        "results",
    ):
        yield name, getattr(desk, name)
    yield "jobs", desk.jobs
    for name in ("shortcuts", "settings", "models", "problems", "diagnostics", "licences", "about", "palette"):
        yield name, partial(desk.dialog, name)
    for name in ("error", "recover", "dropped_picture", "bundle", "grid_dialog", "grid", "compare", "picture"):
        yield name, getattr(desk, name)
    for place, name in enumerate(MENUS):
        yield f"menu_{name}", partial(desk.menu, place)


def _write_places(window: MainWindow, path: Path) -> None:
    from PySide6.QtCore import QPoint

    ratio, places = window.devicePixelRatio(), {}
    for panel in (*window.panels, window.menuBar(), window.statusBar()):
        corner = panel.mapTo(window, QPoint(0, 0))
        name = panel.objectName() or type(panel).__name__
        places[name] = [round(value * ratio) for value in (corner.x(), corner.y(), panel.width(), panel.height())]
    told = {"ratio": ratio, "size": [window.width(), window.height()], "places": places}
    path.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
