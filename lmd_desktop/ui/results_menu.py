"""The commands of the Render menu about results: only what changed, grids, comparing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from collections.abc import Callable

    from lmd_desktop.ui.main_window import MainWindow


class Add(Protocol):
    """How the menus of the window take an action in."""

    def __call__(
        self,
        menu: QMenu,
        name: str,
        text: str,
        slot: Callable[[], object] | None,
        keys: tuple[str, ...] = (),
        *,
        icon_name: str | None = None,
    ) -> QAction: ...


def fill_results_menu(menu: QMenu, add: Add, window: MainWindow) -> None:
    """After Render, before the stops."""
    results = window.results
    again = ("Ctrl+Shift+Return", "Ctrl+Shift+Enter")
    add(menu, "render_changed_only", _tr("Render Only What &Changed"), results.render_changed, again)
    add(menu, "render_grid_of", _tr("Seed and Method &Grid…"), results.ask_for_grid, ("Ctrl+Alt+G",), icon_name="grid")
    compare = window.results_panel.compare
    add(menu, "compare_two_results", _tr("Co&mpare Two Results"), compare, ("Ctrl+Alt+C",), icon_name="compare")
    menu.addSeparator()


def _tr(text: str) -> str:
    return QCoreApplication.translate("ResultsMenu", text)
