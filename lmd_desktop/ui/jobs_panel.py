"""The list of jobs: what runs, what waits in which order, what failed and why; three kinds of stop."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPalette, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from lmd_desktop.app.jobs import Job, JobKind, JobState
from lmd_desktop.app.workspace import Workspace
from lmd_desktop.ui.job_words import clock, describe
from lmd_desktop.ui.table_words import told
from lmd_desktop.ui.theme import icon

ID_ROLE = Qt.ItemDataRole.UserRole
PROGRESS_ROLE = Qt.ItemDataRole.UserRole + 1
BAR_HEIGHT = 4
ICON_SIDE = 18


class JobsPanel(QWidget):
    """Draws the queue of the workspace; Delete takes a job out of it, Enter tries a failed one again."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._queue = workspace.queue
        self._shown: dict[str, int] = {}
        self.setObjectName("jobs_panel")
        self._make_parts()
        self._lay_out()
        workspace.jobs.job_changed.connect(self._show_job)
        workspace.jobs.job_removed.connect(self._show_all)
        self._show_all()

    def _make_parts(self) -> None:
        self.summary = QLabel(self)
        self.summary.setObjectName("jobs_summary")
        self.summary.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("jobs")
        self.list.setAccessibleName(self.tr("Jobs"))
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        self.list.setItemDelegate(_ProgressDelegate(self.list))
        self.list.currentRowChanged.connect(self._show_buttons)
        self.list.itemActivated.connect(self._try_again)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._take_out)
        self.stop_button = self._button("stop_now", self.tr("Stop now"), "stop")
        self.stop_button.setToolTip(self.tr("End what runs within moments and take back everything that waits."))
        self.stop_button.clicked.connect(self._queue.stop_all)
        self.stop_after_button = self._button("stop_after_this", self.tr("Stop after this"))
        self.stop_after_button.setToolTip(self.tr("Let what runs come to its end, and take back what waits."))
        self.stop_after_button.clicked.connect(self._queue.stop_after_this)
        self.skip_button = self._button("skip_job", self.tr("Skip"))
        self.skip_button.setToolTip(self.tr("End what runs and go on with the next job."))
        self.skip_button.clicked.connect(self._queue.skip)
        self.again_button = self._button("try_job_again", self.tr("Try again"), "retry")
        self.again_button.setToolTip(self.tr("Run the chosen failed job once more (Enter)."))
        self.again_button.clicked.connect(self._try_again)
        self.remove_button = self._button("remove_job", self.tr("Remove"), "remove")
        self.remove_button.setToolTip(self.tr("Take the chosen job out of the list; stop it if it runs (Delete)."))
        self.remove_button.clicked.connect(self._take_out)

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        buttons.setSpacing(4)
        for button in (self.stop_button, self.stop_after_button, self.skip_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        for button in (self.again_button, self.remove_button):
            buttons.addWidget(button)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.list, 1)
        row.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(self.summary)
        layout.addLayout(row, 1)

    def _button(self, name: str, text: str, icon_name: str = "") -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        if icon_name:
            button.setIcon(icon(icon_name))
        return button

    def _show_job(self, job: Job) -> None:
        """Only what changed: a running job reports many times a second."""
        rows = self._rows()
        if job.id in rows and rows == self._shown:
            self._fill(self.list.item(list(rows).index(job.id)), job, place=rows[job.id])
            self._show_summary()
        else:
            self._show_all()

    def _show_all(self) -> None:
        row, chosen = self.list.currentRow(), self._chosen()
        self._shown = self._rows()
        self.list.blockSignals(True)
        self.list.clear()
        for job_id, place in self._shown.items():
            job = self._workspace.jobs.get(job_id)
            if job is not None:
                self._fill(QListWidgetItem(self.list), job, place=place)
        ids = list(self._shown)
        same = ids.index(chosen.id) if chosen is not None and chosen.id in ids else min(row, len(ids) - 1)
        self.list.setCurrentRow(same)
        self.list.blockSignals(False)
        self._show_summary()
        self._show_buttons()

    def _rows(self) -> dict[str, int]:
        """Ids of the jobs from the top, with the number of each that waits (the others: 0)."""
        order = self._queue.order
        waiting = [job.id for job in order if job.is_waiting]
        places = {job.id: waiting.index(job.id) + 1 if job.is_waiting else 0 for job in order}
        return places | {job.id: 0 for job in reversed(self._workspace.jobs.failed())}

    def _fill(self, item: QListWidgetItem, job: Job, *, place: int) -> None:
        state = self.tr("Waiting, number {0}").format(place) if job.is_waiting else describe(job)
        text = "\n".join((job.title, state, *map(told, job.notes)))
        icons = {JobKind.PLAN: "planner", JobKind.RENDER: "render", JobKind.LOAD: "model", JobKind.JUDGE: "search"}
        item.setText(text)
        item.setIcon(icon("warning" if job.state is JobState.FAILED else icons[job.kind]))
        item.setData(ID_ROLE, job.id)
        is_running = job.state is JobState.RUNNING
        item.setData(PROGRESS_ROLE, job.step / job.total if is_running and job.total else None)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, text.replace("\n", ", "))

    def _show_summary(self) -> None:
        order = self._queue.order
        waiting = sum(job.is_waiting for job in order)
        parts = [self.tr("{0} running, {1} waiting").format(len(order) - waiting, waiting)]
        estimate = self._queue.estimate()
        if estimate is not None:
            about = self.tr("about {0} left in all") if estimate.is_complete else self.tr("more than {0} left in all")
            parts.append(about.format(clock(estimate.seconds)))
        if order and self._queue.takes_turns:
            parts.append(self.tr("planner and painter take turns: memory is short"))
        failed = len(self._workspace.jobs.failed())
        if failed:
            parts.append(self.tr("{0} failed").format(failed))
        self.summary.setText(" · ".join(parts) if order or failed else self.tr("Nothing is running."))

    def _show_buttons(self) -> None:
        order, chosen = self._queue.order, self._chosen()
        self.stop_button.setEnabled(bool(order))
        self.stop_after_button.setEnabled(any(job.is_waiting for job in order))
        self.skip_button.setEnabled(any(not job.is_waiting for job in order))
        self.again_button.setEnabled(chosen is not None and chosen.state is JobState.FAILED)
        self.remove_button.setEnabled(chosen is not None)

    def _try_again(self) -> None:
        job = self._chosen()
        if job is not None and job.state is JobState.FAILED:
            self._workspace.try_again(job)

    def _take_out(self) -> None:
        job = self._chosen()
        if job is None:
            return
        if job.is_over:
            self._workspace.jobs.remove(job.id)
        else:
            self._queue.stop(job.id)

    def _chosen(self) -> Job | None:
        item = self.list.currentItem()
        return self._workspace.jobs.get(str(item.data(ID_ROLE))) if item is not None else None


class _ProgressDelegate(QStyledItemDelegate):
    """A line under the text of a running job, as long as the part that is done."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        done = index.data(PROGRESS_ROLE)
        if done is None:
            return
        inner: QRect = option.rect.adjusted(8, 0, -8, -2)
        track = QRect(inner.left(), inner.bottom() - BAR_HEIGHT, inner.width(), BAR_HEIGHT)
        painter.fillRect(track, option.palette.color(QPalette.ColorRole.Mid))
        track.setWidth(round(track.width() * min(1.0, float(done))))
        painter.fillRect(track, option.palette.color(QPalette.ColorRole.Link))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(0, 4 * BAR_HEIGHT)
