"""Makes the README's picture: the real window on the sample scene and its finished picture, off screen.

``python packaging/photograph_window.py [SCENE] [OUT.png] [light|dark]``, in the environment that start.py made.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1280, 800)


def main(scene: str = "", out: str = "", theme: str = "light") -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["LMD_HOME"] = tempfile.mkdtemp()  # nobody's settings or window places
    from PySide6.QtTest import QTest

    from lmd_desktop.ui.application import make_application, make_window
    from lmd_desktop.ui.theme import apply_theme

    application = make_application()
    window = make_window(None)
    window.workspace.document.open(Path(scene) if scene else ROOT / "resources" / "examples" / "first-light.lmdscene")
    apply_theme(application, "dark" if theme == "dark" else "light")
    window.resize(*SIZE)
    window.show()
    QTest.qWaitForWindowExposed(window)
    rendering = window.workspace.rendering
    rendering.start()
    while not rendering.methods:  # the renderer's process announces them
        QTest.qWait(100)
    session = window.workspace.session
    if session.renders:
        window.results_panel.chosen.emit(session.renders[-1])
    session.select((session.layout.boxes[0].id,))
    application.processEvents()
    window.grab().save(out or str(ROOT / "docs" / "images" / "window.png"))
    os._exit(0)  # the renderer's process ends with this one


if __name__ == "__main__":
    main(*sys.argv[1:])
