"""How much memory the two workers take, and how much of the graphics card is in use; looked at every few seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from lmd_desktop.app.worker_bridge import WorkerBridge

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event

INTERVAL_MS = 3000


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes. ``card_total`` 0: no graphics card with a memory of its own has reported."""

    planner: int = 0
    renderer: int = 0
    card_used: int = 0
    card_total: int = 0
    device: str = ""


class MemoryWatch(QObject):
    """Sleeps while no worker runs. ``use`` is what was seen last."""

    changed = Signal()

    def __init__(self, planner: WorkerBridge, renderer: WorkerBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._planner = planner
        self._renderer = renderer
        self.use = MemoryUse()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        for bridge in (planner, renderer):
            bridge.event_arrived.connect(self._on_event)

    def look(self) -> None:
        """Measure now."""
        from lmd_desktop.workers.memory import resident_bytes

        pids = (self._planner.pid, self._renderer.pid)
        if not any(pids):
            self._timer.stop()
        planner, renderer = (resident_bytes(pid) if pid else 0 for pid in pids)
        self._keep(planner=planner, renderer=renderer)

    def _on_event(self, event: Event) -> None:
        from lmd_desktop.workers.messages import DeviceMemory, Loaded

        if isinstance(event, DeviceMemory):
            self._keep(card_used=event.total - event.free, card_total=event.total)
        elif isinstance(event, Loaded) and event.device:
            self._keep(device=event.device)
        if not self._timer.isActive():
            self._timer.start()

    def _keep(self, **values: Any) -> None:
        use = replace(self.use, **values)
        if use != self.use:
            self.use = use
            self.changed.emit()
