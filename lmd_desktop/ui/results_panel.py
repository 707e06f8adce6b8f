"""The finished pictures of the scene as a strip, newest first; a click goes back to where a picture came from."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QListView, QMenu, QStackedLayout, QWidget

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord

THUMBNAIL_SIDE = 76
ITEM_WIDTH = 112
Index = QModelIndex | QPersistentModelIndex


class ResultsModel(QAbstractListModel):
    """The renders of the session, newest first; a thumbnail is decoded when it is first drawn."""

    def __init__(self, session: Session, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = pictures
        self._records: tuple[RenderRecord, ...] = ()
        self._icons: dict[str, QIcon] = {}
        session.renders_changed.connect(self._reload)
        self._reload()

    def record(self, index: Index) -> RenderRecord:
        return self._records[index.row()]

    def index_of(self, sha256: str) -> QModelIndex:
        rows = [row for row, record in enumerate(self._records) if record.sha256 == sha256]
        return self.index(rows[0]) if rows else QModelIndex()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        record = self.record(index)
        if role == Qt.ItemDataRole.DisplayRole:
            place = record.turn or self.tr("start")
            return f"{record.request.method} · {place}\n{record.request.seed}"
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(record)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._description(record)
        return None

    def _description(self, record: RenderRecord) -> str:
        number = next(i for i, known in enumerate(self._session.renders, start=1) if known.sha256 == record.sha256)
        lines = [
            self.tr("Picture {0}, {1} × {2}").format(number, record.size.width, record.size.height),
            self.tr("Method {0}, seed {1}").format(record.request.method, record.request.seed),
            self.tr("Turn {0}").format(record.turn) if record.turn else self.tr("From the start of the scene"),
            self.tr("{0:.1f} seconds on {1}").format(sum(seconds for _, seconds in record.seconds), record.device),
        ]
        return "\n".join(lines)

    def _icon(self, record: RenderRecord) -> QIcon:
        if record.sha256 not in self._icons:
            self._icons[record.sha256] = QIcon(thumbnail(picture_of(self._pictures, record.sha256)))
        return self._icons[record.sha256]

    def _reload(self) -> None:
        self.beginResetModel()
        self._records = tuple(reversed(self._session.renders))
        self._icons = {r.sha256: self._icons[r.sha256] for r in self._records if r.sha256 in self._icons}
        self.endResetModel()


class ResultsPanel(QWidget):
    """``chosen`` follows a click, ``opened`` a double-click; the context menu saves and copies."""

    chosen = Signal(object)
    opened = Signal(object)
    save_asked = Signal(object)
    copy_asked = Signal(object)

    def __init__(self, session: Session, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("results_panel")
        self.model = ResultsModel(session, pictures, self)
        self.view = QListView(self)
        self.view.setObjectName("results")
        self.view.setAccessibleName(self.tr("Results"))
        self.view.setModel(self.model)
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setFlow(QListView.Flow.LeftToRight)
        self.view.setWrapping(False)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setIconSize(QSize(THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        line = self.fontMetrics().lineSpacing()
        self.view.setGridSize(QSize(ITEM_WIDTH, THUMBNAIL_SIDE + 2 * line + 10))
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._hint = QLabel(self.tr("Finished pictures appear here. A click brings back their boxes and seed."), self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._hint)
        self._stack.addWidget(self.view)
        self.view.clicked.connect(lambda index: self.chosen.emit(self.model.record(index)))
        self.view.activated.connect(lambda index: self.opened.emit(self.model.record(index)))
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.model.modelReset.connect(self._show_count)
        self._show_count()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        return QSize(400, THUMBNAIL_SIDE + 3 * line + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, THUMBNAIL_SIDE + 2 * self.fontMetrics().lineSpacing() + 10)

    def show_current(self, sha256: str | None) -> None:
        """Mark the picture that is on the canvas."""
        index = self.model.index_of(sha256) if sha256 else QModelIndex()
        self.view.setCurrentIndex(index)
        if not index.isValid():
            self.view.clearSelection()

    def step(self, by: int) -> None:
        """Go to the next (older) or previous picture."""
        count = self.model.rowCount()
        if count:
            current = self.view.currentIndex()
            row = min(max(current.row() + by, 0), count - 1) if current.isValid() else 0
            self.view.setCurrentIndex(self.model.index(row))
            self.chosen.emit(self.model.record(self.model.index(row)))

    def _show_count(self) -> None:
        self._stack.setCurrentWidget(self.view if self.model.rowCount() else self._hint)

    def _show_menu(self, position: QPoint) -> None:
        index = self.view.indexAt(position)
        if not index.isValid():
            return
        record = self.model.record(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Go to its turn")).triggered.connect(lambda: self.chosen.emit(record))
        menu.addAction(self.tr("Open large")).triggered.connect(lambda: self.opened.emit(record))
        menu.addSeparator()
        menu.addAction(self.tr("Save PNG as…")).triggered.connect(lambda: self.save_asked.emit(record))
        menu.addAction(self.tr("Copy picture")).triggered.connect(lambda: self.copy_asked.emit(record))
        menu.popup(self.view.viewport().mapToGlobal(position))


def picture_of(pictures: Pictures, sha256: str) -> QImage | None:
    """The decoded picture; None if it is missing (the strip then shows a gap, and opening it says why)."""
    try:
        image = QImage.fromData(pictures.get(sha256))
    except UserError:
        return None
    return None if image.isNull() else image


def thumbnail(image: QImage | None) -> QPixmap:
    """Twice the strip's size, so that it stays sharp on a dense screen."""
    side = 2 * THUMBNAIL_SIDE
    if image is None:
        gap = QPixmap(side, side)
        gap.fill(Qt.GlobalColor.gray)
        return gap
    mode = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, mode))
