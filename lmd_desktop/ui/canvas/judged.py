"""What a judge says of the boxes on the canvas, as long as the picture that it looked at is in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.judging_job import standing_marks
from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import Box
from lmd_desktop.ui.mark_words import SIGNS, found_sentence, mark_sentence

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark
    from lmd_desktop.domain.requests import RenderRecord


class Judged(QObject):
    """``changed`` follows every change of ``marks``: a box that is not what was judged any more has none."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._record: RenderRecord | None = None
        self._marks: dict[str, Mark] = {}
        session.scene_changed.connect(self._update)

    @property
    def marks(self) -> tuple[tuple[str, Mark], ...]:
        """Ids of boxes and what is said of them, from the lowest box to the highest."""
        return tuple(self._marks.items())

    def show_record(self, record: RenderRecord | None) -> None:
        """The picture that is in sight; None if there is none."""
        self._record = record
        self._update()

    def tip(self, box: Box | None) -> str:
        """The box and what is said of it; empty if nothing is."""
        mark = self._marks.get(box.id) if box is not None else None
        return f"{SIGNS[mark]} {box.id} {box.phrase}\n{mark_sentence(mark)}" if box is not None and mark else ""

    def told(self) -> str:
        """All in one sentence."""
        return found_sentence(self._marks.values())

    def _update(self) -> None:
        marks = standing_marks(self._record, self._session.layout) if self._record is not None else {}
        if marks != self._marks:
            self._marks = marks
            self.changed.emit()
