"""What lies under the boxes: desk, paper, a backdrop of the person's own, pictures, attention, grid and thirds."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPixmap

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.domain.scene_view import Fit, Guide
from lmd_desktop.ui.canvas.layers import Surface
from lmd_desktop.ui.canvas.snapping import GRID_STEP
from lmd_desktop.ui.canvas.view_transform import ViewTransform
from lmd_desktop.ui.theme import desk_colour, is_dark

SHADOW_ALPHAS = (40, 24, 12, 5)  # one-pixel frames around the paper, from the inside
CHECK_SIDE = 8  # view pixels
CHECK_ALPHA = 6
NEAREST_ABOVE = 4.0  # zoom of a picture from which single pixels are shown as squares
GRID_COLOUR = QColor(128, 128, 128, 72)
STRONG_GRID_COLOUR = QColor(128, 128, 128, 132)
GUIDE_COLOUR = QColor(224, 33, 138, 120)
THIRDS, GOLDEN = (1 / 3, 2 / 3), (0.381966, 0.618034)
SAFE = (0.035, 0.05)  # margins of the action-safe and the graphics-safe area, shares of a side (EBU R 95)
STRONG_STEP = 64  # scene pixels between the stronger lines of the grid
LEAST_GRID_GAP = 6.0  # view pixels: denser lines would be a grey veil


@dataclass(frozen=True, slots=True)
class GroundPicture:
    """A picture under the boxes; ``fit`` says how it meets a canvas of another ratio.

    ``covers``: as the picture before, it hides the other one wherever their line is.
    """

    image: QImage
    opacity: float = 1.0
    fit: Fit = "stretch"
    covers: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GroundPicture) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int, float, Fit, bool]:
        return self.image.cacheKey(), self.opacity, self.fit, self.covers


@dataclass(frozen=True, slots=True)
class Ground:
    """From below to above. ``before`` is shown left of ``split`` (a share of the canvas), ``picture`` right of it."""

    reference: GroundPicture | None = None
    picture: GroundPicture | None = None
    before: GroundPicture | None = None
    split: float = 0.5
    attention: GroundPicture | None = None
    has_grid: bool = False
    has_thirds: bool = False
    guide: Guide = "none"

    @property
    def is_split(self) -> bool:
        return self.before is not None and self.picture is not None and not self.before.covers

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing to see but paper."""
        return self.reference is None and self.picture is None


def paint_ground(
    painter: QPainter, surface: Surface, view: ViewTransform, *, canvas: Size, ground: Ground, palette: QPalette
) -> None:
    """The desk, the shadow of the paper, the paper, and everything on it."""
    painter.fillRect(0, 0, surface.width, surface.height, desk_colour(palette))
    left, top, right, bottom = view.edges(Rect(0, 0, canvas.width, canvas.height))
    paper = QRectF(round(left), round(top), round(right) - round(left), round(bottom) - round(top))
    for distance, alpha in reversed(list(enumerate(SHADOW_ALPHAS, 1))):
        shadow = QColor(0, 0, 0, alpha if not is_dark(palette) else 2 * alpha)
        painter.fillRect(paper.adjusted(-distance, -distance + 1, distance, distance + 1), shadow)
    painter.fillRect(paper, paper_colour(palette))
    if ground.is_bare:
        _paint_checks(painter, paper, surface, palette)
    painter.save()
    painter.setClipRect(paper)
    if ground.reference is not None:
        _paint_backdrop(painter, paper, ground.reference, surface)
    _paint_pictures(painter, paper, ground, surface)
    if ground.attention is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(ground.attention.opacity)
        painter.drawImage(paper, ground.attention.image)
        painter.setOpacity(1.0)
    if ground.has_grid:
        _paint_grid(painter, paper, surface, scale=view.scale)
    if ground.has_thirds or ground.guide == "thirds":
        _paint_lines(painter, paper, THIRDS)
    if ground.guide == "golden":
        _paint_lines(painter, paper, GOLDEN)
    elif ground.guide == "safe":
        painter.setPen(GUIDE_COLOUR)
        for margin in SAFE:
            across, down = round(paper.width() * margin), round(paper.height() * margin)
            painter.drawRect(paper.adjusted(across, down, -across - 1, -down - 1))
    painter.restore()


