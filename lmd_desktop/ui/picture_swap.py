"""While its key is held, the canvas shows the picture before instead of this one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from lmd_desktop.ui.canvas.view import CanvasView
from lmd_desktop.ui.overlays import Overlays

KEY = "\\"


class PictureSwap(QObject):
    """The press comes as an action, whose key can be changed; the release ends it, and so does losing the focus."""

    def __init__(self, canvas: CanvasView, overlays: Overlays) -> None:
        super().__init__(canvas)
        self._overlays = overlays
        action = QAction(self.tr("Show the Picture Before While Held"), canvas)
        action.setObjectName("canvas.swap_pictures")
        action.setShortcut(QKeySequence(KEY))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setAutoRepeat(False)
        action.triggered.connect(lambda: overlays.set_swapped(True))
        canvas.addAction(action)
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_release = event.type() == QEvent.Type.KeyRelease
        is_let_go = is_release and isinstance(event, QKeyEvent) and not event.isAutoRepeat()
        if is_let_go or event.type() == QEvent.Type.FocusOut:
            self._overlays.set_swapped(False)
        return False
