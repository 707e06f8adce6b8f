"""The row above the turns: which branch is shown, and the search; the tree of branches opens below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.branches import branches
from lmd_desktop.app.dialog_search import DialogSearch
from lmd_desktop.app.session import Session
from lmd_desktop.ui.branch_tree import BranchTree
from lmd_desktop.ui.card_parts import tool
from lmd_desktop.ui.theme import icon


class SearchLine(QLineEdit):
    """Enter goes to the next turn that was found, Shift+Enter to the one before, Esc ends the search."""

    step_asked = Signal(int)
    ended = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step_asked.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.ended.emit()
        else:
            super().keyPressEvent(event)


class DialogHeader(QWidget):
    """``branch_chosen`` carries the last turn of a branch, ``found`` the turn to show (empty for none)."""

    branch_chosen = Signal(str)
    found = Signal(str)
    search_ended = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._search = DialogSearch()
        self._shown: tuple[str, ...] = ()
        self._found: tuple[str, ...] = ()
        self._place = -1
        self.setObjectName("dialog_header")
        self._build_row()
        self._build_search()
        self.tree = BranchTree(self)
        self.tree.hide()
        self.tree.chosen.connect(self.branch_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._row)
        column.addWidget(self._search_row)
        column.addWidget(self.tree)

    def show_turns(self, shown: tuple[str, ...]) -> None:
        """The turns of the branch that is shown; called whenever the dialog changes."""
        self._shown = shown
        dialog = self._session.scene.dialog
        parents = [turn.parent for turn in dialog.turns]
        forks = len(parents) - len(set(parents))
        self.branch_button.setText(self.tr("1 branch") if not forks else self.tr("{0} branches").format(forks + 1))
        self.branch_button.setEnabled(bool(forks))
        if not forks:
            self.branch_button.setChecked(False)
        if self.is_searching:
            self._find()
        self._show_tree()

    @property
    def is_searching(self) -> bool:
        return not self._search_row.isHidden()

    def toggle_tree(self) -> None:
        self.branch_button.click()

    def start_search(self) -> None:
        self._search_row.show()
        self.search_button.setChecked(True)
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()
        self._find()

    def end_search(self) -> None:
        self._search_row.hide()
        self.search_button.setChecked(False)
        self._found, self._place = (), -1
        self.found.emit("")
        self._show_tree()
        self.search_ended.emit()

    def _build_row(self) -> None:
        self._row = QHBoxLayout()
        self._row.setSpacing(2)
        self.branch_button = QToolButton(self)
        self.branch_button.setObjectName("branches")
        self.branch_button.setIcon(icon("branch"))
        self.branch_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.branch_button.setToolTip(self.tr("Show the tree of branches."))
        self.branch_button.setAccessibleName(self.tr("Branches"))
        self.branch_button.setCheckable(True)
        self.branch_button.setAutoRaise(True)
        self.branch_button.toggled.connect(lambda _checked: self._show_tree())
        self.search_button = QToolButton(self)
        self.search_button.setObjectName("search_dialog")
        self.search_button.setIcon(icon("search"))
        self.search_button.setToolTip(self.tr("Search in the dialog."))
        self.search_button.setAccessibleName(self.tr("Search in the dialog"))
        self.search_button.setCheckable(True)
        self.search_button.setAutoRaise(True)
        self.search_button.clicked.connect(lambda on: self.start_search() if on else self.end_search())
        self._row.addWidget(self.branch_button)
        self._row.addStretch(1)
        self._row.addWidget(self.search_button)

    def _build_search(self) -> None:
        self._search_row = QWidget(self)
        self.line = SearchLine(self._search_row)
        self.line.setObjectName("dialog_search")
        self.line.setAccessibleName(self.tr("Search in the dialog"))
        self.line.setPlaceholderText(self.tr("Search all branches…"))
        self.line.setClearButtonEnabled(True)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.count = QLabel(self._search_row)
        self.count.setObjectName("search_count")
        self.count.setProperty("muted", True)
        before = tool(self._search_row, "▴", self.tr("The turn before that was found."), "found_before")
        after = tool(self._search_row, "▾", self.tr("The next turn that was found."), "found_after")
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.line, 1)
        row.addWidget(before)
        row.addWidget(after)
        column = QVBoxLayout(self._search_row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.count)
        self._search_row.hide()
        self.line.textChanged.connect(lambda _text: self._find())
        self.line.step_asked.connect(self._step)
        self.line.ended.connect(self.end_search)
        before.clicked.connect(lambda: self._step(-1))
        after.clicked.connect(lambda: self._step(1))

    def _find(self) -> None:
        before = self._found
        self._found = self._search.find(self._session.scene.dialog, self.line.text())
        if self._found != before:
            here = self._here()
            self._place = len(here) - 1
            self._tell()
            self._show_tree()
        else:
            self._show_count()

    def _here(self) -> list[str]:
        found = set(self._found)
        return [turn_id for turn_id in self._shown if turn_id in found]

    def _step(self, step: int) -> None:
        here = self._here()
        if here:
            self._place = (self._place + step) % len(here)
            self._tell()

    def _tell(self) -> None:
        here = self._here()
        self._show_count()
        self.found.emit(here[self._place] if 0 <= self._place < len(here) else "")

    def _show_count(self) -> None:
        here = self._here()
        elsewhere = len(self._found) - len(here)
        parts = [self.tr("{0} of {1}").format(self._place + 1, len(here))] if here else []
        if elsewhere:
            parts.append(self.tr("{0} in other branches").format(elsewhere))
        nothing = self.tr("Nothing was found.") if self.line.text().strip() else ""
        self.count.setText(" · ".join(parts) or nothing)
        self.count.setVisible(bool(self.count.text()))

    def _show_tree(self) -> None:
        is_open = self.branch_button.isChecked()
        if is_open:
            self.tree.show_branches(branches(self._session.scene.dialog, self._found))
        self.tree.setVisible(is_open)
