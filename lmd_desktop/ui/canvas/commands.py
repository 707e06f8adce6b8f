"""Everything that a hand can do to the boxes of a session, each as one named undo step; shared by canvas and list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from lmd_desktop.app.session import Session
from lmd_desktop.domain import arrange, edits, groups
from lmd_desktop.domain.layout import Box, Layout, Rect, clean_phrase
from lmd_desktop.domain.lint import Fix, apply_fix
from lmd_desktop.ui.canvas.clipboard import layout_from_text, layout_to_text


class BoxCommands(QObject):
    """Acts on the selected boxes unless told which ones."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    @property
    def has_selection(self) -> bool:
        return bool(self._session.selection)

    def add(self, phrase: str, rect: Rect) -> None:
        """A new box on top, selected."""
        self._edit_and_select(self.tr("Add box"), edits.add_box(self._session.layout, phrase, rect))

    def rename(self, box_id: str, phrase: str, *, merge: str | None = None) -> None:
        """Say what a box shows; an empty phrase leaves it as it is."""
        if clean_phrase(phrase) and self._session.layout.has_box(box_id):
            self._session.edit(
                self.tr("Rename box"), edits.rename_box(self._session.layout, box_id, phrase), merge=merge
            )

    def move(self, rects: dict[str, Rect]) -> None:
        """Put boxes where a drag left them; those that are gone by now are left out."""
        layout = self._session.layout
        known = {box_id: rect for box_id, rect in rects.items() if layout.has_box(box_id)}
        text = self.tr("Move box") if len(known) == 1 else self.tr("Move boxes")
        self._session.edit(text, edits.set_rects(layout, known))

    def resize(self, rects: dict[str, Rect]) -> None:
        """Give boxes the rectangles that a drag of a handle made."""
        layout = self._session.layout
        known = {box_id: rect for box_id, rect in rects.items() if layout.has_box(box_id)}
        text = self.tr("Resize box") if len(known) == 1 else self.tr("Resize boxes")
        self._session.edit(text, edits.set_rects(layout, known))

    def set_frame(self, box_ids: Sequence[str], frame: Rect, *, merge: str) -> None:
        """Numbers typed for the frame around boxes; what is typed in a row is one undo step."""
        layout = self._session.layout
        rects = {box_id: layout.box(box_id).rect for box_id in box_ids}
        before = arrange.bounding_rect(rects.values())
        is_move = (before.width, before.height) == (frame.width, frame.height)
        text = self.tr("Move box") if is_move else self.tr("Resize box")
        after = edits.set_rects(layout, arrange.scaled_rects(rects, frame, layout.canvas))
        self._session.edit(text, after, merge=merge)

    def align(self, edge: arrange.Edge) -> None:
        self._session.edit(self.tr("Align"), arrange.align_boxes(self._session.layout, self._session.selection, edge))

    def distribute(self, axis: arrange.Axis) -> None:
        after = arrange.distribute_boxes(self._session.layout, self._session.selection, axis)
        self._session.edit(self.tr("Distribute"), after)

    def equalise(self, *, width: bool = False, height: bool = False) -> None:
        """The size of the box that was selected first."""
        layout, selection = self._session.layout, self._session.selection
        after = arrange.equalise_boxes(layout, selection, width=width, height=height)
        self._session.edit(self.tr("Make equal"), after)

    def group(self) -> None:
        """The selected boxes are selected and moved together from now on."""
        after = groups.group_boxes(self._session.layout, self._session.selection)
        self._session.edit(self.tr("Group boxes"), after)

    def ungroup(self) -> None:
        """Every group that has a selected box; what was selected stays selected."""
        after = groups.ungroup_boxes(self._session.layout, self._session.selection)
        self._session.edit(self.tr("Ungroup boxes"), after)

    def select_group(self) -> None:
        """From one box of a group, as the list selects it, to all of them."""
        self._session.select(groups.with_groups(self._session.layout, self._session.selection))

    def fix(self, title: str, fix: Fix) -> None:
        """Put right what was found; the overall prompt is a setting, and settings are not undone."""
        if fix.prompt is not None:
            settings = self._session.render_settings
            self._session.set_render_settings(replace(settings, prompt=fix.prompt))
        self._session.edit(title, apply_fix(self._session.layout, fix))

    def set_negative(self, box_id: str, negative: str, *, merge: str) -> None:
        after = edits.set_box_negative(self._session.layout, box_id, negative)
        self._session.edit(self.tr("Change negative of box"), after, merge=merge)

    def set_strength(self, box_id: str, strength: float, *, merge: str) -> None:
        after = edits.set_box_strength(self._session.layout, box_id, strength)
        self._session.edit(self.tr("Change strength of box"), after, merge=merge)

    def set_seed(self, box_id: str, seed: int | None, *, merge: str) -> None:
        after = edits.set_box_seed(self._session.layout, box_id, seed)
        self._session.edit(self.tr("Change seed of box"), after, merge=merge)

    def set_background(self, text: str, *, merge: str) -> None:
        after = edits.set_background(self._session.layout, text)
        self._session.edit(self.tr("Change background"), after, merge=merge)

    def set_negative_prompt(self, text: str, *, merge: str) -> None:
        after = edits.set_negative(self._session.layout, text)
        self._session.edit(self.tr("Change negative prompt"), after, merge=merge)

    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected boxes that are not locked; nudges in a row are one undo step."""
        layout = self._session.layout
        box_ids = tuple(box_id for box_id in self._session.selection if not layout.box(box_id).is_locked)
        after = edits.nudge_boxes(layout, box_ids, dx, dy)
        text = self.tr("Nudge box") if len(box_ids) == 1 else self.tr("Nudge boxes")
        self._session.edit(text, after, merge="nudge " + " ".join(box_ids))

    def delete(self) -> None:
        box_ids = self._session.selection
        text = self.tr("Delete box") if len(box_ids) == 1 else self.tr("Delete boxes")
        self._session.edit(text, edits.delete_boxes(self._session.layout, box_ids))

    def duplicate(self) -> None:
        """Copies a little to the lower right, selected."""
        box_ids = self._in_z_order(self._session.selection)
        text = self.tr("Duplicate box") if len(box_ids) == 1 else self.tr("Duplicate boxes")
        self._edit_and_select(text, edits.duplicate_boxes(self._session.layout, box_ids))

    def add_copies(self, boxes: Iterable[Box]) -> None:
        """Copies at the places that a drag gave them, selected."""
        self._edit_and_select(self.tr("Duplicate box"), edits.paste_boxes(self._session.layout, tuple(boxes)))

    def copy(self) -> None:
        """The selected boxes go to the clipboard as the JSON of a layout."""
        layout = self._session.layout
        boxes = tuple(layout.box(box_id) for box_id in self._in_z_order(self._session.selection))
        if boxes:
            QGuiApplication.clipboard().setText(layout_to_text(Layout(layout.canvas, boxes)))

    def copy_layout(self) -> None:
        """Everything goes to the clipboard: boxes, background prompt, negative prompt."""
        QGuiApplication.clipboard().setText(layout_to_text(self._session.layout))

    def cut(self) -> None:
        self.copy()
        self.delete()

    def paste(self) -> None:
        """Boxes from the clipboard; shifted as often as it takes not to cover an equal box.

        From a canvas of another size they are carried along; prompts only fill empty ones.
        """
        layout = self._session.layout
        pasted = layout_from_text(QGuiApplication.clipboard().text(), layout.canvas)
        if pasted is None:
            return
        taken = {box.rect for box in layout.boxes}
        offset = 0
        while offset < layout.canvas.width and any(_shifted(box.rect, offset) in taken for box in pasted.boxes):
            offset += edits.DUPLICATE_OFFSET
        text = self.tr("Paste box") if len(pasted.boxes) == 1 else self.tr("Paste boxes")
        after = edits.paste_boxes(layout, pasted.boxes, offset, offset)
        after = edits.set_background(after, layout.background_prompt or pasted.background_prompt)
        after = edits.set_negative(after, layout.negative_prompt or pasted.negative_prompt)
        self._edit_and_select(text, after)

    def select_all(self) -> None:
        """Every box that can be seen."""
        self._session.select(tuple(box.id for box in self._session.layout.boxes if not box.is_hidden))

    def set_locked(self, box_ids: tuple[str, ...], *, is_locked: bool) -> None:
        layout = self._session.layout
        if is_locked:
            self._session.edit(self.tr("Lock"), edits.lock_boxes(layout, box_ids))
        else:
            self._session.edit(self.tr("Unlock"), edits.unlock_boxes(layout, box_ids))

    def set_hidden(self, box_ids: tuple[str, ...], *, is_hidden: bool) -> None:
        text = self.tr("Hide") if is_hidden else self.tr("Show")
        self._session.edit(text, edits.hide_boxes(self._session.layout, box_ids, is_hidden=is_hidden))

    def set_enabled(self, box_ids: tuple[str, ...], *, is_enabled: bool) -> None:
        text = self.tr("Use in the picture") if is_enabled else self.tr("Leave out of the picture")
        self._session.edit(text, edits.enable_boxes(self._session.layout, box_ids, is_enabled=is_enabled))

    def toggle_locked(self) -> None:
        """Unlock if all selected boxes are locked, else lock them."""
        if self._session.selection:
            self.set_locked(self._session.selection, is_locked=not all(box.is_locked for box in self._selected()))

    def toggle_hidden(self) -> None:
        """Show if all selected boxes are hidden, else hide them."""
        if self._session.selection:
            self.set_hidden(self._session.selection, is_hidden=not all(box.is_hidden for box in self._selected()))

    def toggle_enabled(self) -> None:
        """Use all selected boxes in the picture if none is, else leave them out."""
        if self._session.selection:
            self.set_enabled(self._session.selection, is_enabled=not any(box.is_enabled for box in self._selected()))

    def raise_boxes(self, *, to_front: bool = False) -> None:
        """One step (or all the way) up in the z order."""
        layout = self._session.layout
        chosen = self._in_z_order(self._session.selection)
        text = self.tr("Bring to front") if to_front else self.tr("Bring forward")
        ceiling = len(layout.boxes) - 1
        for rank, box_id in enumerate(reversed(chosen)):
            index = _index(layout, box_id)
            layout = edits.reorder_box(layout, box_id, ceiling - rank if to_front else min(index + 1, ceiling - rank))
        self._session.edit(text, layout)

    def lower_boxes(self, *, to_back: bool = False) -> None:
        """One step (or all the way) down in the z order."""
        layout = self._session.layout
        text = self.tr("Send to back") if to_back else self.tr("Send backward")
        for rank, box_id in enumerate(self._in_z_order(self._session.selection)):
            index = _index(layout, box_id)
            layout = edits.reorder_box(layout, box_id, rank if to_back else max(index - 1, rank))
        self._session.edit(text, layout)

    def put_at(self, box_id: str, index: int) -> None:
        """A place in the z order; 0 is the lowest."""
        self._session.edit(self.tr("Change order"), edits.reorder_box(self._session.layout, box_id, index))

    def _selected(self) -> tuple[Box, ...]:
        return tuple(self._session.layout.box(box_id) for box_id in self._session.selection)

    def _in_z_order(self, box_ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(box.id for box in self._session.layout.boxes if box.id in box_ids)

    def _edit_and_select(self, text: str, after: Layout) -> None:
        before = self._session.layout
        self._session.edit(text, after)
        self._session.select(tuple(box.id for box in after.boxes if not before.has_box(box.id)))


def _index(layout: Layout, box_id: str) -> int:
    return [box.id for box in layout.boxes].index(box_id)


def _shifted(rect: Rect, offset: int) -> Rect:
    return Rect(rect.x + offset, rect.y + offset, rect.width, rect.height)
