"""Naming on the canvas itself: of a box that has just been drawn, or of one that is there."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import Rect
from lmd_desktop.ui.canvas.caption_editor import CaptionEditor
from lmd_desktop.ui.canvas.commands import BoxCommands
from lmd_desktop.ui.canvas.view_transform import ViewTransform


class Naming(QObject):
    """At most one editor at a time. ``changed`` follows its coming and going; ``left`` is emitted if it had the focus.

    ``draft`` is the place of a new box until it has a name.
    """

    changed = Signal()
    left = Signal()

    def __init__(self, session: Session, commands: BoxCommands, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._session = session
        self._commands = commands
        self._viewport = viewport
        self._editor: CaptionEditor | None = None
        self._box_id: str | None = None
        self.draft: Rect | None = None

    def rename(self, box_id: str, view: ViewTransform) -> None:
        self._box_id = box_id
        self._open(self._session.layout.box(box_id).phrase, view)

    def name_new(self, rect: Rect, view: ViewTransform) -> None:
        self.draft = rect
        self._open("", view)

    def place(self, view: ViewTransform) -> None:
        """Beside the box, wherever it is shown now."""
        if self._editor is not None:
            rect = self.draft if self._box_id is None else self._session.layout.box(self._box_id).rect
            if rect is not None:
                self._editor.place(view.edges(rect))

    def follow_scene(self) -> None:
        """A box that is gone needs no name."""
        if self._editor is not None and self._box_id is not None and not self._session.layout.has_box(self._box_id):
            self._editor.finish(keeps_text=False)

    def _open(self, phrase: str, view: ViewTransform) -> None:
        self._editor = CaptionEditor(phrase, self._viewport)
        self._editor.finished.connect(self._finish)
        self.place(view)
        self._editor.show()
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _finish(self, phrase: str) -> None:
        editor, draft, box_id = self._editor, self.draft, self._box_id
        self._editor, self.draft, self._box_id = None, None, None
        if editor is not None:
            had_focus = editor.hasFocus()
            editor.deleteLater()
            if had_focus:
                self.left.emit()
        if phrase and draft is not None:
            self._commands.add(phrase, draft)
        elif phrase and box_id is not None:
            self._commands.rename(box_id, phrase)
        self.changed.emit()
