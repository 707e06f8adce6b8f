"""The menu of a card: everything that can be done with its turn."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from lmd_desktop.app.dialog_search import text_of
from lmd_desktop.app.layout_text import TextFormat
from lmd_desktop.domain.scene import CanvasEdit, Plan, Request
from lmd_desktop.ui.turn_card import TurnCard


def turn_menu(card: TurnCard) -> QMenu:
    """A new menu below ``card``; it goes when it is closed."""
    menu = QMenu(card)
    menu.setObjectName("turn_menu")
    menu.aboutToHide.connect(menu.deleteLater)
    turn, commands = card.view.turn, card.commands
    go = menu.addAction(_tr("Go Back to This Turn"), lambda: commands.go_to(turn.id))
    go.setEnabled(not card.view.is_head)
    compare = menu.addAction(_tr("Compare With This Canvas…"), lambda: commands.compare(turn.id))
    compare.setEnabled(not card.view.is_head)
    match turn:
        case Request():
            menu.addAction(_tr("Plan Again"), lambda: commands.plan_again(turn.id))
            menu.addAction(_tr("Ask in Other Words…"), lambda: commands.reword(turn.id))
            menu.addAction(_tr("Copy the Text"), lambda: commands.copy(turn.text))
        case Plan():
            if card.view.open_keys:
                menu.addAction(_tr("Accept All"), lambda: commands.accept(turn.id, card.view.open_keys))
                menu.addAction(_tr("Reject All"), lambda: commands.reject(turn.id, card.view.open_keys))
            for number, answer in enumerate((text for text in turn.answers if text != turn.raw), start=1):
                use = menu.addAction(_tr("Use the Other Answer {0}").format(number))
                use.triggered.connect(lambda _checked=False, answer=answer: commands.use_answer(answer))
            if turn.raw:
                menu.addAction(_tr("Copy What the LLM Wrote"), lambda: commands.copy(turn.raw))
        case CanvasEdit():
            menu.addAction(_tr("Revert"), lambda: commands.revert(turn.id))
            menu.addAction(_tr("Copy the Text"), lambda: commands.copy(text_of(turn)))
    menu.addSeparator()
    layouts = menu.addMenu(_tr("Copy the Layout as"))
    formats: dict[TextFormat, str] = {"lmd": _tr("LMD Text"), "json": "JSON", "ideogram": _tr("Ideogram Caption")}
    for text_format, name in formats.items():
        layouts.addAction(name, partial(commands.copy_layout, text_format, turn.id))
    return menu


def _tr(text: str) -> str:
    return QCoreApplication.translate("TurnMenu", text)
