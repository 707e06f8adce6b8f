"""Files for other programs and other places: a copy of the scene, the layout as text, the picture with its layers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lmd_desktop.app.document import Document
from lmd_desktop.app.layout_text import layout_as_text
from lmd_desktop.app.pictures import Pictures
from lmd_desktop.app.session import Session
from lmd_desktop.app.thumbnail import png_bytes, thumbnail_of
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.domain.requests import RenderRecord

MAX_TEXT = 4_000_000  # bytes of a layout as text
LINE_WIDTH = 3.0
THUMBNAIL_SIDE = 256


def save_copy(document: Document, session: Session, pictures: Pictures, path: Path) -> None:
    """The scene as it is now under another name; the window stays with its own file. Raises UserError."""
    from lmd_desktop.storage.scene_saving import save_scene

    if document.path is not None and path.absolute() == document.path:
        raise UserError("This is the file itself, not a copy.", "Choose another name.")
    content = document.content()
    source = document.path or path
    save_scene(path, content, pictures.get, thumbnail=thumbnail_of(session, pictures), source=source)


def read_layout_text(path: Path) -> str:
    """The text of a file that should hold a layout; raises UserError if it is none or too large."""
    try:
        if path.stat().st_size > MAX_TEXT:
            raise UserError(f"“{path.name}” is too large for a layout.", "Choose a text or JSON file.")
        data = read_limited(path, MAX_TEXT)
    except OSError as error:
        raise UserError(f"“{path}” cannot be read: {error.strerror}.", "Check its permissions.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"“{path.name}” holds no text.", "Choose a text or JSON file.") from error


def export_layout(layout: Layout, path: Path) -> None:
    """As JSON that can be imported again; raises UserError."""
    _write(path, layout_as_text(layout, "json").encode("utf-8"))


def export_layers(layout: Layout, record: RenderRecord | None, pictures: Pictures, path: Path) -> None:
    """An OpenRaster file: each box a layer over the picture, for Krita, GIMP and MyPaint. Raises UserError.

    Layout of the file: https://www.openraster.org/baseline/file-layout-spec.html
    """
    size = QSize(layout.canvas.width, layout.canvas.height)
    layers = [(f"{box.id} {box.phrase}", _drawn(box, size)) for box in reversed(layout.boxes)]
    picture = QImage.fromData(pictures.get(record.sha256)) if record is not None else _blank(size)
    mode = Qt.TransformationMode.SmoothTransformation
    base = picture if picture.size() == size else picture.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
    layers.append(("picture", base))
    merged = base.convertToFormat(QImage.Format.Format_ARGB32)
    painter = QPainter(merged)
    for _, layer in reversed(layers[:-1]):
        painter.drawImage(0, 0, layer)
    painter.end()
    small = merged.scaled(THUMBNAIL_SIDE, THUMBNAIL_SIDE, Qt.AspectRatioMode.KeepAspectRatio, mode)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", _stack([name for name, _ in layers], size))
        for number, (_, image) in enumerate(layers):
            archive.writestr(f"data/{number}.png", png_bytes(image))
        archive.writestr("mergedimage.png", png_bytes(merged))
        archive.writestr("Thumbnails/thumbnail.png", png_bytes(small))
    _write(path, written.getvalue())


def _stack(names: list[str], size: QSize) -> str:
    rows = "".join(
        f'<layer name={quoteattr(name)} src="data/{number}.png" x="0" y="0" opacity="1.0" visibility="visible"/>'
        for number, name in enumerate(names)
    )
    head = f'<image version="0.0.3" w="{size.width()}" h="{size.height()}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<stack>{rows}</stack></image>'


def _blank(size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    return image


def _drawn(box: Box, size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setPen(QPen(QColor(box.colour), LINE_WIDTH))
    painter.drawRect(QRectF(box.rect.x, box.rect.y, box.rect.width, box.rect.height))
    painter.end()
    return image


def _write(path: Path, data: bytes) -> None:
    from lmd_desktop.storage.atomic import explain_write_error, write_atomically

    try:
        write_atomically(path, data)
    except OSError as error:
        raise explain_write_error(error, path, len(data)) from error
