"""Pictures of one layout as a table: a row for every method, a column for every seed; a click goes to the picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.session import Session
from lmd_desktop.app.thumbnails import Thumbnails
from lmd_desktop.domain.picture_grid import PictureGrid, grid_of
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.theme import SPACING

CELL = 168  # logical pixels
PICTURE = 152
MOST_SHOWN = QSize(1100, 800)

Index = QModelIndex | QPersistentModelIndex


class GridModel(QAbstractTableModel):
    """Follows the session, so that a grid fills up while it is painted."""

    def __init__(
        self,
        session: Session,
        thumbnails: Thumbnails,
        chosen: RenderRecord,
        *,
        title_of: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._title_of = title_of
        self._thumbnails = thumbnails
        self._chosen = chosen
        self._grid = grid_of(session.renders, chosen)
        session.renders_changed.connect(self._follow)
        thumbnails.arrived.connect(self._show_thumbnail)

    @property
    def grid(self) -> PictureGrid:
        return self._grid

    def record(self, index: Index) -> RenderRecord | None:
        return self._grid.pictures.get((self._grid.methods[index.row()], self._grid.seeds[index.column()]))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._grid.methods)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._grid.seeds)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return self._title_of(self._grid.methods[section])
        return self.tr("Seed {0}").format(self._grid.seeds[section])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        record = self.record(index)
        if role == Qt.ItemDataRole.DecorationRole and record is not None:
            return self._pixmap(record)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            method, seed = self._grid.methods[index.row()], self._grid.seeds[index.column()]
            text = self.tr("Method {0}, seed {1}").format(self._title_of(method), seed)
            return text if record is not None else self.tr("{0}: not painted").format(text)
        return None

    def _pixmap(self, record: RenderRecord) -> QPixmap | None:
        pixmap = self._thumbnails.get(record.sha256)
        size = QSize(PICTURE, PICTURE)
        modes = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        return pixmap.scaled(size, *modes) if pixmap is not None else None

    def _follow(self) -> None:
        self.beginResetModel()
        self._grid = grid_of(self._session.renders, self._chosen)
        self.endResetModel()

    def _show_thumbnail(self, sha256: str) -> None:
        for (method, seed), record in self._grid.pictures.items():
            if record.sha256 == sha256:
                index = self.index(self._grid.methods.index(method), self._grid.seeds.index(seed))
                self.dataChanged.emit(index, index)


class CentredPictures(QStyledItemDelegate):
    """Each picture stands in the middle of its cell."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.decorationPosition = QStyleOptionViewItem.Position.Top
        option.decorationAlignment = Qt.AlignmentFlag.AlignCenter
        option.decorationSize = option.rect.size()


class GridWindow(QWidget):
    """``chosen`` carries the record of a picture that was clicked; Esc closes the window.

    ``title_of`` a method by its name.
    """

    chosen = Signal(object)

    def __init__(
        self,
        session: Session,
        thumbnails: Thumbnails,
        chosen: RenderRecord,
        *,
        title_of: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("grid_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Methods and seeds of one layout"))
        self.model = GridModel(session, thumbnails, chosen, title_of=title_of, parent=self)
        self.table = QTableView(self)
        self.table.setObjectName("picture_grid")
        self.table.setAccessibleName(self.tr("Pictures by method and seed"))
        self.table.setModel(self.model)
        self.table.setIconSize(QSize(PICTURE, PICTURE))
        self.table.setItemDelegate(CentredPictures(self.table))
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.table.horizontalHeader(), self.table.verticalHeader()):
            header.setDefaultSectionSize(CELL)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.addWidget(self.table)
        grid, heads = self.model.grid, (self.table.verticalHeader(), self.table.horizontalHeader())
        around = 2 * (SPACING + self.table.frameWidth())
        width = len(grid.seeds) * CELL + heads[0].sizeHint().width() + around
        height = len(grid.methods) * CELL + heads[1].sizeHint().height() + around
        self.resize(QSize(width, height).boundedTo(MOST_SHOWN).expandedTo(QSize(2 * CELL, CELL)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        record = self.model.record(index)
        if record is not None:
            self.chosen.emit(record)
