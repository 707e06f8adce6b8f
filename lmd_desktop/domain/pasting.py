"""A layout that came as text takes the place of the one on the canvas; things that were there keep their ids."""

from __future__ import annotations

from dataclasses import replace

from lmd_desktop.domain.layout import Box, Layout, colour_for, next_box_id
from lmd_desktop.domain.readings import ReadLayout


def pasted_layout(before: Layout, read: ReadLayout) -> Layout:
    """The layout that was read, on this canvas.

    A box with the phrase of a box that is there is that box in a new place, with its colour, its seed and its locks;
    the others get ids that were not used before. Prompts that the text does not speak of stay.
    """
    free = list(before.boxes)
    boxes: list[Box] = []
    numbering = before
    for box in read.layout.boxes:
        same = next((other for other in free if other.phrase.casefold() == box.phrase.casefold()), None)
        if same is not None:
            free.remove(same)
            boxes.append(replace(same, phrase=box.phrase, rect=box.rect))
            continue
        box_id = next_box_id(numbering)
        boxes.append(replace(box, id=box_id, colour=colour_for(box_id)))
        numbering = replace(numbering, boxes=(*numbering.boxes, boxes[-1]))
    return replace(
        read.layout,
        boxes=tuple(boxes),
        background_prompt=read.layout.background_prompt if read.has_background else before.background_prompt,
        negative_prompt=read.layout.negative_prompt if read.has_negative else before.negative_prompt,
    )
