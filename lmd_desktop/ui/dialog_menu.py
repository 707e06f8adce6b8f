"""The commands of the Dialog menu that the panel itself brings: answers, changes, layouts as text, branches, search."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from lmd_desktop.app.layout_text import TextFormat

if TYPE_CHECKING:
    from lmd_desktop.ui.dialog_panel import DialogPanel


class AddAction(Protocol):
    """How the menus make an action: in a menu, by name, with its text, its command and its keys."""

    def __call__(
        self,
        menu: QMenu,
        name: str,
        text: str,
        slot: Callable[[], object] | None,
        keys: tuple[str | QKeySequence.StandardKey, ...] = (),
        *,
        icon_name: str | None = None,
    ) -> QAction: ...


def fill_dialog_menu(menu: QMenu, add: AddAction, panel: DialogPanel) -> None:
    """Add the commands below what the menu holds already."""
    commands = panel.commands
    menu.addSeparator()
    add(menu, "plan_again", _tr("Plan &Again"), commands.plan_last_again, ("Ctrl+R",), icon_name="retry")
    add(menu, "reword_request", _tr("Ask in &Other Words…"), commands.reword_last, ("Ctrl+Shift+R",))
    menu.addSeparator()
    add(menu, "accept_changes", _tr("A&ccept the Changes"), commands.accept_all, ("Ctrl+Shift+A",))
    add(menu, "reject_changes", _tr("&Reject the Changes"), commands.reject_all, ("Ctrl+Shift+Backspace",))
    menu.addSeparator()
    add(menu, "paste_layout", _tr("&Paste a Layout"), commands.paste_layout, ("Ctrl+Shift+V",), icon_name="paste")
    copies = menu.addMenu(_tr("Copy the Layout &as"))
    formats: dict[TextFormat, str] = {
        "lmd": _tr("&LMD Text"),
        "json": _tr("&JSON"),
        "ideogram": _tr("&Ideogram Caption"),
    }
    for text_format, name in formats.items():
        add(copies, f"copy_as_{text_format}", name, lambda key=text_format: commands.copy_layout(key))
    menu.addSeparator()
    add(menu, "compare_turns", _tr("Compare &Turns…"), commands.compare_turns, ("Ctrl+Alt+T",), icon_name="compare")
    add(menu, "show_branches", _tr("Tree of &Branches"), panel.header.toggle_tree, ("Ctrl+B",), icon_name="branch")
    add(menu, "search_dialog", _tr("&Find in the Dialog"), panel.header.start_search, ("Ctrl+F",), icon_name="search")


def _tr(text: str) -> str:
    return QCoreApplication.translate("DialogMenu", text)
