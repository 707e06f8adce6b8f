"""What rests while a drag goes on, kept as pictures: the paper with its backdrop, and the boxes that do not move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPixmap, QRegion

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.ui.canvas.view_transform import ViewTransform
from lmd_desktop.ui.theme import desk_colour, is_dark

SHADOW_ALPHAS = (40, 24, 12, 5)  # one-pixel frames around the paper, from the inside
CHECK_SIDE = 8  # view pixels
CHECK_ALPHA = 6
NEAREST_ABOVE = 4.0  # zoom of the backdrop from which single pixels are shown as squares


@dataclass(frozen=True, slots=True)
class Surface:
    """The viewport in logical pixels and its device pixel ratio."""

    width: int
    height: int
    ratio: float


class Layer:
    """One cached picture of the viewport; it is painted again only when its key (all it depends on) differs."""

    def __init__(self, background: Qt.GlobalColor = Qt.GlobalColor.transparent) -> None:
        self._background = background
        self._key: object = None
        self._picture = QPixmap()

    def refresh(self, key: object, surface: Surface, paint: Callable[[QPainter], None]) -> None:
        """Paint it, unless nothing it depends on has changed."""
        whole = (surface, key)
        if whole == self._key:
            return
        size = QSize(round(surface.width * surface.ratio), round(surface.height * surface.ratio))
        if self._picture.size() != size or self._picture.devicePixelRatio() != surface.ratio:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(surface.ratio)
        self._picture.fill(self._background)
        painter = QPainter(self._picture)
        paint(painter)
        painter.end()
        self._key = whole

    def paint(self, painter: QPainter, region: QRegion) -> None:
        """Show the parts of the picture that lie in a region of the viewport."""
        ratio = self._picture.devicePixelRatio()
        for rect in _rects(region):
            source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
            painter.drawPixmap(QRectF(rect), self._picture, source)


def _rects(region: QRegion) -> Iterator[QRect]:
    # The stubs of PySide6 do not know that a region is iterable.
    return iter(region)  # pyright: ignore[reportCallIssue, reportArgumentType]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A picture under the boxes, stretched over the canvas."""

    image: QImage
    opacity: float

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Backdrop):
            return NotImplemented
        return self.image.cacheKey() == other.image.cacheKey() and self.opacity == other.opacity

    def __hash__(self) -> int:
        return hash((self.image.cacheKey(), self.opacity))


def paint_paper(
    painter: QPainter,
    surface: Surface,
    view: ViewTransform,
    *,
    canvas: Size,
    backdrop: Backdrop | None,
    palette: QPalette,
) -> None:
    """The desk, the shadow of the paper, the paper, and the backdrop on it."""
    painter.fillRect(0, 0, surface.width, surface.height, desk_colour(palette))
    left, top, right, bottom = view.edges(Rect(0, 0, canvas.width, canvas.height))
    paper = QRectF(round(left), round(top), round(right) - round(left), round(bottom) - round(top))
    for distance, alpha in reversed(list(enumerate(SHADOW_ALPHAS, 1))):
        shadow = QColor(0, 0, 0, alpha if not is_dark(palette) else 2 * alpha)
        painter.fillRect(paper.adjusted(-distance, -distance + 1, distance, distance + 1), shadow)
    painter.fillRect(paper, paper_colour(palette))
    if backdrop is None:
        _paint_checks(painter, paper, surface, palette)
    else:
        _paint_backdrop(painter, paper, backdrop, surface)


def paper_colour(palette: QPalette) -> QColor:
    """White in the light theme; in the dark one lighter than the desk, but easy on the eye."""
    base = palette.color(QPalette.ColorRole.Base)
    return palette.color(QPalette.ColorRole.Midlight) if is_dark(palette) else base


def _paint_checks(painter: QPainter, paper: QRectF, surface: Surface, palette: QPalette) -> None:
    """Faint checks: nothing has been painted here yet."""
    tile = QPixmap(2 * CHECK_SIDE, 2 * CHECK_SIDE)
    tile.fill(Qt.GlobalColor.transparent)
    shade = palette.color(QPalette.ColorRole.WindowText)
    shade.setAlpha(CHECK_ALPHA)
    tile_painter = QPainter(tile)
    tile_painter.fillRect(0, 0, CHECK_SIDE, CHECK_SIDE, shade)
    tile_painter.fillRect(CHECK_SIDE, CHECK_SIDE, CHECK_SIDE, CHECK_SIDE, shade)
    tile_painter.end()
    visible = paper & QRectF(0, 0, surface.width, surface.height)
    if visible.isValid():
        offset = visible.topLeft() - paper.topLeft()
        painter.drawTiledPixmap(visible, tile, offset)


def _paint_backdrop(painter: QPainter, paper: QRectF, backdrop: Backdrop, surface: Surface) -> None:
    image = backdrop.image
    if image.isNull():
        return
    painter.setOpacity(backdrop.opacity)
    target = QSize(max(round(paper.width() * surface.ratio), 1), max(round(paper.height() * surface.ratio), 1))
    zoom = target.width() / image.width()
    if zoom < 1.0:
        # Scaling by averaging: a painter alone would skip pixels.
        image = image.scaled(target, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < NEAREST_ABOVE)
    painter.drawImage(paper, image, QRectF(image.rect()))
    painter.setOpacity(1.0)
