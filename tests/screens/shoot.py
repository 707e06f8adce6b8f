"""Photographs the real window off screen: ``python shoot.py THEME WIDTH HEIGHT OUT.png`` (QT_SCALE_FACTOR as set).

Writes the picture, and beside it OUT.json with the place of every panel in device pixels and the device pixel ratio.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> None:
    theme, width, height, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    from PySide6.QtCore import QPoint
    from PySide6.QtTest import QTest

    from lmd_desktop.domain.edits import move_box
    from lmd_desktop.ui.application import make_application, make_window
    from lmd_desktop.ui.theme import apply_theme

    application = make_application()
    window = make_window(None)
    apply_theme(application, theme)
    window.resize(width, height)
    session = window.workspace.session
    session.edit("Move box", move_box(session.layout, "2", 330, 120))
    session.select(("1",))
    window.show()
    QTest.qWaitForWindowExposed(window)
    application.processEvents()
    picture = window.grab()
    ratio = picture.devicePixelRatio()
    picture.save(str(out))
    places = {}
    for panel in (*window.panels, window.menuBar(), window.statusBar()):
        corner = panel.mapTo(window, QPoint(0, 0))
        name = panel.objectName() or type(panel).__name__
        places[name] = [round(value * ratio) for value in (corner.x(), corner.y(), panel.width(), panel.height())]
    told = {"ratio": ratio, "size": [window.width(), window.height()], "places": places}
    out.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
    # No worker was started; nothing is left to end.
    os._exit(0)


if __name__ == "__main__":
    main()
