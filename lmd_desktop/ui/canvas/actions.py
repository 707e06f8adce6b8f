"""Every action of the canvas, made once: text, keys, icon and what it does; the window puts them into its menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.canvas.pointer import Tool
from lmd_desktop.ui.theme import icon

if TYPE_CHECKING:
    from lmd_desktop.ui.canvas.view import CanvasView

NUDGE, BIG_NUDGE = 1, 10  # scene pixels
ZOOM_STEP = 1.25
Keys = tuple[str | QKeySequence.StandardKey, ...]
ICONS = {
    "select_tool": "select",
    "box_tool": "box",
    "hand_tool": "hand",
    "rename": "rename",
    "delete": "delete",
    "cut": "cut",
    "copy": "copy",
    "paste": "paste",
    "duplicate": "duplicate",
    "lock": "lock",
    "hide": "eye-off",
    "raise": "forward",
    "lower": "backward",
    "to_front": "raise",
    "to_back": "lower",
    "zoom_in": "zoom-in",
    "zoom_out": "zoom-out",
    "zoom_actual": "zoom-actual",
    "fit": "fit",
    "zoom_selection": "fit-selection",
    "guides": "guides",
    "grid": "grid",
    "labels": "label",
}
NEED_SELECTION = (
    "duplicate", "delete", "copy", "cut", "lock", "hide", "raise", "lower", "to_front", "to_back", "zoom_selection",
)  # fmt: skip


class CanvasActions(QObject):
    """``by_name`` holds them all. Keys that a text field could want act only while the canvas has the focus."""

    def __init__(self, view: CanvasView, commands: BoxCommands) -> None:
        super().__init__(view)
        self._view = view
        self._commands = commands
        self.by_name: dict[str, QAction] = {}
        self._add_tools()
        self._add_editing()
        self._add_order()
        self._add_nudges()
        self._add_view()

    def update_for_selection(self, *, count: int, all_locked: bool, all_hidden: bool) -> None:
        """Actions on selected boxes are greyed without any; lock and hide say what they would do."""
        for name in NEED_SELECTION:
            self.by_name[name].setEnabled(count > 0)
        self.by_name["rename"].setEnabled(count == 1)
        self.by_name["lock"].setText(self.tr("Unlock") if all_locked else self.tr("Lock"))
        self.by_name["lock"].setIcon(icon("unlock" if all_locked else "lock"))
        self.by_name["hide"].setText(self.tr("Show") if all_hidden else self.tr("Hide"))
        self.by_name["hide"].setIcon(icon("eye" if all_hidden else "eye-off"))

    def _add_tools(self) -> None:
        group = QActionGroup(self)
        draw_tip = self.tr("Draw a new box; Ctrl-drag draws with any tool")
        hand_tip = self.tr("Push the canvas around; so do Space and the middle button")
        tools = (
            (Tool.SELECT, self.tr("Select"), ("V",), self.tr("Select, move and resize boxes")),
            (Tool.BOX, self.tr("Draw Box"), ("R", "B"), draw_tip),
            (Tool.HAND, self.tr("Hand"), ("H",), hand_tip),
        )
        for tool, text, keys, tip in tools:
            action = self._add(f"{tool.value}_tool", text, keys=keys, slot=partial(self._view.set_tool, tool))
            action.setCheckable(True)
            _explain(action, tip)
            group.addAction(action)
        self.by_name["select_tool"].setChecked(True)

    def _add_editing(self) -> None:
        view, commands, keys = self._view, self._commands, QKeySequence.StandardKey
        self._add("rename", self.tr("Rename"), keys=("F2", "Return", "Enter"), slot=view.rename_selected)
        self._add("delete", self.tr("Delete"), keys=("Del", "Backspace"), slot=commands.delete)
        self._add("cut", self.tr("Cut"), keys=(keys.Cut,), slot=commands.cut)
        self._add("copy", self.tr("Copy"), keys=(keys.Copy,), slot=commands.copy)
        self._add("paste", self.tr("Paste"), keys=(keys.Paste,), slot=commands.paste)
        self._add("select_all", self.tr("Select All"), keys=(keys.SelectAll,), slot=commands.select_all)
        self._add_global("duplicate", self.tr("Duplicate"), keys=("Ctrl+D",), slot=commands.duplicate)
        lock = self._add_global("lock", self.tr("Lock"), keys=("Ctrl+Shift+L",), slot=commands.toggle_locked)
        _explain(lock, self.tr("A locked box is not moved by the mouse, and the planner gives it back unchanged"))
        hide = self._add_global("hide", self.tr("Hide"), keys=("Ctrl+H",), slot=commands.toggle_hidden)
        _explain(hide, self.tr("A hidden box is not drawn on the canvas; it is still in the picture"))

    def _add_order(self) -> None:
        commands = self._commands
        # With Shift the key gives another character on most keyboards.
        front_keys, back_keys = ("Ctrl+Shift+]", "Ctrl+}"), ("Ctrl+Shift+[", "Ctrl+{")
        front, back = lambda: commands.raise_boxes(to_front=True), lambda: commands.lower_boxes(to_back=True)
        self._add_global("raise", self.tr("Bring Forward"), keys=("Ctrl+]",), slot=commands.raise_boxes)
        self._add_global("lower", self.tr("Send Backward"), keys=("Ctrl+[",), slot=commands.lower_boxes)
        self._add_global("to_front", self.tr("Bring to Front"), keys=front_keys, slot=front)
        self._add_global("to_back", self.tr("Send to Back"), keys=back_keys, slot=back)

    def _add_nudges(self) -> None:
        rows = (
            ("left", "Left", -1, 0, self.tr("Nudge Left"), self.tr("Nudge Far Left")),
            ("right", "Right", 1, 0, self.tr("Nudge Right"), self.tr("Nudge Far Right")),
            ("up", "Up", 0, -1, self.tr("Nudge Up"), self.tr("Nudge Far Up")),
            ("down", "Down", 0, 1, self.tr("Nudge Down"), self.tr("Nudge Far Down")),
        )
        for name, key, dx, dy, text, far_text in rows:
            near = partial(self._commands.nudge, dx * NUDGE, dy * NUDGE)
            far = partial(self._commands.nudge, dx * BIG_NUDGE, dy * BIG_NUDGE)
            self._add(f"nudge_{name}", text, keys=(key,), slot=near)
            self._add(f"nudge_{name}_far", far_text, keys=(f"Shift+{key}",), slot=far)

    def _add_view(self) -> None:
        view, keys = self._view, QKeySequence.StandardKey
        zoom_in, zoom_out = partial(view.zoom_by, ZOOM_STEP), partial(view.zoom_by, 1 / ZOOM_STEP)
        self._add_global("zoom_in", self.tr("Zoom In"), keys=(keys.ZoomIn, "Ctrl+="), slot=zoom_in)
        self._add_global("zoom_out", self.tr("Zoom Out"), keys=(keys.ZoomOut,), slot=zoom_out)
        self._add_global("zoom_actual", self.tr("Zoom to 100 %"), keys=("Ctrl+0",), slot=partial(view.zoom_to, 1.0))
        self._add("fit", self.tr("Fit Canvas"), keys=("Shift+1",), slot=view.fit)
        self._add("zoom_selection", self.tr("Zoom to Selection"), keys=("Shift+2",), slot=view.fit_selection)
        self._add_switch("guides", self.tr("Smart Guides"), keys=("Alt+S",), slot=view.set_guides, is_on=True)
        self._add_switch("grid", self.tr("Snap to Grid"), keys=("Ctrl+'",), slot=view.set_grid, is_on=False)
        self._add_switch("labels", self.tr("Labels"), keys=("L",), slot=view.set_labels, is_on=True)

    def _add_switch(self, name: str, text: str, *, keys: Keys, slot: Callable[[bool], None], is_on: bool) -> None:
        action = self._add(name, text, keys=keys)
        action.setCheckable(True)
        action.setChecked(is_on)
        action.toggled.connect(slot)

    def _add_global(self, name: str, text: str, *, keys: Keys, slot: Callable[[], None]) -> QAction:
        """An action whose keys act wherever the focus is in the window."""
        action = self._add(name, text, keys=keys, slot=slot)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        return action

    def _add(self, name: str, text: str, *, keys: Keys, slot: Callable[[], None] | None = None) -> QAction:
        """An action whose keys act while the canvas has the focus."""
        action = QAction(text, self._view)
        action.setObjectName(f"canvas.{name}")
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        if name in ICONS:
            action.setIcon(icon(ICONS[name]))
        _explain(action, text)
        if slot is not None:
            action.triggered.connect(lambda _checked=False: slot())
        self._view.addAction(action)
        self.by_name[name] = action
        return action


def _explain(action: QAction, sentence: str) -> None:
    """The tool tip: a sentence and the keys."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{sentence} ({keys})" if keys else sentence)
