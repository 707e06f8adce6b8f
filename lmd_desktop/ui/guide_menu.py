"""Lines over the picture that help to compose: thirds, golden section, safe area."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from lmd_desktop.domain.scene_view import GUIDES, Guide
from lmd_desktop.ui.overlays import Overlays


class GuideMenu(QMenu):
    """One of them at a time; the mark follows the overlays."""

    def __init__(self, overlays: Overlays, parent: QWidget) -> None:
        super().__init__(parent)
        self._overlays = overlays
        self.setTitle(self.tr("&Guide Lines"))
        self.setObjectName("menu_guides")
        names: dict[Guide, str] = {
            "none": self.tr("No Guide Lines"),
            "thirds": self.tr("Rule of Thirds"),
            "golden": self.tr("Golden Section"),
            "safe": self.tr("Safe Area"),
        }
        group = QActionGroup(self)
        self._guides: dict[Guide, QAction] = {}
        for guide in GUIDES:
            action = self.addAction(names[guide])
            action.setObjectName(f"guide_{guide}")
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, guide))
            group.addAction(action)
            self._guides[guide] = action
        overlays.changed.connect(self._mark)
        self._mark()

    def _choose(self, guide: Guide, _checked: bool = False) -> None:
        self._overlays.set_guide(guide)

    def _mark(self) -> None:
        self._guides[self._overlays.view.guide].setChecked(True)
