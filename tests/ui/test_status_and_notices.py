"""What the status line says of device and memory, and who is told that a long job has ended."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from lmd_desktop.app.jobs import Job, JobKind, JobState
from lmd_desktop.app.worker_bridge import WorkerBridge
from lmd_desktop.ui import notifier
from lmd_desktop.ui.main_window import MainWindow
from lmd_desktop.ui.notifier import Notifier
from lmd_desktop.workers.messages import DeviceMemory, Loaded

GB = 10**9


def test_the_status_line_tells_device_and_memory(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not window.status.memory.isVisible()
    renderer = window.workspace.memory._renderer
    # This process stands for a worker: its memory is real.
    monkeypatch.setattr(WorkerBridge, "pid", property(lambda bridge: os.getpid() if bridge is renderer else None))
    renderer.event_arrived.emit(DeviceMemory(free=11 * GB, total=24 * GB))
    renderer.event_arrived.emit(Loaded("1", "m", "", "painter", device="cuda:0"))
    window.workspace.memory.look()
    shown = window.status.memory.text()
    assert shown.startswith("cuda:0 · 13.0 GB of 24.0 GB · workers ")
    assert "Painter: " in window.status.memory.toolTip()


@pytest.fixture
def told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setattr(notifier, "LONG_S", 0.0)
    window.around.watch_jobs()
    return window.findChild(Notifier)


def finish(window: MainWindow, **values: object) -> None:
    done = Job("1", JobKind.RENDER, "renderer", "Picture", started=0.0, state=JobState.DONE)
    window.workspace.jobs.job_changed.emit(replace(done, **values))


def go_to_another_program(window: MainWindow, qtbot: QtBot) -> None:
    other = QLabel("another program")
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow())


def test_the_end_of_a_long_job_is_told_only_in_the_background(window: MainWindow, told: Notifier, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    finish(window)
    assert told.told == []
    go_to_another_program(window, qtbot)
    finish(window)
    finish(window, id="2", started=None)
    finish(window, id="3", state=JobState.CANCELLED)
    assert told.told == ["1"]


def test_nothing_is_told_to_who_wants_to_hear_nothing(window: MainWindow, told: Notifier, qtbot: QtBot) -> None:
    window.workspace.settings.set(has_notifications=False)
    go_to_another_program(window, qtbot)
    finish(window)
    assert told.told == []
