"""How a result looks in the list: the picture, its star, how many boxes were found, and two lines of text."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.ui.results_model import ResultsModel
from lmd_desktop.ui.theme import SMALL_SPACING, icon_pixmap

THUMBNAIL_SIDE = 76
LARGE_SIDE = 96  # in the grid
ITEM_WIDTH = 112
STAR_SIDE = 14
BADGE_HEIGHT = 16
SHADE = QColor(0, 0, 0, 190)  # behind signs that lie on a picture of any brightness
GOOD, BAD = QColor("#7ee2a8"), QColor("#ffb4a8")

Index = QModelIndex | QPersistentModelIndex


class ResultDelegate(QStyledItemDelegate):
    """Paints by hand: nothing is made or kept per item."""

    def __init__(self, model: ResultsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.side = THUMBNAIL_SIDE

    def item_size(self, line: int) -> QSize:
        """Of one result; ``line`` is the height of a line of text."""
        return QSize(max(ITEM_WIDTH, self.side + 2 * SMALL_SPACING), self.side + 2 * line + 10)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.item_size(option.fontMetrics.lineSpacing())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        from PySide6.QtWidgets import QStyle  # not for the start: 10 ms, and there are no results yet

        record = self._model.record(index)
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        painter.save()
        place = QRect(0, option.rect.top() + SMALL_SPACING, self.side, self.side)
        place.moveLeft(option.rect.center().x() - self.side // 2)
        shown = self._paint_picture(painter, option, record, place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if record.is_starred:
            self._paint_star(painter, shown)
        if record.marks:
            self._paint_marks(painter, option.font, record, shown)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._paint_text(painter, option, index, place, is_selected=is_selected)
        if option.state & QStyle.StateFlag.State_HasFocus and not is_selected:
            painter.setPen(option.palette.color(QPalette.ColorRole.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, option: QStyleOptionViewItem, record: RenderRecord, place: QRect
    ) -> QRect:
        """Where the picture lies; a quiet field of its shape until its thumbnail is there."""
        fitted = QSize(record.size.width, record.size.height).scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        shown = QRect(place.topLeft(), fitted.expandedTo(QSize(1, 1)))
        shown.moveCenter(place.center())
        pixmap = self._model.pixmap(record)
        if pixmap is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(shown, pixmap)
            return shown
        painter.fillRect(shown, option.palette.color(QPalette.ColorRole.Midlight))
        if self._model.is_missing(record):
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(shown, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.tr("missing"))
        return shown

    def _paint_star(self, painter: QPainter, shown: QRect) -> None:
        field = QRect(shown.right() - STAR_SIDE - 5, shown.top() + 2, STAR_SIDE + 4, STAR_SIDE + 4)
        _shade(painter, QRectF(field))
        ratio = painter.device().devicePixelRatio()
        star = icon_pixmap("star-filled", STAR_SIDE, colour=QColor("#ffd75e"), ratio=ratio)
        painter.drawPixmap(field.left() + 2, field.top() + 2, star)

    def _paint_marks(self, painter: QPainter, font: QFont, record: RenderRecord, shown: QRect) -> None:
        found = sum(mark.mark == "found" for mark in record.marks)
        is_good = found == len(record.marks)
        text = f"{'✓' if is_good else '✗'} {found}/{len(record.marks)}"
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(small)
        width = painter.fontMetrics().horizontalAdvance(text) + 10
        field = QRectF(shown.left() + 2, shown.bottom() - BADGE_HEIGHT - 1, width, BADGE_HEIGHT)
        _shade(painter, field)
        painter.setPen(GOOD if is_good else BAD)
        painter.drawText(field, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(font)

    def _paint_text(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, place: QRect, *, is_selected: bool
    ) -> None:
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        painter.setPen(option.palette.color(role))
        line = option.fontMetrics.lineSpacing()
        area = QRect(option.rect.left() + 2, place.bottom() + 3, option.rect.width() - 4, line)
        for text in str(index.data()).split("\n"):
            elided = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, elided)
            area.translate(0, line)


def _shade(painter: QPainter, field: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(field, 4, 4)
