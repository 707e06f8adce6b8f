"""What a judge says of the boxes of a picture, and new seeds for those that did not come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lmd_desktop.domain.layout import Layout, Rect

Mark = Literal["found", "wrong", "missing"]
MARKS: tuple[Mark, ...] = ("found", "wrong", "missing")
SEEDS = 2**31  # 0 to MAX_SEED


@dataclass(frozen=True, slots=True)
class BoxMark:
    """``wrong``: the thing is elsewhere, or something like it is in the box (another colour). ``seen`` is in scene
    pixels, ``score`` the judge's (0 where nothing was found)."""

    box_id: str
    phrase: str
    mark: Mark
    score: float = 0.0
    seen: Rect | None = None


def rank(marks: Sequence[BoxMark]) -> tuple[int, int, float]:
    """More found boxes are better, then more that are at least there, then a surer judge."""
    counts = Counter(mark.mark for mark in marks)
    return counts["found"], counts["wrong"], sum(mark.score for mark in marks)


def with_new_seeds(layout: Layout, marks: Sequence[BoxMark], *, seed: int, attempt: int) -> Layout:
    """The boxes that are not found get other seeds, the others keep theirs."""
    failed = {mark.box_id for mark in marks if mark.mark != "found"}
    return replace(
        layout,
        boxes=tuple(
            replace(box, seed=new_seed(seed, f"{box.id}:{attempt}")) if box.id in failed else box
            for box in layout.boxes
        ),
    )


def new_seed(seed: int, what: str) -> int:
    """A seed that depends on both alone."""
    import hashlib  # it loads OpenSSL, which the start of the window needs for nothing else

    return int.from_bytes(hashlib.sha256(f"retry:{seed}:{what}".encode()).digest()[:4], "big") % SEEDS


def summary(marks: Sequence[BoxMark]) -> str:
    """``2 found, 1 wrong (a red car)``."""
    parts: list[str] = []
    for mark in MARKS:
        own = [one.phrase for one in marks if one.mark == mark]
        if own:
            which = "" if mark == "found" else f" ({', '.join(own)})"
            parts.append(f"{len(own)} {mark}{which}")
    return ", ".join(parts) or "no boxes"
