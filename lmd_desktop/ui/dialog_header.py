"""The row above the turns: which branch is shown, and the search; the tree of branches opens below it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from lmd_desktop.app.dialog_search import DialogSearch
from lmd_desktop.app.session import Session
from lmd_desktop.ui.theme import icon

if TYPE_CHECKING:
    from lmd_desktop.ui.branch_tree import BranchTree
    from lmd_desktop.ui.search_box import SearchBox


class DialogHeader(QWidget):
    """``branch_chosen`` carries the last turn of a branch, ``found`` the turn to show (empty for none)."""

    branch_chosen = Signal(str)
    found = Signal(str)
    search_ended = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._searcher = DialogSearch()
        self._shown: tuple[str, ...] = ()
        self._found: tuple[str, ...] = ()
        self._place = -1
        self.setObjectName("dialog_header")
        self._build_row()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(self._row)

    @cached_property
    def tree(self) -> BranchTree:
        """Made when it is first opened: few dialogs have branches, and the start has no time for it."""
        from lmd_desktop.ui.branch_tree import BranchTree

        tree = BranchTree(self)
        tree.chosen.connect(self.branch_chosen)
        self._column.addWidget(tree)
        return tree

    @cached_property
    def search(self) -> SearchBox:
        """Made when someone searches."""
        from lmd_desktop.ui.search_box import SearchBox

        box = SearchBox(self)
        box.hide()
        box.line.textChanged.connect(lambda _text: self._find())
        box.step_asked.connect(self._step)
        box.line.ended.connect(self.end_search)
        self._column.insertWidget(1, box)
        return box

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
        return self.search_button.isChecked()

    def toggle_tree(self) -> None:
        self.branch_button.click()

    def start_search(self) -> None:
        self.search_button.setChecked(True)
        self.search.show()
        self.search.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.line.selectAll()
        self._find()

    def end_search(self) -> None:
        self.search_button.setChecked(False)
        self.search.hide()
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

    def _find(self) -> None:
        before = self._found
        self._found = self._searcher.find(self._session.scene.dialog, self.search.line.text())
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
        nothing = self.tr("Nothing was found.") if self.search.line.text().strip() else ""
        self.search.tell(" · ".join(parts) or nothing)

    def _show_tree(self) -> None:
        if self.branch_button.isChecked():
            from lmd_desktop.app.branches import branches

            self.tree.show_branches(branches(self._session.scene.dialog, self._found))
            self.tree.show()
        elif "tree" in vars(self):
            self.tree.hide()
