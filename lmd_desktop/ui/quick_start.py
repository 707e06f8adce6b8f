"""Makes imports after PySide6 as fast as they were before it."""

from __future__ import annotations

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
