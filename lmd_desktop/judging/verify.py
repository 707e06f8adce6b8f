"""Verify and retry: which boxes of a picture came out, and new seeds for those that did not."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from lmd_desktop.domain.layout import Box, Layout, Rect, Size
from lmd_desktop.domain.marks import BoxMark, new_seed, rank, with_new_seeds
from lmd_desktop.domain.requests import RenderRequest, RenderResult
from lmd_desktop.judging.detection import Detection, Judge, Reader, overlap
from lmd_desktop.judging.phrases import answers, thing_of

SAME_PLACE = 0.3  # intersection over union of a box and what is seen in it
SAME_THING = 0.45  # from which overlap on two sightings that go by the same words are one thing


@dataclass(frozen=True, slots=True)
class Attempt:
    """A picture with the marks of those of its boxes that the judge can read."""

    result: RenderResult
    marks: tuple[BoxMark, ...]

    @property
    def is_good(self) -> bool:
        return all(mark.mark == "found" for mark in self.marks)

    @property
    def rank(self) -> tuple[int, int, float]:
        return rank(self.marks)


def mark_boxes(image: Image.Image, layout: Layout, judge: Judge) -> tuple[BoxMark, ...]:
    """A mark for every enabled box that the judge can read; one thing in the picture answers for one box only."""
    unread = unread_boxes(layout, judge)
    boxes = [box for box in layout.enabled_boxes if box not in unread]
    phrases = list(dict.fromkeys(box.phrase for box in boxes))
    seen = _in_scene(judge.detect(image, phrases), image, layout.canvas) if phrases else []
    seen = _once_each(seen, judge)
    pairs = [
        (overlap(box.rect, one.box), box.id, place)
        for box in boxes
        for place, one in enumerate(seen)
        if answers(one.phrase, box.phrase, judge)
    ]
    found: dict[str, int] = {}
    for share, box_id, place in sorted(pairs, key=lambda pair: -pair[0]):
        if share >= SAME_PLACE and box_id not in found and place not in found.values():
            found[box_id] = place
    left = [one for place, one in enumerate(seen) if place not in found.values()]
    nouns = list(dict.fromkeys(thing_of(box.phrase, judge) for box in boxes if box.id not in found))
    alike = _in_scene(judge.detect(image, nouns), image, layout.canvas) if nouns else []
    return tuple(
        BoxMark(box.id, box.phrase, "found", seen[found[box.id]].score, seen[found[box.id]].box)
        if box.id in found
        else _unfound(box, left, alike, judge)
        for box in boxes
    )


def unread_boxes(layout: Layout, judge: Judge) -> tuple[Box, ...]:
    """The enabled boxes of whose phrases the judge knows nothing: whether they came out it cannot say."""
    if not isinstance(judge, Reader):
        return ()
    return tuple(box for box in layout.enabled_boxes if judge.read(box.phrase) is None)


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

    Yields what shall be painted and is sent what it became. Where the seeds of boxes left the picture as it was (a
    method that gives them no place, or does not paint them alone), the next attempt gets another seed as a whole.
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


def _attempt(result: RenderResult, judge: Judge) -> Attempt:
    image = Image.frombytes("RGB", (result.size.width, result.size.height), result.rgb)
    return Attempt(result, mark_boxes(image, result.request.layout, judge))


def _once_each(seen: Sequence[Detection], judge: Judge) -> list[Detection]:
    """Without what is seen again in the same place under a phrase that says the same."""
    kept: list[Detection] = []
    for one in seen:
        if not any(
            overlap(one.box, other.box) >= SAME_THING
            and answers(one.phrase, other.phrase, judge)
            and answers(other.phrase, one.phrase, judge)
            for other in kept
        ):
            kept.append(one)
    return kept


def _unfound(box: Box, left: Sequence[Detection], alike: Sequence[Detection], judge: Judge) -> BoxMark:
    elsewhere = [one for one in left if answers(one.phrase, box.phrase, judge)]
    inside = [one for one in (*left, *alike) if overlap(one.box, box.rect) >= SAME_PLACE]
    return BoxMark(box.id, box.phrase, "wrong" if elsewhere or inside else "missing")


def _in_scene(found: Sequence[Detection], image: Image.Image, canvas: Size) -> list[Detection]:
    across, down = canvas.width / image.width, canvas.height / image.height

    def scaled(box: Rect) -> Rect:
        x, y = round(box.x * across), round(box.y * down)
        return Rect(x, y, round(box.right * across) - x, round(box.bottom * down) - y)

    return [replace(one, box=scaled(one.box)) for one in found]
