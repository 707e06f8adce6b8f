"""What is laid under or over the picture besides it: the picture before, attention, a backdrop of the person's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QImageReader

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.rendering_job import RenderingJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.requests import BoxAttention
from lmd_desktop.ui.backdrop import Backdrop
from lmd_desktop.ui.canvas.ground import Fit, GroundPicture
from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.results_panel import picture_of

REFERENCE_OPACITY = 0.5
MAX_SIDE = 4096  # pixels of a backdrop; larger ones are shrunk when they are read
# From nothing over amber to white: seen on dark and on light pictures; the strongest cell is the most solid one.
HEAT = ((255, 120, 0), (255, 220, 60), (255, 255, 255))
MOST_SOLID = 205


class Overlays(QObject):
    """``changed`` follows every change of what can be, or is, shown."""

    changed = Signal()

    def __init__(
        self,
        canvas: CanvasView,
        session: Session,
        *,
        pictures: Pictures,
        backdrop: Backdrop,
        rendering: RenderingJobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._session = session
        self._pictures = pictures
        self._backdrop = backdrop
        self._rendering = rendering
        self._before: tuple[str, QImage | None] = ("", None)
        self.is_compared = False
        self.is_swapped = False
        self.shows_attention = False
        backdrop.record_changed.connect(self._update)
        session.renders_changed.connect(self._update)
        # The same picture again, now with attention, is no new record.
        rendering.picture_finished.connect(self._update)
        session.selection_changed.connect(self._update_attention)

    @property
    def can_compare(self) -> bool:
        return self._backdrop.before is not None

    @property
    def has_attention(self) -> bool:
        """Whether the picture under the boxes was painted with a record of where the painter looked."""
        record = self._backdrop.record
        return record is not None and self._rendering.attention.has(record.sha256)

    @property
    def reference(self) -> GroundPicture | None:
        return self._canvas.ground.reference

    def set_compared(self, is_compared: bool) -> None:
        """The picture before on the left of a line, this one on its right."""
        self.is_compared = is_compared
        self._update()

    def set_swapped(self, is_swapped: bool) -> None:
        """The picture before, whole, instead of this one."""
        if is_swapped != self.is_swapped and (self.can_compare or not is_swapped):
            self.is_swapped = is_swapped
            self._update()

    def set_attention(self, is_shown: bool) -> None:
        """Over the picture, of the selected boxes or of all; pictures from now on are painted with it."""
        self.shows_attention = self._rendering.explains = is_shown
        self._update()

    def choose_reference(self, path: Path) -> None:
        """A picture to draw boxes upon; raises UserError if it cannot be read."""
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid() and max(size.width(), size.height()) > MAX_SIDE:
            scale = MAX_SIDE / max(size.width(), size.height())
            reader.setScaledSize(size * scale)
        image = reader.read()
        if image.isNull():
            raise UserError(f"“{path.name}” is no picture that can be shown.", "Choose a PNG, JPEG or WebP file.")
        self._show_reference(GroundPicture(image, REFERENCE_OPACITY, "fit"))

    def remove_reference(self) -> None:
        self._show_reference(None)

    def set_reference_fit(self, fit: Fit) -> None:
        if self.reference is not None:
            self._show_reference(replace(self.reference, fit=fit))

    def set_reference_opacity(self, opacity: float) -> None:
        if self.reference is not None:
            self._show_reference(replace(self.reference, opacity=opacity))

    def _show_reference(self, reference: GroundPicture | None) -> None:
        self._canvas.set_ground(replace(self._canvas.ground, reference=reference))
        self.changed.emit()

    def _update(self) -> None:
        before = self._picture_before() if self.is_compared or self.is_swapped else None
        shown = GroundPicture(before, covers=self.is_swapped) if before is not None else None
        self._canvas.set_ground(replace(self._canvas.ground, before=shown))
        self._update_attention()
        self.changed.emit()

    def _picture_before(self) -> QImage | None:
        record = self._backdrop.before
        if record is None:
            return None
        if self._before[0] != record.sha256:
            self._before = (record.sha256, picture_of(self._pictures, record.sha256))
        return self._before[1]

    def _update_attention(self) -> None:
        image = self._attention() if self.shows_attention and self.has_attention else None
        shown = GroundPicture(image) if image is not None else None
        self._canvas.set_ground(replace(self._canvas.ground, attention=shown))

    def _attention(self) -> QImage | None:
        record = self._backdrop.record
        if record is None:
            return None
        boxes = self._session.selection or tuple(box.id for box in record.request.layout.boxes)
        memory = self._rendering.attention
        maps = [one for box_id in boxes if (one := memory.of(record.sha256, box_id)) is not None]
        return heat(maps) if maps else None


def heat(maps: list[BoxAttention]) -> QImage:
    """One picture of the strongest of several maps of the same grid in each cell, see-through where nothing was."""
    cells = maps[0].cells
    levels = [max(column) for column in zip(*(one.rows for one in maps if one.cells == cells), strict=True)]
    pixels = bytearray()
    for level in levels:
        share = level / 255 * (len(HEAT) - 1)
        first = min(int(share), len(HEAT) - 2)
        mixed = [
            round(low + (high - low) * (share - first)) for low, high in zip(HEAT[first], HEAT[first + 1], strict=True)
        ]
        pixels += bytes((*mixed, round(level / 255 * MOST_SOLID)))
    image = QImage(bytes(pixels), cells.width, cells.height, 4 * cells.width, QImage.Format.Format_RGBA8888)
    # The bytes go with this function: copy them.
    return image.copy()
