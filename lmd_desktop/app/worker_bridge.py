"""Brings the events of a worker process from the reader thread to the main thread, as one Qt signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event, WorkJob


class Client(Protocol):
    """What the bridge needs of ``workers.client.WorkerClient``."""

    @property
    def is_running(self) -> bool: ...

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None: ...

    def submit(self, job: WorkJob) -> None: ...

    def cancel(self, job_id: str) -> None: ...

    def free(self) -> None: ...

    def close(self) -> None: ...


ClientMaker = Callable[["Callable[[Event], None]"], Client]


class WorkerBridge(QObject):
    """One worker as the window sees it: ``event_arrived`` is emitted in the main thread only."""

    event_arrived = Signal(object)
    _event_read = Signal(object)

    def __init__(self, make_client: ClientMaker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_closed = False
        # Queued by hand: the emitting thread is a plain Python thread, which Qt's automatic choice does not always see.
        self._event_read.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._make_client = make_client
        self._client: Client | None = None

    @property
    def is_running(self) -> bool:
        return self._client is not None and self._client.is_running

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return self._client.pid if self._client is not None else None

    def start(self) -> None:
        self._made().start()

    def submit(self, job: WorkJob) -> None:
        self._made().submit(job)

    def cancel(self, job_id: str) -> None:
        self._made().cancel(job_id)

    def free(self) -> None:
        """End the process for its memory; Freed arrives once it is gone."""
        self._made().free()

    def close(self) -> None:
        """End the process; events that are still under way are dropped."""
        self._is_closed = True
        if self._client is not None:
            self._client.close()

    def _made(self) -> Client:
        """The client, made when it is first needed: the window is on the screen before that."""
        if self._client is None:
            self._client = self._make_client(self._event_read.emit)
        return self._client

    def _deliver(self, event: Event) -> None:
        if not self._is_closed:
            self.event_arrived.emit(event)
