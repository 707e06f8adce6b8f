"""Verify and retry: which boxes of a picture came out, and new seeds for those that did not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.marks import BoxMark, new_seed, with_new_seeds
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.judging.detection import Detection, Judge, overlap

SAME_PLACE = 0.3  # intersection over union of a box and what is seen in it
_ARTICLES = frozenset(("a", "an", "the"))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A picture with the marks of its boxes."""

    result: RenderResult
    marks: tuple[BoxMark, ...]

    @property
    def is_good(self) -> bool:
        return all(mark.mark == "found" for mark in self.marks)

    @property
    def rank(self) -> tuple[int, int, float]:
        """More found boxes are better, then more that are at least there, then a surer judge."""
        counts = Counter(mark.mark for mark in self.marks)
        return counts["found"], counts["wrong"], sum(mark.score for mark in self.marks)


def mark_boxes(image: Image.Image, layout: Layout, judge: Judge) -> tuple[BoxMark, ...]:
    """A mark for every enabled box; one thing in the picture answers for one box only."""
    boxes = layout.enabled_boxes
    phrases = list(dict.fromkeys(box.phrase for box in boxes))
    seen = _in_scene(judge.detect(image, phrases), image, layout.canvas) if phrases else []
    pairs = [
        (overlap(box.rect, one.box), box.id, place)
        for box in boxes
        for place, one in enumerate(seen)
        if names(one.phrase, box.phrase)
    ]
    found: dict[str, int] = {}
    for share, box_id, place in sorted(pairs, key=lambda pair: -pair[0]):
        if share >= SAME_PLACE and box_id not in found and place not in found.values():
            found[box_id] = place
    left = [one for place, one in enumerate(seen) if place not in found.values()]
    nouns = list(dict.fromkeys(bare_noun(box.phrase) for box in boxes if box.id not in found))
    alike = _in_scene(judge.detect(image, nouns), image, layout.canvas) if nouns else []
    return tuple(
        BoxMark(box.id, box.phrase, "found", seen[found[box.id]].score, seen[found[box.id]].box)
        if box.id in found
        else _unfound(box, left, alike)
        for box in boxes
    )


def paint_verified(
    paint: Callable[[RenderRequest], RenderResult],
    request: RenderRequest,
    judge: Judge,
    *,
    retries: int,
    on_attempt: Callable[[int, Attempt], None],
) -> Attempt:
    """``verified`` with somebody who paints at once."""
    attempts = verified(request, judge, retries=retries, on_attempt=on_attempt)
    wanted = next(attempts)
    while True:
        try:
            wanted = attempts.send(paint(wanted))
        except StopIteration as finished:
            best: Attempt = finished.value
            return best


def verified(
    request: RenderRequest, judge: Judge, *, retries: int, on_attempt: Callable[[int, Attempt], None]
) -> Generator[RenderRequest, RenderResult, Attempt]:
    """Ask for a picture, look, and ask again with new seeds for what failed; the best of at most 1 + ``retries``.

    Yields what shall be painted and is sent what it became. A method that does not paint boxes alone takes no notice of
    their seeds: where that left the picture as it was, the next attempt gets another seed as a whole.
    """
    best = _attempt((yield request), judge)
    on_attempt(0, best)
    has_box_seeds = True
    for number in range(1, retries + 1):
        if best.is_good:
            break
        before = best.result.request
        layout = with_new_seeds(before.layout, best.marks, seed=request.seed, attempt=number)
        seed = before.seed if has_box_seeds else new_seed(request.seed, str(number))
        result = yield replace(before, layout=layout, seed=seed)
        has_box_seeds = has_box_seeds and result.rgb != best.result.rgb
        attempt = _attempt(result, judge)
        on_attempt(number, attempt)
        best = max(best, attempt, key=lambda one: one.rank)
    return best


def names(seen: str, wanted: str) -> bool:
    """Whether what is seen is what is wanted: ``a red car`` is a car, a car need not be a red car."""
    return _words(wanted) <= _words(seen)


def bare_noun(phrase: str) -> str:
    """``a red car`` -> ``a car``: the last word, to find a thing of another colour."""
    words = re.findall(r"\w+", phrase)
    return f"a {words[-1]}" if words else phrase


def _attempt(result: RenderResult, judge: Judge) -> Attempt:
    image = Image.frombytes("RGB", (result.size.width, result.size.height), result.rgb)
    return Attempt(result, mark_boxes(image, result.request.layout, judge))


def _unfound(box: Box, left: Sequence[Detection], alike: Sequence[Detection]) -> BoxMark:
    elsewhere = [one for one in left if names(one.phrase, box.phrase)]
    inside = [one for one in (*left, *alike) if overlap(one.box, box.rect) >= SAME_PLACE]
    return BoxMark(box.id, box.phrase, "wrong" if elsewhere or inside else "missing")


def _in_scene(found: Sequence[Detection], image: Image.Image, canvas: Size) -> list[Detection]:
    across, down = canvas.width / image.width, canvas.height / image.height

    def scaled(box: Rect) -> Rect:
        x, y = round(box.x * across), round(box.y * down)
        return Rect(x, y, round(box.right * across) - x, round(box.bottom * down) - y)

    return [replace(one, box=scaled(one.box)) for one in found]


def _words(phrase: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", phrase.lower())) - _ARTICLES
