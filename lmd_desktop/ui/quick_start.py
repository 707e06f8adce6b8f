"""Makes imports after PySide6 as fast as they were before it."""

from __future__ import annotations

SCAN = "_mod_uses_pyside"


def skip_source_scan() -> None:
    """Keep PySide6 from reading the source of every module that is imported after it.

    It looks there for its own name, to know whether a module may have asked for its other spelling of Qt
    (``from __feature__ import snake_case``). Nothing here does, and reading some hundred files twice takes a tenth of
    the start. A PySide6 that does it in another way is left alone.
    """
    import PySide6.QtCore  # noqa: F401 - the module below exists only after it
    from shibokensupport import feature  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

    names: dict[str, object] = vars(feature)
    if SCAN in names:
        names[SCAN] = lambda _module: True
