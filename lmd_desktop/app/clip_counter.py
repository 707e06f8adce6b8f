"""Counts CLIP's tokens in phrases; reads the bundled merges only once a phrase could have too many."""

from __future__ import annotations

from functools import cached_property, lru_cache

from lmd_desktop.domain.clip_tokens import ROOM, count_tokens, most_tokens, read_ranks

REMEMBERED = 512


class ClipCounter:
    """Call it with a text. Short ones, nearly all, are answered with their number of bytes: never fewer than tokens."""

    def __init__(self) -> None:
        self._count = lru_cache(REMEMBERED)(self._exactly)

    def __call__(self, text: str) -> int:
        upper = most_tokens(text)
        return upper if upper <= ROOM else self._count(text)

    def _exactly(self, text: str) -> int:
        return count_tokens(text, self._ranks)

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        from lmd_desktop.catalog import resources_folder

        path = resources_folder() / "clip" / "merges.txt"
        with path.open(encoding="utf-8") as lines:
            return read_ranks(lines)
