"""One finished picture at its full size in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

SHARP_FROM = 4.0
SHARE_OF_SCREEN = 0.8


class PictureWindow(QWidget):
    """Fits the picture into the window; Esc closes it."""

    def __init__(self, image: QImage, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._image = image
        self.setObjectName("picture_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
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

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 160)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
