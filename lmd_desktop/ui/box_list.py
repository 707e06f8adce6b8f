"""The list of boxes, topmost first: badge, phrase, what is said of it, and switches: lock, visible, in use."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QDropEvent, QFontMetricsF, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from lmd_desktop.app.judging_job import standing_marks
from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import Box
from lmd_desktop.ui.box_list_delegate import ICON_COLUMN_WIDTH, BoxDelegate, note_font
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.lint_words import notes
from lmd_desktop.ui.mark_words import mark_sentence

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark
    from lmd_desktop.domain.requests import RenderRecord

Index = QModelIndex | QPersistentModelIndex


ROWS_SHOWN = 3  # at least, also in a low window


class Column(IntEnum):
    PHRASE = 0
    LOCK = 1
    SHOW = 2
    USE = 3


class BoxListModel(QAbstractTableModel):
    """One row per box of the session. Changed rows are updated; only another order or number of boxes resets it."""

    def __init__(self, session: Session, commands: BoxCommands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._boxes = tuple(reversed(session.layout.boxes))
        self._lint: LintWatch | None = None
        self._record: RenderRecord | None = None
        self._marks: dict[str, Mark] = {}
        session.scene_changed.connect(self._update)

    def box(self, row: int) -> Box:
        return self._boxes[row]

    def note(self, row: int) -> str:
        """What is found about the box of a row, in few words; empty if nothing is."""
        return notes(self._lint, self._boxes[row].id) if self._lint is not None else ""

    def mark(self, row: int) -> Mark | None:
        """What the judge says of the box in the picture on the canvas, as long as the box is what was painted."""
        return self._marks.get(self._boxes[row].id)

    def group(self, row: int) -> str:
        """The group of the box of a row; empty if it is in none, or is all that is left of one."""
        group = self._boxes[row].group
        return group if group and sum(box.group == group for box in self._boxes) > 1 else ""

    def set_record(self, record: RenderRecord | None) -> None:
        self._record = record
        self._follow_marks()
        self._tell_notes()

    def set_lint(self, lint: LintWatch) -> None:
        self._lint = lint
        lint.changed.connect(self._tell_notes)
        self._tell_notes()

    def _follow_marks(self) -> None:
        self._marks = standing_marks(self._record, self._session.layout) if self._record is not None else {}

    def _tell_notes(self) -> None:
        if self._boxes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._boxes) - 1, 0))

    def row_of(self, box_id: str) -> int | None:
        return next((row for row, box in enumerate(self._boxes) if box.id == box_id), None)

    def toggle(self, row: int, column: int, selection: tuple[str, ...]) -> None:
        """Press a switch; a switch of a selected row acts on the whole selection."""
        box = self._boxes[row]
        box_ids = selection if box.id in selection else (box.id,)
        if column == Column.LOCK:
            self._commands.set_locked(box_ids, is_locked=not box.is_locked)
        elif column == Column.SHOW:
            self._commands.set_hidden(box_ids, is_hidden=not box.is_hidden)
        elif column == Column.USE:
            self._commands.set_enabled(box_ids, is_enabled=not box.is_enabled)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        return 0 if parent.isValid() else len(self._boxes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDragEnabled
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == Column.PHRASE else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        box = self._boxes[index.row()]
        if index.column() == Column.PHRASE:
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
                return box.phrase
            if role == Qt.ItemDataRole.ToolTipRole:
                row = index.row()
                return "\n".join(filter(None, (box.phrase, self._grouped(row), self._marked(row), self.note(row))))
            if role == Qt.ItemDataRole.AccessibleTextRole:
                text = self.tr("Box %1: %2").replace("%1", box.id).replace("%2", box.phrase)
                text = ". ".join(filter(None, (text, self._grouped(index.row()), self._marked(index.row()))))
                note = self.note(index.row())
                return self.tr("{0}. Warning: {1}").format(text, note) if note else text
        elif role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._switch_text(box, index.column())
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() != Column.PHRASE:
            return False
        self._commands.rename(self._boxes[index.row()].id, str(value))
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        names = (self.tr("Phrase"), self.tr("Locked"), self.tr("Visible"), self.tr("In the picture"))
        is_name = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return names[section] if is_name else None

    def _grouped(self, row: int) -> str:
        group = self.group(row)
        return self.tr("In group {0}").format(group) if group else ""

    def _marked(self, row: int) -> str:
        mark = self.mark(row)
        return mark_sentence(mark) if mark is not None else ""

    def _switch_text(self, box: Box, column: int) -> str:
        if column == Column.LOCK:
            return self.tr("Locked; click to unlock") if box.is_locked else self.tr("Not locked; click to lock")
        if column == Column.SHOW:
            return self.tr("Hidden on the canvas; click to show") if box.is_hidden else self.tr("Shown; click to hide")
        if box.is_enabled:
            return self.tr("Used in the picture; click to leave it out")
        return self.tr("Left out of the picture; click to use it")

    def _update(self) -> None:
        self._follow_marks()
        before, after = self._boxes, tuple(reversed(self._session.layout.boxes))
        if [box.id for box in before] != [box.id for box in after]:
            self.beginResetModel()
            self._boxes = after
            self.endResetModel()
            return
        self._boxes = after
        for row, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))


class BoxList(QTableView):
    """Selects with the session both ways; Space presses a switch, F2 or Enter renames, dragging a row reorders."""

    def __init__(self, session: Session, commands: BoxCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._boxes = BoxListModel(session, commands, self)
        self._is_syncing = False
        self.setModel(self._boxes)
        boxes = self._boxes
        self.setItemDelegate(BoxDelegate(boxes.box, boxes.note, boxes.mark, boxes.group, table=self))
        self._set_up_widget()
        self.selectionModel().selectionChanged.connect(self._tell_session)
        self.clicked.connect(self._press_switch)
        session.selection_changed.connect(self._follow_session)
        self._boxes.modelReset.connect(self._follow_session)
        self._boxes.modelReset.connect(self._fit_rows)
        self._follow_session()

    def set_lint(self, lint: LintWatch) -> None:
        """Whose findings stand below the phrases."""
        self._boxes.set_lint(lint)
        lint.changed.connect(self._fit_rows)
        self._fit_rows()

    def show_marks(self, record: RenderRecord | None) -> None:
        """What a judge said of the boxes in this picture."""
        self._boxes.set_record(record)

    def _fit_rows(self) -> None:
        """A second line for boxes that are found fault with."""
        header = self.verticalHeader()
        usual = header.defaultSectionSize()
        second = round(QFontMetricsF(note_font(self.font())).height())
        for row in range(self._boxes.rowCount()):
            height = usual + second if self._boxes.note(row) else usual
            if header.sectionSize(row) != height:
                header.resizeSection(row, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = QKeySequence.StandardKey
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid() and index.column() != Column.PHRASE:
            self._press_switch(index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.edit(index.siblingAtColumn(Column.PHRASE))
        elif event.matches(keys.Delete) or event.key() == Qt.Key.Key_Backspace:
            self._commands.delete()
        elif event.matches(keys.Copy):
            self._commands.copy()
        elif event.matches(keys.Cut):
            self._commands.cut()
        elif event.matches(keys.Paste):
            self._commands.paste()
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """A row dropped between others changes the z order."""
        source = self.currentIndex()
        target = self._row_below(event.position().y())
        if event.source() is self and source.isValid():
            last = self._boxes.rowCount() - 1
            row = target if target <= source.row() else target - 1
            self._commands.put_at(self._boxes.box(source.row()).id, last - row)
        # Ignored, or the view would take the row away from the model.
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()

    def _row_below(self, y: float) -> int:
        row = self.rowAt(round(y))
        if row < 0:
            return self._boxes.rowCount()
        middle = self.rowViewportPosition(row) + self.rowHeight(row) / 2
        return row if y < middle else row + 1

    def _press_switch(self, index: QModelIndex) -> None:
        if index.column() != Column.PHRASE:
            self._boxes.toggle(index.row(), index.column(), self._session.selection)

    def _tell_session(self) -> None:
        if not self._is_syncing:
            rows = sorted(index.row() for index in self.selectionModel().selectedRows())
            self._session.select(tuple(self._boxes.box(row).id for row in rows))

    def _follow_session(self) -> None:
        rows = [self._boxes.row_of(box_id) for box_id in self._session.selection]
        known = [row for row in rows if row is not None]
        if sorted(known) == sorted(index.row() for index in self.selectionModel().selectedRows()):
            return
        self._is_syncing = True
        selection = self.selectionModel()
        selection.clearSelection()
        whole_row = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in known:
            selection.select(self._boxes.index(row, 0), whole_row)
        if known:
            last = self._boxes.index(known[-1], Column.PHRASE)
            selection.setCurrentIndex(last, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(last)
        self._is_syncing = False

    def _set_up_widget(self) -> None:
        self.setObjectName("boxList")
        self.setAccessibleName(self.tr("Boxes, topmost first"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        row_height = self.fontMetrics().height() + 12
        self.verticalHeader().setDefaultSectionSize(row_height)
        self.setMinimumHeight(ROWS_SHOWN * row_height + 2 * self.frameWidth())
        header = self.horizontalHeader()
        header.setMinimumSectionSize(ICON_COLUMN_WIDTH)
        header.setSectionResizeMode(Column.PHRASE, QHeaderView.ResizeMode.Stretch)
        for column in (Column.LOCK, Column.SHOW, Column.USE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, ICON_COLUMN_WIDTH)
