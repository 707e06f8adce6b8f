"""PySide6 6.12.0 on Python 3.11 loses a reference to True per emit until the process aborts; the pin keeps it away."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal

EMITS = 2000


class Sender(QObject):
    sent = Signal(bool)


def test_emitting_a_signal_loses_no_reference() -> None:
    sender = Sender()
    heard: list[int] = []
    sender.sent.connect(lambda _value: heard.append(1))
    before = sys.getrefcount(True)
    for _ in range(EMITS):
        sender.sent.emit(True)
    assert len(heard) == EMITS
    assert sys.getrefcount(True) > before - EMITS // 2
