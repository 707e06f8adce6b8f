"""Every action of the canvas, made once: text, keys, icon and what it does; the window puts them into its menus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from lmd_desktop.domain.arrange import EDGES
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
    "disable": "disabled",
    "snap_centres": "centres",
    "snap_thirds": "thirds",
    "rulers": "rulers",
    "boxes": "boxes",
    "group": "group",
    "ungroup": "ungroup",
    "equal_width": "equal-width",
    "equal_height": "equal-height",
    "equal_size": "equal-size",
    "distribute_across": "distribute-across",
    "distribute_down": "distribute-down",
    **{f"align_{edge}": f"align-{edge}" for edge in EDGES},
}
PAN_STEP = 16  # view pixels per scene pixel of a nudge: arrows push the canvas if no box is selected
NEED_SELECTION = (
    "duplicate", "delete", "copy", "cut", "lock", "hide", "disable", "raise", "lower", "to_front", "to_back",
    "zoom_selection", *(f"align_{edge}" for edge in EDGES),
)  # fmt: skip
NEED_TWO = ("equal_width", "equal_height", "equal_size", "group")
NEED_THREE = ("distribute_across", "distribute_down")
NEED_GROUP = ("ungroup", "select_group")
CONTEXT_MENU = (
    "rename", None, "cut", "copy", "paste", "duplicate", "delete", None, "lock", "hide", "disable", None, "group",
    "ungroup", None, "to_front", "raise", "lower", "to_back", None, "align_left", "align_centre", "align_right",
    "align_top", "align_middle", "align_bottom",
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
        self._add_arranging()
        self._add_groups()
        self._add_nudges()
        self._add_view()

    def update_for_selection(
        self, *, count: int, things: int, all_locked: bool, all_hidden: bool, all_disabled: bool, is_grouped: bool
    ) -> None:
        """Actions on selected boxes are greyed without any; lock and hide say what they would do.

        ``things`` counts a group as one.
        """
        for least, names in ((1, NEED_SELECTION), (2, NEED_TWO), (3, NEED_THREE)):
            for name in names:
                self.by_name[name].setEnabled((things if least > 2 else count) >= least)
        for name in NEED_GROUP:
            self.by_name[name].setEnabled(is_grouped)
        self.by_name["rename"].setEnabled(count == 1)
        self.by_name["lock"].setText(self.tr("Unlock") if all_locked else self.tr("Lock"))
        self.by_name["lock"].setIcon(icon("unlock" if all_locked else "lock"))
        self.by_name["disable"].setText(
            self.tr("Use in the Picture") if all_disabled else self.tr("Leave Out of the Picture")
        )
        self.by_name["disable"].setIcon(icon("enabled" if all_disabled else "disabled"))
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
        layout = self._add("copy_layout", self.tr("Copy Layout as JSON"), keys=(), slot=commands.copy_layout)
        _explain(layout, self.tr("All boxes and both prompts as text; Paste takes it in, also in another window"))
        self._add("select_all", self.tr("Select All"), keys=(keys.SelectAll,), slot=commands.select_all)
        self._add_global("duplicate", self.tr("Duplicate"), keys=("Ctrl+D",), slot=commands.duplicate)
        lock = self._add_global("lock", self.tr("Lock"), keys=("Ctrl+Shift+L",), slot=commands.toggle_locked)
        _explain(lock, self.tr("A locked box is not moved by the mouse, and the planner gives it back unchanged"))
        hide = self._add_global("hide", self.tr("Hide"), keys=("Ctrl+H",), slot=commands.toggle_hidden)
        _explain(hide, self.tr("A hidden box is not drawn on the canvas; it is still in the picture"))

        leave_out = self.tr("Leave Out of the Picture")
        disable = self._add_global("disable", leave_out, keys=("Ctrl+Shift+D",), slot=commands.toggle_enabled)
        _explain(disable, self.tr("The box stays in the scene and is not painted"))

    def _add_order(self) -> None:
        commands = self._commands
        # With Shift the key gives another character on most keyboards.
        front_keys, back_keys = ("Ctrl+Shift+]", "Ctrl+}"), ("Ctrl+Shift+[", "Ctrl+{")
        front, back = lambda: commands.raise_boxes(to_front=True), lambda: commands.lower_boxes(to_back=True)
        self._add_global("raise", self.tr("Bring Forward"), keys=("Ctrl+]",), slot=commands.raise_boxes)
        self._add_global("lower", self.tr("Send Backward"), keys=("Ctrl+[",), slot=commands.lower_boxes)
        self._add_global("to_front", self.tr("Bring to Front"), keys=front_keys, slot=front)
        self._add_global("to_back", self.tr("Send to Back"), keys=back_keys, slot=back)

    def _add_arranging(self) -> None:
        commands = self._commands
        edges = {
            "left": (self.tr("Align Left"), "Left"),
            "centre": (self.tr("Align Centres"), ""),
            "right": (self.tr("Align Right"), "Right"),
            "top": (self.tr("Align Top"), "Up"),
            "middle": (self.tr("Align Middles"), ""),
            "bottom": (self.tr("Align Bottom"), "Down"),
        }
        tip = self.tr("{0}: one box to the canvas, several to each other, or to a locked one among them")
        for edge in EDGES:
            text, key = edges[edge]
            keys = (f"Ctrl+Shift+{key}",) if key else ()
            _explain(self._add(f"align_{edge}", text, keys=keys, slot=partial(commands.align, edge)), tip.format(text))
        across, down = partial(commands.distribute, "across"), partial(commands.distribute, "down")
        self._add("distribute_across", self.tr("Distribute Across"), keys=(), slot=across)
        self._add("distribute_down", self.tr("Distribute Down"), keys=(), slot=down)
        for name, text, sides in (
            ("equal_width", self.tr("Equal Width"), {"width": True}),
            ("equal_height", self.tr("Equal Height"), {"height": True}),
            ("equal_size", self.tr("Equal Size"), {"width": True, "height": True}),
        ):
            action = self._add(name, text, keys=(), slot=partial(commands.equalise, **sides))
            _explain(action, self.tr("{0} as of the box that was selected first").format(text))

    def _add_groups(self) -> None:
        commands = self._commands
        group = self._add_global("group", self.tr("Group"), keys=("Ctrl+G",), slot=commands.group)
        _explain(group, self.tr("The boxes are selected and moved together; Alt-click and the list reach a single one"))
        self._add_global("ungroup", self.tr("Ungroup"), keys=("Ctrl+Shift+G",), slot=commands.ungroup)
        whole = self._add("select_group", self.tr("Select the Whole Group"), keys=(), slot=commands.select_group)
        _explain(whole, self.tr("All boxes that are grouped with the selected one"))

    def _add_nudges(self) -> None:
        rows = (
            ("left", "Left", -1, 0, self.tr("Nudge Left"), self.tr("Nudge Far Left")),
            ("right", "Right", 1, 0, self.tr("Nudge Right"), self.tr("Nudge Far Right")),
            ("up", "Up", 0, -1, self.tr("Nudge Up"), self.tr("Nudge Far Up")),
            ("down", "Down", 0, 1, self.tr("Nudge Down"), self.tr("Nudge Far Down")),
        )
        for name, key, dx, dy, text, far_text in rows:
            near = partial(self._nudge_or_pan, dx * NUDGE, dy * NUDGE)
            far = partial(self._nudge_or_pan, dx * BIG_NUDGE, dy * BIG_NUDGE)
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
        for name, text, key, field in (
            ("guides", self.tr("Snap to Boxes"), "Alt+S", "boxes"),
            ("snap_centres", self.tr("Snap to Centre Lines"), "Alt+C", "centres"),
            ("snap_thirds", self.tr("Snap to Thirds"), "Alt+T", "thirds"),
            ("grid", self.tr("Snap to Grid"), "Ctrl+'", "grid"),
        ):
            snap = self._add_switch(name, text, keys=(key,), is_on=getattr(view.snapping, field))
            snap.toggled.connect(partial(self._switch_snapping, field))
        for name, text, key in (
            ("boxes", self.tr("Boxes"), "Shift+B"),
            ("labels", self.tr("Labels"), "L"),
            ("rulers", self.tr("Rulers"), "Shift+R"),
        ):
            show = self._add_switch(name, text, keys=(key,), is_on=getattr(view.shown, name))
            show.toggled.connect(partial(self._switch_shown, name))

    def _switch_snapping(self, field: str, is_on: bool) -> None:
        self._view.set_snapping(replace(self._view.snapping, **{field: is_on}))

    def _switch_shown(self, field: str, is_on: bool) -> None:
        self._view.set_shown(replace(self._view.shown, **{field: is_on}))

    def _nudge_or_pan(self, dx: int, dy: int) -> None:
        """Arrows move the selected boxes; without any they push the canvas, so that it can be seen without a mouse."""
        if self._commands.has_selection:
            self._commands.nudge(dx, dy)
        else:
            self._view.pan_by(-dx * PAN_STEP, -dy * PAN_STEP)

    def _add_switch(self, name: str, text: str, *, keys: Keys, is_on: bool) -> QAction:
        action = self._add(name, text, keys=keys)
        action.setCheckable(True)
        action.setChecked(is_on)
        return action

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
