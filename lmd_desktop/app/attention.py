"""Remembers where the painter looked for each box of the pictures that were painted with it, the newest ones."""

from __future__ import annotations

from lmd_desktop.domain.requests import BoxAttention

PICTURES_REMEMBERED = 64  # a map has a few hundred bytes


class AttentionMemory:
    """By the hash of the picture; it lasts as long as the window."""

    def __init__(self) -> None:
        self._by_picture: dict[str, tuple[BoxAttention, ...]] = {}

    def keep(self, sha256: str, attention: tuple[BoxAttention, ...]) -> None:
        """The attention of a finished picture; an empty one is nothing to remember."""
        if attention:
            self._by_picture[sha256] = attention
            if len(self._by_picture) > PICTURES_REMEMBERED:
                del self._by_picture[next(iter(self._by_picture))]

    def has(self, sha256: str) -> bool:
        return sha256 in self._by_picture

    def of(self, sha256: str, box_id: str) -> BoxAttention | None:
        """None if the picture was painted without it, or the box had no phrase in it."""
        return next((one for one in self._by_picture.get(sha256, ()) if box_id in one.box_ids), None)
