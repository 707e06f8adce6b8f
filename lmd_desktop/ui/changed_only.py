"""“Changed only”: a button beside Render, and a line that says which boxes would be taken as they were painted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from lmd_desktop.app.foresight import Foresight, Reuse
from lmd_desktop.app.planning_job import shortened
from lmd_desktop.app.session import Session
from lmd_desktop.domain.requests import RenderRecord

MOST_NAMES = 4


class ChangedOnly(QWidget):
    """Owns the button and the line, which the render panel lays out; the line is asked for while it can be seen."""

    asked = Signal()

    def __init__(self, session: Session, foresight: Foresight, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._foresight = foresight
        self._has_picture = False
        self.hide()
        self.button = QPushButton(self.tr("Changed only"), parent)
        self.button.setObjectName("render_changed")
        self.button.setProperty("beside", True)
        self.line = QLabel(parent)
        self.line.setObjectName("reuse")
        self.line.setProperty("muted", True)
        self.line.setWordWrap(True)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.line.hide()
        self.button.clicked.connect(self.asked)
        self.button.installEventFilter(self)
        foresight.changed.connect(self._show)
        session.renders_changed.connect(self._show_possible)
        self._show_possible()
        self._show(None)

    def follow(self, record: RenderRecord | None) -> None:
        """There is something to compare with only while a picture lies under the boxes."""
        self._has_picture = record is not None
        self._show_possible()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QShowEvent | QHideEvent):
            self._foresight.set_on(event.type() == QEvent.Type.Show)
        return super().eventFilter(watched, event)

    def _show_possible(self) -> None:
        self.button.setEnabled(self._has_picture)

    def _show(self, reuse: Reuse | None) -> None:
        text = self._words(reuse) if reuse is not None else ""
        self.line.setText(text)
        self.line.setVisible(bool(text))
        hint = self.tr("Keeps the seed of the picture on the canvas: boxes that did not change are not painted again.")
        self.button.setToolTip(f"{hint}\n{text}".strip())

    def _words(self, reuse: Reuse) -> str:
        count = len(reuse.found) + len(reuse.missing)
        if reuse.is_same:
            return self.tr("Nothing has changed: this picture is there already.")
        if not reuse.is_loaded:
            return self.tr("The painter remembers no boxes now: all would be painted.")
        if count == 0:
            return self.tr("This method paints everything together: nothing can be reused.")
        if not reuse.missing:
            return self.tr("Reuses all {0} boxes; paints only the whole.").format(count)
        names = self._names(reuse.missing)
        if not reuse.found:
            return self.tr("Reuses no box: paints {0}, then the whole.").format(names)
        return self.tr("Reuses {0} of {1} boxes; paints {2}, then the whole.").format(len(reuse.found), count, names)

    def _names(self, box_ids: tuple[str, ...]) -> str:
        phrases = {box.id: box.phrase for box in self._session.layout.boxes}
        names = [shortened(phrases.get(box_id, box_id)) for box_id in box_ids]
        shown = ", ".join(names[:MOST_NAMES])
        return shown if len(names) <= MOST_NAMES else self.tr("{0} and {1} more").format(shown, len(names) - MOST_NAMES)
