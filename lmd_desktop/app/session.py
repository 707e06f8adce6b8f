"""The scene that is open in a window: one way in for every change, undo by whole values, and the selection."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from lmd_desktop.domain.layout import Layout
from lmd_desktop.domain.requests import RenderRecord, RenderSettings
from lmd_desktop.domain.scene import Scene, edit_layout


class Session(QObject):
    """Holds the scene; widgets draw it and call ``edit`` or ``commit``.

    ``scene_changed`` follows every change, undo and redo; ``selection_changed`` every change of the selected box ids;
    ``renders_changed`` every finished picture. Renders are an append-only list outside the scene: undo never takes a
    finished picture away. Render settings are saved with the scene and, like the view, not undone.
    """

    scene_changed = Signal()
    selection_changed = Signal()
    renders_changed = Signal()
    render_settings_changed = Signal()

    def __init__(self, scene: Scene | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene or Scene()
        self._selection: tuple[str, ...] = ()
        self._renders: tuple[RenderRecord, ...] = ()
        self._render_settings = RenderSettings()
        self._starts_new_turn = False
        self.undo_stack = QUndoStack(self)

    @property
    def scene(self) -> Scene:
        return self._scene

    @property
    def layout(self) -> Layout:
        return self._scene.layout

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected boxes that still exist, in the order they were selected."""
        return self._selection

    @property
    def renders(self) -> tuple[RenderRecord, ...]:
        return self._renders

    @property
    def render_settings(self) -> RenderSettings:
        return self._render_settings

    def edit(self, text: str, layout: Layout, *, merge: str | None = None) -> None:
        """A hand edit of the layout, named as the Undo menu shows it ("Move box").

        Edits with the same ``merge`` key in a row are one undo step (typing a number, holding an arrow key).
        """
        scene = edit_layout(self._scene, layout, coalesce=not self._must_start_new_turn())
        if scene != self._scene:
            self._starts_new_turn = False
            self.commit(text, scene, merge=merge)

    def commit(self, text: str, after: Scene, *, merge: str | None = None) -> None:
        """The one way in: every change of the scene is an undo step with a human text."""
        if after != self._scene:
            self.undo_stack.push(_Change(self, text, self._scene, after, merge))

    def finish_edit_turn(self) -> None:
        """The pointer rested or a job started: the next hand edit starts a new "You edited" turn."""
        self._starts_new_turn = True

    def select(self, box_ids: tuple[str, ...]) -> None:
        existing = tuple(box_id for box_id in dict.fromkeys(box_ids) if self.layout.has_box(box_id))
        if existing != self._selection:
            self._selection = existing
            self.selection_changed.emit()

    def add_render(self, record: RenderRecord) -> None:
        self._renders = (*self._renders, record)
        self.renders_changed.emit()

    def replace_render(self, record: RenderRecord) -> None:
        """Another star or note on a picture that is there."""
        self._renders = tuple(record if r.sha256 == record.sha256 else r for r in self._renders)
        self.renders_changed.emit()

    def set_render_settings(self, settings: RenderSettings) -> None:
        if settings != self._render_settings:
            self._render_settings = settings
            self.render_settings_changed.emit()

    def reset(
        self, scene: Scene, renders: tuple[RenderRecord, ...] = (), *, settings: RenderSettings | None = None
    ) -> None:
        """Open another scene: the undo history and the selection start afresh."""
        self.undo_stack.clear()
        self._renders = renders
        self.set_render_settings(settings or RenderSettings())
        self._starts_new_turn = True
        self._show(scene)
        self.renders_changed.emit()

    def _must_start_new_turn(self) -> bool:
        head = self._scene.dialog.head
        return self._starts_new_turn or any(record.turn == head for record in self._renders)

    def _show(self, scene: Scene) -> None:
        self._scene = scene
        self.select(self._selection)
        self.scene_changed.emit()


@dataclass(frozen=True, slots=True)
class _Values:
    before: Scene
    after: Scene
    merge: str | None


class _Change(QUndoCommand):
    """One undo step: the whole scene before and after."""

    def __init__(self, session: Session, text: str, before: Scene, after: Scene, merge: str | None) -> None:
        super().__init__(text)
        self._session = session
        self._values = _Values(before, after, merge)

    def id(self) -> int:
        # Qt offers merging only between commands of the same id that is not -1.
        return 1 if self._values.merge is not None else -1

    def redo(self) -> None:
        self._session._show(self._values.after)

    def undo(self) -> None:
        self._session._show(self._values.before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or other._values.merge != self._values.merge:
            return False
        self._values = _Values(self._values.before, other._values.after, self._values.merge)
        return True
