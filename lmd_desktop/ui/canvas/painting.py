"""How boxes, labels, handles and guides look. Everything keeps its size on the screen at any zoom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen, QPixmap

from lmd_desktop.domain.layout import Box
from lmd_desktop.ui.canvas.geometry import HANDLE_SIZE, Point
from lmd_desktop.ui.canvas.labels import Edges, label_width
from lmd_desktop.ui.mark_words import COLOURS, ON_COLOUR
from lmd_desktop.ui.theme import icon_pixmap

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark

OUTLINE_WIDTH = 2
# A light line around the coloured one: visible on any picture. Opaque: thin translucent lines are ten times slower.
HALO_COLOUR = QColor("#b9bfc7")
SELECTION_HALO = QColor("#f4f6f8")
FILL_ALPHA = 26
DISABLED_OPACITY = 0.5
CHIP_BACK = QColor(22, 24, 28, 224)  # the same in both themes: labels stand on pictures, not on panels
CHIP_TEXT = QColor(255, 255, 255)
CHIP_PADDING = 5.0
CHIP_RADIUS = 3.0
GLYPH_SIZE = 12
MARK_GLYPH = 15
# The lines of ✓, ≠ and ✗ in shares of the sign's side.
STROKES: dict[Mark, tuple[tuple[Point, ...], ...]] = {
    "found": (((0.27, 0.53), (0.43, 0.70), (0.74, 0.31)),),
    "wrong": (((0.27, 0.40), (0.73, 0.40)), ((0.27, 0.61), (0.73, 0.61)), ((0.39, 0.77), (0.61, 0.24))),
    "missing": (((0.30, 0.30), (0.70, 0.70)), ((0.70, 0.30), (0.30, 0.70))),
}
SPLIT_COLOUR = QColor("#ffffff")
DASH, DOTS = (4.0, 3.0), (1.0, 2.0)  # line and gap in widths of the outline
MARK_COLOUR = QColor("#ffb300")  # on the dark chip, with a shape of its own: colour is not the only sign
GUIDE_COLOUR = QColor("#e0218a")  # used by nothing else, so that a guide is never taken for a box
MAX_CACHED_CHIPS = 512
MAX_LABEL_WIDTH = 320.0


class LabelPainter:
    """Paints label chips (badge with the box's number, phrase, glyphs) and keeps them as pictures."""

    def __init__(self, font: QFont, ratio: float) -> None:
        self._font = font
        self._badge_font = QFont(font)
        self._badge_font.setWeight(QFont.Weight.Bold)
        self._ratio = ratio
        self.metrics = QFontMetricsF(font)
        self._badge_metrics = QFontMetricsF(self._badge_font)
        self._chips: dict[tuple[object, ...], QPixmap] = {}
        self._widths: dict[tuple[str, str, bool], float] = {}
        self._mark: QPixmap | None = None
        self._judged: dict[Mark, QPixmap] = {}

    @property
    def height(self) -> float:
        return round(self.metrics.height()) + 4.0

    def width(self, box: Box, edges: Edges) -> float:
        """How wide the label of a box becomes, with its text elided if the box is narrow."""
        key = (box.id, box.phrase, box.is_locked)
        natural = self._widths.get(key)
        if natural is None:
            text = self.metrics.horizontalAdvance(box.phrase)
            natural = min(self._fixed_width(box) + text + 1.0, MAX_LABEL_WIDTH)
            self._widths[key] = natural
        return float(round(label_width(natural, edges)))

    def paint(self, painter: QPainter, box: Box, edges: Edges) -> None:
        """The chip at its place (view pixels)."""
        key = (box.id, box.phrase, box.colour, box.is_locked, box.is_enabled, edges[2] - edges[0])
        chip = self._chips.get(key)
        if chip is None:
            if len(self._chips) >= MAX_CACHED_CHIPS:
                self._chips.clear()
                self._widths.clear()
            chip = self._chips[key] = self._chip(box, edges[2] - edges[0])
        painter.drawPixmap(QPointF(edges[0], edges[1]), chip)

    def paint_mark(self, painter: QPainter, edges: Edges) -> None:
        """A warning sign on a dark chip (view pixels)."""
        if self._mark is None:
            self._mark = _mark_picture(edges[2] - edges[0], self._ratio)
        painter.drawPixmap(QPointF(edges[0], edges[1]), self._mark)

    def paint_judged(self, painter: QPainter, mark: Mark, edges: Edges) -> None:
        """The judge's sign in its colour (view pixels)."""
        if mark not in self._judged:
            self._judged[mark] = _judged_picture(mark, edges[2] - edges[0], self._ratio)
        painter.drawPixmap(QPointF(edges[0], edges[1]), self._judged[mark])

    def _badge_width(self, box: Box) -> float:
        return max(self._badge_metrics.horizontalAdvance(box.id) + 2 * CHIP_PADDING, self.height)

    def _fixed_width(self, box: Box) -> float:
        glyph = GLYPH_SIZE + CHIP_PADDING if box.is_locked else 0.0
        return self._badge_width(box) + 2 * CHIP_PADDING + glyph

    def _chip(self, box: Box, width: float) -> QPixmap:
        height = self.height
        chip = QPixmap(round(width * self._ratio), round(height * self._ratio))
        chip.setDevicePixelRatio(self._ratio)
        chip.fill(Qt.GlobalColor.transparent)
        painter = QPainter(chip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if box.is_enabled else 0.75)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(CHIP_BACK)
        painter.drawRoundedRect(QRectF(0, 0, width, height), CHIP_RADIUS, CHIP_RADIUS)
        badge = QRectF(0, 0, self._badge_width(box), height)
        colour = QColor(box.colour)
        painter.setBrush(colour)
        painter.drawRoundedRect(badge, CHIP_RADIUS, CHIP_RADIUS)
        painter.setPen(readable_on(colour))
        painter.setFont(self._badge_font)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, box.id)
        left = badge.right() + CHIP_PADDING
        if box.is_locked:
            glyph = icon_pixmap("lock", GLYPH_SIZE, colour=CHIP_TEXT, ratio=self._ratio)
            painter.drawPixmap(QPointF(left, (height - GLYPH_SIZE) / 2), glyph)
            left += GLYPH_SIZE + CHIP_PADDING
        painter.setPen(CHIP_TEXT)
        font = QFont(self._font)
        font.setStrikeOut(not box.is_enabled)
        painter.setFont(font)
        room = width - left - CHIP_PADDING + 1.0
        text = self.metrics.elidedText(box.phrase, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, 0, room, height), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
        return chip


