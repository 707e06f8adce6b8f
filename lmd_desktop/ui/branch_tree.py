"""The tree of branches: a row for each, with a drawing of where it ends; a click shows it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from lmd_desktop.app.branches import Branch
from lmd_desktop.domain.scene import CanvasEdit
from lmd_desktop.ui.card_parts import isolated
from lmd_desktop.ui.layout_picture import drawing_icon
from lmd_desktop.ui.table_words import told_summary

TIP_ROLE = Qt.ItemDataRole.UserRole
ICON_SIDE = 30
MOST_ROWS_SHOWN = 6


class BranchTree(QTreeWidget):
    """``chosen`` carries the id of the last turn of a branch."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("branch_tree")
        self.setAccessibleName(self.tr("Branches of the dialog"))
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(0, TIP_ROLE)))
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(0, TIP_ROLE)))

    def show_branches(self, rows: tuple[Branch, ...]) -> None:
        """Replace the tree; the branch on the canvas is selected."""
        self.clear()
        above: list[QTreeWidgetItem] = []
        for row in rows:
            item = QTreeWidgetItem([self.title(row)])
            item.setData(0, TIP_ROLE, row.tip.id)
            item.setIcon(0, drawing_icon(row.tip.layout, ICON_SIDE, self.palette(), ratio=self.devicePixelRatioF()))
            item.setToolTip(0, self.title(row))
            del above[row.depth :]
            if above:
                above[-1].addChild(item)
            else:
                self.addTopLevelItem(item)
            above.append(item)
            if row.has_head:
                font = item.font(0)
                font.setBold(True)
                item.setFont(0, font)
        self.expandAll()
        height = self.sizeHintForRow(0) if rows else 0
        self.setFixedHeight(min(len(rows), MOST_ROWS_SHOWN) * max(height, ICON_SIDE + 4) + 2 * self.frameWidth() + 2)

    def title(self, row: Branch) -> str:
        """What was asked first in a branch, how long it is, and what a search has found in it."""
        if row.request is not None:
            name = isolated(row.request.text)
        elif isinstance(row.first, CanvasEdit):
            name = self.tr("Edited: {0}").format(told_summary(row.first.summary))
        else:
            name = self.tr("Another answer")
        length = self.tr("1 turn") if row.turns == 1 else self.tr("{0} turns").format(row.turns)
        found = f" · {self.tr('{0} found').format(row.hits)}" if row.hits else ""
        return f"{name} · {length}{found}"
