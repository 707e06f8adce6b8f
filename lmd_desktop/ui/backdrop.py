"""Decides which picture lies under the boxes: the one that is being painted, else the one that fits the canvas best."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.results_panel import picture_of

FADED = 0.35


class Backdrop(QObject):
    """``changed`` carries the image (or None) and how solid it is: a picture of another layout is faded."""

    changed = Signal(object, float)
    record_changed = Signal(object)

    def __init__(self, session: Session, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = pictures
        self._record: RenderRecord | None = None
        self._newest: dict[Layout, RenderRecord] = {}
        self._image: QImage | None = None
        self._preview: QImage | None = None
        self._is_shown = True
        self._opacity = 1.0
        session.scene_changed.connect(self._follow_scene)
        session.renders_changed.connect(self._follow_renders)

    @property
    def record(self) -> RenderRecord | None:
        """The finished picture under the boxes."""
        return self._record

    @property
    def in_sight(self) -> RenderRecord | None:
        """The same, unless it is switched off, transparent, or behind one that is being painted."""
        is_seen = self._is_shown and self._opacity > 0 and self._image is not None and self._preview is None
        return self._record if is_seen else None

    @property
    def before(self) -> RenderRecord | None:
        """The picture that was finished before the one under the boxes; None if that is the first."""
        renders = self._session.renders
        place = renders.index(self._record) if self._record in renders else 0
        return renders[place - 1] if place > 0 else None

    @property
    def opacity(self) -> float:
        """How solid the person wants finished pictures, 0 to 1."""
        return self._opacity

    def set_opacity(self, opacity: float) -> None:
        self._opacity = opacity
        self._tell()

    def show_preview(self, image: QImage | None) -> None:
        self._preview = image
        self._tell()

    def show_record(self, record: RenderRecord | None) -> None:
        if record != self._record:
            self._record = record
            self._image = picture_of(self._pictures, record.sha256) if record is not None else None
            self.record_changed.emit(record)
        self._tell()

    def set_shown(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._tell()

    def _follow_scene(self) -> None:
        """Keep the picture while it fits; else take the newest that shows this very layout, else fade."""
        layout, record = self._session.layout, self._record
        fitting = self._newest.get(layout)
        if record is not None and record.request.layout == layout:
            self._tell()
        elif fitting is not None:
            self.show_record(fitting)
        else:
            self._tell()

    def _follow_renders(self) -> None:
        """A picture that is gone leaves the canvas; one that got a star or a note stays."""
        renders = self._session.renders
        # By layout, because the canvas asks at every move of the mouse.
        self._newest = {record.request.layout: record for record in renders}
        if self._record is not None:
            present = next((record for record in renders if record.sha256 == self._record.sha256), None)
            if present is None:
                self.show_record(None)
            elif present is not self._record:
                self._record = present
                self.record_changed.emit(present)
        self._follow_scene()

    def _tell(self) -> None:
        if self._preview is not None:
            self.changed.emit(self._preview, 1.0)
        elif not self._is_shown or self._image is None or self._record is None:
            self.changed.emit(None, 1.0)
        else:
            fits = self._record.request.layout == self._session.layout
            self.changed.emit(self._image, self._opacity * (1.0 if fits else FADED))
