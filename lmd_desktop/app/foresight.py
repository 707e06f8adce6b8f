"""Keeps up to date which boxes a picture of the present canvas would reuse, by asking the renderer when it is idle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from lmd_desktop.app.job_queue import JobQueue
from lmd_desktop.app.rendering_job import RenderingJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import RenderRecord, RenderRequest, request_for

if TYPE_CHECKING:
    from lmd_desktop.workers.messages import Event

PAUSE_MS = 350  # after the last change of the canvas or the settings
BUSY_MS = 1500


@dataclass(frozen=True, slots=True)
class Reuse:
    """What the renderer answered about a request: ids of the boxes that it has and has not.

    ``is_same`` means that this very picture was painted before; ``is_loaded`` false that nothing is remembered.
    """

    request: RenderRequest
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_loaded: bool = True
    is_same: bool = False


class Foresight(QObject):
    """``changed`` carries a Reuse, or None while it is not known; asks only while it is switched on."""

    changed = Signal(object)

    def __init__(
        self, session: Session, rendering: RenderingJobs, queue: JobQueue, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._rendering = rendering
        self._queue = queue
        self._record: RenderRecord | None = None
        self._is_on = False
        self._asked: tuple[str, RenderRequest] | None = None
        self.reuse: Reuse | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        session.scene_changed.connect(self._invalidate)
        session.render_settings_changed.connect(self._invalidate)
        rendering.picture_finished.connect(self._invalidate)
        rendering.model_loaded.connect(self._invalidate)
        queue.process_ready.connect(self._invalidate)
        queue.answer_arrived.connect(self._take)

    def follow(self, record: RenderRecord | None) -> None:
        """The picture that the next one shall resemble: it lends its seed."""
        if record != self._record:
            self._record = record
            self._invalidate()

    def ask_again(self) -> None:
        """Something else changed that the answer depends on."""
        self._invalidate()

    def set_on(self, is_on: bool) -> None:
        """Whether anybody looks at the answer."""
        if is_on != self._is_on:
            self._is_on = is_on
            self._invalidate()

    def seed(self) -> int | None:
        """The seed with which something can be reused: that of the followed picture, else the one that is kept."""
        return self._record.request.seed if self._record is not None else self._session.render_settings.seed

    def _invalidate(self, *_: object) -> None:
        if self.reuse is not None:
            self.reuse = None
            self.changed.emit(None)
        self._asked = None
        if self._is_on and self._record is not None:
            self._timer.start(PAUSE_MS)
        else:
            self._timer.stop()

    def _ask(self) -> None:
        seed = self.seed()
        if seed is None:
            return
        request = request_for(self._session.layout, self._session.render_settings, seed)
        if any(record.request == request for record in self._session.renders):
            self._tell(Reuse(request, is_same=True))
            return
        try:
            question = self._rendering.question(seed)
        except UserError:
            return  # there is no painter; Render will say so
        self._asked = question.job_id, request
        if not self._queue.ask(question):
            self._asked = None
            self._timer.start(BUSY_MS)

    def _take(self, event: Event) -> None:
        from lmd_desktop.workers.messages import Foreseen

        if isinstance(event, Foreseen) and self._asked is not None and self._asked[0] == event.job_id:
            _, request = self._asked
            self._asked = None
            self._tell(Reuse(request, event.found, event.missing, event.is_loaded))

    def _tell(self, reuse: Reuse) -> None:
        self.reuse = reuse
        self.changed.emit(reuse)
