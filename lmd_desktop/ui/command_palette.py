"""The command palette: type a few letters of what you want, Enter does it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lmd_desktop.ui.keymap import Command, Keymap
from lmd_desktop.ui.theme import SMALL_SPACING

NAME_ROLE = Qt.ItemDataRole.UserRole
SIZE = (520, 420)
TOP = 64  # below the upper edge of the window
GAP = "     "
ICON_SIDE = 16
TO_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QDialog):
    """Lists every command of the window; those that do not apply now are greyed and say so by that."""

    def __init__(self, keymap: Keymap, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._commands = keymap.commands()
        # Texts without an icon begin where the others do.
        blank = QPixmap(ICON_SIDE, ICON_SIDE)
        blank.fill(Qt.GlobalColor.transparent)
        self._no_icon = QIcon(blank)
        self.setObjectName("command_palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Commands"))
        self.search = QLineEdit(self)
        self.search.setObjectName("command_search")
        self.search.setAccessibleName(self.tr("Search the commands"))
        self.search.setPlaceholderText(self.tr("What do you want to do?"))
        self.search.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setObjectName("commands")
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SMALL_SPACING, SMALL_SPACING, SMALL_SPACING, SMALL_SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.search.textChanged.connect(self._show)
        self.search.returnPressed.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self._show("")
        self._place(parent)
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the field move the choice in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in TO_LIST:
            self.list.event(event)
            return True
        return super().eventFilter(watched, event)

    def _show(self, text: str) -> None:
        self.list.clear()
        for command in matches(self._commands, text):
            keys = f"{GAP}{command.shown_keys}" if command.keys else ""
            shown = command.action.icon() if not command.action.icon().isNull() else self._no_icon
            item = QListWidgetItem(shown, f"{command.text}{keys}", self.list)
            item.setData(NAME_ROLE, command.name)
            if not command.action.isEnabled():
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        rows = (row for row in range(self.list.count()) if self.list.item(row).flags() != Qt.ItemFlag.NoItemFlags)
        self.list.setCurrentRow(next(rows, -1))

    def _run(self) -> None:
        item = self.list.currentItem()
        command = next((c for c in self._commands if item is not None and c.name == item.data(NAME_ROLE)), None)
        if command is not None and command.action.isEnabled():
            self.close()
            command.action.trigger()

    def _place(self, window: QWidget) -> None:
        width = min(SIZE[0], window.width())
        corner = window.mapToGlobal(QPoint((window.width() - width) // 2, TOP))
        self.setGeometry(corner.x(), corner.y(), width, min(SIZE[1], window.height() - TOP))


def matches(commands: tuple[Command, ...], text: str) -> tuple[Command, ...]:
    """The commands that hold every typed word in their text or name, those that begin with the text first."""
    words = text.casefold().split()
    found = [c for c in commands if all(word in f"{c.text} {c.name.replace('_', ' ')}".casefold() for word in words)]
    start = text.casefold().strip()
    return tuple(sorted(found, key=lambda command: not command.text.casefold().startswith(start)))
