"""What is laid under or over the picture besides it: the picture before, attention, a backdrop of the person's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QObject, Signal
from PySide6.QtGui import QImage, QImageReader

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.rendering_job import RenderingJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.domain.requests import BoxAttention
from lmd_desktop.domain.scene_view import Fit, Guide, SceneView
from lmd_desktop.ui.backdrop import Backdrop
from lmd_desktop.ui.canvas.ground import GroundPicture
from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.results_panel import picture_of

REFERENCE_OPACITY = 0.5
MAX_BACKDROP = 64 * 2**20  # bytes of its file, which the scene file takes in
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
        self._view = SceneView()
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

    @property
    def view(self) -> SceneView:
        """What belongs to the scene of it."""
        return self._view

    def show_view(self, view: SceneView) -> None:
        """As a scene was seen when it was saved; a backdrop that cannot be read is not shown."""
        image = image_of_file(view.backdrop) if view.backdrop else None
        self._view = view
        self.shows_attention = self._rendering.explains = view.shows_attention
        self._show_reference(image)
        self._update()

    def set_guide(self, guide: Guide) -> None:
        """Lines over the picture that help to compose."""
        self._view = replace(self._view, guide=guide)
        self._canvas.set_ground(replace(self._canvas.ground, guide=guide))
        self.changed.emit()

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
        self._view = replace(self._view, shows_attention=is_shown)
        self._update()

    def choose_reference(self, path: Path) -> None:
        """A picture to draw boxes upon; raises UserError if it cannot be read."""
        try:
            data = read_limited(path, MAX_BACKDROP)
        except (OSError, ValueError):
            data = b""
        image = image_of_file(data)
        if image is None:
            raise UserError(f"“{path.name}” is no picture that can be shown.", "Choose a PNG, JPEG or WebP file.")
        self._view = replace(self._view, backdrop=data, fit="fit", opacity=REFERENCE_OPACITY)
        self._show_reference(image)

    def remove_reference(self) -> None:
        self._view = replace(self._view, backdrop=b"")
        self._show_reference(None)

    def set_reference_fit(self, fit: Fit) -> None:
        self._change_reference(replace(self._view, fit=fit))

    def set_reference_opacity(self, opacity: float) -> None:
        self._change_reference(replace(self._view, opacity=opacity))

    def _change_reference(self, view: SceneView) -> None:
        if self.reference is not None and view != self._view:
            self._view = view
            self._show_reference(self.reference.image)

    def _show_reference(self, image: QImage | None) -> None:
        view = self._view
        shown = GroundPicture(image, view.opacity, view.fit) if image is not None else None
        self._canvas.set_ground(replace(self._canvas.ground, reference=shown, guide=view.guide))
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


def image_of_file(data: bytes) -> QImage | None:
    """A picture from the bytes of its file, not larger than it can be seen; None if it is none."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > MAX_SIDE:
        scale = MAX_SIDE / max(size.width(), size.height())
        reader.setScaledSize(size * scale)
    image = reader.read()
    return None if image.isNull() else image


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
