"""What is put into the painter, and who judges, as the window holds it: one value that is written when it changes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmd_desktop.domain.errors import UserError

if TYPE_CHECKING:
    from lmd_desktop.domain.painter import PainterParts
    from lmd_desktop.storage.parts_file import PaintingParts

log = logging.getLogger(__name__)


class PartsSettings(QObject):
    """``changed`` follows every change."""

    changed = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._value: PaintingParts | None = None

    @property
    def value(self) -> PaintingParts:
        """Read when it is first asked for."""
        if self._value is None:
            from lmd_desktop.storage.parts_file import FILE_NAME, load_parts

            self._value = load_parts(self._folder / FILE_NAME)
        return self._value

    def painter(self) -> PainterParts:
        """For the next picture; raises UserError if one of the files is gone."""
        parts = self.value.painter
        refiner = (parts.refinement.path,) if parts.refinement is not None else ()
        segmenter = (parts.segmenter,) if parts.segmenter is not None else ()
        for path in (*parts.paths, *refiner, *segmenter):
            if not path.exists():
                raise UserError(
                    f"What is put into the painter is missing: “{path}”.",
                    "Choose it again, or take it out, in the render panel under “Painter parts”.",
                )
        return parts

    def judge(self) -> Path:
        """The folder of the judge."""
        if self.value.judge is not None:
            return self.value.judge
        from lmd_desktop.catalog import models_folder

        return models_folder() / "starter" / "judge"

    def change(self, value: PaintingParts) -> None:
        from lmd_desktop.storage.parts_file import FILE_NAME, save_parts

        if value == self.value:
            return
        self._value = value
        try:
            save_parts(self._folder / FILE_NAME, value)
        except UserError as error:
            # They hold for this run; a full disk must not keep anybody from painting.
            log.warning("the parts could not be saved: %s", error)
        self.changed.emit()
