"""The small picture that a file manager shows for a scene file: its newest picture, else its boxes."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter, QPen

from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Layout

SIDE = 256
PAPER = "#f4f4f2"


def thumbnail_of(session: Session, pictures: Pictures) -> bytes:
    """A PNG of at most 256 × 256 pixels."""
    image = None
    if session.renders:
        try:
            image = QImage.fromData(pictures.get(session.renders[-1].sha256))
        except UserError:
            # Saving itself tells which picture is missing.
            image = None
    if image is None or image.isNull():
        image = drawn_layout(session.layout)
    mode = Qt.TransformationMode.SmoothTransformation
    return png_bytes(image.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio, mode))


def drawn_layout(layout: Layout) -> QImage:
    """The boxes in their colours on plain paper, as large as the thumbnail."""
    scale = SIDE / max(layout.canvas.width, layout.canvas.height)
    width, height = max(1, round(layout.canvas.width * scale)), max(1, round(layout.canvas.height * scale))
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER))
    painter = QPainter(image)
    painter.scale(scale, scale)
    for box in layout.boxes:
        colour = QColor(box.colour)
        painter.setPen(QPen(colour, 2 / scale))
        colour.setAlpha(70)
        painter.setBrush(colour)
        painter.drawRect(QRectF(box.rect.x, box.rect.y, box.rect.width, box.rect.height))
    painter.end()
    return image


def png_bytes(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())