def _blank(side: float, ratio: float) -> QPixmap:
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _mark_picture(side: float, ratio: float) -> QPixmap:
    picture = _blank(side, ratio)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(CHIP_BACK)
    painter.drawRoundedRect(QRectF(0, 0, side, side), CHIP_RADIUS, CHIP_RADIUS)
    glyph = icon_pixmap("warning", MARK_GLYPH, colour=MARK_COLOUR, ratio=ratio)
    painter.drawPixmap(QPointF((side - MARK_GLYPH) / 2, (side - MARK_GLYPH) / 2), glyph)
    painter.end()
    return picture


def _judged_picture(mark: Mark, side: float, ratio: float) -> QPixmap:
    """Drawn, not written: fonts have these signs in all sizes, or not at all. Its edge suits pictures of any colour."""
    picture = _blank(side, ratio)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(CHIP_BACK)
    painter.drawRoundedRect(QRectF(0, 0, side, side), CHIP_RADIUS + 1, CHIP_RADIUS + 1)
    painter.setBrush(COLOURS[mark])
    painter.drawRoundedRect(QRectF(1, 1, side - 2, side - 2), CHIP_RADIUS, CHIP_RADIUS)
    painter.setPen(QPen(ON_COLOUR, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    for line in STROKES[mark]:
        painter.drawPolyline([QPointF(x * side, y * side) for x, y in line])
    painter.end()
    return picture


def readable_on(colour: QColor) -> QColor:
    """Black or white, whichever has the higher contrast by WCAG 2: (lighter + 0.05) / (darker + 0.05) of luminances."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Equal where (luminance + 0.05) ** 2 is 1.05 * 0.05; with pure black no colour at all falls below 4.5.
    return QColor("#000000") if (luminance + 0.05) ** 2 > 1.05 * 0.05 else QColor("#ffffff")


def paint_box(painter: QPainter, box: Box, edges: Edges, *, is_dashed: bool = False) -> None:
    """The area of a box: a hint of its colour inside, its outline, a light halo around that."""
    rect = _pixel_rect(edges)
    colour = QColor(box.colour)
    painter.setOpacity(1.0 if box.is_enabled else DISABLED_OPACITY)
    fill = QColor(colour)
    fill.setAlpha(FILL_ALPHA)
    if box.is_enabled:
        painter.fillRect(rect, fill)
    if is_dashed or not box.is_enabled:
        # The light line has the same gaps: a whole one would close them on a dark ground.
        pattern, place = DASH if is_dashed else DOTS, rect.adjusted(1, 1, -1, -1)
        _dashes(painter, place, OUTLINE_WIDTH + 2, HALO_COLOUR, pattern)
        _dashes(painter, place, OUTLINE_WIDTH, colour, pattern)
    else:
        _frame(painter, rect.adjusted(-1, -1, 1, 1), 1, HALO_COLOUR)
        _frame(painter, rect, OUTLINE_WIDTH, colour)
    painter.setOpacity(1.0)


def _dashes(painter: QPainter, rect: QRect, width: int, colour: QColor, pattern: tuple[float, float]) -> None:
    """Lines of any width in the same steps."""
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([part * OUTLINE_WIDTH / width for part in pattern])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)


def paint_selection(painter: QPainter, edges: Edges, palette: QPalette) -> None:
    """The outline of a selected box, outside of its own one."""
    rect = _pixel_rect(edges).adjusted(-3, -3, 3, 3)
    _frame(painter, rect.adjusted(-1, -1, 1, 1), 4, SELECTION_HALO)
    _frame(painter, rect, 2, palette.color(QPalette.ColorRole.Highlight))


def paint_group_frame(painter: QPainter, edges: Edges, palette: QPalette) -> None:
    """Dashes between the handles of several boxes."""
    rect = _pixel_rect(edges)
    _frame(painter, rect, 1, SELECTION_HALO)
    pen = QPen(palette.color(QPalette.ColorRole.Highlight), 1)
    pen.setDashPattern(list(DASH))
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(0, 0, -1, -1))


def paint_split(painter: QPainter, line: Edges, knob: Edges, palette: QPalette) -> None:
    """A white line with dark edges, and a round knob with an arrow to either side."""
    rect = _pixel_rect(line)
    painter.fillRect(rect.adjusted(-1, 0, 1, 0), CHIP_BACK)
    painter.fillRect(rect, SPLIT_COLOUR)
    circle = QRectF(QPointF(knob[0], knob[1]), QPointF(knob[2], knob[3]))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(SPLIT_COLOUR, 1.5))
    painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
    painter.drawEllipse(circle)
    centre, reach = circle.center(), circle.width() / 4
    for side in (-1, 1):
        tip = QPointF(centre.x() + side * (reach + 3), centre.y())
        for up in (-1, 1):
            painter.drawLine(tip, QPointF(centre.x() + side * reach * 0.6, centre.y() + up * reach * 0.8))
    painter.restore()


def paint_hover(painter: QPainter, edges: Edges, palette: QPalette) -> None:
    """The box that a press would take."""
    _frame(painter, _pixel_rect(edges).adjusted(-2, -2, 2, 2), 1, palette.color(QPalette.ColorRole.Highlight))


def paint_focus(painter: QPainter, edges: Edges, palette: QPalette) -> None:
    _frame(painter, _pixel_rect(edges), 2, palette.color(QPalette.ColorRole.Highlight))


def paint_handles(painter: QPainter, points: Iterable[Point], palette: QPalette) -> None:
    side = HANDLE_SIZE
    for x, y in points:
        handle = QRectF(round(x) - side / 2, round(y) - side / 2, side, side)
        painter.fillRect(handle.adjusted(-1, -1, 1, 1), palette.color(QPalette.ColorRole.Highlight))
        painter.fillRect(handle.adjusted(0.5, 0.5, -0.5, -0.5), QColor("#ffffff"))


def paint_guide(painter: QPainter, start: Point, end: Point) -> None:
    rect = QRectF(round(start[0]), round(start[1]), max(end[0] - start[0], 1.0), max(end[1] - start[1], 1.0))
    painter.fillRect(rect, GUIDE_COLOUR)


def paint_marquee(painter: QPainter, edges: Edges, palette: QPalette) -> None:
    colour = palette.color(QPalette.ColorRole.Highlight)
    fill = QColor(colour)
    fill.setAlpha(36)
    painter.fillRect(_pixel_rect(edges), fill)
    _frame(painter, _pixel_rect(edges), 1, colour)


def paint_readout(painter: QPainter, area: QRectF, text: str) -> None:
    """Numbers beside the mouse during a drag."""
    painter.fillRect(area, CHIP_BACK)
    painter.setPen(CHIP_TEXT)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def _pixel_rect(edges: Edges) -> QRect:
    left, top = round(edges[0]), round(edges[1])
    return QRect(left, top, max(round(edges[2]) - left, 1), max(round(edges[3]) - top, 1))


def _frame(painter: QPainter, rect: QRect, width: int, colour: QColor) -> None:
    """A rectangle's border, inside of it, as four bars: sharp and far cheaper than stroking a path."""
    x, y, w, h = rect.x(), rect.y(), rect.width(), rect.height()
    painter.fillRect(x, y, w, width, colour)
    painter.fillRect(x, y + h - width, w, width, colour)
    painter.fillRect(x, y + width, width, h - 2 * width, colour)
    painter.fillRect(x + w - width, y + width, width, h - 2 * width, colour)
