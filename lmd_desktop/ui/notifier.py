"""Tells the person that a long job has ended while they were doing something else."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from lmd_desktop.app.jobs import Job, JobKind, JobState
from lmd_desktop.app.workspace import Workspace
from lmd_desktop.ui.job_words import describe
from lmd_desktop.ui.theme import icon

LONG_S = 10.0
SHOWN_MS = 10_000


class Notifier(QObject):
    """Once per job, only for long ones, only while another program has the focus, and only if the settings say so."""

    def __init__(self, workspace: Workspace, window: QMainWindow) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        self.told: list[str] = []
        workspace.jobs.job_changed.connect(self._on_job)

    def _on_job(self, job: Job) -> None:
        has_ended = job.state in (JobState.DONE, JobState.FAILED) and job.kind is not JobKind.LOAD
        is_long = job.started is not None and time.monotonic() - job.started >= LONG_S
        is_wanted = self._workspace.settings.value.has_notifications and not self._window.isActiveWindow()
        if has_ended and is_long and is_wanted:
            self._tell(job)

    def _tell(self, job: Job) -> None:
        self.told.append(job.id)
        # The task bar's mark works everywhere; the message only where the desktop has a place for it.
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(icon("render"), self)
            self._tray.messageClicked.connect(self._window.activateWindow)
        self._tray.show()
        self._tray.showMessage(job.title, describe(job))
        # No icon stays behind.
        QTimer.singleShot(SHOWN_MS, self._tray, self._tray.hide)
