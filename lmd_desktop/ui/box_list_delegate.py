"""How a row of the list of boxes looks: a badge with number and colour, the phrase, quiet icons for the switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from lmd_desktop.domain.layout import MAX_PHRASE_LENGTH, Box, colour_for
from lmd_desktop.ui.canvas.caption_editor import phrase_validator
from lmd_desktop.ui.canvas.painting import CHIP_RADIUS, readable_on
from lmd_desktop.ui.mark_words import SIGNS
from lmd_desktop.ui.theme import SMALL_SPACING, SPACING, icon_pixmap

if TYPE_CHECKING:
    from lmd_desktop.domain.marks import Mark

ICON_SIZE = 16
ICON_COLUMN_WIDTH = ICON_SIZE + SPACING
QUIET_OPACITY = 0.35  # of a switch in its usual state
MIN_BADGE_WIDTH = 20.0
MARK_WIDTH = 16.0
GROUP_LINE_WIDTH = 3.0
NOTE_SHARE = 0.86  # of the font of the phrase

Index = QModelIndex | QPersistentModelIndex


class BoxDelegate(QStyledItemDelegate):
    """Paints rows by hand above the style's own selection and focus.

    Without a word to QStyle: making its hundreds of enum members in Python would cost the first paint 10 ms.
    """

    def __init__(
        self,
        box_of_row: Callable[[int], Box],
        note_of_row: Callable[[int], str],
        mark_of_row: Callable[[int], Mark | None],
        group_of_row: Callable[[int], str],
        *,
        table: QTableView,
    ) -> None:
        super().__init__(table)
        self._mark_of_row = mark_of_row
        self._group_of_row = group_of_row
        self._table = table
        self._box_of_row = box_of_row
        self._note_of_row = note_of_row
        self._icons: dict[tuple[str, int, str, float], QPixmap] = {}

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.text = ""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        box = self._box_of_row(index.row())
        is_selected = self._table.selectionModel().isSelected(index)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        colour = option.palette.color(role)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.column() == 0:
            note = self._note_of_row(index.row())
            area = QRectF(option.rect).adjusted(SPACING, 0, -SMALL_SPACING, 0)
            group = self._group_of_row(index.row())
            if group:
                # The lines of rows below each other meet: what is grouped hangs together.
                line = QRectF(option.rect.left() + 1, area.top(), GROUP_LINE_WIDTH, area.height())
                painter.fillRect(line, colour if is_selected else QColor(colour_for(group)))
            if note:
                second = QFontMetricsF(note_font(option.font)).height()
                self._paint_note(painter, option, note, is_selected=is_selected, height=second)
                area.setHeight(area.height() - second)
            mark = self._mark_of_row(index.row())
            if mark is not None:
                self._paint_mark(painter, mark, area=area, colour=colour)
                area.setRight(area.right() - MARK_WIDTH)
            self._paint_phrase(painter, option, box, area=area, colour=colour)
        else:
            self._paint_switch(painter, option, box, column=index.column(), colour=colour)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(MAX_PHRASE_LENGTH)
        editor.setValidator(phrase_validator(editor))
        editor.setAccessibleName(self.tr("What the box shows"))
        return editor

    def _paint_note(
        self, painter: QPainter, option: QStyleOptionViewItem, note: str, *, is_selected: bool, height: float
    ) -> None:
        """A warning sign and the sentence, below the phrase."""
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.BrightText
        colour = option.palette.color(role)
        font = note_font(option.font)
        left = option.rect.left() + SPACING
        top = option.rect.bottom() - height - SMALL_SPACING / 2
        side = round(height) - 1
        painter.drawPixmap(QPointF(left, top), self._icon("warning", side, colour, painter))
        painter.setFont(font)
        painter.setPen(colour)
        text = QRectF(left + side + SMALL_SPACING, top, option.rect.right() - left - side - 2 * SMALL_SPACING, height)
        elided = QFontMetricsF(font).elidedText(note, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)

    def _paint_mark(self, painter: QPainter, mark: Mark, *, area: QRectF, colour: QColor) -> None:
        """The judge's sign at the end of the phrase; bold where the box did not come out."""
        font = QFont(self._table.font())
        font.setBold(mark != "found")
        painter.setFont(font)
        painter.setPen(colour)
        place = QRectF(area.right() - MARK_WIDTH, area.top(), MARK_WIDTH, area.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, SIGNS[mark])

    def _icon(self, name: str, side: int, colour: QColor, painter: QPainter) -> QPixmap:
        ratio = painter.device().devicePixelRatio()
        key = (name, side, colour.name(), ratio)
        if key not in self._icons:
            self._icons[key] = icon_pixmap(name, side, colour=colour, ratio=ratio)
        return self._icons[key]

    def _paint_phrase(
        self, painter: QPainter, option: QStyleOptionViewItem, box: Box, *, area: QRectF, colour: QColor
    ) -> None:
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.Bold)
        width = max(QFontMetricsF(bold).horizontalAdvance(box.id) + SPACING, MIN_BADGE_WIDTH)
        height = option.fontMetrics.height() + 2
        badge = QRectF(area.left(), area.center().y() - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(box.colour))
        painter.drawRoundedRect(badge, CHIP_RADIUS, CHIP_RADIUS)
        painter.setPen(readable_on(QColor(box.colour)))
        painter.setFont(bold)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, box.id)
        font = QFont(option.font)
        font.setStrikeOut(not box.is_enabled)
        painter.setFont(font)
        painter.setPen(colour)
        painter.setOpacity(1.0 if box.is_enabled and not box.is_hidden else 0.6)
        text = QRectF(badge.right() + SPACING, area.top(), area.right() - badge.right() - SPACING, area.height())
        elided = option.fontMetrics.elidedText(box.phrase, Qt.TextElideMode.ElideRight, int(text.width()))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)

    def _paint_switch(
        self, painter: QPainter, option: QStyleOptionViewItem, box: Box, *, column: int, colour: QColor
    ) -> None:
        usual = (not box.is_locked, not box.is_hidden, box.is_enabled)[column - 1]
        names = (("unlock", "lock"), ("eye", "eye-off"), ("enabled", "disabled"))[column - 1]
        name = names[0] if usual else names[1]
        painter.setOpacity(QUIET_OPACITY if usual else 1.0)
        corner = option.rect.center() - QPoint(ICON_SIZE // 2 - 1, ICON_SIZE // 2 - 1)
        painter.drawPixmap(corner, self._icon(name, ICON_SIZE, colour, painter))


def note_font(font: QFont) -> QFont:
    """A little smaller than the phrase."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() * NOTE_SHARE, 6.0))
    return small
