"""What a person sees of unsaved work before deciding what becomes of it: pictures, numbers, and how it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from lmd_desktop.app.thumbnail import SIDE, drawn_layout
from lmd_desktop.domain.errors import UserError

if TYPE_CHECKING:
    from lmd_desktop.storage.comparison import Difference
    from lmd_desktop.storage.picture_store import PictureStore
    from lmd_desktop.storage.recovery import LeftoverScene
    from lmd_desktop.storage.scene_file import LoadedScene


@dataclass(frozen=True, slots=True)
class UnsavedWork:
    """``problem`` says why there is nothing to see. Without a saved file there is no ``saved_canvas`` to compare with.

    ``thumbnail`` is the newest picture, or the boxes; ``canvas`` and ``saved_canvas`` are the boxes of both versions.
    """

    problem: str = ""
    thumbnail: QImage | None = None
    turns: int = 0
    pictures: int = 0
    canvas: QImage | None = None
    saved_canvas: QImage | None = None
    difference: Difference | None = None
    notes: tuple[str, ...] = ()


def look_at(leftover: LeftoverScene, pictures: PictureStore) -> UnsavedWork:
    """Read it and the saved file; nothing is changed."""
    try:
        loaded = leftover.load(pictures)
    except UserError as error:
        return UnsavedWork(problem=error.cause)
    content = loaded.content
    saved, different = _compared(leftover, loaded)
    return UnsavedWork(
        thumbnail=_thumbnail(loaded),
        turns=len(content.scene.dialog.turns),
        pictures=len(content.renders),
        canvas=drawn_layout(content.scene.layout),
        saved_canvas=saved,
        difference=different,
        notes=loaded.notes,
    )


def _compared(leftover: LeftoverScene, loaded: LoadedScene) -> tuple[QImage | None, Difference | None]:
    from lmd_desktop.storage.comparison import difference
    from lmd_desktop.storage.scene_file import load_scene

    if leftover.path_of_scene is None:
        return None, None
    try:
        saved = load_scene(leftover.path_of_scene).content
    except UserError:
        return None, None
    return drawn_layout(saved.scene.layout), difference(saved, loaded.content)


def _thumbnail(loaded: LoadedScene) -> QImage:
    renders = loaded.content.renders
    image = QImage.fromData(loaded.picture(renders[-1].sha256)) if renders else QImage()
    if image.isNull():
        return drawn_layout(loaded.content.scene.layout)
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio, smooth)
