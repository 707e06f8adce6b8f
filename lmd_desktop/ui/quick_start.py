"""Makes the start of the window fast: imports after PySide6, and no search for garbage meanwhile."""

from __future__ import annotations

import gc
import sys

SCAN = "_mod_uses_pyside"


def skip_source_scan() -> None:
    """Keep PySide6 from reading the source of every module that is imported after it.

    It looks there for its own name, to know whether a module may have asked for its other spelling of Qt
    (``from __feature__ import snake_case``). Nothing here does, and reading some hundred files twice takes a tenth of
    the start. A PySide6 that does it in another way is left alone.
    """
    import PySide6.QtCore  # noqa: F401 - it brings the module along

    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and SCAN in vars(feature):
        vars(feature)[SCAN] = lambda _module: True


def pause_collection() -> None:
    """No search for cycles while modules and widgets are made: nearly all of them stay. It costs 10 ms of the start."""
    gc.disable()


def resume_collection() -> None:
    """Go on as usual; what the start has made is not looked through again."""
    gc.freeze()
    gc.enable()
