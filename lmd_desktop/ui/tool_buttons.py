"""Flat buttons with an icon, as the strips around the canvas have them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from lmd_desktop.ui.theme import icon


def action_button(action: QAction, side: int, parent: QWidget) -> QToolButton:
    """Does what the action does; its words are in the tool tip. ``side`` of the icon in pixels."""
    button = _flat_button(side, parent)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button


def menu_button(menu: QMenu, name: str, side: int, parent: QWidget, *, icon_name: str, title: str) -> QToolButton:
    """Opens the menu. ``name`` is the widget's, ``title`` is read aloud; the caller adds a tool tip."""
    button = _flat_button(side, parent)
    button.setObjectName(name)
    button.setIcon(icon(icon_name))
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setAccessibleName(title)
    return button


def _flat_button(side: int, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setAutoRaise(True)
    button.setIconSize(QSize(side, side))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
