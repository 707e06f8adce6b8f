"""The pictures of the session as a list for views, newest first, as far as a filter lets them through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTemporaryDir,
)
from PySide6.QtGui import QPixmap

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.app.thumbnails import Thumbnails
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.picture_grid import PictureFilter
from lmd_desktop.domain.requests import RenderRecord

Index = QModelIndex | QPersistentModelIndex


class ResultsModel(QAbstractListModel):
    """A thumbnail is asked for when it is first drawn. Pictures can be dragged out as files."""

    def __init__(
        self, session: Session, pictures: Pictures, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = pictures
        self._thumbnails = thumbnails
        self.title_of: Callable[[str], str] = str  # of a method, by its name
        self._filter = PictureFilter()
        self._records: tuple[RenderRecord, ...] = ()
        self._outgoing: QTemporaryDir | None = None
        session.renders_changed.connect(self._follow)
        thumbnails.arrived.connect(self._show_thumbnail)
        self._follow()

    @property
    def records(self) -> tuple[RenderRecord, ...]:
        """In the order of the rows."""
        return self._records

    @property
    def filter(self) -> PictureFilter:
        return self._filter

    def set_filter(self, wanted: PictureFilter) -> None:
        if wanted != self._filter:
            self._filter = wanted
            self._follow()

    def record(self, index: Index) -> RenderRecord:
        return self._records[index.row()]

    def index_of(self, sha256: str) -> QModelIndex:
        row = next((row for row, record in enumerate(self._records) if record.sha256 == sha256), None)
        return self.index(row) if row is not None else QModelIndex()

    def pixmap(self, record: RenderRecord) -> QPixmap | None:
        return self._thumbnails.get(record.sha256)

    def tell_titles(self) -> None:
        """The methods have got their titles."""
        if self._records:
            self.dataChanged.emit(self.index(0), self.index(len(self._records) - 1))

    def is_missing(self, record: RenderRecord) -> bool:
        return self._thumbnails.is_missing(record.sha256)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        record = self.record(index)
        if role == Qt.ItemDataRole.DisplayRole:
            place = self.tr("turn {0}").format(record.turn.lstrip("t")) if record.turn else self.tr("start")
            seed = self.tr("seed {0}").format(record.request.seed)
            return f"{self.title_of(record.request.method)} · {place}\n{seed}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.describe(record)
        return None

    def describe(self, record: RenderRecord) -> str:
        """A few lines for people."""
        number = next(i for i, known in enumerate(self._session.renders, start=1) if known.sha256 == record.sha256)
        lines = [
            self.tr("Picture {0}, {1} × {2}").format(number, record.size.width, record.size.height),
            self.tr("Method {0}, seed {1}").format(self.title_of(record.request.method), record.request.seed),
            self.tr("Turn {0}").format(record.turn) if record.turn else self.tr("From the start of the scene"),
            self.tr("{0:.1f} seconds on {1}").format(sum(seconds for _, seconds in record.seconds), record.device),
        ]
        if record.is_starred:
            lines.append(self.tr("Starred"))
        if record.marks:
            found = sum(mark.mark == "found" for mark in record.marks)
            lines.append(self.tr("{0} of {1} boxes found").format(found, len(record.marks)))
        if record.note:
            lines.append(record.note)
        return "\n".join(lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - the name is Qt's
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        """The pictures as files with readable names, which live as long as the window."""
        data = QMimeData()
        paths = (self._file_of(self.record(index)) for index in indexes)
        from PySide6.QtCore import QUrl  # not for the start

        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths if path is not None])
        return data

    def _file_of(self, record: RenderRecord) -> Path | None:
        if self._outgoing is None:
            self._outgoing = QTemporaryDir()
        name = f"{record.request.method}-{record.request.seed}-{record.sha256[:6]}.png"
        path = Path(self._outgoing.path()) / name
        try:
            # Again each time: whether it says how it was made is a setting.
            self._pictures.export(record.sha256, path)
        except UserError:
            return None
        return path

    def _follow(self) -> None:
        """Add what came to the top, update what changed; only another set of pictures begins afresh."""
        before = self._records
        after = tuple(record for record in reversed(self._session.renders) if self._filter.fits(record))
        added = len(after) - len(before)
        tail = after[added:] if added >= 0 else ()
        if added < 0 or any(old.sha256 != new.sha256 for old, new in zip(before, tail, strict=True)):
            self.beginResetModel()
            self._records = after
            self.endResetModel()
            return
        if added:
            self.beginInsertRows(QModelIndex(), 0, added - 1)
        self._records = after
        if added:
            self.endInsertRows()
        for row, (old, new) in enumerate(zip(before, tail, strict=True), start=added):
            if old is not new:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _show_thumbnail(self, sha256: str) -> None:
        index = self.index_of(sha256)
        if index.isValid():
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
