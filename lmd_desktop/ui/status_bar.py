"""The line at the bottom: what is running and for how long, the models, that nothing goes online, the last autosave."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from lmd_desktop.app.jobs import JobState
from lmd_desktop.app.workspace import Workspace
from lmd_desktop.ui.job_words import describe
from lmd_desktop.ui.table_words import told

REFRESH_S = 5
MESSAGE_S = 12
MINUTE_S = 60
PROGRESS_WIDTH = 140


class JobStatusBar(QStatusBar):
    """Draws the job list of the workspace; ``jobs_asked`` when the person wants to see all of it."""

    jobs_asked = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setObjectName("status_bar")
        self.setSizeGripEnabled(False)
        self.stage = self._label("stage")
        self.progress = QProgressBar(self)
        self.progress.setObjectName("progress")
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(PROGRESS_WIDTH)
        self.progress.setMaximumHeight(10)
        self.memory = self._label("memory")
        self.memory.hide()
        self.autosaved = self._label("autosaved")
        self.models = self._label("models")
        self.offline = self._label("offline")
        self.show_offline()
        self.jobs = QToolButton(self)
        self.jobs.setObjectName("show_jobs")
        self.jobs.setAutoRaise(True)
        self.jobs.setToolTip(self.tr("Show what runs, what waits and what failed."))
        self.jobs.clicked.connect(self.jobs_asked)
        self.addWidget(self.jobs)
        self.addWidget(self.progress)
        self.addWidget(self.stage, 1)
        for label in (self.memory, self.autosaved, self.models, self.offline):
            self.addPermanentWidget(label)
        self._clock = QTimer(self)
        self._clock.setInterval(REFRESH_S * 1000)
        self._clock.timeout.connect(self._show_autosaved)
        workspace.jobs.job_changed.connect(self._show_jobs)
        workspace.jobs.job_removed.connect(self._show_jobs)
        workspace.journal.written.connect(self._show_autosaved)
        workspace.document.changed.connect(self._show_autosaved)
        workspace.worker_died.connect(lambda text: self.showMessage(text, MESSAGE_S * 1000))
        workspace.settings.changed.connect(self.show_models)
        workspace.memory.changed.connect(self._show_memory)
        self._show_jobs()
        self._show_autosaved()

    def showMessage(self, text: str, timeout: int | None = 0) -> None:  # noqa: N802 - the name is Qt's
        """Whoever wrote the text, the window's language is spoken."""
        super().showMessage(told(text), timeout or 0)

    def show_offline(self) -> None:
        self.offline.setText(self.tr("● offline"))
        tip = self.tr("Nothing leaves this computer. The program goes online only for a download that you start.")
        self.offline.setToolTip(tip)

    def show_online(self, host: str) -> None:
        """As long as a download runs."""
        self.offline.setText(self.tr("▲ online: {0}").format(host))
        self.offline.setToolTip(self.tr("The download that you started is running; it is all that goes online."))

    def show_models(self) -> None:
        """Names of the two models in use."""
        models = self._workspace.models
        planner, painter = models.own_planner, models.own_painter
        names = (
            planner.stem if planner is not None else self.tr("starter"),
            painter.stem if painter is not None else self.tr("starter"),
        )
        self.models.setText(self.tr("Planner: {0} · Painter: {1}").format(*names))

    def _show_memory(self) -> None:
        """Where it computes, and how full its memory is."""
        from lmd_desktop.ui.model_words import size_text

        use = self._workspace.memory.use
        parts = [use.device] if use.device else []
        if use.card_total:
            parts.append(self.tr("{0} of {1}").format(size_text(use.card_used), size_text(use.card_total)))
        if use.planner or use.renderer:
            parts.append(self.tr("workers {0}").format(size_text(use.planner + use.renderer)))
        self.memory.setText(" · ".join(parts))
        self.memory.setVisible(bool(parts))
        lines = [self.tr("Device of the painter: {0}").format(use.device or "–")]
        if use.card_total:
            used = self.tr("{0} of {1}").format(size_text(use.card_used), size_text(use.card_total))
            lines.append(self.tr("Memory of the graphics card, all programs counted: {0}").format(used))
        lines.append(self.tr("Planner: {0}").format(size_text(use.planner) if use.planner else "–"))
        lines.append(self.tr("Painter: {0}").format(size_text(use.renderer) if use.renderer else "–"))
        self.memory.setToolTip("\n".join(lines))

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setContentsMargins(4, 0, 4, 0)
        return label

    def _show_jobs(self) -> None:
        active, failed = self._workspace.queue.order, len(self._workspace.jobs.failed())
        shown = next((job for job in active if job.state is JobState.RUNNING), active[0] if active else None)
        waiting = sum(job.is_waiting for job in active)
        counted = [self.tr("{0} waiting").format(waiting)] if waiting else []
        counted += [self.tr("{0} failed").format(failed)] if failed else []
        self.jobs.setText(" · ".join(counted) or self.tr("Jobs"))
        self.jobs.setAccessibleName(self.tr("Show the jobs: {0}").format(self.jobs.text()))
        self.jobs.setVisible(bool(active) or failed > 0)
        self.progress.setVisible(shown is not None)
        if shown is None:
            self.stage.setText(self.tr("Ready"))
            return
        self.progress.setRange(0, shown.total)
        self.progress.setValue(min(shown.step, shown.total))
        self.stage.setText(describe(shown))

    def _show_autosaved(self) -> None:
        seconds = self._workspace.journal.seconds_ago
        self.autosaved.setVisible(seconds is not None)
        if seconds is None:
            self._clock.stop()
            return
        self._clock.start()
        if seconds < MINUTE_S:
            rounded = max(REFRESH_S, REFRESH_S * round(seconds / REFRESH_S))
            self.autosaved.setText(self.tr("autosaved {0} s ago").format(rounded))
        else:
            self.autosaved.setText(self.tr("autosaved {0} min ago").format(int(seconds // MINUTE_S)))
