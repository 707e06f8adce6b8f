"""Groups: boxes that are selected, moved and arranged as one. A box is in one group or none; groups hold no groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from lmd_desktop.domain.layout import Box, Layout


def group_boxes(layout: Layout, box_ids: Collection[str]) -> Layout:
    """These boxes as one group, also those that were in others; two at least, or nothing changes."""
    if len(box_ids) < 2:
        return layout
    name = next_group(layout.boxes)
    return _renamed(layout, box_ids, name)


def ungroup_boxes(layout: Layout, box_ids: Collection[str]) -> Layout:
    """All groups that have one of these boxes are no more."""
    return _renamed(layout, with_groups(layout, box_ids), "")


def with_groups(layout: Layout, box_ids: Iterable[str]) -> tuple[str, ...]:
    """The boxes and all that are in a group with one of them, each once: every group follows its first box."""
    groups = {box.id: box.group for box in layout.boxes}
    found: dict[str, None] = {}
    for box_id in box_ids:
        group = groups.get(box_id, "")
        found[box_id] = None
        if group:
            found.update(dict.fromkeys(other for other, name in groups.items() if name == group))
    return tuple(found)


def is_grouped(layout: Layout, box_ids: Collection[str]) -> bool:
    """Whether one of these boxes is in a group with another box. What is left of a group, a single box, is none."""
    wanted = {box.group for box in layout.boxes if box.group and box.id in box_ids}
    return any(sum(box.group == group for box in layout.boxes) > 1 for group in wanted)


def units(boxes: Sequence[Box]) -> tuple[tuple[Box, ...], ...]:
    """The boxes that stand together and those that stand alone, in the order of the first of each."""
    found: dict[str, tuple[Box, ...]] = {}
    for box in boxes:
        # A box's id cannot be mistaken for a group's name: the key says which of both it is.
        key = f"group {box.group}" if box.group else f"box {box.id}"
        found[key] = (*found.get(key, ()), box)
    return tuple(found.values())


def next_group(boxes: Iterable[Box]) -> str:
    """The smallest whole number above every group in use, as text."""
    return str(max((int(box.group) for box in boxes if box.group.isdecimal()), default=0) + 1)


def _renamed(layout: Layout, box_ids: Collection[str], group: str) -> Layout:
    for box_id in box_ids:
        layout.box(box_id)
    return replace(layout, boxes=tuple(replace(box, group=group) if box.id in box_ids else box for box in layout.boxes))
