"""Every command of the window by name: its text, its keys, and what the person made of the keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from lmd_desktop.app.settings import AppSettings

DEFAULT_KEYS = "defaultKeys"
SCOPED = (Qt.ShortcutContext.WidgetShortcut, Qt.ShortcutContext.WidgetWithChildrenShortcut)
Format = QKeySequence.SequenceFormat


@dataclass(frozen=True, slots=True)
class Command:
    """``scope`` is the widget that must have the focus for the keys to act; None: they act everywhere."""

    name: str
    text: str
    action: QAction
    keys: tuple[str, ...]
    defaults: tuple[str, ...]
    scope: QWidget | None

    @property
    def shown_keys(self) -> str:
        """As this system writes them."""
        return ", ".join(_native(key) for key in self.keys)


class Keymap(QObject):
    """Keys that differ from the built-in ones are in the settings; actions made later are found when asked for."""

    changed = Signal()

    def __init__(self, settings: AppSettings, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._window = window
        self.commands()

    def commands(self) -> tuple[Command, ...]:
        """All named actions of the window and its panels, in the order of their making."""
        found: dict[str, Command] = {}
        changed = self._settings.value.shortcuts
        for action in self._window.findChildren(QAction):
            name = action.objectName()
            if not name or name.startswith("_q") or name in found or not action.text():
                continue
            if action.property(DEFAULT_KEYS) is None:
                action.setProperty(DEFAULT_KEYS, _keys_of(action))
                if name in changed:
                    _give_keys(action, changed[name])
            found[name] = _command(action)
        return tuple(found.values())

    def set_keys(self, name: str, keys: Iterable[str]) -> None:
        """Give a command other keys (portable names); its own first ones are forgotten by the settings."""
        command = self._command(name)
        keys = tuple(dict.fromkeys(key for key in keys if key))
        _give_keys(command.action, keys)
        changed = {other: kept for other, kept in self._settings.value.shortcuts.items() if other != name}
        if keys != command.defaults:
            changed[name] = keys
        self._settings.set(shortcuts=changed)
        self.changed.emit()

    def reset(self, name: str) -> None:
        self.set_keys(name, self._command(name).defaults)

    def reset_all(self) -> None:
        for name in tuple(self._settings.value.shortcuts):
            if any(command.name == name for command in self.commands()):
                self.reset(name)

    def users_of(self, key: str, name: str) -> tuple[Command, ...]:
        """The other commands that would answer to ``key`` where the command ``name`` does."""
        commands = self.commands()
        own = next(command for command in commands if command.name == name)
        return tuple(
            other for other in commands if other.name != name and key in other.keys and _share_a_place(own, other)
        )

    def conflicts(self) -> dict[str, tuple[Command, ...]]:
        """By name of a command: the others that share one of its keys, so that neither works."""
        result: dict[str, tuple[Command, ...]] = {}
        commands = self.commands()
        for command in commands:
            others = tuple(
                other
                for other in commands
                if other.name != command.name and set(other.keys) & set(command.keys) and _share_a_place(command, other)
            )
            if others:
                result[command.name] = others
        return result

    def _command(self, name: str) -> Command:
        return next(command for command in self.commands() if command.name == name)


def _command(action: QAction) -> Command:
    owners = [owner for owner in action.associatedObjects() if isinstance(owner, QWidget)]
    is_scoped = action.shortcutContext() in SCOPED
    focus = [owner for owner in owners if owner.focusPolicy() != Qt.FocusPolicy.NoFocus and not owner.inherits("QMenu")]
    defaults: tuple[str, ...] = tuple(action.property(DEFAULT_KEYS))
    scope = focus[0] if is_scoped and focus else None
    return Command(action.objectName(), _text_of(action), action, tuple(_keys_of(action)), defaults, scope)


def _text_of(action: QAction) -> str:
    # The text of Undo changes with what it would undo; the name stays.
    text = str(action.property("sheetName") or action.text())
    # Chinese menus hold their letter in brackets.
    return re.sub(r"\(&\w\)", "", text).replace("&", "").rstrip("…")


def _keys_of(action: QAction) -> list[str]:
    return [sequence.toString(Format.PortableText) for sequence in action.shortcuts() if not sequence.isEmpty()]


def _give_keys(action: QAction, keys: Iterable[str]) -> None:
    before = _native(_keys_of(action)[0]) if _keys_of(action) else ""
    keys, tip = tuple(keys), action.toolTip()
    action.setShortcuts([QKeySequence(key, Format.PortableText) for key in keys])
    if before and f"({before})" in tip:
        # The tool tips of the canvas end with the first key.
        now = f"({_native(keys[0])})" if keys else ""
        action.setToolTip(tip.replace(f"({before})", now).strip())


def _share_a_place(one: Command, other: Command) -> bool:
    return one.scope is None or other.scope is None or one.scope is other.scope


def _native(key: str) -> str:
    return QKeySequence(key, Format.PortableText).toString(Format.NativeText)
