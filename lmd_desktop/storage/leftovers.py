"""Keeps what a newer version wrote and this one does not know, so that saving gives it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from lmd_desktop.storage.reading import JsonObject, check_depth


@dataclass(frozen=True, slots=True)
class Leftover:
    """Unknown keys of one JSON object; ``inside`` holds those of its children, by key or (in lists) by id."""

    keys: JsonObject = field(default_factory=dict[str, object])
    inside: dict[str, Leftover] = field(default_factory=dict[str, "Leftover"])

    @property
    def is_empty(self) -> bool:
        return not (self.keys or self.inside)


def find_leftover(original: object, known: object, where: str) -> Leftover:
    """What ``original`` (read from a file) has and ``known`` (the same values, written by us) has not."""
    if original == known:
        return Leftover()
    if isinstance(original, dict) and isinstance(known, dict):
        known_keys = cast(JsonObject, known)
        unknown = {key: value for key, value in cast(JsonObject, original).items() if key not in known_keys}
        check_depth(unknown, where)
        pairs = [
            (key, value, known_keys[key]) for key, value in cast(JsonObject, original).items() if key in known_keys
        ]
    elif isinstance(original, list) and isinstance(known, list):
        unknown = {}
        named = _by_id(cast(list[object], known))
        pairs = [
            (key, value, named[key]) for key, value in _by_id(cast(list[object], original)).items() if key in named
        ]
    else:
        return Leftover()
    inside = {key: find_leftover(value, twin, where) for key, value, twin in pairs}
    return Leftover(unknown, {key: value for key, value in inside.items() if not value.is_empty})


def restore_leftover(known: object, leftover: Leftover) -> None:
    """Put unknown keys back into freshly encoded values; what they belonged to may be gone, then they go too."""
    if isinstance(known, dict):
        target = cast(JsonObject, known)
        for key, value in leftover.keys.items():
            target.setdefault(key, value)
    elif isinstance(known, list):
        target = _by_id(cast(list[object], known))
    else:
        return
    for key, inner in leftover.inside.items():
        if key in target:
            restore_leftover(target[key], inner)


def _by_id(items: list[object]) -> JsonObject:
    objects = [cast(JsonObject, item) for item in items if isinstance(item, dict)]
    return {str(item.get("id", item.get("sha256"))): item for item in objects}
