"""One finished picture at its full size in a window of its own, with what a judge found in it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from lmd_desktop.domain.layout import Layout, Rect
from lmd_desktop.domain.marks import BoxMark
from lmd_desktop.ui.mark_words import COLOURS, ON_COLOUR, SIGNS, mark_sentence

SHARP_FROM = 4.0
SHARE_OF_SCREEN = 0.8


class PictureWindow(QWidget):
    """Fits the picture into the window; M shows and hides the marks of its boxes, Esc closes it."""

    def __init__(
        self,
        image: QImage,
        title: str,
        parent: QWidget | None = None,
        *,
        layout: Layout | None = None,
        marks: tuple[BoxMark, ...] = (),
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._image = image
        self._layout = layout
        self._marks = marks
        self._shows_marks = True
        self.setObjectName("picture_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(", ".join(f"{mark.phrase}: {mark_sentence(mark.mark)}" for mark in marks))
        screen = QGuiApplication.primaryScreen().availableSize() * SHARE_OF_SCREEN
        self.resize((image.size() * 2).boundedTo(image.size().scaled(screen, Qt.AspectRatioMode.KeepAspectRatio)))

    def paintEvent(self, event: QPaintEvent) -> None:
        fitted = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(QPoint(0, 0), fitted)
        target.moveCenter(self.rect().center())
        painter = QPainter(self)
        # Far enlarged, single pixels are what one wants to see.
        is_smooth = fitted.width() < SHARP_FROM * self._image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(target, self._image)
        if self._layout is not None and self._shows_marks:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for mark in self._marks:
                self._paint_mark(painter, mark, self._layout, QRectF(target))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 160)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_M:
            self._shows_marks = not self._shows_marks
            self.update()
        else:
            super().keyPressEvent(event)

    def _paint_mark(self, painter: QPainter, mark: BoxMark, layout: Layout, target: QRectF) -> None:
        """The box with its sign; dashed, where the judge saw its thing."""
        if not layout.has_box(mark.box_id):
            return
        colour = COLOURS[mark.mark]
        place = _on_picture(layout.box(mark.box_id).rect, layout, target)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2.0))
        painter.drawRect(place)
        if mark.seen is not None:
            painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine))
            painter.drawRect(_on_picture(mark.seen, layout, target))
        text = f"{SIGNS[mark.mark]} {mark.phrase}"
        size = QRectF(painter.fontMetrics().boundingRect(text)).size()
        label = QRectF(place.topLeft(), size).adjusted(0, 0, 10, 4)
        painter.fillRect(label, colour)
        painter.setPen(ON_COLOUR)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)


def _on_picture(rect: Rect, layout: Layout, target: QRectF) -> QRectF:
    across, down = target.width() / layout.canvas.width, target.height() / layout.canvas.height
    corner = target.topLeft() + QPointF(rect.x * across, rect.y * down)
    return QRectF(corner.x(), corner.y(), rect.width * across, rect.height * down)
