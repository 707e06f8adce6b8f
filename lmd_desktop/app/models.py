"""Which planner and which painter are used: the person's own, or the starter models."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.settings import AppSettings


class Models(QObject):
    """Paths of the two models; a choice is checked before it is taken."""

    planner_changed = Signal()
    painter_changed = Signal()

    def __init__(self, settings: AppSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def planner(self) -> Path:
        """The GGUF file; raises UserError if there is none of the person's own and none came with the app."""
        chosen = self._settings.value.planner_model
        if chosen is not None:
            return chosen
        from lmd_desktop.catalog import starter_planner

        return starter_planner()

    def painter(self) -> Path:
        """The diffusers folder or checkpoint file; raises UserError as ``planner`` does."""
        chosen = self._settings.value.painter_model
        if chosen is not None:
            return chosen
        from lmd_desktop.catalog import starter_painter

        return starter_painter()

    def device(self) -> str:
        return self._settings.value.device

    @property
    def own_planner(self) -> Path | None:
        """The person's choice; None means the starter model."""
        return self._settings.value.planner_model

    @property
    def own_painter(self) -> Path | None:
        return self._settings.value.painter_model

    def choose_device(self, device: str) -> None:
        self._settings.set(device=device)

    def choose_planner(self, path: Path) -> None:
        """Use this GGUF file from now on; raises UserError that says what is wrong with it."""
        from lmd_desktop.catalog import inspect_gguf

        inspect_gguf(path)
        self._settings.remember_model(path)
        self._settings.set(planner_model=path.absolute())
        self.planner_changed.emit()

    def choose_painter(self, path: Path) -> None:
        """Use this folder or checkpoint file from now on; raises UserError that says what is wrong with it."""
        from lmd_desktop.catalog import inspect_painter

        inspect_painter(path)
        self._settings.remember_model(path)
        self._settings.set(painter_model=path.absolute())
        self.painter_changed.emit()

    def use_starters(self) -> None:
        self.use_starter("planner")
        self.use_starter("painter")

    def use_starter(self, kind: Literal["planner", "painter"]) -> None:
        had_own = (self.own_planner if kind == "planner" else self.own_painter) is not None
        self._settings.set(**{f"{kind}_model": None})
        if had_own:
            (self.planner_changed if kind == "planner" else self.painter_changed).emit()