def paper_colour(palette: QPalette) -> QColor:
    """White in the light theme; in the dark one lighter than the desk, but easy on the eye."""
    base = palette.color(QPalette.ColorRole.Base)
    return palette.color(QPalette.ColorRole.Midlight) if is_dark(palette) else base


def placed(image: Size, paper: Size, fit: Fit) -> tuple[float, float, float, float]:
    """Left, top, width and height of a picture on a paper of another ratio, in the paper's pixels, centred."""
    if fit == "stretch":
        return 0.0, 0.0, float(paper.width), float(paper.height)
    shares = (paper.width / image.width, paper.height / image.height)
    scale = min(shares) if fit == "fit" else max(shares)
    width, height = image.width * scale, image.height * scale
    return (paper.width - width) / 2, (paper.height - height) / 2, width, height


def _paint_pictures(painter: QPainter, paper: QRectF, ground: Ground, surface: Surface) -> None:
    if ground.picture is None:
        return
    if ground.before is None:
        _paint_backdrop(painter, paper, ground.picture, surface)
        return
    split = 1.0 if ground.before.covers else ground.split
    middle = round(paper.x() + paper.width() * split)
    for backdrop, start, end in (
        (ground.before, paper.left(), middle),
        (ground.picture, middle, paper.right()),
    ):
        painter.save()
        painter.setClipRect(QRectF(start, paper.top(), max(end - start, 0.0), paper.height()))
        _paint_backdrop(painter, paper, backdrop, surface)
        painter.restore()


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


def _paint_backdrop(painter: QPainter, paper: QRectF, backdrop: GroundPicture, surface: Surface) -> None:
    image = backdrop.image
    if image.isNull():
        return
    whole = Size(round(paper.width()), round(paper.height()))
    x, y, width, height = placed(Size(image.width(), image.height()), whole, backdrop.fit)
    place = QRectF(paper.x() + x, paper.y() + y, width, height)
    target = QSize(max(round(width * surface.ratio), 1), max(round(height * surface.ratio), 1))
    zoom = target.width() / image.width()
    if zoom < 1.0:
        # Scaling by averaging: a painter alone would skip pixels.
        image = image.scaled(target, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter.setOpacity(backdrop.opacity)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < NEAREST_ABOVE)
    painter.drawImage(place, image, QRectF(image.rect()))
    painter.setOpacity(1.0)


def _paint_lines(painter: QPainter, paper: QRectF, shares: tuple[float, ...]) -> None:
    for share in shares:
        across, down = round(paper.x() + paper.width() * share), round(paper.y() + paper.height() * share)
        painter.fillRect(QRectF(across, paper.y(), 1, paper.height()), GUIDE_COLOUR)
        painter.fillRect(QRectF(paper.x(), down, paper.width(), 1), GUIDE_COLOUR)


def _paint_grid(painter: QPainter, paper: QRectF, surface: Surface, *, scale: float) -> None:
    """The lines in sight, every eighth one stronger; the fine ones only where they have room."""
    step = GRID_STEP if GRID_STEP * scale >= LEAST_GRID_GAP else STRONG_STEP
    seen = paper & QRectF(0, 0, surface.width, surface.height)
    for is_across, start, low, high in (
        (True, paper.x(), seen.left(), seen.right()),
        (False, paper.y(), seen.top(), seen.bottom()),
    ):
        place = max(int((low - start) / scale / step), 1) * step
        while start + place * scale < high:
            line = round(start + place * scale)
            colour = GRID_COLOUR if place % STRONG_STEP else STRONG_GRID_COLOUR
            area = QRectF(line, seen.y(), 1, seen.height()) if is_across else QRectF(seen.x(), line, seen.width(), 1)
            painter.fillRect(area, colour)
            place += step
