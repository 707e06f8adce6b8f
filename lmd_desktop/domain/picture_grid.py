"""Puts pictures of one layout into a table: a row for every method, a column for every seed; and filters them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmd_desktop.domain.requests import RenderRecord


@dataclass(frozen=True, slots=True)
class PictureGrid:
    """``pictures`` maps (method, seed) to the newest picture of them."""

    methods: tuple[str, ...]
    seeds: tuple[int, ...]
    pictures: dict[tuple[str, int], RenderRecord]


@dataclass(frozen=True, slots=True)
class PictureFilter:
    """What is looked for; every field that is not its default must fit. ``words`` must all occur somewhere."""

    words: str = ""
    turn: str | None = None
    is_of_start: bool = False
    method: str | None = None
    seed: int | None = None
    is_starred: bool = False

    def fits(self, record: RenderRecord) -> bool:
        request = record.request
        return (
            (self.turn is None or record.turn == self.turn)
            and (not self.is_of_start or record.turn is None)
            and (self.method is None or request.method == self.method)
            and (self.seed is None or request.seed == self.seed)
            and (not self.is_starred or record.is_starred)
            and self._has_words(record)
        )

    def _has_words(self, record: RenderRecord) -> bool:
        words = _folded(self.words).split()
        text = _text(record) if words else ""
        return all(word in text for word in words)


def grid_of(records: Sequence[RenderRecord], chosen: RenderRecord) -> PictureGrid:
    """Every picture of the same layout, painted like the chosen one in all but method, its parameters, and seed."""
    like = [record for record in records if _is_like(record, chosen)]
    methods = tuple(dict.fromkeys(record.request.method for record in like))
    seeds = tuple(sorted({record.request.seed for record in like}))
    return PictureGrid(methods, seeds, {(record.request.method, record.request.seed): record for record in like})


def methods_of(records: Iterable[RenderRecord]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(record.request.method for record in records))


def _is_like(record: RenderRecord, chosen: RenderRecord) -> bool:
    one, other = record.request, chosen.request
    return (
        record.model_sha256 == chosen.model_sha256
        and one.num_inference_steps == other.num_inference_steps
        and one.guidance_scale == other.guidance_scale
        and (one.size, one.prompt, one.sampler) == (other.size, other.prompt, other.sampler)
        and one.layout == other.layout
    )


def _text(record: RenderRecord) -> str:
    """Everything of a picture that a person may remember it by."""
    layout = record.request.layout
    phrases = (box.phrase for box in layout.boxes)
    parts = (record.note, record.prompt, layout.background_prompt, record.model, record.request.method, *phrases)
    return _folded("\n".join((*parts, str(record.request.seed), record.turn or "")))


def _folded(text: str) -> str:
    """Without case and accents, so that "cafe" finds "Café"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
