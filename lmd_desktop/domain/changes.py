"""What differs between two layouts, as values and as a sentence a person can read."""

from __future__ import annotations

from dataclasses import dataclass

from lmd_desktop.domain.layout import Box, Layout


@dataclass(frozen=True, slots=True)
class LayoutChanges:
    """Ids of boxes by what happened to them, each in the order of the newer (removed: older) layout."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    resized: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.sentences


def compare_layouts(before: Layout, after: Layout) -> LayoutChanges:
    """Everything that changed from ``before`` to ``after``; boxes are matched by id."""
    old = {box.id: box for box in before.boxes}
    new = {box.id: box for box in after.boxes}
    added = tuple(box.id for box in after.boxes if box.id not in old)
    removed = tuple(box.id for box in before.boxes if box.id not in new)
    both = [(old[box.id], box) for box in after.boxes if box.id in old]
    is_rescaled = before.canvas != after.canvas
    resized = tuple(b.id for a, b in both if not is_rescaled and _size(a) != _size(b))
    moved = tuple(b.id for a, b in both if not is_rescaled and a.rect != b.rect and _size(a) == _size(b))
    renamed = tuple(b.id for a, b in both if a.phrase != b.phrase)

    sentences: list[str] = []
    if is_rescaled:
        sentences.append(f"canvas {after.canvas.width}×{after.canvas.height}")
    sentences += [f"added “{new[i].phrase}”" for i in added]
    sentences += [f"removed “{old[i].phrase}”" for i in removed]
    for before_box, box in both:
        sentences += _box_sentences(before_box, box, before, is_rescaled=is_rescaled)
    kept_before = [box.id for box in before.boxes if box.id in new]
    if kept_before != [box.id for box in after.boxes if box.id in old]:
        sentences.append("changed the stacking order")
    if before.background_prompt != after.background_prompt:
        sentences.append(f"background is now “{after.background_prompt}”")
    if before.negative_prompt != after.negative_prompt:
        sentences.append(f"negative prompt is now “{after.negative_prompt}”")
    return LayoutChanges(added, removed, moved, resized, renamed, tuple(sentences))


def describe_changes(before: Layout, after: Layout) -> str:
    """One line: ``moved “a red car” left 12 %; renamed “a cup” to “a blue cup”``; empty if nothing changed."""
    return "; ".join(compare_layouts(before, after).sentences)


def _size(box: Box) -> tuple[int, int]:
    return box.rect.width, box.rect.height


def _box_sentences(old: Box, new: Box, before: Layout, *, is_rescaled: bool) -> list[str]:
    name = f"“{old.phrase}”"
    sentences: list[str] = []
    if old.phrase != new.phrase:
        sentences.append(f"renamed {name} to “{new.phrase}”")
        name = f"“{new.phrase}”"
    if not is_rescaled and old.rect != new.rect:
        if _size(old) != _size(new):
            sentences.append(f"resized {name} to {new.rect.width}×{new.rect.height}")
        else:
            sentences.append(f"moved {name} {_direction(old, new, before)}")
    if old.is_locked != new.is_locked:
        sentences.append(f"{'locked' if new.is_locked else 'unlocked'} {name}")
    if old.is_enabled != new.is_enabled:
        sentences.append(f"{'enabled' if new.is_enabled else 'disabled'} {name}")
    if old.is_hidden != new.is_hidden:
        sentences.append(f"{'hid' if new.is_hidden else 'showed'} {name}")
    if old.group != new.group:
        sentences.append(f"{'grouped' if new.group else 'ungrouped'} {name}")
    if (old.negative, old.strength, old.seed, old.colour) != (
        new.negative,
        new.strength,
        new.seed,
        new.colour,
    ):
        sentences.append(f"changed the settings of {name}")
    return sentences


def _direction(old: Box, new: Box, before: Layout) -> str:
    dx = (new.rect.x - old.rect.x) / before.canvas.width
    dy = (new.rect.y - old.rect.y) / before.canvas.height
    parts: list[str] = []
    if dx:
        parts.append(f"{'right' if dx > 0 else 'left'} {_percent(dx)}")
    if dy:
        parts.append(f"{'down' if dy > 0 else 'up'} {_percent(dy)}")
    return " and ".join(parts)


def _percent(share: float) -> str:
    return f"{max(1, round(abs(share) * 100))} %"
