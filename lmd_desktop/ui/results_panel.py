"""The finished pictures of the scene as a strip or in lines, newest first; a click goes back to where one came from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QImage, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.app.thumbnails import Thumbnails
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.result_delegate import LARGE_SIDE, THUMBNAIL_SIDE, ResultDelegate
from lmd_desktop.ui.result_details import ResultDetails
from lmd_desktop.ui.results_filter import ResultsFilter
from lmd_desktop.ui.results_model import ResultsModel

ROOM_FOR_DETAILS = 560  # logical pixels; a narrower panel shows pictures only


class ResultsPanel(QWidget):
    """``chosen`` follows a click, ``opened`` a double-click; the other signals are wishes about a result.

    ``compare_asked`` carries two records; the others one.
    """

    chosen = Signal(object)
    opened = Signal(object)
    save_asked = Signal(object)
    bare_save_asked = Signal(object)
    copy_asked = Signal(object)
    changed = Signal(object)
    compare_asked = Signal(object, object)
    grid_asked = Signal(object)
    check_asked = Signal(object)
    retry_asked = Signal(object)
    explanation_asked = Signal(object)

    def __init__(
        self, session: Session, pictures: Pictures, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = pictures
        self.setObjectName("results_panel")
        self.model = ResultsModel(session, pictures, thumbnails, self)
        self.bar = ResultsFilter(session, self)
        self.details = ResultDetails(self)
        self.view = QListView(self)
        self._delegate = ResultDelegate(self.model, self.view)
        self._set_up_view()
        self._hint = QLabel(self.tr("Finished pictures appear here. A click brings back their boxes and seed."), self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        self._lay_out()
        self._make_actions()
        self._connect()
        self.show_as_grid(False)
        self._show_count()

    def sizeHint(self) -> QSize:
        return QSize(400, THUMBNAIL_SIDE + 5 * self.fontMetrics().lineSpacing() + 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, THUMBNAIL_SIDE + 4 * self.fontMetrics().lineSpacing() + 18)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_details()

    def name_methods(self, title_of: Callable[[str], str]) -> None:
        """Show methods by their titles from now on; called again when there are more of them."""
        self.model.title_of = self.bar.title_of = self.details.title_of = title_of
        self.model.tell_titles()
        self._show_count()

    def show_as_grid(self, is_grid: bool) -> None:
        """Lines that fill the panel and scroll down, instead of one line that scrolls to the right."""
        self._delegate.side = LARGE_SIDE if is_grid else THUMBNAIL_SIDE
        policy = Qt.ScrollBarPolicy
        self.view.setWrapping(is_grid)
        self.view.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if is_grid else policy.ScrollBarAlwaysOff)
        self.view.setHorizontalScrollBarPolicy(policy.ScrollBarAlwaysOff if is_grid else policy.ScrollBarAsNeeded)
        self.view.setGridSize(self._delegate.item_size(self.fontMetrics().lineSpacing()))
        if self.bar.grid.isChecked() != is_grid:
            self.bar.grid.setChecked(is_grid)

    def show_current(self, sha256: str | None) -> None:
        """Mark the picture that is on the canvas."""
        index = self.model.index_of(sha256) if sha256 else QModelIndex()
        if len(self.selected()) < 2 or not self.view.selectionModel().isSelected(index):
            self.view.setCurrentIndex(index)
        if not index.isValid():
            self.view.clearSelection()
        self._show_details()

    def step(self, by: int) -> None:
        """Go to the next (older) or previous picture."""
        count = self.model.rowCount()
        if count:
            current = self.view.currentIndex()
            row = min(max(current.row() + by, 0), count - 1) if current.isValid() else 0
            self.view.setCurrentIndex(self.model.index(row))
            self.chosen.emit(self.model.record(self.model.index(row)))

    def selected(self) -> tuple[RenderRecord, ...]:
        """In the order of the rows."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedIndexes())
        return tuple(self.model.records[row] for row in rows)

    def compare(self) -> None:
        """The two selected results; one that is alone is compared with the next older one."""
        chosen = self.selected()
        if len(chosen) == 1:
            row = self.model.index_of(chosen[0].sha256).row()
            chosen = self.model.records[row : row + 2] or chosen
        if len(chosen) < 2:
            raise UserError("Two results are needed to compare.", "Select two with Ctrl and a click.")
        # The older one lies on the left, as it was there before.
        self.compare_asked.emit(chosen[-1], chosen[0])

    def _set_up_view(self) -> None:
        view = self.view
        view.setObjectName("results")
        view.setAccessibleName(self.tr("Results"))
        view.setModel(self.model)
        view.setItemDelegate(self._delegate)
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setFlow(QListView.Flow.LeftToRight)
        view.setMovement(QListView.Movement.Static)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setUniformItemSizes(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def _lay_out(self) -> None:
        content = QWidget(self)
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.view, 1)
        row.addLayout(column, 1)
        row.addWidget(self.details)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._hint)
        self._stack.addWidget(content)

    def _make_actions(self) -> None:
        """Keys that act while the results have the focus."""
        for name, text, key, slot in (
            ("compare_two", self.tr("Compare Two Results"), "C", self.compare),
            ("star_picture", self.tr("Star the Result"), "S", self.details.switch_star),
            ("note_picture", self.tr("Write a Note on the Result"), "N", self._write_note),
        ):
            action = QAction(text, self.view)
            action.setObjectName(name)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            self.view.addAction(action)

    def _connect(self) -> None:
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(lambda index: self.opened.emit(self.model.record(index)))
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().currentChanged.connect(self._show_details)
        for signal in (self.model.modelReset, self.model.rowsInserted):
            signal.connect(self._show_count)
        self.model.dataChanged.connect(self._show_details)
        self.bar.changed.connect(self.model.set_filter)
        self.bar.grid_wanted.connect(self.show_as_grid)
        self.bar.compare_asked.connect(self.compare)
        self.details.changed.connect(self.changed)
        self.details.check_asked.connect(self.check_asked)
        self.details.retry_asked.connect(self.retry_asked)

    def _choose(self, index: QModelIndex) -> None:
        if not QApplication.keyboardModifiers():
            self.chosen.emit(self.model.record(index))

    def _write_note(self) -> None:
        if self.details.isVisible():
            self.details.note.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.details.note.selectAll()

    def _show_count(self) -> None:
        total = len(self._session.renders)
        self._stack.setCurrentIndex(1 if total else 0)
        self.bar.show_count(self.model.rowCount(), total)
        self._show_details()

    def _show_details(self) -> None:
        current = self.view.currentIndex()
        has_room = self.width() >= ROOM_FOR_DETAILS
        self.details.show_record(self.model.record(current) if current.isValid() and has_room else None)

    def _show_menu(self, position: QPoint) -> None:
        index = self.view.indexAt(position)
        if not index.isValid():
            return
        record = self.model.record(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add(menu, self.tr("Go to its turn"), self.chosen, record)
        self._add(menu, self.tr("Open large"), self.opened, record)
        compare = menu.addAction(self.tr("Compare the two"))
        compare.setEnabled(len(self.selected()) == 2)
        compare.triggered.connect(self.compare)
        self._add(menu, self.tr("Show the grid of its layout"), self.grid_asked, record)
        if self._pictures.explanation(record.sha256) is not None:
            self._add(menu, self.tr("Show its attention"), self.explanation_asked, record)
        menu.addSeparator()
        self._add(menu, self.tr("Check the boxes"), self.check_asked, record)
        menu.addSeparator()
        self._add(menu, self.tr("Save PNG as…"), self.save_asked, record)
        self._add(menu, self.tr("Save PNG without metadata as…"), self.bare_save_asked, record)
        self._add(menu, self.tr("Copy picture"), self.copy_asked, record)
        menu.popup(self.view.viewport().mapToGlobal(position))

    def _add(self, menu: QMenu, text: str, signal: SignalInstance, record: RenderRecord) -> None:
        menu.addAction(text).triggered.connect(lambda: signal.emit(record))


def picture_of(pictures: Pictures, sha256: str) -> QImage | None:
    """The decoded picture; None if it is missing (the strip then shows a gap, and opening it says why)."""
    try:
        image = QImage.fromData(pictures.get(sha256))
    except UserError:
        return None
    return None if image.isNull() else image
