"""The middle of the window: the canvas between its two strips, and what is laid under the boxes and over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmd_desktop.app.lint_watch import LintWatch
from lmd_desktop.domain.errors import UserError
from lmd_desktop.ui.canvas_bar import CanvasBar
from lmd_desktop.ui.overlay_bar import OverlayBar
from lmd_desktop.ui.overlays import Overlays
from lmd_desktop.ui.picture_swap import PictureSwap
from lmd_desktop.ui.plan_wrongs import PlanWrongs
from lmd_desktop.ui.view_keeper import ViewKeeper

if TYPE_CHECKING:
    from lmd_desktop.ui.main_window import MainWindow

ALSO_IN_LIST = ("align_", "distribute_", "equal_")


class CanvasDesk(QWidget):
    """Made once the window has its panels; ``lint`` is what canvas and list mark boxes by."""

    def __init__(self, window: MainWindow, undo: tuple[QAction, QAction]) -> None:
        super().__init__(window)
        self._window = window
        workspace, canvas = window.workspace, window.canvas
        self._folder: Path | None = None
        self.lint = LintWatch(workspace.session, workspace.rendering, self)
        self.overlays = Overlays(
            canvas,
            workspace.session,
            pictures=workspace.pictures,
            backdrop=window.backdrop,
            rendering=workspace.rendering,
            parent=self,
        )
        self.bar = CanvasBar(canvas, undo, self)
        self.overlay_bar = OverlayBar(
            canvas,
            self.overlays,
            window.backdrop,
            show_picture=window.menus.show_backdrop,
            choose=self.choose_backdrop,
            parent=self,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(canvas, 1)
        column.addWidget(PlanWrongs(workspace.session, window.dialog_panel.commands, self))
        column.addWidget(self.overlay_bar)
        PictureSwap(canvas, self.overlays)
        ViewKeeper(workspace.document, self.overlays, canvas)
        canvas.set_lint(self.lint)
        window.boxes_panel.set_lint(self.lint)
        window.backdrop.record_changed.connect(window.boxes_panel.list.show_marks)
        window.backdrop.changed.connect(lambda: canvas.judged.show_record(window.backdrop.in_sight))
        for action in (self.overlay_bar.compare, self.overlay_bar.attention):
            window.menus.overlays.addAction(action)
            window.addAction(action)
        window.menus.overlays.addMenu(self.overlay_bar.guides)
        # The list is the keyboard twin of the canvas: the same keys arrange boxes there.
        for name, action in canvas.actions_by_name.items():
            if name.startswith(ALSO_IN_LIST):
                window.boxes_panel.list.addAction(action)

    def choose_backdrop(self) -> None:
        path = self._window.files.dialogs.backdrop_to_use(self._folder)
        if path is None:
            return
        self._folder = path.parent
        try:
            self.overlays.choose_reference(path)
        except UserError as error:
            self._window.errors.show_error(error)
